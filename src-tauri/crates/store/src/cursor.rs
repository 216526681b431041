//! What the sync engine asks about a folder as a whole, and what a push changes in it.

use std::collections::BTreeMap;

use postroom_db::{Read, SqlResult, params};
use postroom_types::{AccountId, Flags, FolderId, ModSeq, Uid};

use crate::folder::UNMATCHED;
use crate::headers::{FlagsFromServer, set_flags_of};
use crate::replay::moves_arrived;
use crate::{Store, StoreError};

/// What a folder holds, as far as we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Holdings {
    /// Messages with a UID.
    pub messages: u32,
    /// Whether rows wait for their UID; see [`Store::folder_unmatched`].
    pub unmatched: bool,
}

/// What a server pushed about the open folder, and how far that brings us. All of it is stored, or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Push {
    /// Flags that changed.
    pub flags: Vec<FlagsFromServer>,
    /// Ranges of UIDs that are gone, both ends included.
    pub vanished: Vec<(u32, u32)>,
    /// Flags are known up to here now; `None`: no farther than before.
    pub modseq: Option<ModSeq>,
    /// Every UID below has a row, or is gone; `None`: as before.
    pub top: Option<u32>,
}

/// What a push changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PushStored {
    /// Messages that look different now.
    pub changed: u32,
    /// Messages that are gone.
    pub removed: u32,
}

impl Store {
    /// What each folder of an account holds.
    pub async fn holdings(&self, account: AccountId) -> Result<BTreeMap<FolderId, Holdings>, StoreError> {
        self.read(move |read| {
            let mut folders = read.prepare_cached("SELECT id FROM folder WHERE account_id = ?1 AND gone = 0")?;
            let ids = folders.query_map(params![account.0], |row| row.get(0))?.collect::<SqlResult<Vec<i64>>>()?;
            ids.into_iter().map(|id| Ok((FolderId(id), holdings(read, FolderId(id))?))).collect()
        })
        .await
    }

    /// What one folder holds.
    pub async fn folder_holdings(&self, folder: FolderId) -> Result<Holdings, StoreError> {
        self.read(move |read| holdings(read, folder)).await
    }

    /// How many messages of a folder have a UID in one of these ranges, both ends included.
    pub async fn held_within(&self, folder: FolderId, ranges: Vec<(u32, u32)>) -> Result<u32, StoreError> {
        self.read(move |read| {
            let mut statement = read.prepare_cached(
                "SELECT count(*) FROM message WHERE server_folder_id = ?1 AND uid BETWEEN ?2 AND ?3 AND uid IS NOT NULL",
            )?;
            let mut held = 0_u32;
            for (low, high) in ranges {
                held = held.saturating_add(statement.query_row(params![folder.0, low, high], |row| row.get(0))?);
            }
            Ok(held)
        })
        .await
    }

    /// The flags of a folder's messages from `low` to `high` as the server last had them, by UID.
    pub async fn server_flags_within(
        &self,
        folder: FolderId,
        low: Uid,
        high: Uid,
    ) -> Result<BTreeMap<Uid, Flags>, StoreError> {
        self.read(move |read| {
            let mut statement = read.prepare_cached(
                "SELECT uid, server_flags FROM message
                 WHERE server_folder_id = ?1 AND uid BETWEEN ?2 AND ?3 AND uid IS NOT NULL",
            )?;
            let rows = statement.query_map(params![folder.0, low.0, high.0], |row| {
                Ok((Uid(row.get(0)?), Flags::from_bits_truncate(row.get(1)?)))
            })?;
            Ok(rows.collect::<SqlResult<_>>()?)
        })
        .await
    }

    /// Takes in what was pushed.
    pub async fn push_store(&self, folder: FolderId, push: Push) -> Result<PushStored, StoreError> {
        self.write(move |tx| {
            let mut stored = PushStored::default();
            for update in &push.flags {
                stored.changed += u32::from(set_flags_of(tx, folder, update.uid, update.flags)? == Some(true));
            }
            moves_arrived(tx, folder, &push.vanished)?;
            let mut gone = tx.prepare_cached(
                "DELETE FROM message WHERE server_folder_id = ?1 AND uid BETWEEN ?2 AND ?3 AND uid IS NOT NULL",
            )?;
            for (low, high) in push.vanished {
                let removed = gone.execute(params![folder.0, low, high])?;
                stored.removed = stored.removed.saturating_add(u32::try_from(removed).unwrap_or(u32::MAX));
            }
            tx.prepare_cached("UPDATE folder SET modseq = max(modseq, ?2), top_uid = max(top_uid, ?3) WHERE id = ?1")?
                .execute(params![
                    folder.0,
                    i64::try_from(push.modseq.map_or(0, |modseq| modseq.0)).unwrap_or(0),
                    push.top.unwrap_or(0)
                ])?;
            Ok(stored)
        })
        .await
    }
}

fn holdings(read: &Read<'_>, folder: FolderId) -> Result<Holdings, StoreError> {
    let messages = read
        .prepare_cached("SELECT count(*) FROM message WHERE server_folder_id = ?1 AND uid IS NOT NULL")?
        .query_row(params![folder.0], |row| row.get(0))?;
    let unmatched = read
        .prepare_cached(&format!("SELECT EXISTS (SELECT 1 FROM message WHERE {UNMATCHED})"))?
        .query_row(params![folder.0], |row| row.get(0))?;
    Ok(Holdings { messages, unmatched })
}
