//! UID SEARCH (RFC 9051 §6.4.4, ESEARCH RFC 4731): which UIDs a folder has.

use postroom_types::Uid;

use crate::capabilities::Capability;
use crate::encode::CommandLine;
use crate::error::ImapError;
use crate::session::Session;
use crate::uid_set::UidSet;
use crate::wire::Untagged;

const COMMAND: &str = "UID SEARCH";
/// UIDs a plain SEARCH asks for: its answer is one line of up to 11 bytes each, far under the bound of a line.
const WINDOW: u32 = 50_000;

impl Session {
    /// The UIDs from `low` to `high` that the selected folder has. Give a known upper end, such as UIDNEXT - 1: without
    /// ESEARCH it is asked in windows of 50,000.
    ///
    /// # Errors
    /// [`ImapError`].
    pub async fn uids(&mut self, low: Uid, high: Uid) -> Result<UidSet, ImapError> {
        let asked = UidSet::range(low, high);
        let mut found = UidSet::new();
        let window = if self.capabilities.has(Capability::Esearch) { u32::MAX } else { WINDOW };
        for chunk in asked.chunks(window, usize::MAX) {
            let line = self.search_line(&format!("UID {chunk}"));
            found.extend(&self.search(line).await?);
        }
        // Nobody asked for others.
        Ok(found.without(&found.without(&asked)))
    }

    /// The UIDs in the selected folder whose Message-ID holds this text; without angle brackets is best. Compare the headers
    /// afterwards: servers look for a part of the text, some for nothing at all.
    ///
    /// # Errors
    /// [`ImapError`].
    pub async fn find_message_id(&mut self, message_id: &str) -> Result<UidSet, ImapError> {
        let mut line = self.search_line("HEADER Message-ID ");
        line.string(message_id).map_err(|_cannot| self.unsendable("the Message-ID"))?;
        self.search(line).await
    }

    fn search_line(&self, criteria: &str) -> CommandLine {
        let returning = if self.capabilities.has(Capability::Esearch) { "RETURN (ALL) " } else { "" };
        self.line(&format!("UID SEARCH {returning}{criteria}"))
    }

    async fn search(&mut self, line: CommandLine) -> Result<UidSet, ImapError> {
        let mut found = UidSet::new();
        // Some answer SEARCH to an ESEARCH, and one search is under way at a time: either is its answer.
        self.run(COMMAND, line, |untagged| match untagged {
            Untagged::Esearch(result) if result.uid => {
                found.extend(&result.all);
                None
            }
            Untagged::Search(result) => {
                found.extend(&result.ids);
                None
            }
            other => Some(other),
        })
        .await?;
        Ok(found)
    }
}
