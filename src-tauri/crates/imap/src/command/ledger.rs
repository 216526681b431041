//! UID FETCH FLAGS RFC822.SIZE: all that a comparison of a whole folder with what is held of it needs.

use std::collections::BTreeMap;

use postroom_types::{Flags, Uid};

use crate::error::ImapError;
use crate::guard::Limits;
use crate::session::Session;
use crate::uid_set::UidSet;
use crate::wire::Untagged;

const COMMAND: &str = "UID FETCH FLAGS RFC822.SIZE";
/// A window of UIDs answers with some 80 bytes each.
const MAX_BYTES: u64 = 64 << 20;
/// UIDs a command asks for.
const WINDOW: u32 = 20_000;

/// A message as the server lists it. What the server left out is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LedgerItem {
    /// Its flags.
    pub flags: Option<Flags>,
    /// RFC822.SIZE, bytes.
    pub size: Option<u64>,
}

impl Session {
    /// Flags and size of every message of the selected folder from `low` to `high`, by UID (RFC 9051 §6.4.5). A message
    /// that the server tells of twice has what was said last.
    ///
    /// # Errors
    /// [`ImapError`].
    pub async fn fetch_ledger(&mut self, low: Uid, high: Uid) -> Result<BTreeMap<Uid, LedgerItem>, ImapError> {
        let asked = UidSet::range(low, high);
        let mut items: BTreeMap<Uid, LedgerItem> = BTreeMap::new();
        for chunk in asked.chunks(self.quirks.uids.min(WINDOW), self.quirks.line) {
            self.begin(Limits::default(), MAX_BYTES)?;
            let tag = self.send(COMMAND, &format!("UID FETCH {chunk} (UID FLAGS RFC822.SIZE)")).await?;
            self.finish(COMMAND, &tag, |untagged| match untagged {
                Untagged::Fetch(fetch) if fetch.uid.is_some_and(|uid| asked.contains(uid)) => {
                    let item = items.entry(fetch.uid?).or_default();
                    item.flags = fetch.flags.or(item.flags);
                    item.size = fetch.size.or(item.size);
                    None
                }
                other => Some(other),
            })
            .await?;
        }
        Ok(items)
    }
}
