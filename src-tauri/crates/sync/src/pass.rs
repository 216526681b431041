//! One folder brought up to date: which UIDs are there, headers of the new ones, flags of the others.

use postroom_imap::{FolderStatus, Selected, Session, UidSet};
use postroom_store::{FlagsFromServer, FolderCursor, HeadersStored, SyncFolder};
use postroom_types::{AccountId, Event, ModSeq, Uid, UidValidity};

use crate::headers::HeaderSink;
use crate::{Context, SyncError};

/// A folder that loses more than half of at least this many messages is looked at twice.
const SHRINK_FLOOR: u64 = 20;

/// What a pass over a folder did.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FolderCounts {
    pub(crate) new: u32,
    pub(crate) removed: u32,
    pub(crate) flags_changed: u32,
    pub(crate) bytes: u64,
}

/// The UIDVALIDITY of a SELECT. A server that names none gets one that never changes: such servers do not renumber.
pub(crate) fn validity(selected: &Selected) -> UidValidity {
    selected.uid_validity.unwrap_or(UidValidity(1))
}

/// Brings a folder up to date. `status` is what LIST-STATUS or STATUS said in this pass: a folder in which nothing
/// moved is not even selected.
pub(crate) async fn folder(
    context: &Context,
    session: &mut Session,
    account: AccountId,
    folder: &SyncFolder,
    status: Option<&FolderStatus>,
) -> Result<FolderCounts, SyncError> {
    if let Some(status) = status
        && unchanged(context, folder, status).await?
    {
        return Ok(FolderCounts::default());
    }
    drop(session.take_changes());
    let selected = session.select(&folder.raw).await?;
    let now_valid = validity(&selected);
    let mut cursor = folder.cursor;
    let renumbered = cursor.uid_validity != Some(now_valid);
    if renumbered {
        context.store.folder_uids_void(folder.id, now_valid).await?;
        cursor = FolderCursor { uid_validity: Some(now_valid), ..FolderCursor::default() };
    }
    let high = highest(session, &selected).await?;
    let there = session.uids(Uid(1), high).await?;
    let held = held(context, folder).await?;

    let mut counts = FolderCounts {
        removed: vanished(context, session, folder, &selected, &held, &there).await?,
        ..FolderCounts::default()
    };
    let new = there.without(&held);
    let stored = headers(context, session, account, folder, &cursor, &new, &mut counts).await?;
    counts.new = stored.new;
    // Also in the pass after one that was cut while it matched.
    if cursor.bottom == 0 {
        counts.removed += u32::try_from(context.store.folder_unmatched_drop(folder.id).await?).unwrap_or(u32::MAX);
    }
    unmatched(context, session, account, folder, &cursor, &mut counts).await?;
    let common = held.without(&held.without(&there));
    counts.flags_changed = flags(context, session, folder, &selected, &cursor, &common).await?;
    // Only now that all of this pass is in: a value stored earlier would hide what a crash cut off.
    let done = FolderCursor {
        uid_validity: Some(now_valid),
        // In a folder that never held a message the next UID is 1, below any that could be asked for.
        top: selected.uid_next.map_or(high.0.saturating_add(1), |next| next.0),
        bottom: 1,
        modseq: selected.highest_modseq.unwrap_or(ModSeq(0)),
    };
    if done != cursor || counts.new > 0 {
        context.store.folder_cursor_set(folder.id, done).await?;
    }
    if counts.new + stored.matched + counts.removed + counts.flags_changed > 0 {
        context.events.send(Event::Messages { account, folder: folder.id });
        context.events.send(Event::Folders { account });
    }
    Ok(counts)
}

