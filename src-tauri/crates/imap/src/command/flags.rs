//! UID FETCH FLAGS (RFC 9051 §6.4.5, CHANGEDSINCE RFC 7162 §3.1.4.1).

use postroom_types::{ModSeq, Uid};

use crate::capabilities::Capability;
use crate::error::ImapError;
use crate::guard::Limits;
use crate::session::{FlagUpdate, Session};
use crate::uid_set::UidSet;
use crate::wire::Untagged;

const COMMAND: &str = "UID FETCH FLAGS";
/// A folder of a million messages answers with some 80 MB.
const MAX_BYTES: u64 = 512 << 20;

impl Session {
    /// The flags of the messages from `low` to `high`; with `changed_since` only of those that changed after it (needs
    /// CONDSTORE; ignored without). A message that is not named is unchanged, or gone: [`Self::uids`] tells which.
    ///
    /// # Errors
    /// [`ImapError`].
    pub async fn fetch_flags(
        &mut self,
        low: Uid,
        high: Uid,
        changed_since: Option<ModSeq>,
    ) -> Result<Vec<FlagUpdate>, ImapError> {
        let asked = UidSet::range(low, high);
        let condstore = self.capabilities.has(Capability::CondStore);
        let items = match changed_since {
            // RFC 7162: 0 is refused by some, and means all of them anyway.
            Some(ModSeq(since)) if condstore && since > 0 => format!("(UID FLAGS) (CHANGEDSINCE {since})"),
            _ if condstore => "(UID FLAGS MODSEQ)".to_owned(),
            _ => "(UID FLAGS)".to_owned(),
        };
        let mut updates: Vec<FlagUpdate> = Vec::new();
        for chunk in asked.chunks(self.quirks.uids, self.quirks.line) {
            self.begin(Limits::default(), MAX_BYTES)?;
            let tag = self.send(COMMAND, &format!("UID FETCH {chunk} {items}")).await?;
            self.finish(COMMAND, &tag, |untagged| match untagged {
                Untagged::Fetch(fetch) => match (fetch.uid, fetch.flags) {
                    (Some(uid), Some(flags)) if asked.contains(uid) => {
                        updates.push(FlagUpdate { uid, flags, modseq: fetch.modseq });
                        None
                    }
                    _ => Some(Untagged::Fetch(fetch)),
                },
                other => Some(other),
            })
            .await?;
        }
        Ok(updates)
    }
}
