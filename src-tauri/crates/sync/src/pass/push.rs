//! What the server pushes into the open folder, taken in as it stands: no SELECT, no list of UIDs.
//!
//! Only for a folder that is known since it was opened ([`FolderCounts::settled`]). Whatever is not clear from the push alone
//! is left to a pass.

use postroom_imap::{Changes, Session};
use postroom_store::{Push, SyncFolder};
use postroom_types::{AccountId, Event, ModSeq};

use super::{COMPLETE, FolderCounts, flags};
use crate::headers::HeaderSink;
use crate::{Context, SyncError};

/// What became of a push.
#[derive(Debug)]
pub(crate) enum Pushed {
    /// It is in.
    Done,
    /// The folder has to be looked at.
    Unclear,
}

/// Takes a push in. How far flags are known moves up to what the server named in it, in the transaction that stores the
/// last of it: the end of IDLE was answered, so nothing below is still to come (RFC 7162 §3.2.4).
pub(crate) async fn push(
    context: &Context,
    session: &mut Session,
    account: AccountId,
    folder: &SyncFolder,
    changes: &Changes,
) -> Result<Pushed, SyncError> {
    // EXPUNGE names places, and a place is no identity.
    if changes.dirty || changes.expunged > 0 || folder.cursor.bottom != COMPLETE {
        return Ok(Pushed::Unclear);
    }
    let held = context.store.server_count(folder.id).await?;
    let gone = context.store.held_within(folder.id, changes.vanished.ranges().to_vec()).await?;
    // Whatever takes over half, if it is one message of one, is looked at in the folder itself before rows go.
    if gone.saturating_mul(2) > held {
        return Ok(Pushed::Unclear);
    }
    let left = held.saturating_sub(gone);
    let arrived = match changes.exists {
        // Which was said first, EXISTS or VANISHED, is not known: whatever is new is asked for.
        Some(exists) if !changes.vanished.is_empty() => Some(exists.saturating_sub(left)),
        Some(exists) if exists < left => return Ok(Pushed::Unclear),
        Some(exists) => (exists > left).then_some(exists - left),
        None => None,
    };
    let highest = changes.flags.iter().filter_map(|update| update.modseq).chain(changes.highest_modseq).max();
    let modseq = highest.filter(|_| folder.cursor.modseq != ModSeq(0));
    let flags = changes.flags.iter().copied().map(flags::from_server).collect();
    let vanished = changes.vanished.ranges().to_vec();
    let first = Push { flags, vanished, modseq: modseq.filter(|_| arrived.is_none()), top: None };
    let stored = context.store.push_store(folder.id, first).await?;
    if stored.removed + stored.changed > 0 {
        context.events.send(Event::Messages { account, folder: folder.id });
        context.events.send(Event::Folders { account });
    }
    if let Some(expected) = arrived {
        let last = new_mail(context, session, account, folder, expected).await?;
        let top = last.map(|last| last.saturating_add(1));
        context.store.push_store(folder.id, Push { modseq, top, ..Push::default() }).await?;
        if context.store.server_count(folder.id).await? < left.saturating_add(expected) && changes.vanished.is_empty() {
            return Ok(Pushed::Unclear);
        }
    }
    Ok(Pushed::Done)
}

/// The headers of what came since; gives the highest UID. Every message up to it is here then.
async fn new_mail(
    context: &Context,
    session: &mut Session,
    account: AccountId,
    folder: &SyncFolder,
    expected: u32,
) -> Result<Option<u32>, SyncError> {
    let low = postroom_types::Uid(folder.cursor.top.max(1));
    let mut sink = HeaderSink::new(context, account, folder, &folder.cursor, expected).await?;
    let result = session.fetch_headers_from(low, expected.max(1), &mut sink).await;
    // What came before a cut is good and is kept.
    sink.finish(&mut FolderCounts::default()).await?;
    result?;
    Ok(sink.last.map(|uid| uid.0))
}
