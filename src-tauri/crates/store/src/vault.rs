//! Raw messages: compressed, exact, written before `mail.db` names them.

use std::io::Write as _;
use std::path::PathBuf;

use postroom_db::{OptionalExtension as _, params};
use postroom_mime::Summary;
use postroom_types::MessageId;

use crate::{Store, StoreError};

/// Compressed messages above this size get a file of their own: a large blob would drag through the WAL twice.
const FILE_ABOVE: usize = 1 << 20;
/// zstd's level: 3 costs what 1 does and saves a little more (measured).
const LEVEL: i32 = 3;

/// A compressed raw message.
#[derive(Debug, Clone)]
pub struct Compressed {
    data: Vec<u8>,
    raw_size: usize,
}

impl Compressed {
    /// Bytes before compression.
    pub fn raw_size(&self) -> usize {
        self.raw_size
    }
}

/// Compresses a raw message; for threads that may be busy.
pub fn compress(raw: &[u8]) -> Result<Compressed, StoreError> {
    Ok(Compressed { data: zstd::bulk::compress(raw, LEVEL)?, raw_size: raw.len() })
}

/// A body that came in.
#[derive(Debug, Clone)]
pub struct StoredBody {
    /// The message.
    pub message: MessageId,
    /// Its bytes.
    pub raw: Compressed,
    /// What the list shows of it; `None` if it could not be read safely.
    pub summary: Option<Summary>,
}

impl Store {
    /// Keeps bodies: first in the vault, then the rows that name them.
    pub async fn bodies_store(&self, bodies: Vec<StoredBody>) -> Result<(), StoreError> {
        let mut rows = Vec::with_capacity(bodies.len());
        let mut blobs = Vec::with_capacity(bodies.len());
        for body in bodies {
            rows.push((body.message, body.summary));
            blobs.push((body.message, body.raw));
        }
        let store = self.clone();
        self.vault
            .write(move |tx| {
                let mut statement = tx.prepare_cached(
                    "INSERT OR REPLACE INTO raw_message (message_id, codec, raw_size, data) VALUES (?1, ?2, ?3, ?4)",
                )?;
                for (message, blob) in blobs {
                    let large = blob.data.len() > FILE_ABOVE;
                    if large {
                        store.blob_write(message, &blob.data)?;
                    }
                    let size = i64::try_from(blob.raw_size).unwrap_or(i64::MAX);
                    let data: &[u8] = if large { &[] } else { &blob.data };
                    statement.execute(params![message.0, if large { 2 } else { 1 }, size, data])?;
                }
                Ok::<_, StoreError>(())
            })
            .await?;
        self.write(move |tx| {
            for (message, summary) in rows {
                let Some(summary) = summary else {
                    tx.execute("UPDATE message SET body_state = 'stored' WHERE id = ?1", params![message.0])?;
                    continue;
                };
                tx.prepare_cached(
                    "UPDATE message SET body_state = 'stored', preview = ?2, has_attachments = ?3 WHERE id = ?1",
                )?
                .execute(params![message.0, summary.preview, summary.has_attachments])?;
            }
            Ok(())
        })
        .await
    }

    /// Records that the server does not give a message's body.
    pub async fn body_unavailable(&self, message: MessageId) -> Result<(), StoreError> {
        self.write(move |tx| {
            tx.execute(
                "UPDATE message SET body_state = 'unavailable' WHERE id = ?1 AND body_state = 'none'",
                params![message.0],
            )?;
            Ok(())
        })
        .await
    }

    /// A raw message, byte for byte as the server sent it.
    pub async fn raw(&self, message: MessageId) -> Result<Vec<u8>, StoreError> {
        let store = self.clone();
        self.vault
            .read(move |read| {
                let found: Option<(u8, i64, Vec<u8>)> = read
                    .prepare_cached("SELECT codec, raw_size, data FROM raw_message WHERE message_id = ?1")?
                    .query_row(params![message.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                    .optional()?;
                let (codec, raw_size, data) = found.ok_or(StoreError::BodyMissing)?;
                let data = if codec == 2 { std::fs::read(store.blob_path(message))? } else { data };
                let size = usize::try_from(raw_size).map_err(|_| StoreError::Damaged("raw_message"))?;
                let raw = zstd::bulk::decompress(&data, size)?;
                if raw.len() == size { Ok(raw) } else { Err(StoreError::Damaged("raw_message")) }
            })
            .await
    }

    /// Removes raw messages that no row names any more.
    pub async fn vault_sweep(&self) -> Result<(), StoreError> {
        let ids: Vec<i64> = self
            .read(|read| {
                let mut statement = read.prepare_cached("SELECT message_id FROM vault_garbage")?;
                let ids = statement.query_map([], |row| row.get(0))?;
                Ok(ids.collect::<postroom_db::SqlResult<_>>()?)
            })
            .await?;
        for chunk in ids.chunks(500) {
            let chunk = chunk.to_vec();
            let gone = chunk.clone();
            let store = self.clone();
            self.vault
                .write(move |tx| {
                    for id in &gone {
                        tx.prepare_cached("DELETE FROM raw_message WHERE message_id = ?1")?.execute(params![id])?;
                        match std::fs::remove_file(store.blob_path(MessageId(*id))) {
                            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                            _ => {}
                        }
                    }
                    Ok::<_, StoreError>(())
                })
                .await?;
            self.write(move |tx| {
                for id in &chunk {
                    tx.prepare_cached("DELETE FROM vault_garbage WHERE message_id = ?1")?.execute(params![id])?;
                }
                Ok(())
            })
            .await?;
        }
        Ok(())
    }

    fn blob_dir(&self) -> PathBuf {
        self.dir().join("blobs")
    }

    fn blob_path(&self, message: MessageId) -> PathBuf {
        self.blob_dir().join(format!("{message}.zst"))
    }

    fn blob_write(&self, message: MessageId, data: &[u8]) -> Result<(), StoreError> {
        std::fs::create_dir_all(self.blob_dir())?;
        let temporary = self.blob_dir().join(format!("{message}.part"));
        let mut file = std::fs::File::create(&temporary)?;
        file.write_all(data)?;
        file.sync_all()?;
        std::fs::rename(&temporary, self.blob_path(message))?;
        // The name must be on disk before a row names it; not every system lets a folder be synced.
        if let Ok(folder) = std::fs::File::open(self.blob_dir()) {
            drop(folder.sync_all());
        }
        Ok(())
    }

    pub(crate) fn blob_bytes(&self) -> u64 {
        let Ok(files) = std::fs::read_dir(self.blob_dir()) else { return 0 };
        files.filter_map(|file| file.ok()?.metadata().ok()).map(|file| file.len()).sum()
    }
}
