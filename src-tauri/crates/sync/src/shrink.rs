//! Whether what the server no longer has may go here too. A folder that lost over half of its messages at once is asked
//! about first, whatever the server says and however often: what it deletes by mistake, or is made to delete, stays here.

use postroom_store::SyncFolder;
use postroom_types::{AccountId, Event, FolderRole};

use crate::{Context, SyncError};

/// Fewer go without a question.
pub(crate) const FLOOR: u64 = 20;

/// Whether `gone` of `held` messages are so many that they do not go without a second look. Trash and junk are emptied
/// as a matter of course.
pub(crate) fn is_much(folder: &SyncFolder, gone: u64, held: u64) -> bool {
    gone > FLOOR && gone.saturating_mul(2) > held && !matches!(folder.role, FolderRole::Trash | FolderRole::Junk)
}

/// Whether so many may go; if not, the user is asked.
pub(crate) async fn may_go(
    context: &Context,
    account: AccountId,
    folder: &SyncFolder,
    gone: u64,
    held: u64,
) -> Result<bool, SyncError> {
    if !is_much(folder, gone, held) {
        over(context, folder).await?;
        return Ok(true);
    }
    let gone = u32::try_from(gone).unwrap_or(u32::MAX);
    let allowed = context.store.folder_shrunk(folder.id, gone, context.clock.now()).await?;
    if !allowed {
        tracing::warn!(folder = folder.id.0, gone, "a folder lost over half of its messages; kept until allowed to go");
        context.events.send(Event::Folders { account });
    }
    Ok(allowed)
}

/// Nothing is gone, or it went.
pub(crate) async fn over(context: &Context, folder: &SyncFolder) -> Result<(), SyncError> {
    context.store.folder_shrunk_over(folder.id).await?;
    Ok(())
}

/// Removes the rows of a folder that found no UID, unless they are so many that the user is asked. `None`: asked.
pub(crate) async fn drop_unmatched(
    context: &Context,
    account: AccountId,
    folder: &SyncFolder,
) -> Result<Option<u32>, SyncError> {
    let (waiting, held) = context.store.folder_unmatched_count(folder.id).await?;
    if waiting == 0 {
        return Ok(Some(0));
    }
    if !may_go(context, account, folder, waiting.into(), held.into()).await? {
        return Ok(None);
    }
    let gone = context.store.folder_unmatched_drop(folder.id).await?;
    over(context, folder).await?;
    Ok(Some(u32::try_from(gone).unwrap_or(u32::MAX)))
}
