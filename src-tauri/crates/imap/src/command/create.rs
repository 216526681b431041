//! CREATE and SUBSCRIBE (RFC 9051 §6.3.4, §6.3.7), and the name to create.

use crate::error::{ImapError, RefusalCode};
use crate::session::Session;
use crate::utf7;
use crate::wire::Code;

/// The name on the wire of a folder that the user named (modified UTF-7, RFC 3501 §5.1.3).
pub fn folder_name_to_raw(path: &str) -> String {
    utf7::encode(path)
}

impl Session {
    /// Makes a folder and subscribes to it; one that is there already is fine. See [`folder_name_to_raw`].
    ///
    /// # Errors
    /// [`ImapError`].
    pub async fn create(&mut self, raw: &str) -> Result<(), ImapError> {
        let line = self.folder_line("CREATE ", raw, "").await?;
        match self.run_plain("CREATE", line).await {
            Ok(_) | Err(ImapError::Refused { code: Some(RefusalCode::AlreadyExists), .. }) => {}
            Err(error) => return Err(error),
        }
        let line = self.folder_line("SUBSCRIBE ", raw, "").await?;
        match self.run_plain("SUBSCRIBE", line).await {
            // Other programs may not show it; that is no reason to fail.
            Ok(_) | Err(ImapError::Refused { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Does nothing, so that the server may say what is new: see [`Self::take_changes`].
    ///
    /// # Errors
    /// [`ImapError`].
    pub async fn noop(&mut self) -> Result<(), ImapError> {
        let line = self.line("NOOP");
        if let Some(Code::HighestModSeq(modseq)) = self.run_plain("NOOP", line).await? {
            self.note_highest(modseq);
        }
        Ok(())
    }
}
