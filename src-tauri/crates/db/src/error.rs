//! What can go wrong with a database.

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
    /// Whether the file itself is damaged: a page that makes no sense, or no database at all.
    pub fn is_damage(&self) -> bool {
        let (Self::Sql(error) | Self::Migration { source: error, .. }) = self else { return false };
        let code = error.sqlite_error_code();
        matches!(code, Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase))
    }
}
