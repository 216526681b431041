//! The queue as the sync engine works it off: what is next, and what the server made of it.

use postroom_db::{OptionalExtension as _, SqlResult, Tx, params};
use postroom_types::{
    AccountId, FlagChange, Flags, FolderId, MessageId, Operation, OperationId, OperationKind, OperationState, Uid,
    UidValidity, UnixMillis,
};

use crate::operation::{operation, pending_flags};
use crate::{AppendNote, Store, StoreError};

/// Where the server has a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// The folder.
    pub folder: FolderId,
    /// Its name on the wire.
    pub raw: String,
    /// The generation that the UID is of; `None`: never selected.
    pub uid_validity: Option<UidValidity>,
    /// The server's own number of the folder (MAILBOXID); empty where it told none.
    pub mailbox_id: String,
    /// Whether the server no longer lists the folder.
    pub folder_gone: bool,
    /// The UID; `None` while it is not known.
    pub uid: Option<Uid>,
    /// RFC822.SIZE, bytes.
    pub size: u64,
    /// The Message-ID, for servers that do not say where a message went.
    pub message_id_header: String,
}

/// Where a move goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveTarget {
    /// The folder.
    pub folder: FolderId,
    /// Its name on the wire.
    pub raw: String,
    /// The generation that `uid_floor` is of; `None`: never selected.
    pub uid_validity: Option<UidValidity>,
    /// The server's own number of it; empty where none was told.
    pub mailbox_id: String,
    /// The copy that an earlier, cut attempt made has this UID or a higher one; `None`: no telling.
    pub uid_floor: Option<Uid>,
    /// Made here, not yet on the server: the queue creates it.
    pub local_only: bool,
    /// Whether the server no longer lists it.
    pub gone: bool,
}

/// An operation with all that running it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationTask {
    /// The operation.
    pub operation: Operation,
    /// Where the server has its message.
    pub at: Placement,
    /// Where to, for a move; for an append the same folder as in `at`.
    pub target: Option<MoveTarget>,
    /// For an append.
    pub append: Option<AppendNote>,
}

const NEXT: &str =
    "SELECT o.id, o.account_id, o.message_id, o.kind, o.add_flags, o.remove_flags, o.target_folder_id, o.state,
        o.created_at, o.attempts, f.id, f.raw, f.uid_validity, f.gone, m.uid, m.message_id_header,
        t.id, t.raw, t.local_only, t.gone, t.uid_validity, o.uid_floor, m.size, o.received_at, o.noted_validity, o.noted_uid,
        f.mailbox_id, t.mailbox_id
     FROM operation AS o
     JOIN message AS m ON m.id = o.message_id
     JOIN folder AS f ON f.id = m.server_folder_id
     LEFT JOIN folder AS t ON t.id = o.target_folder_id
     WHERE o.account_id = ?1 AND o.retry_at <= ?3 AND NOT EXISTS (
        SELECT 1 FROM operation AS before
        WHERE before.message_id = o.message_id AND before.id < o.id AND before.retry_at > ?3)
     ORDER BY o.id LIMIT ?2";

impl Store {
    /// The next operations of an account that may be sent now, at most `limit`, with where their messages are. What waits
    /// for a later attempt is left out, and with it what was done to the same message after it.
    pub async fn operations_next(
        &self,
        account: AccountId,
        limit: u32,
        now: UnixMillis,
    ) -> Result<Vec<OperationTask>, StoreError> {
        self.read(move |read| {
            let mut statement = read.prepare_cached(NEXT)?;
            let rows = statement.query_map(params![account.0, limit, now.0], |row| {
                let validity = |column: usize| -> SqlResult<_> {
                    Ok(row.get::<_, Option<u32>>(column)?.filter(|number| *number != 0).map(UidValidity))
                };
                let target = match row.get::<_, Option<i64>>(16)? {
                    Some(id) => Some(MoveTarget {
                        folder: FolderId(id),
                        raw: row.get(17)?,
                        uid_validity: validity(20)?,
                        mailbox_id: row.get(27)?,
                        uid_floor: Some(row.get(21)?).filter(|uid| *uid > 0).map(Uid),
                        local_only: row.get(18)?,
                        gone: row.get(19)?,
                    }),
                    None => None,
                };
                let operation = operation(row)?;
                let (received_at, uid) = (UnixMillis(row.get(23)?), Uid(row.get(25)?));
                let note = AppendNote { received_at, noted: validity(24)?.map(|validity| (validity, uid)) };
                let append = (operation.kind == OperationKind::Append).then_some(note);
                Ok(OperationTask {
                    operation,
                    append,
                    at: Placement {
                        folder: FolderId(row.get(10)?),
                        raw: row.get(11)?,
                        uid_validity: validity(12)?,
                        mailbox_id: row.get(26)?,
                        folder_gone: row.get(13)?,
                        uid: row.get::<_, Option<u32>>(14)?.map(Uid),
                        size: u64::try_from(row.get::<_, i64>(22)?).unwrap_or(0),
                        message_id_header: row.get(15)?,
                    },
                    target,
                })
            })?;
            Ok(rows.collect::<SqlResult<_>>()?)
        })
        .await
    }

