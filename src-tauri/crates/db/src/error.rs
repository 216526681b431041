//! What can go wrong with a database.

use std::io::ErrorKind;

use rusqlite::ErrorCode;

/// An error of this room.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// SQLite reports an error.
    #[error("database: {0}")]
    Sql(#[from] rusqlite::Error),
    /// The file was written by a newer program.
    #[error("the database {file} has version {found}, this program knows up to {known}")]
    TooNew {
        /// The file's name.
        file: String,
        /// Its `user_version`.
        found: u32,
        /// The newest migration we have.
        known: u32,
    },
    /// A migration failed; the file is as before it.
    #[error("migration {number} of {file} failed: {source}")]
    Migration {
        /// The file's name.
        file: String,
        /// The migration.
        number: u32,
        /// Why.
        source: rusqlite::Error,
    },
    /// A folder or thread could not be made.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The work panicked or the database was closed meanwhile; nothing was written.
    #[error("the database did not answer")]
    Gone,
}

impl DbError {
    /// Whether there is no room left on the disk.
    pub fn is_full(&self) -> bool {
        if let Self::Io(error) = self {
            return matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge);
        }
        // The index of the WAL is a file too, and says it in its own way.
        self.code().is_some_and(|code| {
            code.code == ErrorCode::DiskFull || code.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE
        })
    }

    /// Whether the file, its folder or its disk may only be read.
    pub fn is_read_only(&self) -> bool {
        if let Self::Io(error) = self {
            return matches!(error.kind(), ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied);
        }
        self.code().is_some_and(|code| matches!(code.code, ErrorCode::ReadOnly | ErrorCode::PermissionDenied))
    }

    fn code(&self) -> Option<&rusqlite::ffi::Error> {
        let (Self::Sql(error) | Self::Migration { source: error, .. }) = self else { return None };
        error.sqlite_error()
    }

    /// Whether the file itself is damaged: a page that makes no sense, or no database at all.
    pub fn is_damage(&self) -> bool {
        self.code().is_some_and(|code| matches!(code.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
    }
}
