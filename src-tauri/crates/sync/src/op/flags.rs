//! Flags: ±FLAGS, never FLAGS, so that what others set stays. Repeating it is harmless.

use postroom_imap::UidSet;
use postroom_types::{FlagChange, MessageId};

use super::locate;
use crate::SyncError;
use crate::queue::Run;

pub(crate) async fn run(run: &mut Run<'_>) -> Result<Vec<MessageId>, SyncError> {
    let (_, present, absent) = locate(run).await?;
    run.context.store.messages_gone(absent.clone()).await?;
    let Some((first, _)) = present.first() else { return Ok(absent) };
    let change = FlagChange { add: first.operation.add, remove: first.operation.remove };
    let uids: UidSet = present.iter().map(|(_, uid)| *uid).collect();
    run.session.store(&uids, change).await?;
    let done = present.iter().map(|(task, _)| (task.operation.id, task.operation.message, change)).collect();
    run.context.store.flags_done(done).await?;
    Ok(absent)
}
