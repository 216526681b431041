//! A large message on its way into the vault, piece by piece: what came is kept through a break, a kill or a power cut,
//! and the next attempt goes on behind it.
//!
//! The pieces go into a file of the vault ([`crate::frames`]); a row of `incoming` says how much of it counts, and is
//! written after the file is on the disk. Once all is there the vault names the file, and the row goes. It must not
//! decide what is fetched, and never holds more than a piece.

use std::collections::BTreeSet;
use std::fs::File;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use postroom_db::{OptionalExtension as _, SqlResult, params};
use postroom_mime::Summary;
use postroom_types::{MessageId, Uid, UidValidity};

use crate::frames::{Extent, FrameWriter};
use crate::vault::{FILE, blob_file, large_name};
use crate::{Store, StoreError};

/// Messages that somebody is writing: one each.
#[derive(Debug, Clone, Default)]
pub(crate) struct Claims(Arc<Mutex<BTreeSet<MessageId>>>);

impl Claims {
    fn lock(&self) -> MutexGuard<'_, BTreeSet<MessageId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, message: MessageId) -> Option<Claim> {
        self.lock().insert(message).then(|| Claim { claims: self.clone(), message })
    }
}

/// Held while a message is written.
struct Claim {
    claims: Claims,
    message: MessageId,
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.claims.lock().remove(&self.message);
    }
}

/// A large message that is being written. All of its methods block.
pub struct LargeBody {
    store: Store,
    validity: UidValidity,
    uid: Uid,
    writer: FrameWriter,
    /// The last, so that the message is free once all else is closed.
    claim: Claim,
}

impl std::fmt::Debug for LargeBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LargeBody").field("message", &self.claim.message).finish_non_exhaustive()
    }
}

impl Store {
    /// How many bytes of a message, from its beginning, are here although the whole is not.
    pub async fn incoming(&self, message: MessageId) -> Result<u64, StoreError> {
        self.read(move |read| {
            let bytes: Option<i64> = read
                .prepare_cached("SELECT raw_bytes FROM incoming WHERE message_id = ?1")?
                .query_row(params![message.0], |row| row.get(0))
                .optional()?;
            Ok(bytes.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0))
        })
        .await
    }

    /// Begins to write a message that is not here, or goes on with it if what is here has this UID; see
    /// [`LargeBody::bytes`]. `None`: somebody else is writing it. Blocks.
    pub fn large_begin(
        &self,
        message: MessageId,
        validity: UidValidity,
        uid: Uid,
    ) -> Result<Option<LargeBody>, StoreError> {
        let Some(claim) = self.claims.take(message) else { return Ok(None) };
        let _not_swept = self.bodies.blocking_read();
        let path = self.blob_dir().join(large_name(message));
        let known = self.incoming_extent(message, validity, uid)?;
        let going_on = match (known, File::options().read(true).write(true).open(&path)) {
            (Some(extent), Ok(file)) => FrameWriter::open(file, extent)?,
            _ => None,
        };
        let writer = match going_on {
            Some(writer) => writer,
            None => self.large_anew(message, validity, uid)?,
        };
        Ok(Some(LargeBody { store: self.clone(), validity, uid, writer, claim }))
    }

    fn large_anew(&self, message: MessageId, validity: UidValidity, uid: Uid) -> Result<FrameWriter, StoreError> {
        self.mail_blocking(move |tx| {
            tx.execute(
                "INSERT OR REPLACE INTO incoming (message_id, uid_validity, uid, raw_bytes, file_bytes)
                 VALUES (?1, ?2, ?3, 0, 0)",
                params![message.0, validity.0, uid.0],
            )?;
            Ok(())
        })?;
        // A body that was dropped and is yet to be swept: its row must not name what is written now.
        let before = self.vault.write_blocking(move |tx| {
            let before = blob_file(tx, message)?;
            tx.execute("DELETE FROM raw_message WHERE message_id = ?1", params![message.0])?;
            Ok::<_, StoreError>(before)
        })?;
        let dir = self.blob_dir();
        std::fs::create_dir_all(&dir)?;
        if let Some(name) = before {
            drop(std::fs::remove_file(dir.join(name)));
        }
        let path = dir.join(large_name(message));
        let file = File::options().read(true).write(true).create(true).truncate(true).open(path)?;
        // The name must be on disk before a row counts its bytes; not every system lets a folder be synced.
        if let Ok(folder) = File::open(&dir) {
            drop(folder.sync_all());
        }
        FrameWriter::open(file, Extent::default())?.ok_or(StoreError::Damaged("incoming"))
    }

    fn incoming_extent(
        &self,
        message: MessageId,
        validity: UidValidity,
        uid: Uid,
    ) -> Result<Option<Extent>, StoreError> {
        self.mail_read_blocking(move |read| {
            let found: Option<(i64, i64)> = read
                .prepare_cached(
                    "SELECT raw_bytes, file_bytes FROM incoming
                     WHERE message_id = ?1 AND uid_validity = ?2 AND uid = ?3",
                )?
                .query_row(params![message.0, validity.0, uid.0], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            Ok(found.and_then(|(raw, file)| Some(Extent { raw: raw.try_into().ok()?, file: file.try_into().ok()? })))
        })
    }

    /// The files of messages that are coming in.
    pub(crate) fn incoming_files(&self) -> Result<Vec<String>, StoreError> {
        self.mail_read_blocking(|read| {
            let mut statement = read.prepare("SELECT message_id FROM incoming")?;
            let names = statement.query_map([], |row| Ok(large_name(MessageId(row.get(0)?))))?;
            Ok(names.collect::<SqlResult<_>>()?)
        })
    }

    pub(crate) fn is_claimed(&self, message: MessageId) -> bool {
        self.claims.lock().contains(&message)
    }
}

