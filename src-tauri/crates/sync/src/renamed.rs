//! Folders that somebody gave another name, told by the server's own number of them (MAILBOXID, RFC 8474): their rows,
//! bodies and queued operations stay where they are.
//!
//! Where the list tells the numbers it is enough. Cyrus tells the true one of an open folder only, so that folders whose
//! names are new are opened to learn it. Nothing is believed of a server that gives one number to two folders.

use std::collections::{BTreeMap, BTreeSet};

use postroom_imap::{ImapError, ListedFolder, RefusalCode, Selected, Session};
use postroom_store::SyncFolder;
use postroom_types::AccountId;

use crate::{Context, SyncError};

/// Folders that are opened to learn their numbers; more new names at once are left to the passes over them.
const MOST: usize = 50;

/// Whether an error may come of a folder's having another name now.
pub(crate) fn may_be(error: &SyncError) -> bool {
    matches!(
        error,
        SyncError::Imap(ImapError::Refused {
            code: None | Some(RefusalCode::NonExistent | RefusalCode::TryCreate),
            ..
        })
    )
}

/// What a server would say of a folder that is not there, for one whose name is another folder's now.
pub(crate) fn elsewhere(session: &Session, command: &'static str) -> SyncError {
    let (server, text) = (session.server().to_owned(), "the folder of this name is another one now".to_owned());
    ImapError::Refused { server, command, text, code: Some(RefusalCode::NonExistent) }.into()
}

/// The folder that was just opened under the name of `folder`, if it is another and known: it has this name from now on.
pub(crate) async fn found(
    context: &Context,
    session: &mut Session,
    account: AccountId,
    folder: &SyncFolder,
    selected: &Selected,
) -> Result<Option<SyncFolder>, SyncError> {
    let Some(number) = selected.mailbox_id.as_ref().filter(|number| **number != folder.mailbox_id) else {
        return Ok(None);
    };
    rename(context, session, account, (&folder.raw, &folder.path), number).await?;
    // It may also have been renamed since `folder` was read.
    let folders = context.store.sync_folders(account).await?;
    let is_it = |known: &SyncFolder| known.raw == folder.raw && known.mailbox_id == *number && known.id != folder.id;
    Ok(folders.into_iter().find(is_it))
}

/// Looks for folders that have another name now. Gives whether one was found.
pub(crate) async fn search(context: &Context, session: &mut Session, account: AccountId) -> Result<bool, SyncError> {
    let known = context.store.sync_folders(account).await?;
    if known.iter().all(|folder| folder.mailbox_id.is_empty()) {
        return Ok(false);
    }
    let listed = session.list().await?.folders;
    learn(context, session, account, &listed).await
}

/// Looks for folders that have another name now in a list. Gives whether one was found. A list in which every numbered
/// folder has its name costs nothing.
pub(crate) async fn learn(
    context: &Context,
    session: &mut Session,
    account: AccountId,
    listed: &[ListedFolder],
) -> Result<bool, SyncError> {
    let known = context.store.sync_folders(account).await?;
    let numbers: BTreeMap<String, String> =
        listed.iter().filter_map(|folder| Some((folder.raw.clone(), folder.mailbox_id.clone()?))).collect();
    if !numbers.is_empty() {
        context.store.folders_identified(account, numbers).await?;
        let names = |folders: &[SyncFolder]| {
            folders.iter().map(|folder| (folder.id, folder.raw.clone())).collect::<BTreeSet<_>>()
        };
        return Ok(names(&known) != names(&context.store.sync_folders(account).await?));
    }
    // New names first: one of them it is, unless it took the name of a folder that is no more.
    let is_new = |folder: &&ListedFolder| !known.iter().any(|known| known.raw == folder.raw);
    let openable = listed.iter().filter(|folder| folder.selectable && folder.exists);
    let (new, old): (Vec<_>, Vec<_>) = openable.partition(is_new);
    let mut any = false;
    for folder in new.into_iter().chain(old).take(MOST) {
        let known = context.store.sync_folders(account).await?;
        if known.iter().filter(|one| !one.mailbox_id.is_empty()).all(|one| listed.iter().any(|l| l.raw == one.raw)) {
            break;
        }
        match session.select(&folder.raw).await {
            Ok(Selected { mailbox_id: Some(number), .. }) => {
                any |= rename(context, session, account, (&folder.raw, &folder.path), &number).await?;
            }
            Err(error) if error.is_fatal() => return Err(error.into()),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(any)
}

/// Gives the folder of this number the name under which it was opened (on the wire, and to show). `false`: it is not
/// known by another, or the number says nothing; then the folder of this name is open.
async fn rename(
    context: &Context,
    session: &mut Session,
    account: AccountId,
    (raw, path): (&str, &str),
    number: &str,
) -> Result<bool, SyncError> {
    let namesake = context.store.folder_namesake(account, raw.to_owned(), number.to_owned()).await?;
    let Some((id, listed)) = namesake else { return Ok(false) };
    if let Some(listed) = listed {
        // Does it still have that name?
        match session.select(&listed).await {
            Ok(selected) if selected.mailbox_id.as_deref() == Some(number) => {
                tracing::warn!(folder = id.0, "the server gives one number to two folders");
                session.select(raw).await?;
                return Ok(false);
            }
            Err(error) if error.is_fatal() => return Err(error.into()),
            Ok(_) | Err(_) => {}
        }
    }
    context.store.folder_renamed(id, raw.to_owned(), path.to_owned()).await?;
    Ok(true)
}
