//! The queue replayed: what the user did, in order, a run of like operations as one command.
//!
//! A refusal ends neither the connection nor the pass: what may work later waits for its time, what cannot work is taken
//! back here and reported, and the operations of other messages go on. Nothing leaves the queue in silence.

use std::collections::BTreeSet;

use postroom_imap::{ImapError, RefusalCode, Session};
use postroom_store::OperationTask;
use postroom_types::{AccountId, Event, Fault, FaultCode, FolderId, MessageId, OperationId, OperationKind, UnixMillis};

use crate::{Context, SyncError, op, pass, renamed};

/// Operations looked up at a time.
const WINDOW: u32 = 500;
/// So often an operation is tried that the server refused for a passing reason: some two hours.
const PATIENCE: u32 = 10;
/// So often, where the server does not say why: some four minutes.
const DOUBT: u32 = 5;
/// How long the first refused attempt waits, ms; each later one twice as long.
const FIRST_WAIT: i64 = 15_000;
const LONGEST_WAIT: i64 = 3_600_000;

/// What a run of operations of one kind needs.
pub(crate) struct Run<'a> {
    pub(crate) context: &'a Context,
    pub(crate) session: &'a mut Session,
    pub(crate) tasks: &'a [OperationTask],
}

/// An operation that the server will not do: taken back here. With `not-found`: its message is gone from the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undone {
    /// Its message.
    pub message: MessageId,
    /// What it was.
    pub kind: OperationKind,
    /// Why.
    pub fault: Fault,
}

/// Sends everything queued whose time has come. What is taken back is added to `undone`, also if the connection ends then.
/// Gives whether anything was sent, so that the folders are looked at.
pub(crate) async fn replay(
    context: &Context,
    session: &mut Session,
    account: AccountId,
    undone: &mut Vec<Undone>,
) -> Result<bool, SyncError> {
    let mut acted = false;
    let (mut rematched, mut alone) = (BTreeSet::new(), BTreeSet::new());
    let mut searched = false;
    loop {
        // Each turn takes its operations out of what is next: done, undone, or waiting for later.
        let tasks = context.store.operations_next(account, WINDOW, context.clock.now()).await?;
        let Some(run) = first_run(&tasks, &alone) else { break };
        acted = true;
        if !context.store.operations_begin(run).await? {
            // The user was faster: what is next is looked up anew.
            continue;
        }
        let result = match send(context, session, account, run).await {
            // Before that is believed, once: somebody may have given it another name.
            Err(error) if renamed::may_be(&error) && !searched && session.is_usable() => {
                searched = true;
                if renamed::search(context, session, account).await? {
                    continue;
                }
                Err(error)
            }
            result => result,
        };
        let result = match result {
            // The folder was renumbered, or is another: its messages are matched first, then the queue finds them. Once a
            // folder and name, so that a server which renumbers at every SELECT is no endless loop.
            Err(SyncError::UidsVoid)
                if run.first().is_some_and(|task| rematched.insert((task.at.folder, task.at.raw.clone()))) =>
            {
                context.store.operations_unsent(run).await?;
                rematch(context, session, account, run).await.map(|()| Vec::new())
            }
            result => result,
        };
        match result {
            Ok(gone) => undone.extend(lost(context, account, run, &gone)),
            Err(error) if error.ends_connection() => return Err(error),
            Err(error) => match verdict(&error, run) {
                Verdict::OneByOne => alone.extend(run.iter().map(|task| task.operation.id)),
                Verdict::Later => defer(context, run).await?,
                Verdict::Never => undone.extend(undo(context, account, run, &error.fault()).await?),
            },
        }
        let count = context.store.pending_count().await?;
        context.events.send(Event::Pending { count });
    }
    Ok(acted)
}

/// Gives the messages that are gone from the server, by someone else's hand.
async fn send(
    context: &Context,
    session: &mut Session,
    account: AccountId,
    run: &[OperationTask],
) -> Result<Vec<MessageId>, SyncError> {
    let mut work = Run { context, session, tasks: run };
    match run.first().map(|task| task.operation.kind) {
        Some(OperationKind::Flags) => op::flags::run(&mut work).await,
        Some(OperationKind::Move) => op::moving::run(&mut work).await,
        Some(OperationKind::Expunge) => op::expunge::run(&mut work).await,
        Some(OperationKind::Append) => op::append::run(&mut work, account).await.map(|()| Vec::new()),
        None => Ok(Vec::new()),
    }
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
        pass::folder(context, session, account, folder).await?;
    }
    Ok(())
}