impl LargeBody {
    /// The message.
    pub fn message(&self) -> MessageId {
        self.claim.message
    }

    /// Bytes of it that were written; what comes next begins here.
    pub fn bytes(&self) -> u64 {
        self.writer.extent.raw
    }

    /// Writes what comes next.
    pub fn append(&mut self, raw: &[u8]) -> Result<(), StoreError> {
        self.writer.append(raw)
    }

    /// All that was written is kept whatever happens now. `false`: the message is gone, or is another by now.
    pub fn keep(&mut self) -> Result<bool, StoreError> {
        self.writer.sync()?;
        let Extent { raw, file } = self.writer.extent;
        let (message, validity, uid) = (self.message(), self.validity, self.uid);
        self.store.mail_blocking(move |tx| {
            let rows = tx
                .prepare_cached(
                    "UPDATE incoming SET raw_bytes = ?4, file_bytes = ?5
                     WHERE message_id = ?1 AND uid_validity = ?2 AND uid = ?3",
                )?
                .execute(params![message.0, validity.0, uid.0, number(raw), number(file)])?;
            Ok(rows == 1)
        })
    }

    /// The message is whole: it is here from now on, as any other. `notes` is kept beside it, for
    /// [`crate::BodyReader::notes`]. `false`: the message is gone, or is another by now.
    pub fn finish(mut self, summary: Option<Summary>, notes: &[u8]) -> Result<bool, StoreError> {
        // First without the notes: whoever is cut off here asks for nothing more and comes back.
        if !self.keep()? {
            return Ok(false);
        }
        let raw = self.bytes();
        self.writer.notes(notes)?;
        self.writer.sync()?;
        let (message, validity, uid) = (self.message(), self.validity, self.uid);
        let _not_swept = self.store.bodies.blocking_read();
        self.store.vault.write_blocking(move |tx| {
            tx.execute(
                "INSERT OR REPLACE INTO raw_message (message_id, codec, raw_size, data) VALUES (?1, ?2, ?3, ?4)",
                params![message.0, FILE, number(raw), large_name(message).as_bytes()],
            )?;
            Ok::<_, StoreError>(())
        })?;
        self.store.mail_blocking(move |tx| {
            let sql = "DELETE FROM incoming WHERE message_id = ?1 AND uid_validity = ?2 AND uid = ?3";
            if tx.execute(sql, params![message.0, validity.0, uid.0])? == 0 {
                tx.execute("INSERT OR IGNORE INTO vault_garbage (message_id) VALUES (?1)", params![message.0])?;
                return Ok(false);
            }
            tx.execute("UPDATE message SET body_state = 'stored' WHERE id = ?1", params![message.0])?;
            if let Some(summary) = summary {
                // Only its beginning was read: what the header promises may come behind it.
                tx.execute(
                    "UPDATE message SET preview = ?2, has_attachments = max(has_attachments, ?3) WHERE id = ?1",
                    params![message.0, summary.preview, summary.has_attachments],
                )?;
            }
            tx.execute("DELETE FROM vault_garbage WHERE message_id = ?1", params![message.0])?;
            Ok(true)
        })
    }
}

fn number(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