/// Whether STATUS proves that nothing moved: same generation, same bound, same number, same modification sequence. An
/// equal modification sequence alone proves nothing on some servers.
async fn unchanged(context: &Context, folder: &SyncFolder, status: &FolderStatus) -> Result<bool, SyncError> {
    let cursor = &folder.cursor;
    let same = cursor.modseq != ModSeq(0)
        && status.highest_modseq == Some(cursor.modseq)
        && status.uid_validity == cursor.uid_validity
        && status.uid_next.map(|uid| uid.0) == Some(cursor.top);
    // A row that waits for its UID is looked for however still the folder is.
    Ok(same
        && status.messages == Some(context.store.server_count(folder.id).await?)
        && !context.store.folder_unmatched(folder.id).await?)
}

/// The UIDs of a folder that have a row.
async fn held(context: &Context, folder: &SyncFolder) -> Result<UidSet, SyncError> {
    Ok(UidSet::from_ranges(context.store.uids_held(folder.id).await?.iter().map(|uid| (uid.0, uid.0))))
}

/// An upper end for UIDs. A server that says no UIDNEXT is asked for all it could have.
async fn highest(session: &mut Session, selected: &Selected) -> Result<Uid, SyncError> {
    if let Some(next) = selected.uid_next {
        return Ok(Uid(next.0.saturating_sub(1).max(1)));
    }
    let all = session.uids(Uid(1), Uid(u32::MAX)).await?;
    Ok(Uid(all.ranges().last().map_or(1, |(_, high)| *high)))
}

async fn vanished(
    context: &Context,
    session: &mut Session,
    folder: &SyncFolder,
    selected: &Selected,
    held: &UidSet,
    there: &UidSet,
) -> Result<u32, SyncError> {
    let gone = held.without(there);
    if gone.is_empty() {
        return Ok(0);
    }
    let many = gone.len() > SHRINK_FLOOR && gone.len() * 2 > held.len();
    if many {
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
            return Ok(0);
        }
    }
    Ok(context.store.messages_vanished(folder.id, gone.iter().collect()).await?)
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
    let gone = context.store.folder_unmatched_drop(folder.id).await?;
    tracing::warn!(folder = folder.id.0, gone, "moved here, and nowhere to be found");
    counts.removed = counts.removed.saturating_add(u32::try_from(gone).unwrap_or(u32::MAX));
    Ok(())
}

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
    let mut sink = HeaderSink {
        context,
        account,
        folder: folder.id,
        path: folder.path.clone(),
        quarantined: context.store.quarantined_uids(folder.id).await?,
        cursor: *cursor,
        total: u32::try_from(new.len()).unwrap_or(u32::MAX),
        done: 0,
        bytes: 0,
        stored: HeadersStored::default(),
        waiting: Vec::new(),
        failed: None,
    };
    let result = session.fetch_headers(new, &mut sink).await;
    // What came before a cut is good and is kept.
    sink.flush().await?;
    if let Some(error) = sink.failed.take() {
        return Err(error);
    }
    result?;
    counts.bytes += sink.bytes;
    Ok(sink.stored)
}

async fn flags(
    context: &Context,
    session: &mut Session,
    folder: &SyncFolder,
    selected: &Selected,
    cursor: &FolderCursor,
    common: &UidSet,
) -> Result<u32, SyncError> {
    let (Some((low, _)), Some((_, high))) = (common.ranges().first(), common.ranges().last()) else { return Ok(0) };
    let since = selected.highest_modseq.map(|_| cursor.modseq).filter(|modseq| modseq.0 > 0);
    if since.is_some() && since == selected.highest_modseq {
        return Ok(0);
    }
    let updates = session.fetch_flags(Uid(*low), Uid(*high), since).await?;
    let updates = updates.into_iter().map(|update| FlagsFromServer { uid: update.uid, flags: update.flags });
    let changed: Vec<_> = if since.is_some() {
        // Few, and the store compares each.
        updates.collect()
    } else {
        // All of them, of which few changed: one read here spares the one writer a question a message.
        let known = context.store.server_flags(folder.id).await?;
        updates.filter(|update| known.get(&update.uid).is_some_and(|flags| *flags != update.flags)).collect()
    };
    if changed.is_empty() {
        return Ok(0);
    }
    Ok(context.store.flags_store(folder.id, changed, None).await?)
}