    /// Writes down that operations are about to be sent: after a crash they are checked before they are repeated, a move
    /// among what came into its target since its first attempt. `false`: the user has changed or taken back one of them
    /// since they were looked up; then nothing is written, and none of them may be sent.
    pub async fn operations_begin(&self, tasks: &[OperationTask]) -> Result<bool, StoreError> {
        let operations: Vec<_> = tasks.iter().map(|task| task.operation.clone()).collect();
        self.write(move |tx| {
            for known in &operations {
                let same: bool = tx
                    .prepare_cached(
                        "SELECT EXISTS (SELECT 1 FROM operation WHERE id = ?1 AND add_flags = ?2 AND remove_flags = ?3
                            AND target_folder_id IS ?4)",
                    )?
                    .query_row(
                        params![known.id.0, known.add.bits(), known.remove.bits(), known.target.map(|target| target.0)],
                        |row| row.get(0),
                    )?;
                if !same {
                    return Ok(false);
                }
            }
            operations.iter().try_for_each(|known| mark_sent(tx, known.id))?;
            Ok(true)
        })
        .await
    }

    /// Nothing was sent after all: the operations are as they were in `tasks`, before [`Store::operations_begin`].
    pub async fn operations_unsent(&self, tasks: &[OperationTask]) -> Result<(), StoreError> {
        let before: Vec<_> =
            tasks.iter().map(|task| (task.operation.id, task.operation.state, task.operation.attempts)).collect();
        self.write(move |tx| {
            for (id, state, attempts) in before {
                let state = if state == OperationState::Sent { "sent" } else { "queued" };
                tx.prepare_cached("UPDATE operation SET state = ?2, attempts = ?3 WHERE id = ?1")?
                    .execute(params![id.0, state, attempts])?;
            }
            Ok(())
        })
        .await
    }

    /// The server refused operations for now: each waits until its time, and keeps its place before what was done to its
    /// message after it.
    pub async fn operations_deferred(&self, until: Vec<(OperationId, UnixMillis)>) -> Result<(), StoreError> {
        self.write(move |tx| {
            for (id, until) in until {
                tx.prepare_cached("UPDATE operation SET retry_at = ?2 WHERE id = ?1")?
                    .execute(params![id.0, until.0])?;
            }
            Ok(())
        })
        .await
    }

    /// The server has done a change of flags.
    pub async fn flags_done(&self, done: Vec<(OperationId, MessageId, FlagChange)>) -> Result<(), StoreError> {
        self.write(move |tx| {
            for (id, message, change) in done {
                tx.prepare_cached("DELETE FROM operation WHERE id = ?1")?.execute(params![id.0])?;
                let Some(server) = server_flags(tx, message)? else { continue };
                let server = change.apply(server);
                let shown = pending_flags(tx, message)?.apply(server);
                tx.prepare_cached("UPDATE message SET server_flags = ?2, flags = ?3 WHERE id = ?1")?
                    .execute(params![message.0, server.bits(), shown.bits()])?;
            }
            Ok(())
        })
        .await
    }

    /// The server has done a move; `uid` is the new one if it said so. A row that came in under that UID meanwhile, with the
    /// same Message-ID and size, is the same message and goes; under a UID of another message none is believed. Without a
    /// new UID the row waits for the target's next pass, which
    /// finds it by Message-ID and size among what has come in since ([`Store::headers_store`]), or drops it.
    pub async fn moves_done(
        &self,
        target: FolderId,
        done: Vec<(OperationId, MessageId, Option<Uid>)>,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            for (id, message, uid) in done {
                let uid = match uid {
                    Some(uid) if is_free(tx, target, uid, message)? => Some(uid),
                    _ => None,
                };
                if let Some(uid) = uid {
                    tx.prepare_cached("DELETE FROM message WHERE server_folder_id = ?1 AND uid = ?2 AND id <> ?3")?
                        .execute(params![target.0, uid.0, message.0])?;
                }
                tx.prepare_cached(
                    "UPDATE message SET server_folder_id = ?2, uid = ?3,
                        uid_floor = coalesce((SELECT uid_floor FROM operation WHERE id = ?4), 0) WHERE id = ?1",
                )?
                .execute(params![message.0, target.0, uid.map(|uid| uid.0), id.0])?;
                tx.prepare_cached("DELETE FROM operation WHERE id = ?1")?.execute(params![id.0])?;
            }
            Ok(())
        })
        .await
    }

    /// The server has removed messages for good, or they were gone before.
    pub async fn messages_gone(&self, ids: Vec<MessageId>) -> Result<(), StoreError> {
        self.write(move |tx| {
            for id in ids {
                tx.prepare_cached("DELETE FROM message WHERE id = ?1")?.execute(params![id.0])?;
            }
            Ok(())
        })
        .await
    }

    /// The server refuses an operation: it is taken back here, so that what is shown is what the server has; a message that
    /// it does not take goes. `false`: it was not in the queue any more.
    pub async fn operation_undone(&self, task: &OperationTask) -> Result<bool, StoreError> {
        let (id, message) = (task.operation.id, task.operation.message);
        let is_append = task.operation.kind == OperationKind::Append;
        self.write(move |tx| {
            let queued = tx.execute("DELETE FROM operation WHERE id = ?1", params![id.0])? > 0;
            if queued && is_append {
                tx.execute("DELETE FROM message WHERE id = ?1", params![message.0])?;
            }
            let Some(server) = server_flags(tx, message)? else { return Ok(queued) };
            let shown = pending_flags(tx, message)?.apply(server);
            tx.execute(
                "UPDATE message SET flags = ?2,
                    hidden = EXISTS (SELECT 1 FROM operation WHERE message_id = ?1 AND kind = 'expunge'),
                    folder_id = coalesce(
                        (SELECT target_folder_id FROM operation WHERE message_id = ?1 AND kind = 'move'
                         ORDER BY id DESC LIMIT 1),
                        server_folder_id)
                 WHERE id = ?1",
                params![message.0, shown.bits()],
            )?;
            Ok(queued)
        })
        .await
    }
}

