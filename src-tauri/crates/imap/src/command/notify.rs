//! NOTIFY (RFC 5465): the server tells of folders that are not open, too.

use crate::capabilities::Capability;
use crate::error::ImapError;
use crate::session::Session;

pub(crate) const NOTIFY: &str = "NOTIFY";

/// Of the open folder what IDLE would tell; of the user's others that something is new, in a STATUS line.
const SET: &str = "NOTIFY SET (selected (MessageNew MessageExpunge FlagChange)) \
                   (personal (MessageNew MessageExpunge FlagChange MailboxName))";

impl Session {
    /// Asks to be told of changes in other folders, where the server can; [`Self::take_changes`] has them. It goes out with
    /// the next command: a LIST behind it leaves no gap between what is listed and what is told. Asked once: told a second
    /// time, Dovecot 2.3 no longer sees changes at once, but every 30 seconds. After an overflow it is asked again.
    ///
    /// # Errors
    /// [`ImapError`], never a refusal: see [`Self::is_notifying`].
    pub async fn notify(&mut self) -> Result<(), ImapError> {
        if self.notifying || !self.capabilities.has(Capability::Notify) {
            return Ok(());
        }
        self.send_ahead(NOTIFY, SET).await
    }

    /// Whether the server has agreed to tell of other folders.
    pub fn is_notifying(&self) -> bool {
        self.notifying
    }
}
