//! SQLite behind a handle: one writer thread, a few reader threads, numbered migrations.
//!
//! The only room that names rusqlite. It knows no table: a room that owns tables hands its migrations to [`Db::open`] and
//! passes closures to [`Db::write`] and [`Db::read`]. Each write is one transaction; it is durable when the call returns
//! (`synchronous=FULL`, WAL). No closure may wait for anything but the database.

mod error;
mod fuse;
mod handle;
mod migrate;
mod open;
mod salvage;

pub use error::DbError;
pub use fuse::Fuse;
pub use handle::{Db, Read, Tx};
pub use migrate::Migration;
pub use open::{Companion, Options, Synchronous};
pub use rusqlite::{OptionalExtension, Row, Statement, params, params_from_iter, types};
pub use salvage::{Repair, Salvaged, finish_replace, replace, salvage};

/// A database error as SQLite reports it.
pub type SqlError = rusqlite::Error;
/// What one statement gives.
pub type SqlResult<T> = rusqlite::Result<T>;
