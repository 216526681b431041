//! Which folder is which: by the server's own number where it has one (MAILBOXID, RFC 8474), else by its name; and names
//! behind which there is no folder.
//!
//! Numbers come with the list, or, from servers that tell them of an open folder only, one at a time.

use std::collections::{BTreeMap, BTreeSet};

use postroom_db::{OptionalExtension as _, SqlResult, Tx, params};
use postroom_types::{AccountId, FolderId};

use crate::{Store, StoreError};

/// What a folder is called.
struct Names {
    raw: String,
    path: String,
    name: String,
    delimiter: String,
    role: String,
    selectable: bool,
    gone: bool,
    mailbox_id: String,
}

impl Store {
    /// Takes in the numbers that a list told by the folders' names on the wire, before the list itself: a folder that is
    /// known under another name is renamed here, however names were swapped. A name that now belongs to another folder
    /// keeps its row, but the UIDs mean other messages: they are matched anew. A number that several folders have says
    /// nothing.
    pub async fn folders_identified(
        &self,
        account: AccountId,
        mut listed: BTreeMap<String, String>,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
            for number in listed.values() {
                *seen.entry(number).or_default() += 1;
            }
            let shared: BTreeSet<String> =
                seen.into_iter().filter(|(_, times)| *times > 1).map(|(number, _)| number.to_owned()).collect();
            listed.retain(|_, number| !shared.contains(number));
            let mut statement = tx.prepare_cached(
                "SELECT id, raw, mailbox_id FROM folder WHERE account_id = ?1 AND mailbox_id <> '' ORDER BY id",
            )?;
            let rows = statement.query_map(params![account.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            let known = rows.collect::<SqlResult<Vec<(i64, String, String)>>>()?;
            let by_number: BTreeMap<&str, &str> =
                listed.iter().map(|(raw, number)| (number.as_str(), raw.as_str())).collect();
            let mut moved: Vec<(i64, &str)> = Vec::new();
            for (id, raw, number) in &known {
                match by_number.get(number.as_str()) {
                    Some(name) if name != raw => moved.push((*id, name)),
                    _ => {}
                }
            }
            rename(tx, account, &moved)?;
            for (raw, number) in &listed {
                settle(tx, account, raw, number)?;
            }
            Ok(())
        })
        .await
    }

    /// Which folder has this number and another name than `raw`; with it that name, as long as the server lists it.
    pub async fn folder_namesake(
        &self,
        account: AccountId,
        raw: String,
        number: String,
    ) -> Result<Option<(FolderId, Option<String>)>, StoreError> {
        self.read(move |read| {
            Ok(read
                .prepare_cached(
                    "SELECT id, CASE gone WHEN 0 THEN raw END FROM folder
                     WHERE account_id = ?1 AND mailbox_id = ?3 AND raw <> ?2 AND mailbox_id <> '' ORDER BY id LIMIT 1",
                )?
                .query_row(params![account.0, raw, number], |row| Ok((FolderId(row.get(0)?), row.get(1)?)))
                .optional()?)
        })
        .await
    }

    /// Gives a folder the name under which it was found, `raw` on the wire and `path` to show. A row that stood under that
    /// name takes the old name of this one, so that swapped names come right one after the other. If it was but a name, made
    /// when the list first told it or for a queued move, it goes, and what was queued for it is for this folder.
    pub async fn folder_renamed(&self, folder: FolderId, raw: String, path: String) -> Result<(), StoreError> {
        self.write(move |tx| {
            let own = names(tx, folder.0)?;
            let before: Option<i64> = tx
                .query_row(
                    "SELECT id FROM folder WHERE raw = ?2 AND id <> ?1
                        AND account_id = (SELECT account_id FROM folder WHERE id = ?1)",
                    params![folder.0, raw],
                    |row| row.get(0),
                )
                .optional()?;
            let Some(before) = before else {
                let delimiter = own.delimiter.chars().next();
                let name = delimiter.and_then(|d| path.rsplit(d).find(|level| !level.is_empty())).unwrap_or(&path);
                let name = name.to_owned();
                return set_names(tx, folder.0, &Names { raw, path, name, gone: false, ..own });
            };
            let other = names(tx, before)?;
            let number = other.mailbox_id.clone();
            // Names are unique: one of them stands aside.
            tx.execute("UPDATE folder SET raw = ?2 WHERE id = ?1", params![before, aside(before)])?;
            set_names(tx, folder.0, &Names { gone: false, ..other })?;
            set_names(tx, before, &own)?;
            tracing::info!(folder = folder.0, "a folder has another name");
            if number.is_empty() { absorb(tx, before, folder.0) } else { Ok(()) }
        })
        .await
    }

    /// Notes the number that a folder named when it was opened.
    pub async fn folder_mailbox_id_set(&self, folder: FolderId, number: String) -> Result<(), StoreError> {
        self.write(move |tx| {
            tx.execute("UPDATE folder SET mailbox_id = ?2 WHERE id = ?1", params![folder.0, number])?;
            Ok(())
        })
        .await
    }

    /// Folders that are listed and could not be opened, by their names on the wire.
    pub async fn folders_refused(&self, account: AccountId) -> Result<BTreeSet<String>, StoreError> {
        self.read(move |read| {
            let mut statement = read.prepare_cached("SELECT raw FROM folder WHERE account_id = ?1 AND refused = 1")?;
            let rows = statement.query_map(params![account.0], |row| row.get(0))?;
            Ok(rows.collect::<SqlResult<_>>()?)
        })
        .await
    }

