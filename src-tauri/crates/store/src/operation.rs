//! The queue of what the user did: each act changes the rows and queues its operation in one transaction.

use postroom_db::{OptionalExtension as _, Read, Row, SqlResult, Tx, params};
use postroom_types::{
    AccountId, FlagChange, Flags, FolderId, FolderRole, MessageId, Operation, OperationId, OperationKind,
    OperationState, UnixMillis,
};

use crate::folder::of_role;
use crate::{Store, StoreError, append};

impl Store {
    /// Sets and clears flags of messages.
    pub async fn mark(&self, ids: Vec<MessageId>, change: FlagChange, now: UnixMillis) -> Result<(), StoreError> {
        self.write(move |tx| {
            for id in ids {
                mark_one(tx, id, change, now)?;
            }
            Ok(())
        })
        .await
    }

    /// Moves messages to a folder of the same account.
    pub async fn move_to(&self, ids: Vec<MessageId>, target: FolderId, now: UnixMillis) -> Result<(), StoreError> {
        self.write(move |tx| {
            for id in ids {
                move_one(tx, id, target, now)?;
            }
            Ok(())
        })
        .await
    }

    /// Moves messages to the trash; those in the trash (or in a draft or junk folder of an account without one) go for good.
    pub async fn delete(&self, ids: Vec<MessageId>, now: UnixMillis) -> Result<(), StoreError> {
        self.write(move |tx| {
            for id in ids {
                let at = shown_at(tx, id)?;
                let trash = of_role(tx, at.account, FolderRole::Trash, "Trash")?;
                if at.folder == trash { expunge_one(tx, id, at.account, now)? } else { move_one(tx, id, trash, now)? }
            }
            Ok(())
        })
        .await
    }

    /// Moves messages to the archive.
    pub async fn archive(&self, ids: Vec<MessageId>, now: UnixMillis) -> Result<(), StoreError> {
        self.write(move |tx| {
            for id in ids {
                let at = shown_at(tx, id)?;
                let archive = of_role(tx, at.account, FolderRole::Archive, "Archive")?;
                move_one(tx, id, archive, now)?;
            }
            Ok(())
        })
        .await
    }

    /// All queued operations in order.
    pub async fn pending(&self) -> Result<Vec<Operation>, StoreError> {
        self.read(|read| {
            let mut statement = read.prepare_cached(
                "SELECT id, account_id, message_id, kind, add_flags, remove_flags, target_folder_id, state, created_at,
                    attempts
                 FROM operation ORDER BY id",
            )?;
            let rows = statement.query_map([], operation)?;
            Ok(rows.collect::<SqlResult<_>>()?)
        })
        .await
    }
}

/// The queued changes of a message's flags, merged.
pub(crate) fn pending_flags(read: &Read<'_>, message: MessageId) -> Result<FlagChange, StoreError> {
    let mut statement = read.prepare_cached(
        "SELECT add_flags, remove_flags FROM operation WHERE message_id = ?1 AND kind = 'flags' ORDER BY id",
    )?;
    let mut merged = FlagChange::default();
    let mut rows = statement.query(params![message.0])?;
    while let Some(row) = rows.next()? {
        merged = merged.then(FlagChange {
            add: Flags::from_bits_truncate(row.get(0)?),
            remove: Flags::from_bits_truncate(row.get(1)?),
        });
    }
    Ok(merged)
}

struct Shown {
    account: AccountId,
    folder: FolderId,
    server_folder: FolderId,
    server_flags: Flags,
    flags: Flags,
}

fn shown_at(tx: &Tx<'_>, id: MessageId) -> Result<Shown, StoreError> {
    tx.prepare_cached(
        "SELECT account_id, folder_id, server_folder_id, server_flags, flags FROM message WHERE id = ?1 AND hidden = 0",
    )?
    .query_row(params![id.0], |row| {
        Ok(Shown {
            account: AccountId(row.get(0)?),
            folder: FolderId(row.get(1)?),
            server_folder: FolderId(row.get(2)?),
            server_flags: Flags::from_bits_truncate(row.get(3)?),
            flags: Flags::from_bits_truncate(row.get(4)?),
        })
    })
    .optional()?
    .ok_or(StoreError::NotFound("message"))
}

