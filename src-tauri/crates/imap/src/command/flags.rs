//! UID FETCH FLAGS (RFC 9051 §6.4.5, CHANGEDSINCE RFC 7162 §3.1.4.1).

use postroom_types::{ModSeq, Uid};

use crate::capabilities::Capability;
use crate::error::ImapError;
use crate::guard::{Limits, Violation};
use crate::session::{FlagUpdate, Session, Tag};
use crate::uid_set::UidSet;
use crate::wire::{Event, Untagged};

const COMMAND: &str = "UID FETCH FLAGS";
/// A folder of a million messages answers with some 80 MB.
const MAX_BYTES: u64 = 512 << 20;
/// Commands on their way at the same time, where a provider takes short ranges only.
const IN_FLIGHT: usize = 3;

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
        let mut chunks = asked.chunks(self.quirks.uids, self.quirks.line).into_iter();
        let mut flying: Vec<Tag> = Vec::new();
        // The first refusal; said once all answers are in.
        let mut refused = None;
        self.begin(Limits::default(), MAX_BYTES)?;
        loop {
            while refused.is_none() && flying.len() < IN_FLIGHT {
                let Some(chunk) = chunks.next() else { break };
                flying.push(self.send(COMMAND, &format!("UID FETCH {chunk} {items}")).await?);
            }
            if flying.is_empty() {
                return refused.map_or(Ok(updates), Err);
            }
            match self.next(COMMAND).await? {
                Event::Untagged(Untagged::Fetch(fetch)) => match (fetch.uid, fetch.flags) {
                    (Some(uid), Some(flags)) if asked.contains(uid) => {
                        updates.push(FlagUpdate { uid, flags, modseq: fetch.modseq });
                    }
                    _ => self.note(Untagged::Fetch(fetch)),
                },
                Event::Untagged(other) => self.note(other),
                Event::Tagged { tag, state } => {
                    let Some(at) = flying.iter().position(|flying| flying.as_str() == tag) else {
                        return Err(self.nonsense(COMMAND, &Violation::UnknownTag));
                    };
                    flying.remove(at);
                    refused = refused.or(self.close(COMMAND, state).err());
                }
                Event::Continue => return Err(self.nonsense(COMMAND, &Violation::UnexpectedContinuation)),
            }
        }
    }
}
