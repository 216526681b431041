//! What can end a pass.

use postroom_imap::ImapError;
use postroom_store::StoreError;
use postroom_types::{Fault, FaultCode};

/// An error of this room.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The server or the way to it.
    #[error(transparent)]
    Imap(#[from] ImapError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A worker thread is gone: it panicked, and said so in the log.
    #[error("a worker thread ended early")]
    Worker,
    /// A folder's UIDVALIDITY changed since its headers were read.
    #[error("the folder was renumbered by the server")]
    UidsVoid,
    /// The only copy of a message that was to be put on the server cannot be read any more.
    #[error("the message's text is damaged or missing on this computer")]
    TextLost,
    /// The program is ending.
    #[error("stopped")]
    Stopped,
}

impl SyncError {
    /// As the user is told.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Imap(error) => error.fault(),
            Self::Store(error) => error.fault(),
            Self::Worker => Fault::new(FaultCode::Internal, self.to_string()),
            Self::TextLost => Fault::new(FaultCode::BodyMissing, self.to_string()),
            Self::Stopped | Self::UidsVoid => Fault::new(FaultCode::ConnectionLost, self.to_string()),
        }
    }

    /// Whether the connection that it came from is over.
    pub(crate) fn ends_connection(&self) -> bool {
        match self {
            Self::Imap(error) => error.is_fatal(),
            Self::Store(_) | Self::Worker | Self::Stopped => true,
            Self::UidsVoid | Self::TextLost => false,
        }
    }
}
