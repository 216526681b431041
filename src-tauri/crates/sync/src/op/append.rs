//! A message of this computer put into a folder, exactly once.
//!
//! Before it is sent, the folder's UIDVALIDITY and next UID are written down. However the connection ends, the message is
//! then looked for among what has come in since, by its header and not by SEARCH, before it is sent again; and whatever
//! UID the server names is looked at before it is believed.

mod identity;

use std::ops::ControlFlow;
use std::time::Duration;

use postroom_imap::{HeaderItem, ImapError, ItemSink, NewMessage, Selected, UidSet};
use postroom_store::{Appended, OperationTask, StoreError};
use postroom_types::{AccountId, Event, Uid, UidValidity};

use self::identity::Identity;
use super::not_promised;
use crate::queue::Run;
use crate::{SyncError, pass};

/// A server may still be busy storing what a cut connection brought: it is looked for twice, this far apart.
const PAUSE: Duration = Duration::from_millis(1500);
/// UIDs looked through at a time.
const WINDOW: u32 = 500;

/// Puts the first of the tasks into its folder.
pub(crate) async fn run(run: &mut Run<'_>, account: AccountId) -> Result<(), SyncError> {
    let Some(task) = run.tasks.first() else { return Ok(()) };
    let Some(note) = task.append else { return Ok(()) };
    let bytes = match run.context.store.raw(task.operation.message).await {
        Err(StoreError::BodyMissing | StoreError::Damaged(_) | StoreError::Io(_)) => return Err(SyncError::TextLost),
        bytes => bytes?,
    };
    let identity = Identity::of(&bytes);
    create(run, task).await?;
    fits(run, task, bytes.len() as u64).await?;
    let selected = run.session.select(&task.at.raw).await?;
    let validity = pass::validity(&selected);
    if let Some((noted, floor)) = note.noted {
        // Renumbered since: it may be anywhere.
        let floor = if noted == validity { floor } else { Uid(1) };
        if let Some(item) = look_twice(run, task, &identity, floor).await? {
            return done(run, account, task, &identity, &item).await;
        }
    }
    let next = match selected.uid_next {
        Some(next) => next,
        None => Uid(pass::highest(run.session, &selected).await?.0.saturating_add(1)),
    };
    run.context.store.append_noted(task.operation.id, validity, next).await?;
    // A note of an earlier attempt stays: what that one sent may still show.
    let floor = note.noted.filter(|(noted, _)| *noted == validity).map_or(next, |(_, floor)| floor.min(next));
    let flags = task.operation.add - not_promised(&selected, task.operation.add);
    let message = NewMessage { bytes: &bytes, flags, received_at: Some(note.received_at) };
    let named = run.session.append(&task.at.raw, message).await?;
    match arrived(run, task, &identity, (validity, floor), named).await? {
        Some(item) => done(run, account, task, &identity, &item).await,
        None => Err(not_there(run).into()),
    }
}

/// The archive or trash that was made here because the server had none.
async fn create(run: &mut Run<'_>, task: &OperationTask) -> Result<(), SyncError> {
    let Some(target) = task.target.as_ref().filter(|target| target.local_only) else { return Ok(()) };
    match run.session.create(&target.raw).await {
        Err(error) if error.is_fatal() => Err(error.into()),
        // Some say a plain NO where it is there already; whether it is, SELECT tells.
        Err(_refused) => Ok(()),
        Ok(()) => Ok(run.context.store.folder_created(target.folder).await?),
    }
}

/// What the server says is too large is not sent, only to be thrown away there.
async fn fits(run: &mut Run<'_>, task: &OperationTask, size: u64) -> Result<(), SyncError> {
    // Asked before the folder is opened: STATUS of an open folder is not for every server.
    if run.session.selected() == Some(task.at.raw.as_str()) {
        run.session.unselect().await?;
    }
    match run.session.append_limit(&task.at.raw).await? {
        Some(limit) if size > limit => {
            let server = run.session.server().to_owned();
            Err(ImapError::TooLarge { server, size, limit }.into())
        }
        _ => Ok(()),
    }
}

/// The message in its folder after the server has taken it: under the UID that it names, else among what is new.
async fn arrived(
    run: &mut Run<'_>,
    task: &OperationTask,
    identity: &Identity,
    (validity, floor): (UidValidity, Uid),
    named: Option<(UidValidity, Uid)>,
) -> Result<Option<HeaderItem>, SyncError> {
    if let Some((_, uid)) = named.filter(|(of, uid)| *of == validity && *uid >= floor) {
        let mut sink = Match::new(identity);
        run.session.fetch_headers(&UidSet::range(uid, uid), &mut sink).await?;
        if sink.found.is_some() {
            return Ok(sink.found);
        }
    }
    look_twice(run, task, identity, floor).await
}

/// Looks for the message from this UID up, on a fresh SELECT, for some servers hide what has just come in.
async fn look_twice(
    run: &mut Run<'_>,
    task: &OperationTask,
    identity: &Identity,
    floor: Uid,
) -> Result<Option<HeaderItem>, SyncError> {
    for pause in [Duration::ZERO, PAUSE] {
        tokio::time::sleep(pause).await;
        let selected = run.session.select(&task.at.raw).await?;
        if let Some(item) = look(run, &selected, identity, floor).await? {
            return Ok(Some(item));
        }
    }
    Ok(None)
}

async fn look(
    run: &mut Run<'_>,
    selected: &Selected,
    identity: &Identity,
    floor: Uid,
) -> Result<Option<HeaderItem>, SyncError> {
    let high = pass::highest(run.session, selected).await?;
    let new = run.session.uids(floor, high).await?;
    for window in new.chunks(WINDOW, usize::MAX) {
        let mut sink = Match::new(identity);
        run.session.fetch_headers(&window, &mut sink).await?;
        if sink.found.is_some() {
            return Ok(sink.found);
        }
    }
    Ok(None)
}

/// Keeps the message that is looked for, and nothing else.
struct Match<'a> {
    identity: &'a Identity,
    found: Option<HeaderItem>,
}

impl<'a> Match<'a> {
    fn new(identity: &'a Identity) -> Self {
        Self { identity, found: None }
    }
}

impl ItemSink<HeaderItem> for Match<'_> {
    async fn accept(&mut self, item: HeaderItem) -> ControlFlow<()> {
        if self.found.is_none() && self.identity.is_of(&item) {
            self.found = Some(item);
        }
        ControlFlow::Continue(())
    }
}

async fn done(
    run: &mut Run<'_>,
    account: AccountId,
    task: &OperationTask,
    identity: &Identity,
    item: &HeaderItem,
) -> Result<(), SyncError> {
    let done = Appended {
        operation: task.operation.id,
        message: task.operation.message,
        uid: item.uid,
        flags: item.flags,
        size: item.size,
        rewritten: identity.rewritten(item),
    };
    run.context.store.append_done(task.at.folder, done).await?;
    run.context.events.send(Event::Messages { account, folder: task.at.folder });
    Ok(())
}

/// It may show later: it is looked for again before it is sent again, and in the end reported.
fn not_there(run: &Run<'_>) -> ImapError {
    let (server, text) = (run.session.server().to_owned(), "it was taken, and is not in its folder".to_owned());
    ImapError::Refused { server, command: "APPEND", text, code: None }
}
