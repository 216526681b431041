//! Mail's tables, the vault of raw messages and the queue of operations.
//!
//! Two databases a profile (`mail.db` hot, `vault.db` cold): the list never touches the vault, and `mail.db` names a raw
//! message only once the vault has it on disk. Query functions take a [`postroom_db::Read`] or [`postroom_db::Tx`], run one
//! statement and return a named struct; [`Store`] composes them. No network here, and no policy of when to sync.

mod account;
mod append;
mod body;
mod compact;
mod conversation;
mod cursor;
mod error;
mod filling;
mod folder;
mod frames;
mod headers;
mod identity;
mod kept;
mod large;
mod ledger;
mod list;
mod marker;
mod offline;
mod operation;
mod pack;
mod profile;
mod quarantine;
mod quota;
mod rebuild;
mod replay;
mod search;
mod shrunk;
mod status;
mod thread;
mod trust;
mod vault;

pub use account::AccountRecord;
pub use append::{AppendNote, Appended, NewAppend};
pub use body::BodyReader;
pub use compact::Compacted;
pub use cursor::{Holdings, Push, PushStored};
pub use error::StoreError;
pub use folder::{FolderCursor, ListedFolder, SyncFolder};
pub use headers::{FlagsFromServer, HeaderBatch, HeadersStored, NewHeader};
pub use large::LargeBody;
pub use ledger::{Integrity, LedgerRow};
pub use list::{Cursor, MessageDetail};
pub use marker::{MarkerSlot, ParseMarkers, Stage};
pub use offline::{BodyCursor, BodyWanted};
pub use pack::{Compressed, Packer};
pub use profile::Store;
pub use replay::{MoveTarget, OperationTask, Placement};
pub use shrunk::ShrunkFolder;
pub use vault::StoredBody;
