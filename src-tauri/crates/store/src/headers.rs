//! What comes from the server: headers, flags, and which UIDs are left.

use std::collections::{BTreeMap, BTreeSet};

use postroom_db::{OptionalExtension as _, SqlResult, Tx, params};
use postroom_mime::Envelope;
use postroom_types::{AccountId, FlagChange, Flags, FolderId, MessageId, ModSeq, Uid, UnixMillis};

use crate::folder::{FolderCursor, cursor_set};
use crate::operation::pending_flags;
use crate::replay::moves_arrived;
use crate::{Store, StoreError, quarantine, search, thread};

/// A message that the server has and we do not.
#[derive(Debug, Clone)]
pub struct NewHeader {
    /// Its UID.
    pub uid: Uid,
    /// Flags on the server.
    pub flags: Flags,
    /// RFC822.SIZE, bytes.
    pub size: u64,
    /// The Date header, else when the server received it.
    pub date: UnixMillis,
    /// The parsed header.
    pub envelope: Envelope,
    /// The server's own number of the message, the same in whichever folder it is shown (X-GM-MSGID); empty where it has
    /// none.
    pub email_id: String,
    /// How its text begins, as the server says (PREVIEW, RFC 8970); empty if it does not. The message itself, once it is
    /// here, knows better.
    pub preview: String,
}

/// Headers of one folder and how far it is synced once they are in.
#[derive(Debug, Clone)]
pub struct HeaderBatch {
    /// The account.
    pub account: AccountId,
    /// The folder that the server has them in.
    pub folder: FolderId,
    /// The headers.
    pub headers: Vec<NewHeader>,
    /// The cursor, written in the same transaction.
    pub cursor: FolderCursor,
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HeadersStored {
    /// Rows that are new.
    pub new: u32,
    /// Rows that were known under another UID or folder (a move, a new UIDVALIDITY).
    pub matched: u32,
}

/// Flags of a message as the server has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlagsFromServer {
    /// Which message.
    pub uid: Uid,
    /// Its flags.
    pub flags: Flags,
}

impl Store {
    /// Takes in headers. Known UIDs only get their flags, so that a batch may be repeated.
    pub async fn headers_store(&self, batch: HeaderBatch) -> Result<HeadersStored, StoreError> {
        self.write(move |tx| {
            let mut stored = HeadersStored::default();
            for header in &batch.headers {
                if set_flags_of(tx, batch.folder, header.uid, header.flags)?.is_some() {
                    preview_set(tx, batch.folder, header)?;
                    continue;
                }
                if adopt(tx, batch.folder, header)? {
                    preview_set(tx, batch.folder, header)?;
                    stored.matched += 1;
                } else {
                    insert(tx, batch.account, batch.folder, header)?;
                    stored.new += 1;
                }
            }
            quarantine::settle(tx, batch.folder)?;
            cursor_set(tx, batch.folder, batch.cursor)?;
            Ok(stored)
        })
        .await
    }

    /// Takes in flags; `modseq` is stored with them. Gives how many messages look different now.
    pub async fn flags_store(
        &self,
        folder: FolderId,
        flags: Vec<FlagsFromServer>,
        modseq: Option<ModSeq>,
    ) -> Result<u32, StoreError> {
        self.write(move |tx| {
            let mut changed = 0;
            for update in &flags {
                changed += u32::from(set_flags_of(tx, folder, update.uid, update.flags)? == Some(true));
            }
            if let Some(modseq) = modseq {
                tx.prepare_cached("UPDATE folder SET modseq = ?2 WHERE id = ?1")?
                    .execute(params![folder.0, i64::try_from(modseq.0).unwrap_or(0)])?;
            }
            Ok(changed)
        })
        .await
    }

    /// Which UIDs of a folder we hold.
    pub async fn uids_held(&self, folder: FolderId) -> Result<Vec<Uid>, StoreError> {
        self.read(move |read| {
            let mut statement = read.prepare_cached(
                "SELECT uid FROM message WHERE server_folder_id = ?1 AND uid IS NOT NULL ORDER BY uid",
            )?;
            let uids = statement.query_map(params![folder.0], |row| Ok(Uid(row.get(0)?)))?;
            Ok(uids.collect::<SqlResult<_>>()?)
        })
        .await
    }

