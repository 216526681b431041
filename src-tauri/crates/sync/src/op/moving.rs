//! Moves. After a crash the message is looked for first. Gone from the source, it has arrived, for MOVE is atomic a message.
//! Where the server cannot MOVE, a copy in the target means that only the removal is left to do.

use std::collections::{BTreeMap, BTreeSet};

use postroom_imap::{CopyUid, HeaderItem, UidSet};
use postroom_store::{MoveTarget, OperationTask};
use postroom_types::{Flags, MessageId, OperationState, Uid};

use super::{find_all, ignored, locate, not_promised};
use crate::queue::Run;
use crate::{SyncError, pass, renamed};

pub(crate) async fn run(run: &mut Run<'_>) -> Result<Vec<MessageId>, SyncError> {
    let target = run.tasks.first().and_then(|task| task.target.clone());
    let Some(target) = target.filter(|target| run.tasks.iter().all(|task| task.at.folder != target.folder)) else {
        // There already: moved there and back, and the server refused the way there.
        for task in run.tasks {
            run.context.store.operation_undone(task).await?;
        }
        return Ok(Vec::new());
    };
    // Asked in the same write as the source is opened: the move names its target, and the name may have gone to another.
    let numbered = !target.local_only && !target.mailbox_id.is_empty();
    if numbered {
        run.session.ask_number(&target.raw).await?;
    }
    let (selected, mut present, absent) = locate(run).await?;
    if numbered && run.session.told_number().is_some_and(|number| number != target.mailbox_id) {
        return Err(renamed::elsewhere(run.session, "UID MOVE"));
    }
    if !run.session.capabilities().can_move() {
        // Otherwise the copy would be made and the original stay.
        if !present.is_empty() && !not_promised(&selected, Flags::DELETED).is_empty() {
            return Err(ignored(run.session, "UID COPY"));
        }
        copied_before(run, &mut present, &target).await?;
    }
    let uids: UidSet = present.iter().map(|(_, uid)| *uid).collect();
    let moved = if uids.is_empty() { None } else { transfer(run, &uids, &target).await? };
    let by_uid: BTreeMap<Uid, Uid> = moved.map(|moved| moved.pairs.into_iter().collect()).unwrap_or_default();
    let done = present
        .iter()
        .map(|(task, uid)| (task.operation.id, task.operation.message, by_uid.get(uid).copied()))
        .collect();
    run.context.store.moves_done(target.folder, done).await?;
    arrived_before(run, &absent, &target).await
}

async fn transfer(run: &mut Run<'_>, uids: &UidSet, target: &MoveTarget) -> Result<Option<CopyUid>, SyncError> {
    if !target.local_only {
        // One that the server lost meanwhile is not made anew: somebody removed it.
        return Ok(run.session.move_to(uids, &target.raw).await?);
    }
    // The archive or trash that was made here because the server had none.
    let refused = match run.session.create(&target.raw).await {
        Err(error) if error.is_fatal() => return Err(error.into()),
        // Some say a plain NO where it is there already.
        result => result.err(),
    };
    match run.session.move_to(uids, &target.raw).await {
        Ok(moved) => {
            run.context.store.folder_created(target.folder).await?;
            Ok(moved)
        }
        Err(error) if error.is_fatal() => Err(error.into()),
        Err(error) => Err(refused.unwrap_or(error).into()),
    }
}

/// Messages that an earlier, cut attempt copied already are removed where they were, not copied once more, and taken out
/// of `present`. A copy has come in since the first attempt, with the same Message-ID and size.
async fn copied_before(
    run: &mut Run<'_>,
    present: &mut Vec<(OperationTask, Uid)>,
    target: &MoveTarget,
) -> Result<(), SyncError> {
    let repeated =
        |task: &OperationTask| task.operation.state == OperationState::Sent && !task.at.message_id_header.is_empty();
    let Some((source, _)) = present.iter().find(|(task, _)| repeated(task) && !target.local_only).cloned() else {
        return Ok(());
    };
    let floor = open(run, target).await?;
    let (mut copies, mut claimed) = (BTreeMap::new(), BTreeSet::new());
    for (task, _) in present.iter().filter(|(task, _)| repeated(task)) {
        // Where nothing parts it from an older copy it is copied once more: better twice there than nowhere.
        let Some(floor) = floor(task) else { continue };
        let candidates = since(&find_all(run.session, &task.at.message_id_header).await?, floor);
        let mut items: Vec<HeaderItem> = Vec::new();
        if !candidates.is_empty() {
            run.session.fetch_headers(&candidates, &mut items).await?;
        }
        let copy = items.iter().find(|item| item.size == task.at.size && !claimed.contains(&item.uid));
        if let Some(copy) = copy {
            claimed.insert(copy.uid);
            copies.insert(task.operation.id, copy.uid);
        }
    }
    run.session.select(&source.at.raw).await?;
    let copied: UidSet =
        present.iter().filter(|(task, _)| copies.contains_key(&task.operation.id)).map(|(_, uid)| *uid).collect();
    if copied.is_empty() {
        return Ok(());
    }
    run.session.expunge(&copied).await?;
    let done = present.iter().filter_map(|(task, _)| {
        let copy = copies.get(&task.operation.id)?;
        Some((task.operation.id, task.operation.message, Some(*copy)))
    });
    run.context.store.moves_done(target.folder, done.collect()).await?;
    present.retain(|(task, _)| !copies.contains_key(&task.operation.id));
    Ok(())
}

/// Selects the target. Gives from which UID on a copy of a task can be there; `None`, if the target was renumbered since.
async fn open(
    run: &mut Run<'_>,
    target: &MoveTarget,
) -> Result<impl Fn(&OperationTask) -> Option<Uid> + use<>, SyncError> {
    let selected = run.session.select(&target.raw).await?;
    let renumbered = target.uid_validity != Some(pass::validity(&selected));
    Ok(move |task: &OperationTask| task.target.as_ref()?.uid_floor.filter(|_| !renumbered))
}

fn since(uids: &UidSet, floor: Uid) -> UidSet {
    uids.iter().filter(|uid| *uid >= floor).collect()
}

/// Messages that are not where we thought: an earlier, cut attempt moved them (found in the target by Message-ID, among
/// what came in since), or someone else moved or removed them (then the row goes; if it went elsewhere, that folder's pass
/// brings it back). Gives the latter.
async fn arrived_before(
    run: &mut Run<'_>,
    absent: &[MessageId],
    target: &MoveTarget,
) -> Result<Vec<MessageId>, SyncError> {
    if absent.is_empty() {
        return Ok(Vec::new());
    }
    let floor = open(run, target).await?;
    let (mut done, mut gone) = (Vec::new(), Vec::new());
    for task in run.tasks.iter().filter(|task| absent.contains(&task.operation.message)) {
        let found = match task.at.message_id_header.as_str() {
            // Never sent: what the target holds under this Message-ID is another copy.
            _ if task.operation.state == OperationState::Queued => None,
            "" => None,
            id => since(&find_all(run.session, id).await?, floor(task).unwrap_or(Uid(1))).iter().last(),
        };
        match found {
            Some(uid) => done.push((task.operation.id, task.operation.message, Some(uid))),
            None => gone.push(task.operation.message),
        }
    }
    run.context.store.moves_done(target.folder, done).await?;
    run.context.store.messages_gone(gone.clone()).await?;
    Ok(gone)
}
