//! How a lab can differ from the usual one.

use std::path::PathBuf;

/// How a lab is started.
#[derive(Debug, Clone, Default)]
pub struct LabOptions {
    /// Where the mail lies; it stays there when the lab ends. `None`: a temporary folder that goes with the lab. As
    /// root the mail belongs to the user `mail`, who must be able to enter this folder's parents.
    pub dir: Option<PathBuf>,
    /// Start Postfix at once, and fail if it cannot be. Otherwise it is started when the first SMTP address is asked
    /// for. Both servers run as root and as an ordinary user; Postfix then needs `cc` (see the module `postfix`).
    pub smtp: bool,
    /// Where a user's own folders are. A lab with a namespace of its own has no shared folders, and a new user has
    /// none but the inbox. `None`: beside the inbox, levels separated by `/`, with the usual folders.
    pub namespace: Option<Namespace>,
    /// All that IMAP offers, as in `IMAP4rev1 IDLE UIDPLUS`. `None`: everything Dovecot can.
    pub capabilities: Option<String>,
    /// Keep the mail in memory where the system can (Linux: in `/dev/shm`, if there is room). For tests that make and
    /// remove thousands of small files, which a disk's file system is slow at. Not with [`Self::dir`].
    pub in_memory: bool,
    /// Lines for the end of `dovecot.conf`.
    pub dovecot: String,
}

/// A personal namespace (RFC 2342).
#[derive(Debug, Clone)]
pub struct Namespace {
    /// What every folder's name but the inbox's begins with, as in `INBOX.`
    pub prefix: String,
    /// What separates levels.
    pub separator: char,
}

impl Namespace {
    /// As Courier has it, and Dovecot where it took Courier's place: every folder below the inbox.
    pub fn below_the_inbox() -> Self {
        Self { prefix: "INBOX.".to_owned(), separator: '.' }
    }
}
