//! UID SEARCH (RFC 9051 §6.4.4, ESEARCH RFC 4731): which UIDs a folder has.

use postroom_types::Uid;

use crate::capabilities::Capability;
use crate::encode::CommandLine;
use crate::error::ImapError;
use crate::guard::Limits;
use crate::session::Session;
use crate::uid_set::UidSet;
use crate::wire::Untagged;

pub(crate) const COMMAND: &str = "UID SEARCH";
/// With ESEARCH: one line of ranges.
pub(crate) const ALL: &str = "UID SEARCH RETURN (ALL) ALL";
/// UIDs a plain SEARCH asks for: its answer is one line of up to 11 bytes each, far under the bound of a line.
const WINDOW: u32 = 50_000;

impl Session {
    /// The UIDs from `low` to `high` that the selected folder has. Give a known upper end, such as UIDNEXT - 1: without
    /// ESEARCH it is asked in windows of 50,000; the highest UID possible (no UIDNEXT was told) means the last message.
    ///
    /// # Errors
    /// [`ImapError`].
    pub async fn uids(&mut self, low: Uid, high: Uid) -> Result<UidSet, ImapError> {
        let esearch = self.quirks.searches && self.capabilities.has(Capability::Esearch);
        let high = if high.0 == u32::MAX && !esearch {
            // Windows up to there would be tens of thousands.
            let Some(last) = self.last_uid().await? else {
                // Empty, or not told: then in one line, for what is not named here is taken for gone.
                let line = self.search_line("ALL");
                return self.search(line).await;
            };
            last
        } else {
            high
        };
        if low > high {
            return Ok(UidSet::new());
        }
        if !self.quirks.searches {
            return self.uids_by_fetch(low, high).await;
        }
        let asked = UidSet::range(low, high);
        let mut found = UidSet::new();
        let window = if esearch { u32::MAX } else { WINDOW };
        for chunk in asked.chunks(window, usize::MAX) {
            let line = self.search_line(&format!("UID {chunk}"));
            found.extend(&self.search(line).await?);
        }
        // Nobody asked for others.
        Ok(found.without(&found.without(&asked)))
    }

    pub(crate) fn search_line(&self, criteria: &str) -> CommandLine {
        let returning = if self.capabilities.has(Capability::Esearch) { "RETURN (ALL) " } else { "" };
        self.line(&format!("UID SEARCH {returning}{criteria}"))
    }

    pub(crate) async fn search(&mut self, line: CommandLine) -> Result<UidSet, ImapError> {
        let mut found = UidSet::new();
        self.run_within(ranges(), COMMAND, line, |untagged| take(&mut found, untagged)).await?;
        Ok(found)
    }
}

/// What an answer of ranges may take: one for every message of a folder of a million, at worst.
pub(crate) fn ranges() -> Limits {
    Limits { line: 16 << 20, ..Limits::default() }
}

/// Takes what a search found. Some answer SEARCH to an ESEARCH, and one search is under way at a time: either is its answer.
pub(crate) fn take(found: &mut UidSet, untagged: Untagged) -> Option<Untagged> {
    match untagged {
        Untagged::Esearch(result) if result.uid => found.extend(&result.all),
        Untagged::Search(result) => found.extend(&result.ids),
        other => return Some(other),
    }
    None
}
