//! Removal for good: `UID EXPUNGE` of our messages only, never a bare EXPUNGE, which removes others' too.

use postroom_imap::UidSet;
use postroom_types::{Flags, MessageId, Uid};

use super::{ignored, locate, not_promised};
use crate::SyncError;
use crate::queue::Run;

pub(crate) async fn run(run: &mut Run<'_>) -> Result<Vec<MessageId>, SyncError> {
    let (selected, present, absent) = locate(run).await?;
    let uids: UidSet = present.iter().map(|(_, uid)| *uid).collect();
    if !uids.is_empty() && !run.session.expunge(&uids).await? {
        tracing::info!(messages = uids.len(), "no UIDPLUS: left with \\Deleted on the server");
    }
    if let (Some((low, _)), Some((_, high))) = (uids.ranges().first(), uids.ranges().last())
        && !not_promised(&selected, Flags::DELETED).is_empty()
    {
        let there = run.session.uids(Uid(*low), Uid(*high)).await?;
        if uids.iter().any(|uid| there.contains(uid)) {
            return Err(ignored(run.session, "UID EXPUNGE"));
        }
    }
    let gone = present.iter().map(|(task, _)| task.operation.message).chain(absent).collect();
    run.context.store.messages_gone(gone).await?;
    // That they are gone is what was wanted.
    Ok(Vec::new())
}
