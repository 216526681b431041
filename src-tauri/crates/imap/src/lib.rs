//! One session on an IMAP server (RFC 9051 and RFC 3501): [`connect`] logs in, [`Session`] has a method a command.
//!
//! What a server sends is framed, bounded and read by this crate's own reader; async-imap, which this crate alone depends
//! on, sends the commands, tags them and leads the login. However odd the input, it ends in an [`ImapError`] that names the
//! server and the command, and ends this one connection: no panic, no unbounded memory, no waiting for ever.
//!
//! It keeps nothing on disk, never reconnects or repeats a command by itself, and decides nothing about what a change
//! means: that is `sync`'s part. It opens no socket either, `net` does.
//!
//! Log targets: this crate logs words of the protocol and numbers, never names, texts or credentials. `async_imap` at trace
//! level logs command lines, folder names among them (but no credentials, which never reach it): switch it off in release.

mod capabilities;
mod command;
mod connect;
mod encode;
mod error;
mod folder;
mod guard;
mod quirks;
mod session;
mod sink;
mod uid_set;
mod utf7;
mod wire;

pub use capabilities::{Capabilities, Capability};
pub use command::append::NewMessage;
pub use command::bodies::{BodyItem, LARGE_MESSAGE};
pub use command::create::folder_name_to_raw;
pub use command::headers::{HeaderItem, HeadersDone};
pub use command::idle::IdleOutcome;
pub use command::ledger::LedgerItem;
pub use command::moving::CopyUid;
pub use command::namespace::Namespace;
pub use command::pieces::{LargeEnd, MAX_MESSAGE};
pub use command::quota::Quota;
pub use command::select::{Known, Look, Selected, Since};
pub use connect::{ConnectOptions, STALL, connect};
pub use error::{ImapError, RefusalCode};
pub use folder::{FolderList, FolderStatus, ListedFolder, RejectedFolder};
pub use quirks::Provider;
pub use session::{Changes, FlagUpdate, Session};
pub use sink::ItemSink;
pub use uid_set::UidSet;
