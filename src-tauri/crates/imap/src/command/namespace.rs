//! NAMESPACE (RFC 2342): where the user's own folders stand.

use crate::capabilities::Capability;
use crate::error::ImapError;
use crate::session::Session;
use crate::wire::Untagged;

/// Longer prefixes are not believed, bytes.
const MAX_PREFIX: usize = 200;

/// The user's own namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namespace {
    /// What the name of a new folder begins with, as on the wire: empty, or such as `INBOX.`.
    pub prefix: String,
    /// What parts the levels.
    pub delimiter: Option<char>,
}

impl Session {
    /// Where the user's own folders stand. `None` if the server does not offer it, refuses it (Outlook does at times), or
    /// names a prefix that no command could carry.
    ///
    /// # Errors
    /// [`ImapError`], never a refusal.
    pub async fn namespace(&mut self) -> Result<Option<Namespace>, ImapError> {
        if !self.capabilities.has(Capability::Namespace) && !self.capabilities.has(Capability::Imap4Rev2) {
            return Ok(None);
        }
        let line = self.line("NAMESPACE");
        let mut found = None;
        let result = self
            .run("NAMESPACE", line, |untagged| match untagged {
                Untagged::Namespace(line) => {
                    found = line;
                    None
                }
                other => Some(other),
            })
            .await;
        match result {
            Err(ImapError::Refused { .. }) => return Ok(None),
            result => drop(result?),
        }
        let usable = |prefix: &String| prefix.len() <= MAX_PREFIX && !prefix.contains(|c: char| c.is_control());
        Ok(found.and_then(|line| {
            let prefix = String::from_utf8(line.prefix).ok().filter(usable)?;
            Some(Namespace { prefix, delimiter: line.delimiter })
        }))
    }
}
