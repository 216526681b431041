//! SELECT (RFC 9051 §6.3.2), with what changed since (QRESYNC, RFC 7162 §3.2.5), and UNSELECT (RFC 3691).

use postroom_types::{ModSeq, Uid, UidValidity};

use crate::capabilities::Capability;
use crate::command::uids;
use crate::error::ImapError;
use crate::session::{FlagUpdate, Session, Tag};
use crate::uid_set::UidSet;
use crate::wire::{Code, State, Untagged};

/// What SELECT said about a folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selected {
    /// How many messages.
    pub exists: u32,
    /// The generation of its UIDs; `None` if the server named none, or 0: then nothing known of it before holds.
    pub uid_validity: Option<UidValidity>,
    /// A bound for UIDs to come; some servers leave it out.
    pub uid_next: Option<Uid>,
    /// `None` where the server keeps no modification sequences for it (NOMODSEQ, or 0).
    pub highest_modseq: Option<ModSeq>,
    /// The flags that can be changed for good, as written; `None` means all of them (RFC 9051 §7.1).
    pub permanent_flags: Option<Vec<String>>,
    /// Whether nothing in it can be changed.
    pub read_only: bool,
    /// The server's own number of the folder, which a new name does not change (MAILBOXID, RFC 8474).
    pub mailbox_id: Option<String>,
}

/// What is known of a folder from before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The generation of its UIDs.
    pub uid_validity: UidValidity,
    /// All changes up to here are known.
    pub modseq: ModSeq,
    /// Changes of messages up to this UID are asked for: never `*`, which old Cyrus took for its own last (cyrus-imapd#6071).
    pub last: Uid,
}

/// What changed since, as the server says: what is gone is a hint, the folder's UIDs are the proof.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Since {
    /// Flags that changed.
    pub flags: Vec<FlagUpdate>,
    /// UIDs that are gone. May name far more than the folder ever had.
    pub vanished: UidSet,
}

/// A folder opened, listed and compared in one turn.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look {
    /// What SELECT said.
    pub selected: Selected,
    /// Every UID that the folder has; `None` where the server cannot say so on one short line (ESEARCH): see
    /// [`Session::uids`].
    pub uids: Option<UidSet>,
    /// What changed since; `None` where the server cannot say so (QRESYNC), the folder was renumbered, or it is too much.
    pub since: Option<Since>,
}

const COMMAND: &str = "SELECT";
/// More changes than this are not collected: flags are then asked for in windows.
const MAX_CHANGES: usize = 200_000;
/// A line of each, some 80 bytes, is bounded too.
const MAX_BYTES: u64 = 64 << 20;

impl Session {
    /// Opens a folder for reading and changing. If it fails, no folder is open. Changes of the folder that was open before
    /// and were not taken are dropped: call [`Self::take_changes`] first.
    ///
    /// # Errors
    /// [`ImapError`]; [`ImapError::Refused`] for a folder that is gone or not ours.
    pub async fn select(&mut self, raw: &str) -> Result<Selected, ImapError> {
        Ok(self.open(raw, None, false).await?.selected)
    }

    /// As [`Self::select`], and asks in the same turn for all UIDs (where the server has ESEARCH) and for what changed since
    /// `known` (where QRESYNC is on).
    ///
    /// # Errors
    /// As [`Self::select`].
    pub async fn look(&mut self, raw: &str, known: Option<Known>) -> Result<Look, ImapError> {
        let list = self.capabilities.has(Capability::Esearch);
        if known.is_none() || !self.capabilities.has(Capability::QResync) {
            return self.open(raw, None, list).await;
        }
        self.settle_ahead().await?;
        let known = known.filter(|_| self.qresync);
        match self.open(raw, known, list).await {
            // Not a reason about the folder: the server may not like the question.
            Err(ImapError::Refused { code: None, .. }) if known.is_some() => {
                let look = self.open(raw, None, list).await?;
                self.qresync = false;
                Ok(look)
            }
            other => other,
        }
    }

