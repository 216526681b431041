//! Folders and how far each is synced.

use std::collections::BTreeSet;

use postroom_db::{OptionalExtension as _, Read, Row, SqlResult, Tx, params};
use postroom_types::{AccountId, Folder, FolderId, FolderRole, ModSeq, UidValidity};

use crate::{Store, StoreError};

/// A folder as the server lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFolder {
    /// The exact name on the wire.
    pub raw: String,
    /// Decoded.
    pub path: String,
    /// The server's delimiter.
    pub delimiter: Option<char>,
    /// What it is for.
    pub role: FolderRole,
    /// `false` for `\Noselect`.
    pub selectable: bool,
}

/// How far a folder is synced; see the table's comments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FolderCursor {
    /// `None`: never selected.
    pub uid_validity: Option<UidValidity>,
    /// Every UID below has a row (from `bottom` up), or is gone.
    pub top: u32,
    /// The lowest UID whose header was asked for; 1 once all are here, 0 before the first.
    pub bottom: u32,
    /// Flags are known up to here.
    pub modseq: ModSeq,
}

/// What the sync engine needs of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncFolder {
    /// Its row.
    pub id: FolderId,
    /// The name on the wire.
    pub raw: String,
    /// The name to show.
    pub path: String,
    /// What it is for.
    pub role: FolderRole,
    /// `false` for `\Noselect`.
    pub selectable: bool,
    /// Made here, not yet on the server.
    pub local_only: bool,
    /// The server's own number of it (MAILBOXID); empty where it told none.
    pub mailbox_id: String,
    /// How far it is synced.
    pub cursor: FolderCursor,
}

/// Rows of folder ?1 that wait for their UID.
pub(crate) const UNMATCHED: &str = "server_folder_id = ?1 AND uid IS NULL \
                         AND NOT EXISTS (SELECT 1 FROM operation WHERE message_id = message.id)";

impl Store {
    /// The folders of all accounts as the sidebar shows them: by account, role, then path.
    pub async fn folders(&self) -> Result<Vec<Folder>, StoreError> {
        self.read(|read| {
            let mut statement = read.prepare_cached(
                "SELECT id, account_id, path, name, delimiter, role, selectable, message_count, unread_count
                 FROM folder WHERE gone = 0 ORDER BY account_id, path",
            )?;
            let mut folders = statement.query_map([], view)?.collect::<SqlResult<Vec<_>>>()?;
            folders.sort_by(|a, b| (a.account, a.role, &a.path).cmp(&(b.account, b.role, &b.path)));
            Ok(folders)
        })
        .await
    }

