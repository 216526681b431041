//! The sync engine: what the server has that we lack, and what the user did that the server lacks.
//!
//! [`Engine::sync`] is one full pass of an account; [`Engine::watch`] stays connected, takes pushes in and replays the queue.
//! It decides when to ask the server what; the store decides what a change means for a row, and `imap` how to ask. A
//! pass may be cut at any point: what it wrote is true, and the next pass continues.
//!
//! Nothing is removed here because a server said something odd: a folder that suddenly shrinks by more than half is
//! looked at twice, on a fresh SELECT, before rows go.

mod bodies;
mod context;
mod engine;
mod error;
mod headers;
mod list;
mod login;
mod namespace;
mod op;
mod pass;
mod queue;
mod renamed;
mod shrink;
mod verify;
mod watch;

pub use context::{Context, Events};
pub use engine::{Bodies, Engine, FolderReport, PassReport, PassRequest};
pub use error::SyncError;
pub use login::Login;
pub use queue::Undone;
pub use verify::{FolderLedger, VerifyRequest};
pub use watch::{WatchHandle, Wish};
