//! Flags: ±FLAGS, never FLAGS, so that what others set stays. Repeating it is harmless.

use postroom_imap::{Session, UidSet};
use postroom_types::{FlagChange, Flags, MessageId, Uid};

use super::{ignored, locate, not_promised};
use crate::SyncError;
use crate::queue::Run;

/// The flags that the user sets. A folder that has no room for keywords goes without them, and nobody is told.
const SYSTEM: Flags =
    Flags::SEEN.union(Flags::ANSWERED).union(Flags::FLAGGED).union(Flags::DELETED).union(Flags::DRAFT);

pub(crate) async fn run(run: &mut Run<'_>) -> Result<Vec<MessageId>, SyncError> {
    let (selected, present, absent) = locate(run).await?;
    run.context.store.messages_gone(absent.clone()).await?;
    let Some((first, _)) = present.first() else { return Ok(absent) };
    let doubtful = not_promised(&selected, first.operation.add | first.operation.remove);
    // Not even asked for: a server without keywords (NetEase) refuses the flags along with them.
    let keywords = doubtful - SYSTEM;
    let change = FlagChange { add: first.operation.add - keywords, remove: first.operation.remove - keywords };
    let uids: UidSet = present.iter().map(|(_, uid)| *uid).collect();
    run.session.store(&uids, change).await?;
    if doubtful.intersects(SYSTEM) && !is_done(run.session, &uids, change, doubtful & SYSTEM).await? {
        return Err(ignored(run.session, "UID STORE"));
    }
    let done = present.iter().map(|(task, _)| (task.operation.id, task.operation.message, change)).collect();
    run.context.store.flags_done(done).await?;
    Ok(absent)
}

/// Whether the server shows the change of these flags; a server that promises too little may have done it.
async fn is_done(session: &mut Session, uids: &UidSet, change: FlagChange, flags: Flags) -> Result<bool, SyncError> {
    for (low, high) in uids.ranges() {
        let shown = session.fetch_flags(Uid(*low), Uid(*high), None).await?;
        let differs = |now: Flags| !now.contains(change.add & flags) || now.intersects(change.remove & flags);
        if shown.iter().any(|update| differs(update.flags)) {
            return Ok(false);
        }
    }
    Ok(true)
}
