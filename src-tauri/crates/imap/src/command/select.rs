//! SELECT (RFC 9051 §6.3.2) and UNSELECT (RFC 3691).

use postroom_types::{ModSeq, Uid, UidValidity};

use crate::capabilities::Capability;
use crate::error::ImapError;
use crate::session::Session;
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
}

impl Session {
    /// Opens a folder for reading and changing. If it fails, no folder is open. Changes of the folder that was open before
    /// and were not taken are dropped: call [`Self::take_changes`] first.
    ///
    /// # Errors
    /// [`ImapError`]; [`ImapError::Refused`] for a folder that is gone or not ours.
    pub async fn select(&mut self, raw: &str) -> Result<Selected, ImapError> {
        let condstore = self.capabilities.has(Capability::CondStore);
        let line = self.folder_line("SELECT ", raw, if condstore { " (CONDSTORE)" } else { "" })?;
        self.selected = false;
        let mut selected = Selected::default();
        let result = self
            .run("SELECT", line, |untagged| match untagged {
                Untagged::Exists(count) => {
                    selected.exists = count;
                    None
                }
                Untagged::State(State { code: Some(Code::Closed), .. }) => {
                    // What came before belongs to the folder that was open (RFC 7162 §3.2.11).
                    selected = Selected::default();
                    None
                }
                Untagged::State(State { code: Some(code), .. }) => {
                    apply(&mut selected, &code);
                    None
                }
                other => Some(other),
            })
            .await;
        // News of the folder that was open before are nobody's any more.
        drop(self.take_changes());
        if let Some(code) = result? {
            apply(&mut selected, &code);
        }
        // Yahoo sends HIGHESTMODSEQ without CONDSTORE: the capability is what counts.
        if !condstore {
            selected.highest_modseq = None;
        }
        self.selected = true;
        Ok(selected)
    }

    /// Closes the folder without removing anything, which CLOSE would do. Where the server cannot, the folder stays open.
    ///
    /// # Errors
    /// [`ImapError`].
    pub async fn unselect(&mut self) -> Result<(), ImapError> {
        if self.selected && self.capabilities.has(Capability::Unselect) {
            let line = self.line("UNSELECT");
            self.run_plain("UNSELECT", line).await?;
            self.selected = false;
            drop(self.take_changes());
        }
        Ok(())
    }
}

fn apply(selected: &mut Selected, code: &Code) {
    match code {
        Code::UidValidity(validity) => selected.uid_validity = *validity,
        Code::UidNext(next) => selected.uid_next = *next,
        Code::HighestModSeq(modseq) => selected.highest_modseq = *modseq,
        Code::NoModSeq => selected.highest_modseq = None,
        Code::PermanentFlags(flags) => selected.permanent_flags = Some(flags.clone()),
        Code::ReadOnly => selected.read_only = true,
        Code::ReadWrite => selected.read_only = false,
        _ => {}
    }
}
