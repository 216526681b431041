//! What the server said unasked.

use std::collections::BTreeMap;

use postroom_types::{Flags, ModSeq, Uid};

use crate::folder::{FolderStatus, MAX_FOLDERS};
use crate::uid_set::UidSet;
use crate::wire::{Code, Fetch, State, StatusLine, Untagged};

/// Flags of one message as the server has them now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlagUpdate {
    /// Which message.
    pub uid: Uid,
    /// Its flags, all that we know of.
    pub flags: Flags,
    /// Its modification sequence, if the server sent one.
    pub modseq: Option<ModSeq>,
}

/// What happened without our asking: in the selected folder and, with NOTIFY, in others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// The number of messages, if the server named one.
    pub exists: Option<u32>,
    /// How many EXPUNGE came; they name sequence numbers, which identify nothing: compare the UIDs.
    pub expunged: u32,
    /// UIDs that are gone (VANISHED). May name far more UIDs than the folder ever had.
    pub vanished: UidSet,
    /// Flags that changed.
    pub flags: Vec<FlagUpdate>,
    /// The folder's highest modification sequence, if a response code named one.
    pub highest_modseq: Option<ModSeq>,
    /// Something changed that cannot be told from this: synchronise the folder.
    pub dirty: bool,
    /// What other folders hold now, by their names on the wire (NOTIFY).
    pub folders: BTreeMap<String, FolderStatus>,
    /// A folder was made, renamed or removed, or the server could not tell of all folders any more: list them again.
    pub relist: bool,
}

/// More flags or ranges than this are not kept one by one: the folder is dirty.
const MAX_KEPT: usize = 50_000;

impl Changes {
    /// Whether nothing happened.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether anything happened in the selected folder.
    pub fn of_selected(&self) -> bool {
        let Self { exists, expunged, vanished, flags, highest_modseq, dirty, folders: _, relist: _ } = self;
        exists.is_some()
            || *expunged > 0
            || !vanished.is_empty()
            || !flags.is_empty()
            || highest_modseq.is_some()
            || *dirty
    }
}

/// Changes while they gather.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    changes: Changes,
    /// Not yet sorted and merged, which would take long if done for each.
    vanished: Vec<(u32, u32)>,
}

impl Gathered {
    pub(crate) fn is_empty(&self) -> bool {
        self.vanished.is_empty() && self.changes.is_empty()
    }

    pub(crate) fn take(&mut self) -> Changes {
        let Self { mut changes, vanished } = std::mem::take(self);
        changes.vanished = UidSet::from_ranges(vanished);
        changes
    }

    /// Drops what is about the selected folder.
    pub(crate) fn forget_selected(&mut self) {
        let Changes { folders, relist, .. } = self.take();
        self.changes = Changes { folders, relist, ..Changes::default() };
    }

    pub(crate) fn note(&mut self, untagged: Untagged) {
        match untagged {
            Untagged::Exists(count) => self.changes.exists = Some(count),
            Untagged::Expunge => self.changes.expunged = self.changes.expunged.saturating_add(1),
            Untagged::Vanished { uids, earlier: false } => self.note_vanished(&uids),
            Untagged::Fetch(fetch) => self.note_fetch(&fetch),
            Untagged::State(State { code: Some(Code::HighestModSeq(modseq)), .. }) => {
                self.changes.highest_modseq = modseq;
            }
            Untagged::Status(status) => self.note_status(&status),
            Untagged::List(_) => self.changes.relist = true,
            Untagged::State(State { code: Some(Code::NotificationOverflow), .. }) => self.changes.relist = true,
            _ => {}
        }
    }

    pub(crate) fn note_highest(&mut self, modseq: Option<ModSeq>) {
        self.changes.highest_modseq = modseq;
    }

    fn note_status(&mut self, status: &StatusLine) {
        let full = self.changes.folders.len() >= MAX_FOLDERS;
        match String::from_utf8(status.name.clone()) {
            Ok(raw) if !full => drop(self.changes.folders.insert(raw, FolderStatus::from(status))),
            _ => self.changes.relist = true,
        }
    }

    fn note_vanished(&mut self, uids: &UidSet) {
        self.vanished.extend_from_slice(uids.ranges());
        if self.vanished.len() > 2 * MAX_KEPT {
            self.vanished = UidSet::from_ranges(std::mem::take(&mut self.vanished)).ranges().to_vec();
            if self.vanished.len() > MAX_KEPT {
                self.vanished.clear();
                self.changes.dirty = true;
            }
        }
    }

    fn note_fetch(&mut self, fetch: &Fetch) {
        match (fetch.uid, fetch.flags) {
            // Bodies of an earlier command: no news.
            (Some(_), None) => {}
            (Some(uid), Some(flags)) if self.changes.flags.len() < MAX_KEPT => {
                self.changes.flags.push(FlagUpdate { uid, flags, modseq: fetch.modseq });
            }
            _ => self.changes.dirty = true,
        }
    }
}
