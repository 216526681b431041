//! SQLite behind a handle: one writer thread, a few reader threads, numbered migrations.
//!
//! The only room that names rusqlite. It knows no table: a room that owns tables hands its migrations to [`Db::open`] and
//! passes closures to [`Db::write`] and [`Db::read`]. Each write is one transaction; it is durable when the call returns
//! (`synchronous=FULL`, WAL). No closure may wait for anything but the database.

mod error;
mod handle;
mod migrate;
mod open;

pub use error::DbError;
pub use handle::{Db, Read, Tx};
pub use migrate::Migration;
pub use open::{Options, Synchronous};
pub use rusqlite::{OptionalExtension, Row, Statement, params, params_from_iter, types};

/// A database error as SQLite reports it.
pub type SqlError = rusqlite::Error;
/// What one statement gives.
pub type SqlResult<T> = rusqlite::Result<T>;
