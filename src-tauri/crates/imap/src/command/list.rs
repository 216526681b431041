//! LIST (RFC 9051 §6.3.9, LIST-STATUS RFC 5819) and STATUS.

use crate::capabilities::Capability;
use crate::error::ImapError;
use crate::folder::{FolderList, FolderStatus, MAX_FOLDERS, judge};
use crate::session::Session;
use crate::wire::Untagged;

const COMMAND: &str = "LIST";

impl Session {
    /// Every folder, in one round trip with its counts where the server can (LIST-STATUS).
    ///
    /// Roles are the server's (SPECIAL-USE); a role that it gives to no folder goes by well-known names, English, Chinese
    /// and some others. Names that cannot be used come back as rejected.
    ///
    /// # Errors
    /// [`ImapError`]; a refused extended LIST is asked again plainly.
    pub async fn list(&mut self) -> Result<FolderList, ImapError> {
        let mut wanted = Vec::new();
        if self.capabilities.has(Capability::ListExtended) || self.capabilities.has(Capability::ListStatus) {
            if self.capabilities.has(Capability::SpecialUse) {
                wanted.push("SPECIAL-USE".to_owned());
            }
            if self.capabilities.has(Capability::ListStatus) {
                wanted.push(format!("STATUS ({})", self.status_items()));
            }
        }
        if !wanted.is_empty() {
            match self.list_by(&format!("LIST \"\" \"*\" RETURN ({})", wanted.join(" "))).await {
                // Proton Bridge says BAD and strato.de lists nothing: plainly, then.
                Ok(list) if list.folders.is_empty() => {}
                Err(ImapError::Refused { .. }) => {}
                other => return other,
            }
        }
        let by_xlist = self.capabilities.has(Capability::Xlist) && !self.capabilities.has(Capability::SpecialUse);
        if wanted.is_empty() && by_xlist {
            match self.list_by("XLIST \"\" \"*\"").await {
                Ok(list) if list.folders.is_empty() => {}
                Err(ImapError::Refused { .. }) => {}
                other => return other,
            }
        }
        self.list_by("LIST \"\" \"*\"").await
    }

    async fn list_by(&mut self, command: &str) -> Result<FolderList, ImapError> {
        let line = self.line(command);
        let (mut lines, mut statuses) = (Vec::new(), Vec::new());
        self.run(COMMAND, line, |untagged| match untagged {
            Untagged::List(mut line) => {
                // XLIST names the inbox as the user's language does.
                if line.attributes.iter().any(|attribute| attribute.eq_ignore_ascii_case("\\Inbox")) {
                    line.name = b"INBOX".to_vec();
                }
                // One more than is kept, so that the rest is reported.
                if lines.len() <= MAX_FOLDERS {
                    lines.push(line);
                }
                None
            }
            Untagged::Status(status) => {
                if statuses.len() <= MAX_FOLDERS {
                    statuses.push(status);
                }
                None
            }
            other => Some(other),
        })
        .await?;
        let list = judge(lines, &statuses);
        for rejected in &list.rejected {
            tracing::warn!(reason = rejected.reason, "a folder of the server cannot be used");
        }
        Ok(list)
    }

    fn status_items(&self) -> String {
        let mut items = "MESSAGES UIDNEXT UIDVALIDITY".to_owned();
        for (capability, item) in [(Capability::CondStore, " HIGHESTMODSEQ"), (Capability::ObjectId, " MAILBOXID")] {
            if self.capabilities.has(capability) {
                items += item;
            }
        }
        items
    }

    /// Asks for a folder's own number (MAILBOXID, RFC 8474) along with the next command, where the server tells it of one
    /// that is not open: [`Self::told_number`] gives it then. Costs no turn. Not for the selected folder.
    ///
    /// # Errors
    /// [`ImapError`], never a refusal.
    pub async fn ask_number(&mut self, raw: &str) -> Result<(), ImapError> {
        self.numbered = None;
        if !self.capabilities.has(Capability::ObjectId) {
            return Ok(());
        }
        let line = self.folder_line("STATUS ", raw, " (MAILBOXID)").await?;
        // Nothing goes behind a command that waits for its continuation (a very long name).
        if let [line] = line.into_pieces().as_slice() {
            self.numbered = Some((raw.to_owned(), None));
            self.send_ahead("STATUS", line).await?;
        }
        Ok(())
    }

    /// The number that was asked for, once; `None`: it was not told.
    pub fn told_number(&mut self) -> Option<String> {
        self.numbered.take()?.1
    }

    pub(crate) fn is_numbered(&self, name: &[u8]) -> bool {
        self.numbered.as_ref().is_some_and(|(raw, _)| raw.as_bytes() == name)
    }

    /// A folder's counts, where [`Self::list`] brought none. Not for the selected folder (RFC 9051 §6.3.11).
    ///
    /// # Errors
    /// [`ImapError`].
    pub async fn status(&mut self, raw: &str) -> Result<FolderStatus, ImapError> {
        let after = format!(" ({})", self.status_items());
        let line = self.folder_line("STATUS ", raw, &after).await?;
        let mut found = None;
        self.run("STATUS", line, |untagged| match untagged {
            Untagged::Status(status) => {
                found = Some(FolderStatus::from(&status));
                None
            }
            other => Some(other),
        })
        .await?;
        Ok(found.unwrap_or_default())
    }
}