    /// Takes in what LIST answered: new folders get a row, known ones their new role, missing ones are hidden; one that is
    /// only written otherwise on the wire keeps its row. A list
    /// without an inbox hides nothing: every server has one (RFC 9051 §5.1), so it is not believed. Operations into a folder
    /// that is missing now, or of messages in it, wait no longer for a later attempt: what the server says to them decides.
    pub async fn folders_listed(
        &self,
        account: AccountId,
        listed: Vec<ListedFolder>,
    ) -> Result<Vec<SyncFolder>, StoreError> {
        self.write(move |tx| {
            let before = sync_folders(tx, account)?;
            let names: BTreeSet<&str> = listed.iter().map(|folder| folder.raw.as_str()).collect();
            if listed.iter().any(|folder| folder.role == FolderRole::Inbox) {
                let gone = "UPDATE folder SET gone = 1 WHERE id = ?1 AND local_only = 0";
                for missing in before.iter().filter(|folder| !names.contains(folder.raw.as_str())) {
                    tx.prepare_cached(gone)?.execute(params![missing.id.0])?;
                }
            }
            for folder in &listed {
                if let Some(known) = respelt(&before, &names, folder) {
                    tx.execute("UPDATE OR IGNORE folder SET raw = ?2 WHERE id = ?1", params![known.0, folder.raw])?;
                }
                upsert(tx, account, folder)?;
            }
            let folders = sync_folders(tx, account)?;
            let there: BTreeSet<_> = folders.iter().map(|folder| folder.id).collect();
            for missing in before.iter().filter(|folder| !there.contains(&folder.id)) {
                tx.prepare_cached(
                    "UPDATE operation SET retry_at = 0 WHERE account_id = ?1 AND retry_at > 0 AND (target_folder_id = ?2
                        OR EXISTS (SELECT 1 FROM message WHERE id = message_id AND server_folder_id = ?2))",
                )?
                .execute(params![account.0, missing.id.0])?;
            }
            Ok(folders)
        })
        .await
    }

    /// The folders of an account as the sync engine sees them, the inbox first.
    pub async fn sync_folders(&self, account: AccountId) -> Result<Vec<SyncFolder>, StoreError> {
        self.read(move |read| sync_folders(read, account)).await
    }

    /// Records that a folder made here is on the server now.
    pub async fn folder_created(&self, folder: FolderId) -> Result<(), StoreError> {
        self.write(move |tx| {
            tx.execute("UPDATE folder SET local_only = 0 WHERE id = ?1", params![folder.0])?;
            Ok(())
        })
        .await
    }

    /// Records where the account's own folders stand, such as `INBOX.`, as on the wire. Folders that were made here before
    /// that was known, and that the server has yet to hear of, move there.
    pub async fn namespace_set(&self, account: AccountId, prefix: String) -> Result<(), StoreError> {
        self.write(move |tx| {
            let changed = tx.execute(
                "UPDATE account SET namespace_prefix = ?2 WHERE id = ?1 AND namespace_prefix <> ?2",
                params![account.0, prefix],
            )?;
            if changed > 0 {
                tx.execute(
                    "UPDATE OR IGNORE folder SET raw = ?2 || name, path = ?2 || name
                     WHERE account_id = ?1 AND local_only = 1",
                    params![account.0, prefix],
                )?;
            }
            Ok(())
        })
        .await
    }

    /// Records how far a folder is synced.
    pub async fn folder_cursor_set(&self, folder: FolderId, cursor: FolderCursor) -> Result<(), StoreError> {
        self.write(move |tx| cursor_set(tx, folder, cursor)).await
    }

    /// Forgets every UID of a folder because its UIDVALIDITY changed. Rows stay with their bodies and are matched to
    /// their new UIDs by Message-ID and size as headers come in; [`Store::folder_unmatched_drop`] ends that.
    pub async fn folder_uids_void(&self, folder: FolderId, validity: UidValidity) -> Result<(), StoreError> {
        self.write(move |tx| {
            tx.execute("UPDATE message SET uid = NULL, uid_floor = 0 WHERE server_folder_id = ?1", params![folder.0])?;
            tx.execute("UPDATE operation SET uid_floor = 0 WHERE target_folder_id = ?1", params![folder.0])?;
            tx.execute("DELETE FROM quarantine WHERE folder_id = ?1", params![folder.0])?;
            cursor_set(tx, folder, FolderCursor { uid_validity: Some(validity), ..FolderCursor::default() })
        })
        .await
    }

    /// Whether rows of a folder wait for their UID: moved there without being told, or renumbered. Those with a queued
    /// operation do not count, the queue looks for their message itself.
    pub async fn folder_unmatched(&self, folder: FolderId) -> Result<bool, StoreError> {
        self.read(move |read| {
            Ok(read
                .prepare_cached(&format!("SELECT EXISTS (SELECT 1 FROM message WHERE {UNMATCHED})"))?
                .query_row(params![folder.0], |row| row.get(0))?)
        })
        .await
    }

    /// Once every message that the server has in a folder has its row: rows that found no UID are gone from the server.
    /// Rows with a queued operation stay, the queue decides about them.
    pub async fn folder_unmatched_drop(&self, folder: FolderId) -> Result<usize, StoreError> {
        self.write(move |tx| Ok(tx.execute(&format!("DELETE FROM message WHERE {UNMATCHED}"), params![folder.0])?))
            .await
    }

    /// A folder by its decoded path or wire name, in one account or any.
    pub async fn folder_find(&self, account: Option<AccountId>, path: String) -> Result<Folder, StoreError> {
        let folders = self.folders().await?;
        let mine = |folder: &&Folder| account.is_none_or(|account| folder.account == account);
        let exact = folders.iter().filter(mine).find(|folder| folder.path == path);
        let inbox =
            || folders.iter().filter(mine).find(|f| f.role == FolderRole::Inbox && path.eq_ignore_ascii_case("inbox"));
        exact.or_else(inbox).cloned().ok_or(StoreError::NotFound("folder"))
    }
}

fn view(row: &Row<'_>) -> SqlResult<Folder> {
    Ok(Folder {
        id: FolderId(row.get("id")?),
        account: AccountId(row.get("account_id")?),
        path: row.get("path")?,
        name: row.get("name")?,
        delimiter: row.get("delimiter")?,
        role: role(row)?,
        selectable: row.get("selectable")?,
        messages: row.get("message_count")?,
        unread: row.get("unread_count")?,
    })
}

fn role(row: &Row<'_>) -> SqlResult<FolderRole> {
    // A CHECK holds the words.
    Ok(FolderRole::from_word(&row.get::<_, String>("role")?).unwrap_or(FolderRole::Other))
}

/// The folder that the server now writes otherwise on the wire: 8-bit letters, or an odd modified UTF-7, of which there is
/// more than one for a name. It reads the same, and its former name is no longer listed.
fn respelt(known: &[SyncFolder], names: &BTreeSet<&str>, folder: &ListedFolder) -> Option<FolderId> {
    if known.iter().any(|known| known.raw == folder.raw) {
        return None;
    }
    let same =
        |known: &&SyncFolder| known.path == folder.path && !known.local_only && !names.contains(known.raw.as_str());
    known.iter().find(same).map(|known| known.id)
}

