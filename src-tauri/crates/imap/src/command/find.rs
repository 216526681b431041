//! Looking for a message: SEARCH as a hint, the messages' own headers as the proof.
//!
//! Servers look for a part of the text, some find all messages whatever is asked (QQ), and some refuse; so nothing is
//! taken for the message that does not say so itself.

use postroom_types::Uid;

use crate::command::uids;
use crate::error::ImapError;
use crate::guard::Limits;
use crate::session::Session;
use crate::uid_set::UidSet;
use crate::wire::{Fetch, SectionData, Untagged};

const COMMAND: &str = "UID FETCH MESSAGE-ID";
/// Messages a command asks for; some 200 bytes each come back.
const BATCH: u32 = 2000;
/// A longer field is none.
const MAX_FIELD: u64 = 64 << 10;
const MAX_BYTES: u64 = 64 << 20;
/// UIDs a command asks about; some 25 bytes each come back.
const WINDOW: u32 = 50_000;

impl Session {
    /// The UIDs in the selected folder whose Message-ID field holds this text; give it in its angle brackets.
    ///
    /// # Errors
    /// [`ImapError`].
    pub async fn find_message_id(&mut self, message_id: &str) -> Result<UidSet, ImapError> {
        let mut line = self.search_line("HEADER Message-ID ");
        line.string(message_id).map_err(|_cannot| self.unsendable("the Message-ID"))?;
        let candidates =
            if self.quirks.searches { self.search(line).await? } else { self.uids(Uid(1), Uid(u32::MAX)).await? };
        self.with_message_id(&candidates, message_id).await
    }

    async fn with_message_id(&mut self, candidates: &UidSet, message_id: &str) -> Result<UidSet, ImapError> {
        let mut found = Vec::new();
        let limits = Limits { keep: MAX_FIELD, refuse: 1 << 20, ..Limits::default() };
        for chunk in candidates.chunks(self.quirks.uids.min(BATCH), self.quirks.line.saturating_sub(100)) {
            self.begin(limits, MAX_BYTES)?;
            let command = format!("UID FETCH {chunk} (UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])");
            let tag = self.send(COMMAND, &command).await?;
            self.finish(COMMAND, &tag, |untagged| match untagged {
                Untagged::Fetch(fetch) if fetch.uid.is_some_and(|uid| chunk.contains(uid)) && is_field(&fetch) => {
                    found.extend(fetch.uid.filter(|_| holds(&fetch, message_id)));
                    None
                }
                other => Some(other),
            })
            .await?;
        }
        Ok(found.into_iter().collect())
    }

    /// The UIDs from `low` to `high` as FETCH names them, where SEARCH cannot be believed.
    pub(crate) async fn uids_by_fetch(&mut self, low: Uid, high: Uid) -> Result<UidSet, ImapError> {
        let (asked, mut found) = (UidSet::range(low, high), Vec::new());
        for chunk in asked.chunks(self.quirks.uids.min(WINDOW), usize::MAX) {
            self.begin(Limits::default(), MAX_BYTES)?;
            let tag = self.send(uids::COMMAND, &format!("UID FETCH {chunk} (UID)")).await?;
            self.finish(uids::COMMAND, &tag, |untagged| {
                match &untagged {
                    Untagged::Fetch(fetch) => found.extend(fetch.uid.filter(|uid| chunk.contains(*uid))),
                    _ => return Some(untagged),
                }
                // With flags in it, somebody changed them.
                Some(untagged)
            })
            .await?;
        }
        Ok(found.into_iter().collect())
    }

    /// The highest UID of the selected folder, which the server did not bound by UIDNEXT. `None` if it is empty, or the
    /// server does not say.
    pub(crate) async fn last_uid(&mut self) -> Result<Option<Uid>, ImapError> {
        self.begin(Limits::default(), MAX_BYTES)?;
        let tag = self.send(uids::COMMAND, "UID FETCH * (UID)").await?;
        let mut last = None;
        let result = self.finish(uids::COMMAND, &tag, |untagged| {
            if let Untagged::Fetch(fetch) = &untagged {
                last = last.max(fetch.uid);
            }
            Some(untagged)
        });
        match result.await {
            // Of an empty folder some refuse it.
            Err(ImapError::Refused { .. }) => Ok(None),
            result => result.map(|_| last),
        }
    }
}

/// Whether it answers the question; servers write the section's name as they like.
fn is_field(fetch: &Fetch) -> bool {
    fetch.sections.iter().any(|section| section.name.starts_with(b"HEADER.FIELDS"))
}

fn holds(fetch: &Fetch, message_id: &str) -> bool {
    fetch.sections.iter().any(|section| match &section.data {
        SectionData::Bytes(field) if section.name.starts_with(b"HEADER.FIELDS") => {
            // A long one may be folded.
            let text: String = String::from_utf8_lossy(field).split_whitespace().collect();
            text.contains(message_id)
        }
        _ => false,
    })
}
