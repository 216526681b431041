//! NAMESPACE (RFC 2342): where the user's own folders stand.

use crate::capabilities::Capability;
use crate::error::ImapError;
use crate::session::Session;

const COMMAND: &str = "NAMESPACE";
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
    /// Asks along with the next command, where the server can tell: the next [`Self::namespace`] costs no turn.
    ///
    /// # Errors
    /// [`ImapError`], never a refusal.
    pub async fn ask_namespace(&mut self) -> Result<(), ImapError> {
        if self.can_tell() && self.namespace.is_none() {
            self.send_ahead(COMMAND, COMMAND).await?;
        }
        Ok(())
    }

    fn can_tell(&self) -> bool {
        self.capabilities.has(Capability::Namespace) || self.capabilities.has(Capability::Imap4Rev2)
    }

    /// Where the user's own folders stand. `None` if the server does not offer it, refuses it (Outlook does at times), or
    /// names a prefix that no command could carry.
    ///
    /// # Errors
    /// [`ImapError`], never a refusal.
    pub async fn namespace(&mut self) -> Result<Option<Namespace>, ImapError> {
        if !self.can_tell() {
            return Ok(None);
        }
        if self.namespace.is_none() {
            let line = self.line(COMMAND);
            match self.run_plain(COMMAND, line).await {
                Err(ImapError::Refused { .. }) => return Ok(None),
                result => drop(result?),
            }
        }
        let usable = |prefix: &String| prefix.len() <= MAX_PREFIX && !prefix.contains(|c: char| c.is_control());
        Ok(self.namespace.take().and_then(|line| {
            let prefix = String::from_utf8(line.prefix).ok().filter(usable)?;
            Some(Namespace { prefix, delimiter: line.delimiter })
        }))
    }
}
