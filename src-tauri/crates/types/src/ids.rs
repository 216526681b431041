//! Newtypes for everything that is a number, so that a UID is never taken for a row id.

use serde::{Deserialize, Serialize};
use specta::Type;

macro_rules! row_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// A row id of our own database: `AUTOINCREMENT`, never reused, at most 2^53 so that JSON carries it whole.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type)]
        #[serde(transparent)]
        pub struct $name(#[specta(type = u32)] pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(s: &str) -> Result<Self, Self::Err> {
                s.parse().map(Self)
            }
        }
    };
}

row_id! {
    /// An account: one login on one server.
    AccountId
}
row_id! {
    /// A folder (an IMAP mailbox) of an account.
    FolderId
}
row_id! {
    /// A message as we keep it. It stays the same when the message moves to another folder, which its UID does not.
    MessageId
}
row_id! {
    /// A conversation: the number of one of its messages. It changes when two conversations turn out to be one.
    ThreadId
}
row_id! {
    /// A queued operation: something the user did that the server has yet to hear of.
    OperationId
}

/// The position of a part in a message, depth first from 0 (the whole message); stable for the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct PartNumber(pub u32);

/// A message's unique identifier within one folder and one [`UidValidity`] (RFC 9051 §2.3.1.1); never 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct Uid(pub u32);

/// The generation of a folder's UIDs (RFC 9051 §2.3.1.1): when it changes, every UID that we know is void.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UidValidity(pub u32);

/// A modification sequence (RFC 7162 §3.1.1): 63 bits, 0 means that the server keeps none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ModSeq(pub u64);
