//! The words that every room of Postroom shares: ids, addresses, flags, folder roles, what the user interface is shown,
//! events, [`Fault`], [`Clock`] and [`Secret`].
//!
//! Plain data and no I/O: nothing here opens a file, a socket or a database, and nothing here knows a window.

mod account;
mod address;
mod clock;
mod event;
mod fault;
mod file;
mod flags;
mod folder;
mod ids;
mod offline;
mod operation;
mod reading;
mod rebuilt;
mod secret;
mod view;

pub use account::{Account, AccountDraft, AccountState, Protocol, ServerAddress, ServerAddressError, TlsMode};
pub use address::{Address, clean_chars, clean_text};
pub use clock::{Clock, FixedClock, SystemClock, UnixMillis};
pub use event::{Event, SyncPhase, SyncProgress};
pub use fault::{Fault, FaultCode};
pub use file::{FileFacts, FileWarning, OpenRule, Preview, TextPreview};
pub use flags::{FlagChange, Flags, Mark};
pub use folder::{Folder, FolderRole, ShrunkFolder};
pub use ids::{AccountId, FolderId, MessageId, ModSeq, OperationId, PartNumber, ThreadId, Uid, UidValidity};
pub use offline::{AccountQuota, FolderOffline, Keep, KeepError, Offline, OfflineChange};
pub use operation::{Operation, OperationKind, OperationState};
pub use reading::{EventTime, Invitation, InvitationKind, Repeats, SenderMark, Unsubscribe};
pub use rebuilt::Rebuilt;
pub use secret::Secret;
pub use view::{
    Attachment, BodyKind, Coming, ComingMessage, Conversation, Defect, DefectKind, ListBy, ListIndex, ListPage,
    MessageRow, OpenedMessage, SearchResult, Status,
};
