//! One folder brought up to date: which UIDs are there, headers of the new ones, flags of the others.
//!
//! What may be believed, and when: a folder's own UIDs decide what is gone, never a VANISHED alone; how far flags are known
//! is stored last of all, when everything of the pass is in. What a server pushes into an open folder is taken in by
//! [`push`], without opening it again.

mod flags;
mod push;
mod windows;

use postroom_imap::{FolderStatus, ImapError, Known, Look, Selected, Session, UidSet};
use postroom_store::{FolderCursor, HeadersStored, Holdings, SyncFolder};
use postroom_types::{AccountId, Event, ModSeq, Uid, UidValidity};

use crate::headers::HeaderSink;
use crate::{Context, SyncError, renamed, shrink};

pub(crate) use push::{Pushed, push};
pub(crate) use windows::Position;

/// Messages that may have come in between SELECT and the list of UIDs.
const MOST_AT_ONCE: u64 = 10_000;
/// What a first screen shows: asked for before anything else of a folder that is new here.
const SCREEN: u32 = 100;
/// `bottom` of a cursor once every header was asked for.
const COMPLETE: u32 = 1;

/// What a pass over a folder did.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FolderCounts {
    pub(crate) new: u32,
    pub(crate) removed: u32,
    pub(crate) flags_changed: u32,
    pub(crate) bytes: u64,
    /// The selection ([`Session::selection`]) since whose beginning the folder is known, so that pushes can be taken in.
    pub(crate) settled: Option<u64>,
}

/// The UIDVALIDITY of a SELECT. A server that names none gets one that never changes: such servers do not renumber.
pub(crate) fn validity(selected: &Selected) -> UidValidity {
    selected.uid_validity.unwrap_or(UidValidity(1))
}

/// Whether the open folder is another than the one known by its name: two that were made in the same second may have the
/// same UIDVALIDITY.
pub(crate) fn is_another(known: &str, selected: &Selected) -> bool {
    !known.is_empty() && selected.mailbox_id.as_ref().is_some_and(|id| id != known)
}

/// Whether STATUS proves that nothing moved: same generation, same bound, same number, same modification sequence. An
/// equal modification sequence alone proves nothing on some servers. A row that waits for its UID is looked for however
/// still the folder is.
pub(crate) fn unchanged(cursor: &FolderCursor, holdings: Holdings, status: &FolderStatus) -> bool {
    cursor.bottom == COMPLETE
        && cursor.modseq != ModSeq(0)
        && status.highest_modseq == Some(cursor.modseq)
        && status.uid_validity == cursor.uid_validity
        && status.uid_next.map(|uid| uid.0) == Some(cursor.top)
        && status.messages == Some(holdings.messages)
        && !holdings.unmatched
}

/// Brings a folder up to date. It stays open.
pub(crate) async fn folder(
    context: &Context,
    session: &mut Session,
    account: AccountId,
    folder: &SyncFolder,
) -> Result<FolderCounts, SyncError> {
    bring(context, session, account, folder, None).await
}

/// As [`self::folder`], but where the server keeps no modification sequence the flags of one window alone are compared, and
/// the position moves on. Only for a folder whose flags were all compared before.
pub(crate) async fn glance(
    context: &Context,
    session: &mut Session,
    account: AccountId,
    folder: &SyncFolder,
    position: &mut Position,
) -> Result<FolderCounts, SyncError> {
    bring(context, session, account, folder, Some(position)).await
}

