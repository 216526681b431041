//! Where the account's own folders stand: what the name of a folder that we make must begin with.
//!
//! Courier, Cyrus and some set-ups of Dovecot want `INBOX.Archive` and refuse `Archive`.

use postroom_imap::{ListedFolder, Session};
use postroom_types::FolderRole;

use crate::SyncError;

/// The prefix, mostly empty: as the server says (NAMESPACE), else as its list looks.
pub(crate) async fn prefix(session: &mut Session, folders: &[ListedFolder]) -> Result<String, SyncError> {
    // Its own drafts or trash at the top say enough. Exchange 2003, which hangs up when asked, lists them so.
    if folders.iter().any(|folder| is_top(folder) && !matches!(folder.role, FolderRole::Inbox | FolderRole::Other)) {
        return Ok(String::new());
    }
    match session.namespace().await? {
        Some(namespace) => Ok(namespace.prefix),
        None => Ok(inferred(folders)),
    }
}

/// The inbox has folders below it, and nothing that can hold mail stands beside it: others go below it too.
fn inferred(folders: &[ListedFolder]) -> String {
    let inbox = folders.iter().find(|folder| folder.role == FolderRole::Inbox);
    let below = inbox.and_then(|inbox| Some(format!("{}{}", inbox.raw, inbox.delimiter?)));
    let Some(below) = below else { return String::new() };
    let has_children = folders.iter().any(|folder| folder.raw.starts_with(&below));
    let has_siblings =
        folders.iter().any(|folder| is_top(folder) && folder.selectable && folder.role != FolderRole::Inbox);
    if has_children && !has_siblings { below } else { String::new() }
}

fn is_top(folder: &ListedFolder) -> bool {
    folder.delimiter.is_none_or(|delimiter| !folder.raw.contains(delimiter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(raw: &str, delimiter: char, selectable: bool) -> ListedFolder {
        ListedFolder {
            raw: raw.to_owned(),
            path: raw.to_owned(),
            decoded: true,
            delimiter: Some(delimiter),
            role: if raw == "INBOX" { FolderRole::Inbox } else { FolderRole::Other },
            selectable,
            exists: true,
            status: None,
            mailbox_id: None,
        }
    }

    fn check(raws: &[&str], delimiter: char, expected: &str) {
        let folders: Vec<_> =
            raws.iter().map(|raw| listed(raw.trim_start_matches('!'), delimiter, !raw.starts_with('!'))).collect();
        assert_eq!(inferred(&folders), expected, "{raws:?}");
    }

    #[test]
    fn a_prefix_shows_in_the_list() {
        check(&["INBOX", "INBOX.Work", "INBOX.Work.2026"], '.', "INBOX.");
        check(&["INBOX", "INBOX/Work"], '/', "INBOX/");
        check(&["INBOX", "INBOX.Work", "!shared", "shared.sales"], '.', "INBOX.");
        check(&["INBOX", "Work"], '/', "");
        check(&["INBOX", "INBOX/Work", "Projects"], '/', "");
        check(&["INBOX"], '.', "");
        check(&[], '.', "");
    }
}
