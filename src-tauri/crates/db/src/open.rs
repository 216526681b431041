//! Opening one connection the way Postroom wants it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use crate::handle::{Read, Tx};
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
    /// Whether a new file can give back the space of what was removed ([`crate::Db::shrink`]). It costs a little with every page.
    pub shrinks: bool,
}

/// SQLite's number for it.
pub(crate) const INCREMENTAL: u32 = 2;

/// A second, small database in the same folder, which the writer has attached under the name `kept`. It follows each
/// commit with one of its own: two files cannot be committed as one (in WAL mode a full disk may take the one and refuse
/// the other), and so what counts is one file, and the other is at most a little behind.
#[derive(Debug, Clone, Copy)]
pub struct Companion {
    /// The file's name.
    pub file: &'static str,
    /// Brings both into step at the start, before anything else is written.
    pub prepare: fn(&Tx<'_>) -> Result<(), DbError>,
    /// Whether a commit has changed what the companion holds.
    pub is_behind: fn(&Read<'_>) -> Result<bool, DbError>,
    /// Brings the companion into step.
    pub follow: fn(&Tx<'_>) -> Result<(), DbError>,
}

impl Companion {
    fn path(&self, beside: &Path) -> PathBuf {
        beside.with_file_name(self.file)
    }
}

/// The writer's connection with the companion, which is made anew if it is the one that is damaged.
pub(crate) fn accompanied(path: &Path, options: &Options, companion: &Companion) -> Result<Connection, DbError> {
    let mut connection = writer(path, options)?;
    let beside = companion.path(path);
    let sound = attach(&connection, &beside).and_then(|()| prepare(&mut connection, companion));
    match sound {
        Err(error) if error.is_damage() && !is_sound(&beside) => {
            tracing::error!(%error, "the second copy is damaged, and is made anew");
            drop(connection);
            crate::salvage::remove(&beside)?;
            let mut connection = writer(path, options)?;
            attach(&connection, &beside)?;
            prepare(&mut connection, companion)?;
            Ok(connection)
        }
        sound => sound.map(|()| connection),
    }
}

fn prepare(connection: &mut Connection, companion: &Companion) -> Result<(), DbError> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    (companion.prepare)(&Tx::over(&transaction))?;
    Ok(transaction.commit()?)
}

/// After a commit. What fails is tried again after the next one, and at the next start.
pub(crate) fn follow(connection: &mut Connection, companion: &Companion) {
    let followed = (companion.is_behind)(&Read::over(connection)).and_then(|behind| {
        if !behind {
            return Ok(());
        }
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        (companion.follow)(&Tx::over(&transaction))?;
        Ok(transaction.commit()?)
    });
    if let Err(error) = followed {
        tracing::warn!(%error, "the second copy is behind");
    }
}

/// Attaches a companion as `kept`.
pub(crate) fn attach(connection: &Connection, file: &Path) -> Result<(), DbError> {
    connection.execute("ATTACH ?1 AS kept", [file.to_string_lossy()])?;
    connection.query_row("PRAGMA kept.journal_mode = wal", [], |_| Ok(()))?;
    connection.execute_batch("PRAGMA kept.synchronous = full")?;
    Ok(())
}

fn is_sound(file: &Path) -> bool {
    let checked =
        Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)
            .and_then(|connection| {
                connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>(0))
            });
    checked.is_ok_and(|answer| answer == "ok")
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
    // In a file that is there already it would change nothing, but write.
    if options.shrinks && connection.query_row("PRAGMA page_count", [], |row| row.get::<_, u32>(0))? == 0 {
        connection.pragma_update(None, "auto_vacuum", INCREMENTAL)?;
    }
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
