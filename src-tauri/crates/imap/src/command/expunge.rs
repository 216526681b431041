//! Removing messages: UID EXPUNGE (RFC 4315 §2.1), never EXPUNGE or CLOSE, which would remove what others marked.

use postroom_types::{FlagChange, Flags};

use crate::capabilities::Capability;
use crate::error::ImapError;
use crate::guard::Limits;
use crate::session::{SHORT, Session};
use crate::uid_set::UidSet;

impl Session {
    /// Marks the messages deleted and removes exactly them. Without UIDPLUS they stay marked, and `false` comes back.
    ///
    /// # Errors
    /// [`ImapError`]. Doing it again is harmless.
    pub async fn expunge(&mut self, uids: &UidSet) -> Result<bool, ImapError> {
        self.store(uids, FlagChange { add: Flags::DELETED, remove: Flags::empty() }).await?;
        let able = self.capabilities.has(Capability::UidPlus) || self.capabilities.has(Capability::Imap4Rev2);
        if !able {
            return Ok(false);
        }
        for chunk in uids.chunks(self.quirks.uids, self.quirks.line.saturating_sub(100)) {
            self.begin(Limits::default(), SHORT)?;
            let tag = self.send("UID EXPUNGE", &format!("UID EXPUNGE {chunk}")).await?;
            self.finish("UID EXPUNGE", &tag, Some).await?;
        }
        Ok(true)
    }
}