fn upsert(tx: &Tx<'_>, account: AccountId, folder: &ListedFolder) -> Result<(), StoreError> {
    let delimiter = folder.delimiter.map(String::from).unwrap_or_default();
    let name =
        folder.delimiter.and_then(|d| folder.path.rsplit(d).find(|level| !level.is_empty())).unwrap_or(&folder.path);
    let row = params![account.0, folder.raw, folder.path, name, delimiter, folder.role.as_str(), folder.selectable];
    // A list like the one before writes nothing; an attempt to insert would count up AUTOINCREMENT.
    let known = "SELECT (path, name, delimiter, role, selectable, gone, local_only) IS (?3, ?4, ?5, ?6, ?7, 0, 0)
         FROM folder WHERE account_id = ?1 AND raw = ?2";
    let sql = match tx.prepare_cached(known)?.query_row(row, |row| row.get(0)).optional()? {
        Some(true) => return Ok(()),
        Some(false) => {
            "UPDATE folder SET path = ?3, name = ?4, delimiter = ?5, role = ?6, selectable = ?7, gone = 0, local_only = 0
             WHERE account_id = ?1 AND raw = ?2"
        }
        None => {
            "INSERT INTO folder (account_id, raw, path, name, delimiter, role, selectable)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
        }
    };
    tx.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

fn sync_folders(read: &Read<'_>, account: AccountId) -> Result<Vec<SyncFolder>, StoreError> {
    let mut statement = read.prepare_cached(
        "SELECT id, raw, path, role, selectable, local_only, mailbox_id, uid_validity, top_uid, bottom_uid, modseq
         FROM folder WHERE account_id = ?1 AND gone = 0 ORDER BY path",
    )?;
    let mut folders = statement.query_map(params![account.0], sync_folder)?.collect::<SqlResult<Vec<_>>>()?;
    folders.sort_by(|a, b| (a.role, &a.path).cmp(&(b.role, &b.path)));
    Ok(folders)
}

fn sync_folder(row: &Row<'_>) -> SqlResult<SyncFolder> {
    let validity: u32 = row.get("uid_validity")?;
    Ok(SyncFolder {
        id: FolderId(row.get("id")?),
        raw: row.get("raw")?,
        path: row.get("path")?,
        role: role(row)?,
        selectable: row.get("selectable")?,
        local_only: row.get("local_only")?,
        mailbox_id: row.get("mailbox_id")?,
        cursor: FolderCursor {
            uid_validity: (validity != 0).then_some(UidValidity(validity)),
            top: row.get("top_uid")?,
            bottom: row.get("bottom_uid")?,
            // 63 bits on the wire (RFC 7162 §3.1), so an i64 holds it.
            modseq: ModSeq(row.get::<_, i64>("modseq")?.unsigned_abs()),
        },
    })
}

pub(crate) fn cursor_set(tx: &Tx<'_>, folder: FolderId, cursor: FolderCursor) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE folder SET uid_validity = ?2, top_uid = ?3, bottom_uid = ?4, modseq = ?5 WHERE id = ?1")?
        .execute(params![
            folder.0,
            cursor.uid_validity.map_or(0, |validity| validity.0),
            cursor.top,
            cursor.bottom,
            i64::try_from(cursor.modseq.0).unwrap_or(0),
        ])?;
    Ok(())
}

/// The account's folder of a role; made here where the server has none (the queue creates it there).
pub(crate) fn of_role(
    tx: &Tx<'_>,
    account: AccountId,
    role: FolderRole,
    create_as: &str,
) -> Result<FolderId, StoreError> {
    let found: Option<i64> = tx
        .query_row(
            "SELECT id FROM folder WHERE account_id = ?1 AND role = ?2 AND gone = 0 ORDER BY id LIMIT 1",
            params![account.0, role.as_str()],
            |row| row.get(0),
        )
        .optional()?;
    if let Some(id) = found {
        return Ok(FolderId(id));
    }
    let (delimiter, prefix): (String, String) = tx
        .query_row(
            "SELECT folder.delimiter, account.namespace_prefix FROM folder JOIN account ON account.id = account_id
             WHERE account_id = ?1 AND role = 'inbox'",
            params![account.0],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?
        .ok_or(StoreError::NoSuchRole(role.as_str()))?;
    // Both are ASCII, or as good as: the next LIST brings the path as the server has it.
    let raw = format!("{prefix}{create_as}");
    // One of that name which the server no longer lists is made anew.
    tx.execute(
        "INSERT INTO folder (account_id, raw, path, name, delimiter, role, local_only)
         VALUES (?1, ?2, ?2, ?3, ?4, ?5, 1)
         ON CONFLICT (account_id, raw) DO UPDATE SET role = excluded.role, local_only = max(local_only, gone), gone = 0",
        params![account.0, raw, create_as, delimiter, role.as_str()],
    )?;
    Ok(FolderId(tx.query_row(
        "SELECT id FROM folder WHERE account_id = ?1 AND raw = ?2",
        params![account.0, raw],
        |row| row.get(0),
    )?))
}
