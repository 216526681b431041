//! Folders (IMAP mailboxes) and what they are for.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::{AccountId, FolderId, UnixMillis};

/// What a folder is for: SPECIAL-USE (RFC 6154), XLIST or, where the server says nothing, its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum FolderRole {
    /// INBOX.
    Inbox,
    /// Unfinished messages.
    Drafts,
    /// Copies of what was sent.
    Sent,
    /// Done with, kept.
    Archive,
    /// Spam.
    Junk,
    /// Deleted, not yet gone.
    Trash,
    /// A view of every message (`\All`).
    All,
    /// A view of what is starred (`\Flagged`).
    Flagged,
    /// A folder of the user's own.
    Other,
}

impl FolderRole {
    /// Every role, in the order of the sidebar.
    pub const ALL: [Self; 9] = [
        Self::Inbox,
        Self::Drafts,
        Self::Sent,
        Self::Archive,
        Self::Junk,
        Self::Trash,
        Self::All,
        Self::Flagged,
        Self::Other,
    ];

    /// The word stored in the database and printed by postroomctl.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Drafts => "drafts",
            Self::Sent => "sent",
            Self::Archive => "archive",
            Self::Junk => "junk",
            Self::Trash => "trash",
            Self::All => "all",
            Self::Flagged => "flagged",
            Self::Other => "other",
        }
    }

    /// The reverse of [`Self::as_str`].
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

/// A folder as the sidebar and postroomctl show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Folder {
    /// Its row.
    pub id: FolderId,
    /// The account that it belongs to.
    pub account: AccountId,
    /// The whole path, decoded to Unicode, levels parted by the server's delimiter. Unique within an account.
    pub path: String,
    /// The last level of the path.
    pub name: String,
    /// The server's delimiter; empty where the namespace is flat.
    pub delimiter: String,
    /// What it is for.
    pub role: FolderRole,
    /// `false` for a level that only holds other folders (`\Noselect`).
    pub selectable: bool,
    /// Messages shown in it.
    pub messages: u32,
    /// Those of them that are unread.
    pub unread: u32,
}

/// A folder that lost over half of its messages on the server at once. Nothing of it goes here until the user allows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ShrunkFolder {
    /// Its account.
    pub account: AccountId,
    /// The folder.
    pub folder: FolderId,
    /// Its path.
    pub path: String,
    /// Messages here that the server no longer has.
    pub gone: u32,
    /// When that was noticed, in milliseconds since 1970 in UTC.
    pub noticed_at: UnixMillis,
}