    /// Removes messages that the server no longer has, with what was queued for them; but not those that we moved.
    pub async fn messages_vanished(&self, folder: FolderId, uids: Vec<Uid>) -> Result<u32, StoreError> {
        self.write(move |tx| {
            moves_arrived(tx, folder, &uids.iter().map(|uid| (uid.0, uid.0)).collect::<Vec<_>>())?;
            let mut statement = tx.prepare_cached("DELETE FROM message WHERE server_folder_id = ?1 AND uid = ?2")?;
            let mut removed = 0;
            for uid in uids {
                removed += statement.execute(params![folder.0, uid.0])?;
            }
            Ok(u32::try_from(removed).unwrap_or(u32::MAX))
        })
        .await
    }

    /// How many messages the server's folder holds as far as we know.
    pub async fn server_count(&self, folder: FolderId) -> Result<u32, StoreError> {
        self.read(move |read| {
            Ok(read.query_row(
                "SELECT count(*) FROM message WHERE server_folder_id = ?1 AND uid IS NOT NULL",
                params![folder.0],
                |row| row.get(0),
            )?)
        })
        .await
    }

    /// The flags of all messages of a folder as the server last had them, by UID.
    pub async fn server_flags(&self, folder: FolderId) -> Result<BTreeMap<Uid, Flags>, StoreError> {
        self.read(move |read| {
            let mut statement = read.prepare_cached(
                "SELECT uid, server_flags FROM message WHERE server_folder_id = ?1 AND uid IS NOT NULL",
            )?;
            let rows = statement
                .query_map(params![folder.0], |row| Ok((Uid(row.get(0)?), Flags::from_bits_truncate(row.get(1)?))))?;
            Ok(rows.collect::<SqlResult<_>>()?)
        })
        .await
    }

    /// Whether no body of this folder is kept here, so that a preview would come from nowhere but the server.
    pub async fn previews_wanted(&self, folder: FolderId) -> Result<bool, StoreError> {
        self.read(move |read| {
            let mut statement = read.prepare_cached(
                "SELECT CASE WHEN f.keep_months = -2 THEN a.keep_months ELSE f.keep_months END = 0
                 FROM folder AS f JOIN account AS a ON a.id = f.account_id WHERE f.id = ?1",
            )?;
            Ok(statement.query_row(params![folder.0], |row| row.get(0)).optional()?.unwrap_or(false))
        })
        .await
    }

    /// UIDs of a folder that brought the program down before a row was made of them.
    pub async fn quarantined_uids(&self, folder: FolderId) -> Result<BTreeSet<Uid>, StoreError> {
        self.read(move |read| {
            let mut statement = read.prepare_cached("SELECT uid FROM quarantine WHERE folder_id = ?1")?;
            let rows = statement.query_map(params![folder.0], |row| Ok(Uid(row.get(0)?)))?;
            Ok(rows.collect::<SqlResult<_>>()?)
        })
        .await
    }
}