    /// Whether a folder that is listed can be opened. One that cannot is shown as a name only.
    pub async fn folder_refused_set(&self, folder: FolderId, refused: bool) -> Result<(), StoreError> {
        self.write(move |tx| {
            tx.execute(
                "UPDATE folder SET refused = ?2, selectable = 1 - ?2 WHERE id = ?1",
                params![folder.0, refused],
            )?;
            Ok(())
        })
        .await
    }
}

/// A name that no server has: there is a NUL in it.
fn aside(id: i64) -> String {
    format!("\0{id}")
}

fn names(tx: &Tx<'_>, id: i64) -> Result<Names, StoreError> {
    tx.prepare_cached(
        "SELECT raw, path, name, delimiter, role, selectable, gone, mailbox_id FROM folder WHERE id = ?1",
    )?
    .query_row(params![id], |row| {
        Ok(Names {
            raw: row.get(0)?,
            path: row.get(1)?,
            name: row.get(2)?,
            delimiter: row.get(3)?,
            role: row.get(4)?,
            selectable: row.get(5)?,
            gone: row.get(6)?,
            mailbox_id: row.get(7)?,
        })
    })
    .optional()?
    .ok_or(StoreError::NotFound("folder"))
}

/// Its number stays as it is: the number is the folder's, the name is not.
fn set_names(tx: &Tx<'_>, id: i64, names: &Names) -> Result<(), StoreError> {
    tx.prepare_cached(
        "UPDATE folder SET raw = ?2, path = ?3, name = ?4, delimiter = ?5, role = ?6, selectable = ?7, gone = ?8
         WHERE id = ?1",
    )?
    .execute(params![
        id,
        names.raw,
        names.path,
        names.name,
        names.delimiter,
        names.role,
        names.selectable,
        names.gone
    ])?;
    Ok(())
}

/// What was queued for a row that was but a name is for the folder that has the name; the row goes, unless the server has
/// told of messages in it.
fn absorb(tx: &Tx<'_>, name: i64, folder: i64) -> Result<(), StoreError> {
    tx.execute("UPDATE operation SET target_folder_id = ?2 WHERE target_folder_id = ?1", params![name, folder])?;
    tx.execute(
        "UPDATE message SET folder_id = ?2 WHERE folder_id = ?1 AND (server_folder_id <> ?1 OR uid IS NULL)",
        params![name, folder],
    )?;
    tx.execute(
        "UPDATE message SET server_folder_id = ?2 WHERE server_folder_id = ?1 AND uid IS NULL",
        params![name, folder],
    )?;
    tx.execute(
        "DELETE FROM folder WHERE id = ?1
            AND NOT EXISTS (SELECT 1 FROM message WHERE server_folder_id = ?1 OR folder_id = ?1)",
        params![name],
    )?;
    Ok(())
}

/// Gives folders their new names, two of which may have been swapped. What stood under a name before and is not renamed
/// itself is no longer there.
fn rename(tx: &Tx<'_>, account: AccountId, moved: &[(i64, &str)]) -> Result<(), StoreError> {
    for (id, _) in moved {
        tx.execute("UPDATE folder SET raw = ?2 WHERE id = ?1", params![id, aside(*id)])?;
    }
    for (id, raw) in moved {
        let before: Option<i64> = tx
            .query_row("SELECT id FROM folder WHERE account_id = ?1 AND raw = ?2", params![account.0, raw], |row| {
                row.get(0)
            })
            .optional()?;
        if let Some(before) = before {
            tx.execute("UPDATE folder SET raw = ?2, gone = 1 WHERE id = ?1", params![before, aside(before)])?;
            if names(tx, before)?.mailbox_id.is_empty() {
                absorb(tx, before, *id)?;
            }
        }
        tx.execute("UPDATE folder SET raw = ?2, gone = 0 WHERE id = ?1", params![id, raw])?;
        tracing::info!(folder = id, "a folder has another name");
    }
    Ok(())
}

/// Notes the number of the folder that has this name; if it had another number, it is another folder.
fn settle(tx: &Tx<'_>, account: AccountId, raw: &str, number: &str) -> Result<(), StoreError> {
    let known: Option<(i64, String)> = tx
        .prepare_cached("SELECT id, mailbox_id FROM folder WHERE account_id = ?1 AND raw = ?2")?
        .query_row(params![account.0, raw], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((id, before)) = known.filter(|(_, before)| before != number) else { return Ok(()) };
    tx.execute("UPDATE folder SET mailbox_id = ?2 WHERE id = ?1", params![id, number])?;
    if !before.is_empty() {
        tx.execute("UPDATE message SET uid = NULL, uid_floor = 0 WHERE server_folder_id = ?1", params![id])?;
        tx.execute("UPDATE operation SET uid_floor = 0 WHERE target_folder_id = ?1", params![id])?;
        tx.execute("DELETE FROM quarantine WHERE folder_id = ?1", params![id])?;
        tx.execute(
            "UPDATE folder SET uid_validity = 0, top_uid = 0, bottom_uid = 0, modseq = 0 WHERE id = ?1",
            params![id],
        )?;
    }
    Ok(())
}
