//! Moves. After a crash the message is looked for first: gone from the source, it has arrived, for MOVE is atomic a message.

use std::collections::BTreeMap;

use postroom_imap::{CopyUid, ImapError, RefusalCode, UidSet};
use postroom_store::OperationTask;
use postroom_types::{FolderId, OperationState, Uid};

use super::{find, locate};
use crate::SyncError;
use crate::queue::Run;

pub(crate) async fn run(run: &mut Run<'_>) -> Result<(), SyncError> {
    let Some((target, target_raw)) =
        run.tasks.first().and_then(|task| task.operation.target.zip(task.target_raw.clone()))
    else {
        return Ok(());
    };
    let (_, present, absent) = locate(run).await?;
    let uids: UidSet = present.iter().map(|(_, uid)| *uid).collect();
    let moved = if uids.is_empty() { None } else { transfer(run, &uids, target, &target_raw).await? };
    let by_uid: BTreeMap<Uid, Uid> = moved.map(|moved| moved.pairs.into_iter().collect()).unwrap_or_default();
    let done = present
        .iter()
        .map(|(task, uid)| (task.operation.id, task.operation.message, by_uid.get(uid).copied()))
        .collect();
    run.context.store.moves_done(target, done).await?;
    arrived_before(run, &absent, target, &target_raw).await
}

async fn transfer(
    run: &mut Run<'_>,
    uids: &UidSet,
    target: FolderId,
    target_raw: &str,
) -> Result<Option<CopyUid>, SyncError> {
    let missing =
        |error: &ImapError| matches!(error.refusal(), Some(RefusalCode::TryCreate | RefusalCode::NonExistent));
    match run.session.move_to(uids, target_raw).await {
        Err(error) if missing(&error) => {
            // The archive or trash that was made here before the server had one.
            run.session.create(target_raw).await?;
            run.context.store.folder_created(target).await?;
            Ok(run.session.move_to(uids, target_raw).await?)
        }
        result => Ok(result?),
    }
}

/// Messages that are not where we thought: an earlier, cut attempt moved them (found in the target by Message-ID), or
/// someone else moved or removed them (then the row goes; if it went elsewhere, that folder's pass brings it back).
async fn arrived_before(
    run: &mut Run<'_>,
    absent: &[postroom_types::MessageId],
    target: FolderId,
    target_raw: &str,
) -> Result<(), SyncError> {
    if absent.is_empty() {
        return Ok(());
    }
    let tasks: Vec<OperationTask> =
        run.tasks.iter().filter(|task| absent.contains(&task.operation.message)).cloned().collect();
    run.session.select(target_raw).await?;
    let (mut done, mut gone) = (Vec::new(), Vec::new());
    for task in tasks {
        let found = match task.at.message_id_header.as_str() {
            // Never sent: what the target holds under this Message-ID is another copy.
            _ if task.operation.state == OperationState::Queued => None,
            "" => None,
            id => find(run.session, id).await?,
        };
        match found {
            Some(uid) => done.push((task.operation.id, task.operation.message, Some(uid))),
            None => gone.push(task.operation.message),
        }
    }
    run.context.store.moves_done(target, done).await?;
    Ok(run.context.store.messages_gone(gone).await?)
}
