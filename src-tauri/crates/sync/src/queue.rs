//! The queue replayed: what the user did, in order, a run of like operations as one command.

use postroom_imap::{ImapError, Session};
use postroom_store::OperationTask;
use postroom_types::{AccountId, Event, FolderId, OperationKind};

use crate::{Context, SyncError, op, pass};

/// Operations looked up at a time.
const WINDOW: u32 = 500;
/// A refused operation that may work later is kept this often.
const ATTEMPTS: u32 = 5;

/// What a run of operations of one kind needs.
pub(crate) struct Run<'a> {
    pub(crate) context: &'a Context,
    pub(crate) session: &'a mut Session,
    pub(crate) tasks: &'a [OperationTask],
}

/// Sends everything queued. Gives whether anything was done, so that the folders are looked at.
pub(crate) async fn replay(context: &Context, session: &mut Session, account: AccountId) -> Result<bool, SyncError> {
    let mut acted = false;
    let mut rematched = std::collections::BTreeSet::new();
    loop {
        let tasks = context.store.operations_next(account, WINDOW).await?;
        let Some(run) = first_run(&tasks) else { break };
        acted = true;
        let ids = run.iter().map(|task| task.operation.id).collect();
        context.store.operations_sent(ids).await?;
        let kind = run.first().map(|task| task.operation.kind);
        let mut work = Run { context, session, tasks: run };
        let result = match kind {
            Some(OperationKind::Flags) => op::flags::run(&mut work).await,
            Some(OperationKind::Move) => op::moving::run(&mut work).await,
            Some(OperationKind::Expunge) => op::expunge::run(&mut work).await,
            None => break,
        };
        match result {
            Ok(()) => {}
            Err(SyncError::Imap(error)) if !error.is_fatal() => refused(context, account, run, &error).await?,
            // The folder was renumbered: its messages are matched first, then the queue finds them. Once a folder, so
            // that a server which renumbers at every SELECT is no endless loop.
            Err(SyncError::UidsVoid) if run.first().is_some_and(|task| rematched.insert(task.at.folder)) => {
                rematch(context, session, account, run).await?;
            }
            Err(error) => return Err(error),
        }
        let count = context.store.pending_count().await?;
        context.events.send(Event::Pending { count });
    }
    Ok(acted)
}

/// Brings the folder of a run up to date, so that its messages have their new UIDs.
async fn rematch(
    context: &Context,
    session: &mut Session,
    account: AccountId,
    run: &[OperationTask],
) -> Result<(), SyncError> {
    let folders = context.store.sync_folders(account).await?;
    if let Some(folder) = run.first().and_then(|task| folders.iter().find(|folder| folder.id == task.at.folder)) {
        pass::folder(context, session, account, folder, None).await?;
    }
    Ok(())
}

/// The longest run from the front that one command can do: same kind, same folder, same change, no message twice.
fn first_run(tasks: &[OperationTask]) -> Option<&[OperationTask]> {
    let first = tasks.first()?;
    let mut seen = std::collections::BTreeSet::new();
    let length = tasks
        .iter()
        .take_while(|task| {
            let (a, b) = (&task.operation, &first.operation);
            (a.kind, a.add, a.remove, a.target, a.state) == (b.kind, b.add, b.remove, b.target, b.state)
                && task.at.folder == first.at.folder
                && seen.insert(a.message)
        })
        .count();
    tasks.get(..length)
}

/// The server said no: what may work later stays queued for the next connection, the rest is taken back and reported.
async fn refused(
    context: &Context,
    account: AccountId,
    run: &[OperationTask],
    error: &ImapError,
) -> Result<(), SyncError> {
    let later = error.refusal().is_some_and(postroom_imap::RefusalCode::is_temporary);
    let tries = run.iter().map(|task| task.operation.attempts).max().unwrap_or(0);
    if later && tries < ATTEMPTS {
        return Err(SyncError::Stopped);
    }
    let mut folders = std::collections::BTreeSet::<FolderId>::new();
    for task in run {
        context.store.operation_undone(task).await?;
        folders.extend([Some(task.at.folder), task.operation.target].into_iter().flatten());
    }
    context.events.send(Event::OperationFailed { account, fault: error.fault() });
    for folder in folders {
        context.events.send(Event::Messages { account, folder });
    }
    context.events.send(Event::Folders { account });
    Ok(())
}