fn mark_one(tx: &Tx<'_>, id: MessageId, change: FlagChange, now: UnixMillis) -> Result<(), StoreError> {
    let at = shown_at(tx, id)?;
    let shown = change.apply(at.flags);
    if shown == at.flags {
        return Ok(());
    }
    tx.prepare_cached("UPDATE message SET flags = ?2 WHERE id = ?1")?.execute(params![id.0, shown.bits()])?;
    // Unsent changes of the same message become one; one that leads back to what the server has is none.
    let queued = tx
        .prepare_cached(
            "SELECT id, add_flags, remove_flags FROM operation
             WHERE message_id = ?1 AND kind = 'flags' AND state = 'queued' ORDER BY id DESC LIMIT 1",
        )?
        .query_row(params![id.0], |row| {
            let (add, remove) = (Flags::from_bits_truncate(row.get(1)?), Flags::from_bits_truncate(row.get(2)?));
            Ok((row.get::<_, i64>(0)?, FlagChange { add, remove }))
        })
        .optional()?;
    let Some((operation, before)) = queued else { return enqueue(tx, id, at.account, change, now) };
    let merged = before.then(change);
    let sent: bool = tx.query_row(
        "SELECT EXISTS (SELECT 1 FROM operation WHERE message_id = ?1 AND kind = 'flags' AND state = 'sent')",
        params![id.0],
        |row| row.get(0),
    )?;
    if !sent && merged.apply(at.server_flags) == at.server_flags {
        tx.execute("DELETE FROM operation WHERE id = ?1", params![operation])?;
    } else {
        tx.execute(
            "UPDATE operation SET add_flags = ?2, remove_flags = ?3 WHERE id = ?1",
            params![operation, merged.add.bits(), merged.remove.bits()],
        )?;
    }
    Ok(())
}

fn enqueue(
    tx: &Tx<'_>,
    id: MessageId,
    account: AccountId,
    change: FlagChange,
    now: UnixMillis,
) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO operation (account_id, message_id, kind, add_flags, remove_flags, created_at)
         VALUES (?1, ?2, 'flags', ?3, ?4, ?5)",
    )?
    .execute(params![account.0, id.0, change.add.bits(), change.remove.bits(), now.0])?;
    Ok(())
}

fn move_one(tx: &Tx<'_>, id: MessageId, target: FolderId, now: UnixMillis) -> Result<(), StoreError> {
    let at = shown_at(tx, id)?;
    if at.folder == target {
        return Ok(());
    }
    let same: bool = tx.query_row(
        "SELECT EXISTS (SELECT 1 FROM folder WHERE id = ?1 AND account_id = ?2 AND selectable = 1 AND gone = 0)",
        params![target.0, at.account.0],
        |row| row.get(0),
    )?;
    if !same {
        return Err(StoreError::Invalid("messages can be moved within their account only".to_owned()));
    }
    if append::retarget(tx, id, target)? {
        return Ok(());
    }
    tx.prepare_cached("UPDATE message SET folder_id = ?2 WHERE id = ?1")?.execute(params![id.0, target.0])?;
    let queued: Option<i64> = tx
        .prepare_cached("SELECT id FROM operation WHERE message_id = ?1 AND kind = 'move' AND state = 'queued'")?
        .query_row(params![id.0], |row| row.get(0))
        .optional()?;
    let sent: bool = tx.query_row(
        "SELECT EXISTS (SELECT 1 FROM operation WHERE message_id = ?1 AND kind = 'move' AND state = 'sent')",
        params![id.0],
        |row| row.get(0),
    )?;
    match queued {
        // Moved back before the server heard of it: there is nothing to tell.
        Some(operation) if target == at.server_folder && !sent => {
            tx.execute("DELETE FROM operation WHERE id = ?1", params![operation])?;
        }
        Some(operation) => {
            tx.execute("UPDATE operation SET target_folder_id = ?2 WHERE id = ?1", params![operation, target.0])?;
        }
        None => {
            tx.prepare_cached(
                "INSERT INTO operation (account_id, message_id, kind, target_folder_id, created_at)
                 VALUES (?1, ?2, 'move', ?3, ?4)",
            )?
            .execute(params![at.account.0, id.0, target.0, now.0])?;
        }
    }
    Ok(())
}

fn expunge_one(tx: &Tx<'_>, id: MessageId, account: AccountId, now: UnixMillis) -> Result<(), StoreError> {
    if append::withdraw(tx, id)? {
        return Ok(());
    }
    tx.execute("UPDATE message SET hidden = 1 WHERE id = ?1", params![id.0])?;
    tx.execute(
        "INSERT INTO operation (account_id, message_id, kind, created_at) VALUES (?1, ?2, 'expunge', ?3)",
        params![account.0, id.0, now.0],
    )?;
    Ok(())
}

pub(crate) fn operation(row: &Row<'_>) -> SqlResult<Operation> {
    let kind = match row.get::<_, String>(3)?.as_str() {
        "move" => OperationKind::Move,
        "expunge" => OperationKind::Expunge,
        "append" => OperationKind::Append,
        // A CHECK holds the four words.
        _ => OperationKind::Flags,
    };
    let state = if row.get::<_, String>(7)? == "sent" { OperationState::Sent } else { OperationState::Queued };
    Ok(Operation {
        id: OperationId(row.get(0)?),
        account: AccountId(row.get(1)?),
        message: MessageId(row.get(2)?),
        kind,
        add: Flags::from_bits_truncate(row.get(4)?),
        remove: Flags::from_bits_truncate(row.get(5)?),
        target: row.get::<_, Option<i64>>(6)?.map(FolderId),
        state,
        created_at: UnixMillis(row.get(8)?),
        attempts: row.get(9)?,
    })
}
