//! Folders that lost over half of their messages at once. Nothing of them goes until the user has said so.

use postroom_db::{OptionalExtension as _, SqlResult, params};
use postroom_types::{AccountId, FolderId, UnixMillis};

use crate::{Store, StoreError};

/// A folder whose user has to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShrunkFolder {
    /// Its account.
    pub account: AccountId,
    /// The folder.
    pub folder: FolderId,
    /// Its path.
    pub path: String,
    /// Messages here that the server no longer has.
    pub gone: u32,
    /// When that was noticed.
    pub noticed_at: UnixMillis,
}

impl Store {
    /// Notes that a folder lost `gone` messages at once. Gives whether the user has allowed so many to go.
    pub async fn folder_shrunk(&self, folder: FolderId, gone: u32, now: UnixMillis) -> Result<bool, StoreError> {
        self.write(move |tx| {
            let before: Option<(u32, bool)> = tx
                .query_row("SELECT gone, allowed FROM shrunk WHERE folder_id = ?1", params![folder.0], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()?;
            if let Some((known, allowed)) = before
                && gone <= known
            {
                return Ok(allowed);
            }
            // More than the user was asked about is asked anew.
            tx.execute(
                "INSERT OR REPLACE INTO shrunk (folder_id, gone, noticed_at) VALUES (?1, ?2, ?3)",
                params![folder.0, gone, now.0],
            )?;
            Ok(false)
        })
        .await
    }

    /// There is nothing to ask about a folder any more. Gives whether there was.
    pub async fn folder_shrunk_over(&self, folder: FolderId) -> Result<bool, StoreError> {
        let asked: bool = self
            .read(move |read| {
                Ok(read
                    .prepare_cached("SELECT EXISTS (SELECT 1 FROM shrunk WHERE folder_id = ?1)")?
                    .query_row(params![folder.0], |row| row.get(0))?)
            })
            .await?;
        if asked {
            self.write(move |tx| Ok(tx.execute("DELETE FROM shrunk WHERE folder_id = ?1", params![folder.0])?)).await?;
        }
        Ok(asked)
    }

    /// The folders about which the user has yet to be asked, by path.
    pub async fn folders_shrunk(&self) -> Result<Vec<ShrunkFolder>, StoreError> {
        self.read(|read| {
            let mut statement = read.prepare_cached(
                "SELECT account_id, id, path, shrunk.gone, noticed_at FROM shrunk JOIN folder ON folder.id = folder_id
                 WHERE allowed = 0 ORDER BY account_id, path",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(ShrunkFolder {
                    account: AccountId(row.get(0)?),
                    folder: FolderId(row.get(1)?),
                    path: row.get(2)?,
                    gone: row.get(3)?,
                    noticed_at: UnixMillis(row.get(4)?),
                })
            })?;
            Ok(rows.collect::<SqlResult<_>>()?)
        })
        .await
    }

    /// The user says that what the server no longer has of a folder may go; the next pass removes it.
    pub async fn folder_shrunk_allow(&self, folder: FolderId) -> Result<(), StoreError> {
        let found = self
            .write(move |tx| Ok(tx.execute("UPDATE shrunk SET allowed = 1 WHERE folder_id = ?1", params![folder.0])?))
            .await?;
        if found == 0 { Err(StoreError::NotFound("question")) } else { Ok(()) }
    }

    /// How many rows of a folder wait for their UID, without a queued operation, and how many it has on the server's side.
    pub async fn folder_unmatched_count(&self, folder: FolderId) -> Result<(u32, u32), StoreError> {
        self.read(move |read| {
            Ok(read
                .prepare_cached(
                    "SELECT count(*) FILTER (WHERE uid IS NULL
                        AND NOT EXISTS (SELECT 1 FROM operation WHERE message_id = message.id)), count(*)
                     FROM message WHERE server_folder_id = ?1",
                )?
                .query_row(params![folder.0], |row| Ok((row.get(0)?, row.get(1)?)))?)
        })
        .await
    }
}