async fn bring(
    context: &Context,
    session: &mut Session,
    account: AccountId,
    folder: &SyncFolder,
    position: Option<&mut Position>,
) -> Result<FolderCounts, SyncError> {
    let mut held = held(context, folder).await?;
    let mut cursor = folder.cursor;
    let Look { selected, uids, since } = look(session, folder, &held).await?;
    if let Some(renamed) = renamed::found(context, session, account, folder, &selected).await? {
        return Box::pin(bring(context, session, account, &renamed, None)).await;
    }
    let selection = session.selection();
    let now_valid = validity(&selected);
    if cursor.uid_validity != Some(now_valid) || is_another(&folder.mailbox_id, &selected) {
        context.store.folder_uids_void(folder.id, now_valid).await?;
        cursor = FolderCursor { uid_validity: Some(now_valid), ..FolderCursor::default() };
        held = UidSet::new();
    }
    if let Some(id) = selected.mailbox_id.as_ref().filter(|id| **id != folder.mailbox_id) {
        context.store.folder_mailbox_id_set(folder.id, id.clone()).await?;
    }
    let mut counts = FolderCounts::default();
    if cursor.bottom != COMPLETE && held.is_empty() {
        // The first value is kept until all headers are here, so that what changes meanwhile is asked for then.
        cursor.modseq = selected.highest_modseq.unwrap_or(ModSeq(0));
        if uids.is_none() {
            screen(context, session, account, folder, &cursor, selected.exists, &mut counts).await?;
            held = self::held(context, folder).await?;
        }
    }
    let high = highest(session, &selected).await?;
    let there = match uids {
        Some(uids) => uids,
        None => session.uids(Uid(1), high).await?,
    };
    believable(session, &selected, &there)?;
    let removed = vanished(context, session, account, folder, &selected, &held, &there).await?;
    counts.removed = removed.unwrap_or(0);
    // What is kept against the server's word may be back in the next pass, with flags that changed before it.
    let mut settled = removed.is_some();
    let new = there.without(&held);
    let stored = headers(context, session, account, folder, &cursor, &new, &mut counts).await?;
    counts.new += stored.new;
    // Also in the pass after one that was cut while it matched.
    if cursor.bottom != COMPLETE {
        let dropped = shrink::drop_unmatched(context, account, folder).await?;
        settled &= dropped.is_some();
        counts.removed = counts.removed.saturating_add(dropped.unwrap_or(0));
    }
    unmatched(context, session, account, folder, &cursor, &mut counts).await?;
    let common = held.without(&held.without(&there));
    let explained = counts.new + stored.matched + counts.removed > 0;
    let plan = match position.filter(|_| selected.highest_modseq.is_none() && cursor.bottom == COMPLETE) {
        Some(position) => flags::Plan::Within(position.next(&common)),
        None => flags::plan(cursor.modseq, selected.highest_modseq, since, explained),
    };
    counts.flags_changed = flags::update(context, session, folder, plan, &common).await?;
    // Only now that all of this pass is in: a value stored earlier would hide what a crash cut off.
    let done = end(&selected, high, &there, settled);
    if done != folder.cursor || counts.new > 0 {
        context.store.folder_cursor_set(folder.id, done).await?;
    }
    if explained || counts.flags_changed > 0 {
        context.events.send(Event::Messages { account, folder: folder.id });
        context.events.send(Event::Folders { account });
    }
    // A second SELECT meanwhile: what happened between the two is told to nobody.
    counts.settled = (session.selection() == selection).then_some(selection);
    Ok(counts)
}

/// How far a folder is known once all of a pass is in, up to the highest UID that was asked for.
fn end(selected: &Selected, high: Uid, there: &UidSet, settled: bool) -> FolderCursor {
    let last = there.ranges().last().map_or(0, |(_, high)| *high);
    FolderCursor {
        uid_validity: Some(validity(selected)),
        // In a folder that never held a message the next UID is 1, below any that could be asked for.
        top: selected.uid_next.map_or(high.0.saturating_add(1), |next| next.0).max(last.saturating_add(1)),
        bottom: COMPLETE,
        modseq: selected.highest_modseq.filter(|_| settled).unwrap_or(ModSeq(0)),
    }
}

/// Opens the folder. One of which all is known is listed and compared in the same turn; of a new one nothing is asked yet,
/// so that the newest headers come first.
async fn look(session: &mut Session, folder: &SyncFolder, held: &UidSet) -> Result<Look, SyncError> {
    let cursor = &folder.cursor;
    if cursor.bottom != COMPLETE {
        return Ok(Look { selected: session.select(&folder.raw).await?, ..Look::default() });
    }
    // Messages that we moved here ourselves are held above `top`; their changes are wanted too.
    let last = held.ranges().last().map_or(0, |(_, high)| *high).max(cursor.top.saturating_sub(1));
    let known = cursor.uid_validity.filter(|_| cursor.modseq != ModSeq(0)).map(|uid_validity| Known {
        uid_validity,
        modseq: cursor.modseq,
        last: Uid(last),
    });
    Ok(session.look(&folder.raw, known).await?)
}

/// The newest headers of a folder that is new here, before anything is known of the others.
async fn screen(
    context: &Context,
    session: &mut Session,
    account: AccountId,
    folder: &SyncFolder,
    cursor: &FolderCursor,
    exists: u32,
    counts: &mut FolderCounts,
) -> Result<(), SyncError> {
    let mut sink = HeaderSink::new(context, account, folder, cursor, exists).await?;
    let result = session.fetch_newest_headers(exists, SCREEN, &mut sink).await;
    let stored = sink.finish(counts).await?;
    counts.new += stored.new;
    match result {
        // They are asked for again, by their UIDs and in halves.
        Err(error) if !error.is_fatal() => Ok(()),
        result => Ok(result?),
    }
}