/// The longest run from the front that one command can do: same kind, same folder, same change, no message twice, and
/// none that is to be sent alone. A message that is put into a folder is a command of its own.
fn first_run<'a>(tasks: &'a [OperationTask], alone: &BTreeSet<OperationId>) -> Option<&'a [OperationTask]> {
    let first = tasks.first()?;
    if alone.contains(&first.operation.id) || first.operation.kind == OperationKind::Append {
        return tasks.get(..1);
    }
    let mut seen = BTreeSet::new();
    let length = tasks
        .iter()
        .take_while(|task| {
            let (a, b) = (&task.operation, &first.operation);
            (a.kind, a.add, a.remove, a.target, a.state) == (b.kind, b.add, b.remove, b.target, b.state)
                && task.at.folder == first.at.folder
                && !alone.contains(&a.id)
                && seen.insert(a.message)
        })
        .count();
    tasks.get(..length)
}

/// What a refusal means for the operations of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It may be one message's fault: each is sent by itself.
    OneByOne,
    /// It may work later.
    Later,
    /// It will not work.
    Never,
}

/// A folder that LIST leaves out takes nothing out of the queue: a list may be wrong for a moment. Operations into it, and
/// those of messages in it, are sent all the same, and the server's refusal of them is the second witness; both kinds are
/// then taken back and reported. If it does not refuse, LIST was wrong.
fn verdict(error: &SyncError, run: &[OperationTask]) -> Verdict {
    let refusal = match error {
        SyncError::Imap(error @ ImapError::Refused { .. }) => error.refusal(),
        // The folder was renumbered twice in a row.
        SyncError::UidsVoid => None,
        _ => return Verdict::Never,
    };
    let gone = |task: &OperationTask| task.at.folder_gone || task.target.as_ref().is_some_and(|target| target.gone);
    match refusal {
        // These are about the folder, whichever messages are named.
        Some(RefusalCode::NoPerm | RefusalCode::NonExistent | RefusalCode::TryCreate) => return Verdict::Never,
        Some(code) if code.is_temporary() => return after(run, PATIENCE),
        _ if run.iter().any(gone) => return Verdict::Never,
        _ => {}
    }
    match refusal {
        _ if run.len() > 1 && !matches!(error, SyncError::UidsVoid) => Verdict::OneByOne,
        Some(RefusalCode::OverQuota | RefusalCode::Cannot) => Verdict::Never,
        _ => after(run, DOUBT),
    }
}

/// Later, unless it was tried so often already. This attempt is not counted in the tasks yet.
fn after(run: &[OperationTask], attempts: u32) -> Verdict {
    let tried = run.iter().map(|task| task.operation.attempts).max().unwrap_or(0).saturating_add(1);
    if tried < attempts { Verdict::Later } else { Verdict::Never }
}

/// Operations whose messages were removed or moved elsewhere meanwhile: nothing is to be taken back, but it is told.
fn lost(context: &Context, account: AccountId, run: &[OperationTask], gone: &[MessageId]) -> Vec<Undone> {
    let fault = Fault::new(FaultCode::NotFound, "the message is not in its folder any more").with("what", "message");
    let undone = |task: &OperationTask| Undone {
        message: task.operation.message,
        kind: task.operation.kind,
        fault: fault.clone(),
    };
    let lost: Vec<_> = run.iter().filter(|task| gone.contains(&task.operation.message)).map(undone).collect();
    if !lost.is_empty() {
        context.events.send(Event::OperationFailed { account, fault });
    }
    lost
}

async fn defer(context: &Context, run: &[OperationTask]) -> Result<(), SyncError> {
    let now = context.clock.now();
    let until = |task: &OperationTask| {
        let wait = FIRST_WAIT.saturating_mul(1 << task.operation.attempts.min(20)).min(LONGEST_WAIT);
        tracing::info!(operation = task.operation.id.0, wait, "refused for now");
        (task.operation.id, UnixMillis(now.0.saturating_add(wait)))
    };
    Ok(context.store.operations_deferred(run.iter().map(until).collect()).await?)
}

async fn undo(
    context: &Context,
    account: AccountId,
    run: &[OperationTask],
    fault: &Fault,
) -> Result<Vec<Undone>, SyncError> {
    if fault.code == FaultCode::OverQuota {
        context.store.quota_forget(account).await?;
    }
    let mut undone = Vec::new();
    let mut folders = BTreeSet::<FolderId>::new();
    for task in run {
        // One that was done before the refusal came is out of the queue already.
        if context.store.operation_undone(task).await? {
            tracing::warn!(operation = task.operation.id.0, code = fault.code.as_str(), "refused, taken back");
            folders.extend([Some(task.at.folder), task.operation.target].into_iter().flatten());
            let (message, kind) = (task.operation.message, task.operation.kind);
            undone.push(Undone { message, kind, fault: fault.clone() });
        }
    }
    if !undone.is_empty() {
        context.events.send(Event::OperationFailed { account, fault: fault.clone() });
        for folder in folders {
            context.events.send(Event::Messages { account, folder });
        }
        context.events.send(Event::Folders { account });
    }
    Ok(undone)
}
