//! What can still be read of a damaged database, copied into a new file of the newest schema.
//!
//! Each table is read from both ends, so that what lies on a damaged page is all that is lost. Nothing is judged here: rows
//! that lost their counterparts are the caller's matter.

use std::path::{Path, PathBuf};

use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, OpenFlags, params_from_iter};

use crate::handle::Tx;
use crate::{DbError, Options, open};

/// What became of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Salvaged {
    /// The table.
    pub table: String,
    /// Rows that were copied.
    pub rows: u64,
    /// Whether all of it could be read.
    pub whole: bool,
}

/// Puts in order what was salvaged: `true` where the companion is attached, as `kept`.
pub type Repair<'a> = &'a mut dyn FnMut(&Tx<'_>, bool) -> Result<(), DbError>;

/// Copies what can be read of `old` into the new file `new`, then runs `repair` on that, all in one transaction without
/// references being checked. `old` stays as it is. All are closed at the end.
pub fn salvage(
    old: &Path,
    new: &Path,
    options: &Options,
    companion: Option<&Path>,
    repair: Option<Repair<'_>>,
) -> Result<Vec<Salvaged>, DbError> {
    let mut to = open::writer(new, options)?;
    to.pragma_update(None, "foreign_keys", false)?;
    let kept = companion.filter(|file| file.exists()).is_some_and(|file| match open::attach(&to, file) {
        Ok(()) => true,
        Err(error) => {
            tracing::error!(%error, "the second copy cannot be read");
            false
        }
    });
    let transaction = to.transaction()?;
    let mut salvaged = Vec::new();
    // One that is no database at all has nothing to give.
    if let Ok(from) = readable(old) {
        for table in tables(&transaction)? {
            salvaged.push(copy(&from, &transaction, table)?);
        }
    }
    if let Some(repair) = repair {
        repair(&Tx::over(&transaction), kept)?;
    }
    transaction.commit()?;
    to.close().map_err(|(_, error)| error)?;
    Ok(salvaged)
}

/// Puts a database in another's place, which is kept under a name of its own. What a crash leaves half-way is completed by
/// [`finish_replace`].
pub fn replace(damaged: &Path, rebuilt: &Path) -> std::io::Result<()> {
    for suffix in ["-wal", "-shm", ""] {
        let from = with(damaged, suffix);
        if from.exists() {
            std::fs::rename(&from, with(&with(damaged, ".damaged"), suffix))?;
        }
    }
    std::fs::rename(rebuilt, damaged)
}

/// At the start: a rebuilt file that did not get to its place yet goes there; one that was never finished goes away.
pub fn finish_replace(path: &Path, rebuilt: &Path) -> std::io::Result<()> {
    if !rebuilt.exists() {
        return Ok(());
    }
    // The damaged file is moved away only once the new one is whole.
    if !path.exists() {
        return std::fs::rename(rebuilt, path);
    }
    remove(rebuilt)
}

/// Removes the files of a database, those of them that are there.
pub(crate) fn remove(path: &Path) -> std::io::Result<()> {
    for suffix in ["-wal", "-shm", ""] {
        match std::fs::remove_file(with(path, suffix)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// The file beside it with this ending.
fn with(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Read and written, for a WAL beside it has to be taken in.
fn readable(old: &Path) -> rusqlite::Result<Connection> {
    let from = Connection::open_with_flags(old, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    from.pragma_update(None, "cell_size_check", true)?;
    from.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(from)
}

/// The tables of the new schema, those first that others refer to.
fn tables(to: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = to
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY rootpage")?;
    statement.query_map([], |row| row.get(0))?.collect()
}

fn copy(from: &Connection, to: &Connection, table: String) -> rusqlite::Result<Salvaged> {
    let mut salvaged = Salvaged { table, rows: 0, whole: false };
    let columns = |connection: &Connection| -> rusqlite::Result<Vec<String>> {
        let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1)")?;
        statement.query_map([&salvaged.table], |row| row.get(0))?.collect()
    };
    let Ok(there) = columns(from) else { return Ok(salvaged) };
    let names: Vec<String> = columns(to)?.into_iter().filter(|name| there.contains(name)).collect();
    if names.is_empty() {
        return Ok(salvaged);
    }
    let list = names.join(", ");
    let places = vec!["?"; names.len()].join(", ");
    let into = format!("INSERT OR IGNORE INTO {} ({list}) VALUES ({places})", salvaged.table);
    let mut insert = to.prepare(&into)?;
    for order in ["ORDER BY rowid", "ORDER BY rowid DESC", ""] {
        let select = format!("SELECT {list} FROM {} {order}", salvaged.table);
        // A table without rowid is read in its own order.
        let Ok(mut statement) = from.prepare(&select) else { continue };
        let Ok(mut rows) = statement.query([]) else { continue };
        loop {
            let values = match rows.next() {
                Ok(None) => {
                    salvaged.whole = true;
                    return Ok(salvaged);
                }
                Ok(Some(row)) => {
                    (0..names.len()).map(|column| row.get::<_, Value>(column)).collect::<Result<Vec<_>, _>>()
                }
                Err(_damage) => break,
            };
            let Ok(values) = values else { continue };
            match insert.execute(params_from_iter(values)) {
                Ok(rows) => salvaged.rows += rows as u64,
                // A row that the new schema refuses (a CHECK, a wrong type) is damaged too.
                Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(salvaged)
}
