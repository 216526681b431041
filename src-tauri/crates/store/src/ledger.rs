//! What we believe the server has in a folder, for a comparison with what it says.
//!
//! Only the server's columns are read: what the user changed and the server has yet to hear of is no difference.

use postroom_db::{Read, Row, SqlResult, params};
use postroom_types::{Flags, FolderId, MessageId, Uid};

use crate::{Store, StoreError};

/// What `PRAGMA integrity_check` says of one database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Integrity {
    /// The file's name.
    pub file: &'static str,
    /// What is wrong with it, in SQLite's words; at most a hundred.
    pub problems: Vec<String>,
}

/// A message as the server last had it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerRow {
    /// Its row.
    pub message: MessageId,
    /// Its UID.
    pub uid: Uid,
    /// Flags on the server.
    pub flags: Flags,
    /// RFC822.SIZE, bytes; 0 if the server did not tell it.
    pub size: u64,
    /// Whether the vault has it.
    pub has_body: bool,
    /// Without angle brackets; empty where there is none.
    pub message_id_header: String,
    /// As the list shows it.
    pub subject: String,
    /// Whether it was stored unread, so that the two above say nothing.
    pub quarantined: bool,
}

impl Store {
    /// Has SQLite read both databases through, which takes as long as reading the files. If it finds damage, the next start
    /// builds them anew.
    pub async fn integrity(&self) -> Result<[Integrity; 2], StoreError> {
        let mail = told("mail.db", self.read(|read| integrity(read, "mail.db")).await)?;
        let vault = told("vault.db", self.vault.read(|read| integrity(read, "vault.db")).await)?;
        if !mail.problems.is_empty() || !vault.problems.is_empty() {
            self.mark_damaged();
        }
        Ok([mail, vault])
    }

    /// The messages that the server has in a folder, as far as we know, from `low` to `high` by UID.
    pub async fn ledger_rows(&self, folder: FolderId, low: Uid, high: Uid) -> Result<Vec<LedgerRow>, StoreError> {
        self.read(move |read| {
            let mut statement = read.prepare_cached(
                "SELECT id, uid, server_flags, size, body_state = 'stored', message_id_header, subject,
                    EXISTS (SELECT 1 FROM quarantined_message WHERE message_id = message.id)
                 FROM message WHERE server_folder_id = ?1 AND uid BETWEEN ?2 AND ?3 ORDER BY uid",
            )?;
            let rows = statement.query_map(params![folder.0, low.0, high.0], row)?;
            Ok(rows.collect::<SqlResult<_>>()?)
        })
        .await
    }

    /// The highest UID that we hold of a folder; `None`: we hold none.
    pub async fn uid_highest(&self, folder: FolderId) -> Result<Option<Uid>, StoreError> {
        self.read(move |read| {
            let highest: Option<u32> = read
                .prepare_cached("SELECT max(uid) FROM message WHERE server_folder_id = ?1 AND uid IS NOT NULL")?
                .query_row(params![folder.0], |row| row.get(0))?;
            Ok(highest.map(Uid))
        })
        .await
    }

    /// How many rows of a folder have no UID although nothing is queued for them. After a pass there are none.
    pub async fn ledger_unplaced(&self, folder: FolderId) -> Result<u32, StoreError> {
        self.read(move |read| {
            Ok(read
                .prepare_cached(
                    "SELECT count(*) FROM message WHERE server_folder_id = ?1 AND uid IS NULL
                        AND NOT EXISTS (SELECT 1 FROM operation WHERE message_id = message.id)",
                )?
                .query_row(params![folder.0], |row| row.get(0))?)
        })
        .await
    }
}

fn integrity(read: &Read<'_>, file: &'static str) -> Result<Integrity, StoreError> {
    let mut statement = read.prepare("PRAGMA integrity_check(100)")?;
    let lines = statement.query_map([], |row| row.get(0))?.collect::<SqlResult<Vec<String>>>()?;
    Ok(Integrity { file, problems: lines.into_iter().filter(|line| line != "ok").collect() })
}

/// Some damage is such that SQLite cannot even go on looking.
fn told(file: &'static str, found: Result<Integrity, StoreError>) -> Result<Integrity, StoreError> {
    match found {
        Err(error) if error.is_damage() => Ok(Integrity { file, problems: vec![error.to_string()] }),
        found => found,
    }
}

fn row(row: &Row<'_>) -> SqlResult<LedgerRow> {
    Ok(LedgerRow {
        message: MessageId(row.get(0)?),
        uid: Uid(row.get(1)?),
        flags: Flags::from_bits_truncate(row.get(2)?),
        size: u64::try_from(row.get::<_, i64>(3)?).unwrap_or(0),
        has_body: row.get(4)?,
        message_id_header: row.get(5)?,
        subject: row.get(6)?,
        quarantined: row.get(7)?,
    })
}