fn mark_sent(tx: &Tx<'_>, id: OperationId) -> Result<(), StoreError> {
    tx.prepare_cached(
        "UPDATE operation SET state = 'sent', attempts = attempts + 1, uid_floor = CASE WHEN state = 'sent'
            OR kind = 'append' THEN uid_floor ELSE coalesce((SELECT top_uid FROM folder WHERE id = target_folder_id), 0) END
         WHERE id = ?1",
    )?
    .execute(params![id.0])?;
    Ok(())
}

/// Messages that are gone from their folder while a move of theirs was sent and its answer never came: as far as we know
/// they have arrived, and wait for the target's next pass ([`Store::moves_done`] without a UID), with what else was done to
/// them. Called before rows go because the server no longer has them in `folder`.
pub(crate) fn moves_arrived(tx: &Tx<'_>, folder: FolderId, gone: &[(u32, u32)]) -> Result<(), StoreError> {
    let sent = tx
        .prepare_cached(
            "SELECT o.id, m.id, m.uid, o.target_folder_id FROM operation AS o JOIN message AS m ON m.id = o.message_id
             WHERE o.kind = 'move' AND o.state = 'sent' AND m.server_folder_id = ?1 AND m.uid IS NOT NULL",
        )?
        .query_map(params![folder.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
        .collect::<SqlResult<Vec<(i64, i64, u32, i64)>>>()?;
    for (operation, message, _, target) in
        sent.into_iter().filter(|(_, _, uid, _)| gone.iter().any(|(low, high)| (low..=high).contains(&uid)))
    {
        tx.prepare_cached(
            "UPDATE message SET server_folder_id = ?2, uid = NULL,
                uid_floor = (SELECT uid_floor FROM operation WHERE id = ?3) WHERE id = ?1",
        )?
        .execute(params![message, target, operation])?;
        tx.prepare_cached("DELETE FROM operation WHERE id = ?1")?.execute(params![operation])?;
    }
    Ok(())
}

/// Whether a UID can be a message's: no row of another message has it.
fn is_free(tx: &Tx<'_>, folder: FolderId, uid: Uid, message: MessageId) -> Result<bool, StoreError> {
    let taken: bool = tx
        .prepare_cached(
            "SELECT EXISTS (
                SELECT 1 FROM message AS other JOIN message AS moved ON moved.id = ?3
                WHERE other.server_folder_id = ?1 AND other.uid = ?2 AND other.id <> ?3
                    AND (other.message_id_header <> moved.message_id_header OR other.size <> moved.size))",
        )?
        .query_row(params![folder.0, uid.0, message.0], |row| row.get(0))?;
    Ok(!taken)
}

/// `None`: the message is gone meanwhile.
fn server_flags(tx: &Tx<'_>, message: MessageId) -> Result<Option<Flags>, StoreError> {
    let bits: Option<u32> = tx
        .prepare_cached("SELECT server_flags FROM message WHERE id = ?1")?
        .query_row(params![message.0], |row| row.get(0))
        .optional()?;
    Ok(bits.map(Flags::from_bits_truncate))
}
