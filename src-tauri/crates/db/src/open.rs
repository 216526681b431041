//! Opening one connection the way Postroom wants it.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use crate::{DbError, Migration};

/// How sure a commit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Synchronous {
    /// Survives a power cut once the call returns: the user's acts.
    Full,
    /// Survives a crash of the program at once and a power cut up to the last checkpoint: what the server has too.
    Normal,
}

/// How to open a database.
#[derive(Debug, Clone)]
pub struct Options {
    /// The schema, in order.
    pub migrations: &'static [Migration],
    /// How sure a commit is.
    pub synchronous: Synchronous,
    /// Reader threads, at least 1.
    pub readers: usize,
    /// Page size of a new file in bytes, a power of two: large pages suit large blobs.
    pub page_size: u32,
}

/// A WAL of this size is brought into the file.
const CHECKPOINT_BYTES: u32 = 8 << 20;

/// The writer's connection, migrated.
pub(crate) fn writer(path: &Path, options: &Options) -> Result<Connection, DbError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.pragma_update(None, "page_size", options.page_size)?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    let synchronous = match options.synchronous {
        Synchronous::Full => "full",
        Synchronous::Normal => "normal",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    // Deletes and updates in place leave the WAL large; give the space back after a checkpoint.
    connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_BYTES / options.page_size)?;
    common(&connection)?;
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    crate::migrate::run(&mut connection, &file, options.migrations)?;
    Ok(connection)
}

/// A reader's connection; the file must exist.
pub(crate) fn reader(path: &Path) -> Result<Connection, DbError> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    common(&connection)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn common(connection: &Connection) -> Result<(), DbError> {
    connection.busy_timeout(Duration::from_secs(10))?;
    // A file that someone else prepared must not run code of its own through views or triggers.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // Else a statement that might use a partial index is parsed anew with each new value that is bound.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.pragma_update(None, "cache_size", -8192)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(())
}
