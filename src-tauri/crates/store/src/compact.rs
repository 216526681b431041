//! Small messages made smaller: a dictionary is trained once on the profile's own mail, and what came before it is packed
//! anew. It runs when nothing else is to do, a little at a time, and may end anywhere: each row is whole before and after.

use postroom_db::{OptionalExtension as _, SqlResult, params};

use crate::pack::{self, SMALL};
use crate::{Store, StoreError};

/// So many small messages are needed for a dictionary that is worth its bytes.
const ENOUGH: u32 = 1_000;
/// It learns from so many at most, spread over all of them: more makes it no better, only slower.
const SAMPLES: i64 = 3_000;
/// Rows packed anew in one transaction.
const BATCH: u32 = 500;

/// What compacting did to the small messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Compacted {
    /// Messages packed anew.
    pub messages: u32,
    /// Their raw bytes.
    pub raw_bytes: u64,
    /// Their stored bytes before.
    pub before: u64,
    /// And after.
    pub after: u64,
}

/// A query over the small messages, through their index: it was made with the same number, and SQLite refuses a query
/// with another.
fn of_small(columns: &str, rest: &str) -> String {
    format!(
        "SELECT {columns} FROM raw_message INDEXED BY raw_message_small WHERE codec = 1 AND raw_size < {SMALL} {rest}"
    )
}

struct Row {
    id: i64,
    raw_size: usize,
    data: Vec<u8>,
}

impl Store {
    /// Trains the dictionary if there is none and enough mail, and packs anew what came before it. Doing it again, also
    /// after a crash, goes on where it ended.
    ///
    /// The space that it frees inside the file is used for the messages that come next.
    pub async fn vault_compact(&self) -> Result<Compacted, StoreError> {
        self.train().await?;
        let mut sum = Compacted::default();
        while let Some(step) = self.repack().await? {
            sum.messages += step.messages;
            sum.raw_bytes += step.raw_bytes;
            sum.before += step.before;
            sum.after += step.after;
        }
        Ok(sum)
    }

    /// Whether [`Store::vault_compact`] would do anything. One look at the index.
    pub async fn vault_wants_compacting(&self) -> Result<bool, StoreError> {
        self.vault
            .read(|read| {
                let small = format!("SELECT count(*) FROM ({})", of_small("1", "LIMIT ?1"));
                let unfinished: Option<bool> = read
                    .query_row("SELECT next_id <= last_id FROM dictionary ORDER BY id DESC LIMIT 1", [], |row| {
                        row.get(0)
                    })
                    .optional()?;
                match unfinished {
                    Some(unfinished) => Ok(unfinished),
                    None => Ok(read.query_row(&small, params![ENOUGH], |row| row.get::<_, u32>(0))? >= ENOUGH),
                }
            })
            .await
    }

    async fn train(&self) -> Result<(), StoreError> {
        let samples: Vec<Vec<u8>> = {
            let this = self.clone();
            self.vault
                .read(move |read| {
                    let none = read.query_row("SELECT count(*) FROM dictionary", [], |row| row.get::<_, u32>(0))? == 0;
                    let count: i64 = read.query_row(&of_small("count(*)", ""), [], |row| row.get(0))?;
                    if !none || count < i64::from(ENOUGH) {
                        return Ok(Vec::new());
                    }
                    let every = (count / SAMPLES).max(1);
                    let mut statement =
                        read.prepare(&of_small("message_id, raw_size, data", "AND message_id % ?1 = 0 LIMIT ?2"))?;
                    let rows = statement.query_map(params![every, SAMPLES], row)?.collect::<SqlResult<Vec<_>>>()?;
                    let dictionaries = this.dictionaries();
                    // A damaged one is no sample.
                    Ok::<_, StoreError>(
                        rows.iter().filter_map(|row| dictionaries.unpack(&row.data, row.raw_size).ok()).collect(),
                    )
                })
                .await?
        };
        if samples.is_empty() {
            return Ok(());
        }
        let data = tokio::task::spawn_blocking(move || pack::train(&samples))
            .await
            .map_err(|_panicked| std::io::Error::other("packing failed"))??;
        let stored = data.clone();
        self.vault
            .write(move |tx| {
                tx.execute(
                    "INSERT INTO dictionary (data, next_id, last_id)
                     VALUES (?1, 1, (SELECT coalesce(max(message_id), 0) FROM raw_message))",
                    params![stored],
                )?;
                Ok::<_, StoreError>(())
            })
            .await?;
        // Only now: a frame must never name a dictionary that is not on the disk.
        self.dictionary_add(data).ok_or(StoreError::Damaged("dictionary"))
    }

    /// One batch. `None`: nothing is left.
    async fn repack(&self) -> Result<Option<Compacted>, StoreError> {
        let found = self
            .vault
            .read(|read| {
                let state: Option<(i64, i64, i64)> = read
                    .query_row("SELECT id, next_id, last_id FROM dictionary ORDER BY id DESC LIMIT 1", [], |row| {
                        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                    })
                    .optional()?;
                let Some((dictionary, next, last)) = state.filter(|(_, next, last)| next <= last) else {
                    return Ok(None);
                };
                let batch = "AND message_id BETWEEN ?1 AND ?2 ORDER BY message_id LIMIT ?3";
                let mut statement = read.prepare_cached(&of_small("message_id, raw_size, data", batch))?;
                let rows = statement.query_map(params![next, last, BATCH], row)?.collect::<SqlResult<Vec<_>>>()?;
                Ok::<_, StoreError>(Some((dictionary, last, rows)))
            })
            .await?;
        let Some((dictionary, last, rows)) = found else { return Ok(None) };
        let next = rows.last().map_or(last, |row| row.id) + 1;
        let dictionaries = self.dictionaries();
        let packed = tokio::task::spawn_blocking(move || {
            let mut packer = dictionaries.packer()?;
            let mut packed = Vec::with_capacity(rows.len());
            for row in rows {
                // One that cannot be read stays as it is: opening it says so.
                let Ok(raw) = dictionaries.unpack(&row.data, row.raw_size) else { continue };
                let data = packer.pack(&raw)?.data;
                if data.len() < row.data.len() && dictionaries.unpack(&data, row.raw_size)? == raw {
                    packed.push((row, data));
                }
            }
            Ok::<_, StoreError>(packed)
        })
        .await
        .map_err(|_panicked| std::io::Error::other("packing failed"))??;
        self.vault
            .write(move |tx| {
                let mut step = Compacted::default();
                for (row, data) in packed {
                    // Only if it is still the same: a body may have been replaced meanwhile.
                    let done = tx
                        .prepare_cached("UPDATE raw_message SET data = ?3 WHERE message_id = ?1 AND data = ?2")?
                        .execute(params![row.id, row.data, data])?;
                    if done > 0 {
                        step.messages += 1;
                        step.raw_bytes += row.raw_size as u64;
                        step.before += row.data.len() as u64;
                        step.after += data.len() as u64;
                    }
                }
                tx.execute("UPDATE dictionary SET next_id = ?2 WHERE id = ?1", params![dictionary, next])?;
                Ok::<_, StoreError>(Some(step))
            })
            .await
    }
}

fn row(row: &postroom_db::Row<'_>) -> SqlResult<Row> {
    let raw_size = row.get::<_, i64>(1)?;
    Ok(Row { id: row.get(0)?, raw_size: usize::try_from(raw_size).unwrap_or(SMALL), data: row.get(2)? })
}