    async fn open(&mut self, raw: &str, known: Option<Known>, list: bool) -> Result<Look, ImapError> {
        self.compress_if_slow().await?;
        let condstore = self.capabilities.has(Capability::CondStore);
        let how = match known {
            Some(Known { uid_validity, modseq, last }) => {
                format!(" (QRESYNC ({} {} 1:{}))", uid_validity.0, modseq.0, last.0.max(1))
            }
            None if condstore => " (CONDSTORE)".to_owned(),
            None => String::new(),
        };
        let line = self.folder_line("SELECT ", raw, &how).await?;
        self.forget_selected();
        self.selection += 1;
        // VANISHED may name a range for every message that a folder once had.
        self.begin(uids::ranges(), MAX_BYTES)?;
        let mut pieces = line.into_pieces().into_iter();
        let first = pieces.next().unwrap_or_default();
        // Nothing goes behind a command that waits for its continuation (a very long name).
        let piped = list && pieces.len() == 0;
        self.raw().hold(piped);
        let tag = self.send(COMMAND, &first).await;
        self.raw().hold(false);
        let tag = tag?;
        let search = if piped { Some(self.send(uids::COMMAND, uids::ALL).await?) } else { None };
        for piece in pieces {
            self.wait_for_continuation(COMMAND, &tag).await?;
            self.send_more(COMMAND, &piece).await?;
        }
        let mut opening = Opening { known, ..Opening::default() };
        let result = self.finish(COMMAND, &tag, |untagged| opening.take(untagged)).await;
        // News of the folder that was open before are nobody's any more.
        self.forget_selected();
        let found = match search {
            Some(_) if result.as_ref().is_err_and(ImapError::is_fatal) => None,
            Some(search) => self.finish_search(&search).await?,
            None => None,
        };
        if let Some(code) = result? {
            apply(&mut opening.selected, &code);
        }
        self.selected = Some(raw.to_owned());
        Ok(opening.end(condstore, found))
    }

    /// Closes the folder without removing anything, which CLOSE would do. Where the server cannot, the folder stays open.
    ///
    /// # Errors
    /// [`ImapError`].
    pub async fn unselect(&mut self) -> Result<(), ImapError> {
        if self.selected.is_some() && self.capabilities.has(Capability::Unselect) {
            let line = self.line("UNSELECT");
            self.run_plain("UNSELECT", line).await?;
            self.forget_selected();
        }
        Ok(())
    }

    /// The answer to the search that went out behind a SELECT. `None`: refused, as it must be where the SELECT was.
    async fn finish_search(&mut self, tag: &Tag) -> Result<Option<UidSet>, ImapError> {
        let mut found = UidSet::new();
        match self.finish(uids::COMMAND, tag, |untagged| uids::take(&mut found, untagged)).await {
            Ok(_) => Ok(Some(found)),
            Err(error) if error.is_fatal() => Err(error),
            Err(_refused) => Ok(None),
        }
    }
}

/// A SELECT whose end has not come.
#[derive(Default)]
struct Opening {
    selected: Selected,
    known: Option<Known>,
    flags: Vec<FlagUpdate>,
    /// Not yet sorted and merged, which would take long if done for each line.
    vanished: Vec<(u32, u32)>,
    /// More than is collected, or not to be told of which message.
    overflow: bool,
}

impl Opening {
    fn take(&mut self, untagged: Untagged) -> Option<Untagged> {
        match untagged {
            Untagged::Exists(count) => self.selected.exists = count,
            Untagged::State(State { code: Some(Code::Closed), .. }) => {
                // What came before belongs to the folder that was open (RFC 7162 §3.2.11).
                *self = Self { known: self.known, ..Self::default() };
            }
            Untagged::State(State { code: Some(code), .. }) => apply(&mut self.selected, &code),
            Untagged::Vanished { earlier: true, uids } if self.known.is_some() => {
                self.vanished.extend_from_slice(uids.ranges());
                self.overflow |= self.vanished.len() > MAX_CHANGES;
            }
            Untagged::Fetch(fetch) if self.known.is_some() => match (fetch.uid, fetch.flags) {
                (Some(uid), Some(flags)) if self.flags.len() < MAX_CHANGES => {
                    self.flags.push(FlagUpdate { uid, flags, modseq: fetch.modseq });
                }
                _ => self.overflow = true,
            },
            other => return Some(other),
        }
        if self.overflow {
            (self.flags, self.vanished) = (Vec::new(), Vec::new());
        }
        None
    }

    fn end(mut self, condstore: bool, uids: Option<UidSet>) -> Look {
        // Yahoo sends HIGHESTMODSEQ without CONDSTORE: the capability is what counts.
        if !condstore {
            self.selected.highest_modseq = None;
        }
        // Of a renumbered folder the server says nothing that could be used (RFC 7162 §3.2.5.1).
        let same = self.known.is_some_and(|known| self.selected.uid_validity == Some(known.uid_validity));
        let told = same && !self.overflow && self.selected.highest_modseq.is_some();
        let since = told.then(|| Since { flags: self.flags, vanished: UidSet::from_ranges(self.vanished) });
        Look { selected: self.selected, uids, since }
    }
}

fn apply(selected: &mut Selected, code: &Code) {
    match code {
        Code::UidValidity(validity) => selected.uid_validity = *validity,
        Code::UidNext(next) => selected.uid_next = *next,
        Code::HighestModSeq(modseq) => selected.highest_modseq = *modseq,
        Code::NoModSeq => selected.highest_modseq = None,
        Code::PermanentFlags(flags) => selected.permanent_flags = Some(flags.clone()),
        Code::MailboxId(id) => selected.mailbox_id.clone_from(id),
        Code::ReadOnly => selected.read_only = true,
        Code::ReadWrite => selected.read_only = false,
        _ => {}
    }
}
