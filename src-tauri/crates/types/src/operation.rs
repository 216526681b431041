//! What the user did and the server has yet to hear of.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::{AccountId, FolderId, MessageId, OperationId, UnixMillis};

/// What is to be done. An operation names a message by its row, never by UID: the UID is looked up when it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "kebab-case")]
pub enum OperationKind {
    /// Set and clear flags.
    Flags,
    /// Move to another folder.
    Move,
    /// Remove for good.
    Expunge,
    /// Put a message of this computer into a folder.
    Append,
}

/// How far an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum OperationState {
    /// Not sent yet.
    Queued,
    /// Sent; the answer has not come. After a crash it is checked before it is repeated.
    Sent,
}

/// A queued operation as `postroomctl pending` and the activity view show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Operation {
    /// Its row; the queue runs in this order.
    pub id: OperationId,
    /// The account.
    pub account: AccountId,
    /// The message.
    pub message: MessageId,
    /// What.
    pub kind: OperationKind,
    /// Names of flags to set; of an append, those that the message has.
    #[specta(type = Vec<String>)]
    pub add: crate::Flags,
    /// Names of flags to clear.
    #[specta(type = Vec<String>)]
    pub remove: crate::Flags,
    /// Where to, for a move or an append.
    pub target: Option<FolderId>,
    /// How far.
    pub state: OperationState,
    /// When the user did it.
    pub created_at: UnixMillis,
    /// How often it was tried.
    pub attempts: u32,
}