/// The UIDs of a folder that have a row.
async fn held(context: &Context, folder: &SyncFolder) -> Result<UidSet, SyncError> {
    Ok(UidSet::from_ranges(context.store.uids_held(folder.id).await?.iter().map(|uid| (uid.0, uid.0))))
}

/// An upper end for UIDs. A server that says no UIDNEXT is asked for all it could have.
pub(crate) async fn highest(session: &mut Session, selected: &Selected) -> Result<Uid, SyncError> {
    if let Some(next) = selected.uid_next {
        return Ok(Uid(next.0.saturating_sub(1).max(1)));
    }
    let all = session.uids(Uid(1), Uid(u32::MAX)).await?;
    Ok(Uid(all.ranges().last().map_or(1, |(_, high)| *high)))
}

/// A list of UIDs far longer than the folder is no list of its messages, and nobody could ask for all of them.
fn believable(session: &Session, selected: &Selected, there: &UidSet) -> Result<(), SyncError> {
    if there.len() <= u64::from(selected.exists).saturating_add(MOST_AT_ONCE) {
        return Ok(());
    }
    let detail = format!("{} messages found in a folder of {}", there.len(), selected.exists);
    Err(ImapError::Nonsense { server: session.server().to_owned(), command: "UID SEARCH", detail }.into())
}

/// Removes what is gone. `None`: it is kept, for the server contradicts itself or the user is asked first.
async fn vanished(
    context: &Context,
    session: &mut Session,
    account: AccountId,
    folder: &SyncFolder,
    selected: &Selected,
    held: &UidSet,
    there: &UidSet,
) -> Result<Option<u32>, SyncError> {
    let gone = held.without(there);
    if gone.is_empty() {
        if !held.is_empty() {
            shrink::over(context, folder).await?;
        }
        return Ok(Some(0));
    }
    if shrink::is_much(folder, gone.len(), held.len()) {
        let again = session.select(&folder.raw).await?;
        let high = highest(session, &again).await?;
        let there_again = session.uids(Uid(1), high).await?;
        let agrees = u64::from(selected.exists) == there.len()
            && u64::from(again.exists) == there_again.len()
            && validity(&again) == validity(selected)
            && gone.without(&held.without(&there_again)).is_empty();
        if !agrees {
            tracing::warn!(
                folder = folder.id.0,
                gone = gone.len(),
                "a folder shrank and the server contradicts itself"
            );
            return Ok(None);
        }
    }
    if !shrink::may_go(context, account, folder, gone.len(), held.len()).await? {
        return Ok(None);
    }
    let removed = context.store.messages_vanished(folder.id, gone.iter().collect()).await?;
    shrink::over(context, folder).await?;
    Ok(Some(removed))
}

/// Looks once more for messages that were moved here without being told their UIDs, and that the headers of this pass did
/// not match: on a fresh SELECT, for some servers hide what has just come in. What is not there then is nowhere.
async fn unmatched(
    context: &Context,
    session: &mut Session,
    account: AccountId,
    folder: &SyncFolder,
    cursor: &FolderCursor,
    counts: &mut FolderCounts,
) -> Result<(), SyncError> {
    if !context.store.folder_unmatched(folder.id).await? {
        return Ok(());
    }
    let selected = session.select(&folder.raw).await?;
    let high = highest(session, &selected).await?;
    let there = session.uids(Uid(1), high).await?;
    if Some(validity(&selected)) != cursor.uid_validity || u64::from(selected.exists) != there.len() {
        return Ok(());
    }
    let late = there.without(&held(context, folder).await?);
    counts.new += headers(context, session, account, folder, cursor, &late, counts).await?.new;
    if !there.without(&held(context, folder).await?).is_empty() {
        // One could not be had, and may be the one.
        return Ok(());
    }
    let gone = shrink::drop_unmatched(context, account, folder).await?.unwrap_or(0);
    tracing::warn!(folder = folder.id.0, gone, "moved here, and nowhere to be found");
    counts.removed = counts.removed.saturating_add(gone);
    Ok(())
}

/// Fetches and stores the headers of these messages.
async fn headers(
    context: &Context,
    session: &mut Session,
    account: AccountId,
    folder: &SyncFolder,
    cursor: &FolderCursor,
    new: &UidSet,
    counts: &mut FolderCounts,
) -> Result<HeadersStored, SyncError> {
    if new.is_empty() {
        return Ok(HeadersStored::default());
    }
    let total = u32::try_from(new.len()).unwrap_or(u32::MAX);
    let mut sink = HeaderSink::new(context, account, folder, cursor, total).await?;
    let result = session.fetch_headers(new, &mut sink).await;
    // What came before a cut is good and is kept.
    let stored = sink.finish(counts).await?;
    result?;
    Ok(stored)
}
