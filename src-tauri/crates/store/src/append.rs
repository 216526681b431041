//! Messages that begin here: shown at once, put into their folder on the server by the queue.
//!
//! Until the server has such a message the vault's copy is the only one: it is on disk before the row that names it, no limit
//! on what is kept here drops it, and no header that comes in is taken for it. Only the queue says that it arrived.

use postroom_db::{OptionalExtension as _, Tx, params};
use postroom_mime::{Envelope, Summary};
use postroom_types::{AccountId, FlagChange, Flags, FolderId, MessageId, OperationId, Uid, UidValidity, UnixMillis};

use crate::headers::people;
use crate::operation::pending_flags;
use crate::pack::Compressed;
use crate::{Store, StoreError, search, thread};

/// A message to be put into a folder.
#[derive(Debug, Clone)]
pub struct NewAppend {
    /// Which folder.
    pub folder: FolderId,
    /// Its bytes, lines ending in CRLF.
    pub raw: Compressed,
    /// Its header.
    pub envelope: Envelope,
    /// What the list shows of it; `None` if it could not be read safely.
    pub summary: Option<Summary>,
    /// The flags that it is to have.
    pub flags: Flags,
    /// When it was received (INTERNALDATE).
    pub received_at: UnixMillis,
}

/// What the queue knows of an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppendNote {
    /// When the message was received (INTERNALDATE).
    pub received_at: UnixMillis,
    /// Written down before it was sent for the first time: the folder's UIDVALIDITY, and the UID below which the message
    /// cannot be. `None`: it was never sent.
    pub noted: Option<(UidValidity, Uid)>,
}

/// What the server made of an append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The operation.
    pub operation: OperationId,
    /// The message.
    pub message: MessageId,
    /// Its UID.
    pub uid: Uid,
    /// Its flags; `None` if the server did not tell them.
    pub flags: Option<Flags>,
    /// Its size as the server counts; 0 if it did not tell it.
    pub size: u64,
    /// The Message-ID, without angle brackets, of a message that the server did not store as it was sent.
    pub rewritten: Option<String>,
}

impl Store {
    /// Shows a message in a folder and queues that it is put there on the server. On disk, both, when it returns.
    pub async fn append_queue(&self, new: NewAppend, now: UnixMillis) -> Result<MessageId, StoreError> {
        // Its number is needed before its row can be; what a crash leaves under it in the vault is swept.
        let id = self.write(reserve).await?;
        let _not_swept = self.bodies.read().await;
        let (store, raw) = (self.clone(), new.raw.clone());
        self.vault.write(move |tx| store.blob_store(tx, id, &raw).map(drop)).await?;
        self.write(move |tx| insert(tx, id, &new, now)).await?;
        Ok(id)
    }

    /// Writes down, before an append is sent, where it would show: see [`AppendNote::noted`]. The first note stays, unless
    /// the folder was renumbered since.
    pub async fn append_noted(&self, id: OperationId, validity: UidValidity, next: Uid) -> Result<(), StoreError> {
        self.write(move |tx| {
            tx.prepare_cached(
                "UPDATE operation SET noted_uid = CASE noted_validity WHEN ?2 THEN noted_uid ELSE ?3 END,
                    noted_validity = ?2 WHERE id = ?1",
            )?
            .execute(params![id.0, validity.0, next.0])?;
            Ok(())
        })
        .await
    }

    /// The server has the message. What it did not store as it was sent is fetched from it, as any other's. A row that came in under its UID meanwhile is the same message: what was queued for it
    /// goes over to this one, and it goes.
    pub async fn append_done(&self, folder: FolderId, done: Appended) -> Result<(), StoreError> {
        self.write(move |tx| {
            tx.prepare_cached("DELETE FROM operation WHERE id = ?1")?.execute(params![done.operation.0])?;
            let flags: Option<u32> = tx
                .prepare_cached("SELECT server_flags FROM message WHERE id = ?1")?
                .query_row(params![done.message.0], |row| row.get(0))
                .optional()?;
            // Removed here meanwhile, with its account.
            let Some(flags) = flags else { return Ok(()) };
            merge(tx, folder, done.uid, done.message)?;
            let server = done.flags.unwrap_or(Flags::from_bits_truncate(flags));
            let shown = pending_flags(tx, done.message)?.apply(server);
            tx.prepare_cached(
                "UPDATE message SET uid = ?2, server_flags = ?3, flags = ?4, uid_floor = 0,
                    size = CASE ?5 WHEN 0 THEN size ELSE ?5 END,
                    hidden = EXISTS (SELECT 1 FROM operation WHERE message_id = ?1 AND kind = 'expunge'),
                    folder_id = coalesce(
                        (SELECT target_folder_id FROM operation WHERE message_id = ?1 AND kind = 'move'
                         ORDER BY id DESC LIMIT 1),
                        server_folder_id)
                 WHERE id = ?1",
            )?
            .execute(params![
                done.message.0,
                done.uid.0,
                server.bits(),
                shown.bits(),
                i64::try_from(done.size).unwrap_or(i64::MAX)
            ])?;
            if let Some(message_id) = done.rewritten {
                tx.execute(
                    "UPDATE message SET message_id_header = ?2, body_state = 'none' WHERE id = ?1",
                    params![done.message.0, message_id],
                )?;
                tx.execute("INSERT OR IGNORE INTO vault_garbage (message_id) VALUES (?1)", params![done.message.0])?;
            }
            Ok(())
        })
        .await
    }
}

