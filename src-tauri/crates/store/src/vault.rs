//! Raw messages: compressed, exact, written before `mail.db` names them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::PathBuf;

use postroom_db::{OptionalExtension as _, Tx, params};
use postroom_mime::Summary;
use postroom_types::MessageId;

use crate::pack::Compressed;
use crate::{Store, StoreError, filling};

/// Compressed messages above this size get a file of their own: a large blob would drag through the WAL twice.
const FILE_ABOVE: usize = 1 << 20;
/// Unused pages that stay in the file for what comes next.
const SPARE_PAGES: u32 = 64;
/// The codecs of `raw_message`: `data` is the message, or the name of its file.
const HERE: u8 = 1;
pub(crate) const FILE: u8 = 2;

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
    /// Keeps bodies: first in the vault, then the rows that name them. A large body never overwrites the file of the one
    /// before it: whichever the vault names is whole, and the other file goes once the change is durable.
    pub async fn bodies_store(&self, bodies: Vec<StoredBody>) -> Result<(), StoreError> {
        let mut rows = Vec::with_capacity(bodies.len());
        // The last one counts, as if they had come one by one.
        let mut blobs = BTreeMap::new();
        for body in bodies {
            rows.push((body.message, body.summary));
            blobs.insert(body.message, body.raw);
        }
        let blobs: Vec<_> = blobs.into_iter().collect();
        let order = filling::order(&blobs.iter().map(|(_, blob)| blob.data.len()).collect::<Vec<_>>());
        let _not_swept = self.bodies.read().await;
        let store = self.clone();
        let replaced = self
            .vault
            .write(move |tx| {
                let mut replaced = Vec::new();
                for (message, blob) in order.into_iter().filter_map(|index| blobs.get(index)) {
                    replaced.extend(store.blob_store(tx, *message, blob)?);
                }
                Ok::<_, StoreError>(replaced)
            })
            .await?;
        for name in replaced {
            // One that stays, because the program ends here or the disk refuses, is collected at the next start.
            drop(std::fs::remove_file(self.blob_dir().join(name)));
        }
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

    /// Bodies that the server did not give are wanted once more: a refusal may have been one that passes. For each start of
    /// the program.
    pub async fn bodies_ask_again(&self) -> Result<(), StoreError> {
        self.write(|tx| {
            tx.execute("UPDATE message SET body_state = 'none' WHERE body_state = 'unavailable'", [])?;
            Ok(())
        })
        .await
    }

    /// A raw message, byte for byte as the server sent it. All of it in memory: see [`Store::body`] for large ones.
    pub async fn raw(&self, message: MessageId) -> Result<Vec<u8>, StoreError> {
        let store = self.clone();
        let found = self
            .vault
            .read(move |read| {
                let found: Option<(u8, i64, Vec<u8>)> = read
                    .prepare_cached("SELECT codec, raw_size, data FROM raw_message WHERE message_id = ?1")?
                    .query_row(params![message.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                    .optional()?;
                let (codec, raw_size, data) = found.ok_or(StoreError::BodyMissing)?;
                let data =
                    if codec == FILE { std::fs::read(store.blob_dir().join(file_name(message, &data)))? } else { data };
                let size = usize::try_from(raw_size).map_err(|_| StoreError::Damaged("raw_message"))?;
                store.dictionaries().unpack(&data, size)
            })
            .await;
        if let Err(error) = &found {
            self.note_lost(message, error).await;
        }
        found
    }

    /// Removes raw messages that no row names any more.
    pub async fn vault_sweep(&self) -> Result<(), StoreError> {
        let garbage = "SELECT count(*) FROM vault_garbage";
        if self.read(move |read| Ok(read.query_row(garbage, [], |row| row.get::<_, u32>(0))?)).await? == 0 {
            return Ok(());
        }
        let nothing_comes = self.bodies.write().await;
        let mut ids: Vec<i64> = self
            .write(|tx| {
                // A body that was dropped and has come again, or is coming, is none.
                tx.execute(
                    "DELETE FROM vault_garbage
                     WHERE message_id IN (SELECT id FROM message WHERE body_state = 'stored')
                        OR message_id IN (SELECT message_id FROM incoming)",
                    [],
                )?;
                let mut statement = tx.prepare_cached("SELECT message_id FROM vault_garbage")?;
                let ids = statement.query_map([], |row| row.get(0))?;
                Ok(ids.collect::<postroom_db::SqlResult<_>>()?)
            })
            .await?;
        // Whoever still writes to one lets go of it soon.
        ids.retain(|id| !self.is_claimed(MessageId(*id)));
        for chunk in ids.chunks(500) {
            let chunk = chunk.to_vec();
            let gone = chunk.clone();
            let store = self.clone();
            self.vault
                .write(move |tx| {
                    for id in &gone {
                        let file = blob_file(tx, MessageId(*id))?;
                        tx.prepare_cached("DELETE FROM raw_message WHERE message_id = ?1")?.execute(params![id])?;
                        // What came of a large one has no row in the vault.
                        for name in file.into_iter().chain([large_name(MessageId(*id))]) {
                            match std::fs::remove_file(store.blob_dir().join(name)) {
                                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                                _ => {}
                            }
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
        drop(nothing_comes);
        Ok(self.vault.shrink(SPARE_PAGES).await?)
    }

    pub(crate) fn blob_dir(&self) -> PathBuf {
        self.dir().join("blobs")
    }

    /// Writes a body into the vault. Gives the file of the body before it, which is to go after the commit.
    pub(crate) fn blob_store(
        &self,
        tx: &Tx<'_>,
        message: MessageId,
        blob: &Compressed,
    ) -> Result<Option<String>, StoreError> {
        let before = blob_file(tx, message)?;
        let large = blob.data.len() > FILE_ABOVE;
        let name = if before.as_deref() == Some(&first_name(message)) {
            format!("{message}.2.zst")
        } else {
            first_name(message)
        };
        if large {
            self.blob_write(&name, &blob.data)?;
        }
        let size = i64::try_from(blob.raw_size).unwrap_or(i64::MAX);
        let (codec, data) = if large { (FILE, name.as_bytes()) } else { (HERE, blob.data.as_slice()) };
        tx.prepare_cached(
            "INSERT OR REPLACE INTO raw_message (message_id, codec, raw_size, data) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![message.0, codec, size, data])?;
        Ok(before)
    }

    fn blob_write(&self, name: &str, data: &[u8]) -> Result<(), StoreError> {
        std::fs::create_dir_all(self.blob_dir())?;
        let temporary = self.blob_dir().join(format!("{name}.part"));
        let mut file = std::fs::File::create(&temporary)?;
        file.write_all(data)?;
        file.sync_all()?;
        std::fs::rename(&temporary, self.blob_dir().join(name))?;
        // The name must be on disk before a row names it; not every system lets a folder be synced.
        if let Ok(folder) = std::fs::File::open(self.blob_dir()) {
            drop(folder.sync_all());
        }
        Ok(())
    }

    /// Removes files that the vault does not name: a crash left them between two steps. Only at the start, before
    /// anything is written.
    pub(crate) fn blobs_collect(&self) -> Result<(), StoreError> {
        let files = match std::fs::read_dir(self.blob_dir()) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            files => files?,
        };
        let named = self.vault.read_blocking(|read| {
            let mut statement =
                read.prepare("SELECT message_id, data FROM raw_message INDEXED BY raw_message_file WHERE codec = 2")?;
            let names =
                statement.query_map([], |row| Ok(file_name(MessageId(row.get(0)?), &row.get::<_, Vec<u8>>(1)?)))?;
            Ok::<_, StoreError>(names.collect::<postroom_db::SqlResult<BTreeSet<_>>>()?)
        })?;
        let named: BTreeSet<String> = named.into_iter().chain(self.incoming_files()?).collect();
        for file in files {
            let file = file?;
            if file.file_name().to_str().is_none_or(|name| !named.contains(name)) {
                std::fs::remove_file(file.path())?;
            }
        }
        Ok(())
    }

    pub(crate) fn blob_bytes(&self) -> u64 {
        let Ok(files) = std::fs::read_dir(self.blob_dir()) else { return 0 };
        files.filter_map(|file| file.ok()?.metadata().ok()).map(|file| file.len()).sum()
    }
}

/// The file of a message's body, if it has one of its own.
pub(crate) fn blob_file(tx: &Tx<'_>, message: MessageId) -> Result<Option<String>, StoreError> {
    let data: Option<Vec<u8>> = tx
        .prepare_cached("SELECT data FROM raw_message WHERE message_id = ?1 AND codec = 2")?
        .query_row(params![message.0], |row| row.get(0))
        .optional()?;
    Ok(data.map(|data| file_name(message, &data)))
}

/// The name in a row of codec 2. Only what we wrote ourselves is believed: anything else names a file that is not there.
fn file_name(message: MessageId, data: &[u8]) -> String {
    let others = [format!("{message}.2.zst"), large_name(message)];
    others.into_iter().find(|name| data == name.as_bytes()).unwrap_or_else(|| first_name(message))
}

/// The file of a large message, from its first piece on.
pub(crate) fn large_name(message: MessageId) -> String {
    format!("{message}.large.zst")
}

fn first_name(message: MessageId) -> String {
    format!("{message}.zst")
}
