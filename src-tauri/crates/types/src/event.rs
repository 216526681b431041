//! What the core tells whoever listens: "this changed, ask again".

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::{AccountId, AccountState, FolderId, MessageId};

/// What a sync is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum SyncPhase {
    /// Asking which folders there are and what changed.
    Folders,
    /// Envelopes and flags.
    Headers,
    /// Whole messages.
    Bodies,
    /// Done; the bar goes.
    Done,
}

/// How far a sync is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SyncProgress {
    /// Of this account.
    pub account: AccountId,
    /// The folder at hand; its decoded path.
    pub folder: String,
    /// What it is busy with.
    pub phase: SyncPhase,
    /// Messages done of `total`.
    pub done: u32,
    /// Messages to do in this phase.
    pub total: u32,
    /// Bytes received in this pass.
    #[specta(type = u32)]
    pub bytes: u64,
}

/// Something happened. Holds no mail: the listener asks the core for what it shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A sync moved on.
    Progress(SyncProgress),
    /// Accounts were added, removed, or changed their state.
    Account {
        /// Which.
        account: AccountId,
        /// How it is now.
        state: AccountState,
    },
    /// Accounts were added or removed.
    Accounts,
    /// Folders or their counts changed.
    Folders {
        /// Of this account.
        account: AccountId,
    },
    /// Messages of a folder came, went or changed.
    Messages {
        /// The account.
        account: AccountId,
        /// The folder.
        folder: FolderId,
    },
    /// More of a large message came.
    Coming {
        /// The account.
        account: AccountId,
        /// The message.
        message: MessageId,
        /// Bytes that are here.
        #[specta(type = u32)]
        bytes: u64,
        /// Bytes that there will be, as far as the server told; equal once all is here.
        #[specta(type = u32)]
        total: u64,
    },
    /// The queue of operations changed.
    Pending {
        /// How many wait now.
        count: u32,
    },
    /// An operation could not be done and was undone here.
    OperationFailed {
        /// The account.
        account: AccountId,
        /// Why.
        fault: crate::Fault,
    },
}