/// Writes the server's flags, and the shown ones with the queued changes on top. `None`: no such row; `Some(true)`: it
/// looks different now.
pub(crate) fn set_flags_of(tx: &Tx<'_>, folder: FolderId, uid: Uid, flags: Flags) -> Result<Option<bool>, StoreError> {
    let found: Option<(i64, u32, u32)> = tx
        .prepare_cached("SELECT id, server_flags, flags FROM message WHERE server_folder_id = ?1 AND uid = ?2")?
        .query_row(params![folder.0, uid.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((id, server_flags, shown)) = found else { return Ok(None) };
    let new_shown = pending_flags(tx, MessageId(id))?.apply(flags);
    if server_flags != flags.bits() || shown != new_shown.bits() {
        tx.prepare_cached("UPDATE message SET server_flags = ?2, flags = ?3 WHERE id = ?1")?.execute(params![
            id,
            flags.bits(),
            new_shown.bits()
        ])?;
    }
    Ok(Some(shown != new_shown.bits()))
}

/// Gives a row that waits for its UID (moved without COPYUID, or after a new UIDVALIDITY) to this header if it is the
/// same message.
fn adopt(tx: &Tx<'_>, folder: FolderId, header: &NewHeader) -> Result<bool, StoreError> {
    let waiting = match by_number(tx, folder, header)? {
        None => by_message_id(tx, folder, header)?,
        found => found,
    };
    let Some(id) = waiting else { return Ok(false) };
    let shown = pending_flags(tx, MessageId(id))?.apply(header.flags);
    tx.prepare_cached(
        "UPDATE message SET uid = ?2, server_flags = ?3, flags = ?4, email_id = ?5, size = ?6 WHERE id = ?1",
    )?
    .execute(params![id, header.uid.0, header.flags.bits(), shown.bits(), header.email_id, size(header)])?;
    Ok(true)
}

/// The waiting row with the same number: the same message, whatever else is alike.
fn by_number(tx: &Tx<'_>, folder: FolderId, header: &NewHeader) -> Result<Option<i64>, StoreError> {
    if header.email_id.is_empty() {
        return Ok(None);
    }
    Ok(tx
        .prepare_cached(
            "SELECT id FROM message WHERE server_folder_id = ?1 AND uid IS NULL AND email_id <> '' AND email_id = ?2
                AND uid_floor <= ?3
                AND NOT EXISTS (SELECT 1 FROM operation WHERE message_id = message.id AND kind = 'append')
             ORDER BY id LIMIT 1",
        )?
        .query_row(params![folder.0, header.email_id, header.uid.0], |row| row.get(0))
        .optional()?)
}

/// A waiting row with the same Message-ID and size. Message-IDs are not unique, so one row is taken, not all. One with another
/// number is another message, unless the folder was renumbered: then the server may have numbered its messages anew, too.
fn by_message_id(tx: &Tx<'_>, folder: FolderId, header: &NewHeader) -> Result<Option<i64>, StoreError> {
    Ok(tx
        .prepare_cached(
            "SELECT id FROM message WHERE server_folder_id = ?1 AND uid IS NULL AND message_id_header = ?2 AND size = ?3
                AND uid_floor <= ?4 AND (uid_floor = 0 OR ?5 = '' OR email_id = '')
                AND NOT EXISTS (SELECT 1 FROM operation WHERE message_id = message.id AND kind = 'append')
             ORDER BY email_id <> '', id LIMIT 1",
        )?
        .query_row(
            params![folder.0, header.envelope.message_id, size(header), header.uid.0, header.email_id],
            |row| row.get(0),
        )
        .optional()?)
}

/// Keeps what the server says of a message whose body is not here.
fn preview_set(tx: &Tx<'_>, folder: FolderId, header: &NewHeader) -> Result<(), StoreError> {
    if !header.preview.is_empty() {
        tx.prepare_cached(
            "UPDATE message SET preview = ?3 WHERE server_folder_id = ?1 AND uid = ?2 AND preview = ''
                AND body_state <> 'stored'",
        )?
        .execute(params![folder.0, header.uid.0, header.preview])?;
    }
    Ok(())
}

fn insert(tx: &Tx<'_>, account: AccountId, folder: FolderId, header: &NewHeader) -> Result<(), StoreError> {
    let envelope = &header.envelope;
    let flags = FlagChange::default().apply(header.flags);
    let id = next_id(tx)?;
    let place = thread::place(tx, account, id, envelope, header.date)?;
    tx.prepare_cached(
        "INSERT INTO message (id, account_id, folder_id, server_folder_id, uid, server_flags, flags, date_at, size, sender,
            recipient, subject, message_id_header, has_attachments, email_id, preview, thread_id, subject_key, seeks)
         VALUES (?14, ?1, ?2, ?2, ?3, ?4, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?15, ?16, ?17)",
    )?
    .execute(params![
        account.0,
        folder.0,
        header.uid.0,
        flags.bits(),
        header.date.0,
        size(header),
        people(&envelope.from),
        people(&envelope.to),
        envelope.subject,
        envelope.message_id,
        envelope.maybe_attachments,
        header.email_id,
        header.preview,
        id.0,
        place.thread,
        place.subject_key,
        place.seeks,
    ])?;
    search::index(tx, id, envelope)
}

/// The number that AUTOINCREMENT would give next.
fn next_id(tx: &Tx<'_>) -> Result<MessageId, StoreError> {
    let sql = "SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'message'";
    Ok(MessageId(tx.prepare_cached(sql)?.query_row([], |row| row.get(0))?))
}

fn size(header: &NewHeader) -> i64 {
    i64::try_from(header.size).unwrap_or(i64::MAX)
}

/// The first people of a header as JSON: a list shows no more, and the raw message has them all.
pub(crate) fn people(addresses: &[postroom_types::Address]) -> String {
    let first: Vec<_> = addresses.iter().take(20).collect();
    serde_json::to_string(&first).unwrap_or_else(|_| "[]".to_owned())
}