/// A row that came in under the UID of a message is the same message: what was queued for it goes over, and it goes.
fn merge(tx: &Tx<'_>, folder: FolderId, uid: Uid, message: MessageId) -> Result<(), StoreError> {
    let twin: Option<i64> = tx
        .prepare_cached("SELECT id FROM message WHERE server_folder_id = ?1 AND uid = ?2 AND id <> ?3")?
        .query_row(params![folder.0, uid.0, message.0], |row| row.get(0))
        .optional()?;
    if let Some(twin) = twin {
        tx.execute("UPDATE operation SET message_id = ?2 WHERE message_id = ?1", params![twin, message.0])?;
        tx.execute("DELETE FROM message WHERE id = ?1", params![twin])?;
    }
    Ok(())
}

/// A number that no message had or will have. Until its row is there, what the vault has under it is garbage.
fn reserve(tx: &Tx<'_>) -> Result<MessageId, StoreError> {
    tx.execute(
        "INSERT INTO sqlite_sequence (name, seq) SELECT 'message', 0
            WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'message')",
        [],
    )?;
    tx.execute("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'message'", [])?;
    let id = tx.query_row("SELECT seq FROM sqlite_sequence WHERE name = 'message'", [], |row| row.get(0))?;
    tx.execute("INSERT OR IGNORE INTO vault_garbage (message_id) VALUES (?1)", params![id])?;
    Ok(MessageId(id))
}

fn insert(tx: &Tx<'_>, id: MessageId, new: &NewAppend, now: UnixMillis) -> Result<MessageId, StoreError> {
    let account: Option<i64> = tx
        .query_row(
            "SELECT account_id FROM folder WHERE id = ?1 AND selectable = 1 AND gone = 0",
            params![new.folder.0],
            |row| row.get(0),
        )
        .optional()?;
    let account = AccountId(account.ok_or(StoreError::NotFound("folder"))?);
    let flags = FlagChange::default().apply(new.flags);
    let (preview, has_attachments) = match &new.summary {
        Some(summary) => (summary.preview.as_str(), summary.has_attachments),
        None => ("", new.envelope.maybe_attachments),
    };
    let date = new.envelope.date.unwrap_or(new.received_at);
    let place = thread::place(tx, account, id, &new.envelope, date)?;
    tx.execute(
        "INSERT INTO message (id, account_id, folder_id, server_folder_id, server_flags, flags, date_at, size, sender,
            recipient, subject, preview, message_id_header, has_attachments, body_state, thread_id, subject_key, seeks)
         VALUES (?1, ?2, ?3, ?3, ?4, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 'stored', ?13, ?14, ?15)",
        params![
            id.0,
            account.0,
            new.folder.0,
            flags.bits(),
            date.0,
            i64::try_from(new.raw.raw_size()).unwrap_or(i64::MAX),
            people(&new.envelope.from),
            people(&new.envelope.to),
            new.envelope.subject,
            preview,
            new.envelope.message_id,
            has_attachments,
            place.thread,
            place.subject_key,
            place.seeks,
        ],
    )?;
    tx.execute("DELETE FROM vault_garbage WHERE message_id = ?1", params![id.0])?;
    search::index(tx, id, &new.envelope)?;
    tx.execute(
        "INSERT INTO operation (account_id, message_id, kind, add_flags, target_folder_id, received_at, created_at)
         VALUES (?1, ?2, 'append', ?3, ?4, ?5, ?6)",
        params![account.0, id.0, flags.bits(), new.folder.0, new.received_at.0, now.0],
    )?;
    Ok(id)
}

/// An append of this message that was never sent.
const UNSENT: &str = "SELECT id FROM operation WHERE message_id = ?1 AND kind = 'append' AND noted_validity = 0
    AND state = 'queued'";

/// A message that the server never heard of is moved by putting it elsewhere. `false`: it heard of it.
pub(crate) fn retarget(tx: &Tx<'_>, message: MessageId, target: FolderId) -> Result<bool, StoreError> {
    let unsent: Option<i64> = tx.prepare_cached(UNSENT)?.query_row(params![message.0], |row| row.get(0)).optional()?;
    let Some(operation) = unsent else { return Ok(false) };
    tx.execute("UPDATE operation SET target_folder_id = ?2 WHERE id = ?1", params![operation, target.0])?;
    tx.execute("UPDATE message SET folder_id = ?2, server_folder_id = ?2 WHERE id = ?1", params![message.0, target.0])?;
    Ok(true)
}

/// A message that the server never heard of is removed here, and that is all. `false`: it heard of it.
pub(crate) fn withdraw(tx: &Tx<'_>, message: MessageId) -> Result<bool, StoreError> {
    let unsent: Option<i64> = tx.prepare_cached(UNSENT)?.query_row(params![message.0], |row| row.get(0)).optional()?;
    if unsent.is_some() {
        tx.execute("DELETE FROM message WHERE id = ?1", params![message.0])?;
    }
    Ok(unsent.is_some())
}
