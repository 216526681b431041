//! GETQUOTAROOT (RFC 9208 §4.2): how much room the mailbox has.

use crate::capabilities::Capability;
use crate::error::ImapError;
use crate::session::Session;

const COMMAND: &str = "GETQUOTAROOT";
/// More quota roots are not kept.
pub(crate) const MOST: usize = 20;

/// What counts against a limit on the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// The server's name for it, cleaned; may be empty.
    pub name: String,
    /// Bytes that are used.
    pub used_bytes: u64,
    /// Bytes that may be used; 0: nothing more than nothing.
    pub limit_bytes: u64,
}

impl Session {
    /// Asks along with the next command how much room the inbox has; [`Self::take_quotas`] has the answer after it. Gives
    /// whether the server can tell.
    ///
    /// # Errors
    /// [`ImapError`], never a refusal.
    pub async fn ask_quotas(&mut self) -> Result<bool, ImapError> {
        let can = self.capabilities.has(Capability::Quota);
        if can {
            self.send_ahead(COMMAND, "GETQUOTAROOT INBOX").await?;
        }
        Ok(can)
    }

    /// What the server has told of its quotas since the last call.
    pub fn take_quotas(&mut self) -> Vec<Quota> {
        std::mem::take(&mut self.quotas)
    }
}
