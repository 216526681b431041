//! From a LIST line to a folder: the name decoded, the name judged, the role found.
//!
//! A name is opaque: `../x` is a name like any other here, since no room makes a path on disk of it. What a command could
//! not carry, or a line on screen not show, is rejected and reported, never silently dropped.

mod role;

use std::collections::{BTreeMap, BTreeSet};

use postroom_types::{FolderRole, ModSeq, Uid, UidValidity};

use crate::utf7;
use crate::wire::{ListLine, StatusLine, server_text};

/// A folder of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "three facts that a server tells independently")]
pub struct ListedFolder {
    /// The name as on the wire, or what it is in modified UTF-7 where the wire has UTF-8: give this to every command.
    pub raw: String,
    /// The name for people: modified UTF-7 decoded (RFC 3501 §5.1.3), `INBOX` in capitals, controls replaced by U+FFFD.
    pub path: String,
    /// Whether `raw` was good modified UTF-7; if not, `path` is `raw` itself.
    pub decoded: bool,
    /// What parts the levels of the path; `None` where the namespace is flat.
    pub delimiter: Option<char>,
    /// What it is for: as the server says, else by its name.
    pub role: FolderRole,
    /// Whether it can hold messages.
    pub selectable: bool,
    /// `false` for a name that only a child or a subscription gives (`\NonExistent`).
    pub exists: bool,
    /// Its counts, if the server told them along with the list.
    pub status: Option<FolderStatus>,
    /// The server's own number of it, which a new name does not change (MAILBOXID, RFC 8474).
    pub mailbox_id: Option<String>,
}

/// What a server lists and we cannot use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedFolder {
    /// The name, cleaned and cut: for a warning.
    pub name: String,
    /// Why, in English.
    pub reason: &'static str,
}

/// Every folder, and every name that is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FolderList {
    /// What can be used, in the server's order, each once.
    pub folders: Vec<ListedFolder>,
    /// What cannot.
    pub rejected: Vec<RejectedFolder>,
}

/// A folder's counts (STATUS). What the server did not tell is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FolderStatus {
    /// How many messages.
    pub messages: Option<u32>,
    /// A bound for UIDs to come.
    pub uid_next: Option<Uid>,
    /// The generation of its UIDs.
    pub uid_validity: Option<UidValidity>,
    /// Its highest modification sequence. A hint only: never store it as a cursor.
    pub highest_modseq: Option<ModSeq>,
}

impl From<&StatusLine> for FolderStatus {
    fn from(line: &StatusLine) -> Self {
        Self {
            messages: line.messages,
            uid_next: line.uid_next,
            uid_validity: line.uid_validity,
            highest_modseq: line.highest_modseq,
        }
    }
}

/// Longer names are not believed, bytes.
const MAX_NAME: usize = 1000;
/// More folders are not listed.
pub(crate) const MAX_FOLDERS: usize = 20_000;
/// More rejected names are not reported.
const MAX_REJECTED: usize = 100;

/// Judges what LIST and its STATUS lines said.
pub(crate) fn judge(lines: Vec<ListLine>, statuses: &[StatusLine]) -> FolderList {
    let mut list = FolderList::default();
    let mut seen = BTreeSet::new();
    let mut roles = role::Roles::default();
    for line in lines {
        match folder(&line) {
            Ok(folder) if seen.contains(&folder.path) => {
                // INBOX whatever its case, or the same name in two namespaces: the first stays.
                tracing::debug!("a folder is listed twice");
            }
            Ok(_) if list.folders.len() >= MAX_FOLDERS => reject(&mut list, "", "more folders than we list"),
            Ok(folder) => {
                seen.insert(folder.path.clone());
                roles.note(&line.attributes);
                list.folders.push(folder);
            }
            Err((name, reason)) => reject(&mut list, &name, reason),
        }
    }
    let by_name: BTreeMap<&[u8], &StatusLine> =
        statuses.iter().map(|status| (status.name.as_slice(), status)).collect();
    let inbox = statuses.iter().find(|status| status.name.eq_ignore_ascii_case(b"INBOX"));
    for folder in &mut list.folders {
        let status = if folder.role == FolderRole::Inbox { inbox } else { by_name.get(folder.raw.as_bytes()).copied() };
        folder.status = status.map(FolderStatus::from);
        folder.mailbox_id = status.and_then(|status| status.mailbox_id.clone());
    }
    roles.assign(&mut list.folders);
    list
}

fn reject(list: &mut FolderList, name: &str, reason: &'static str) {
    if list.rejected.len() < MAX_REJECTED {
        list.rejected.push(RejectedFolder { name: name.to_owned(), reason });
    }
}

fn folder(line: &ListLine) -> Result<ListedFolder, (String, &'static str)> {
    let has = |name: &str| line.attributes.iter().any(|attribute| attribute.eq_ignore_ascii_case(name));
    let shown = || server_text(&line.name).chars().take(100).collect::<String>();
    let rejected = |reason| Err((shown(), reason));
    if line.name.is_empty() {
        return rejected("the name is empty");
    }
    if line.name.len() > MAX_NAME {
        return rejected("the name is longer than 1,000 bytes");
    }
    let Ok(raw) = String::from_utf8(line.name.clone()) else { return rejected("the name is neither ASCII nor UTF-8") };
    let decoded = utf7::decode(&raw);
    let path = decoded.as_deref().unwrap_or(&raw);
    if raw.contains(['\0', '\r', '\n']) || path.contains(['\0', '\r', '\n']) {
        return rejected("the name holds NUL, CR or LF");
    }
    let is_inbox = raw.eq_ignore_ascii_case("INBOX");
    let path = if is_inbox { "INBOX".to_owned() } else { path.replace(|c: char| c.is_control(), "\u{fffd}") };
    let exists = !has("\\NonExistent");
    let selectable = exists && !has("\\Noselect");
    let role = if is_inbox { FolderRole::Inbox } else { role::of_attributes(&line.attributes) };
    let delimiter = line.delimiter.filter(|delimiter| !delimiter.is_control());
    Ok(ListedFolder {
        decoded: decoded.is_some(),
        raw,
        path,
        delimiter,
        role,
        selectable,
        exists,
        status: None,
        mailbox_id: None,
    })
}

#[cfg(test)]
mod tests;
