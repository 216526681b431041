//! UID STORE (RFC 9051 §6.4.6): always plus and minus, never the whole list, so that flags set elsewhere stay.

use postroom_types::{FlagChange, Flags};

use crate::encode::flag_list;
use crate::error::ImapError;
use crate::guard::Limits;
use crate::session::{SHORT, Session};
use crate::uid_set::UidSet;

pub(crate) const COMMAND: &str = "UID STORE";

impl Session {
    /// Sets and clears flags. Messages that are gone are passed over in silence, as the protocol has it.
    ///
    /// # Errors
    /// [`ImapError`]. After an error some of the messages may have changed; doing it again is harmless.
    pub async fn store(&mut self, uids: &UidSet, change: FlagChange) -> Result<(), ImapError> {
        self.store_one(uids, "+FLAGS.SILENT", change.add).await?;
        self.store_one(uids, "-FLAGS.SILENT", change.remove).await
    }

    async fn store_one(&mut self, uids: &UidSet, item: &str, flags: Flags) -> Result<(), ImapError> {
        if flags.is_empty() {
            return Ok(());
        }
        let flags = flag_list(flags);
        for chunk in uids.chunks(self.quirks.uids, self.quirks.line.saturating_sub(100)) {
            self.begin(Limits::default(), SHORT)?;
            let tag = self.send(COMMAND, &format!("UID STORE {chunk} {item} {flags}")).await?;
            self.finish(COMMAND, &tag, Some).await?;
        }
        Ok(())
    }
}
