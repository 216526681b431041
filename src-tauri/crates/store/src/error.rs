//! What can go wrong in the store.

use postroom_db::{DbError, SqlError};
use postroom_types::{Fault, FaultCode};

/// An error of this room.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A file of the vault.
    #[error("the mail store: {0}")]
    Io(#[from] std::io::Error),
    /// A stored value is not what we write.
    #[error("damaged value in {0}")]
    Damaged(&'static str),
    /// No such row.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// An account with this address is there already.
    #[error("there is an account {0} already")]
    AccountExists(String),
    /// The account has no folder of that role.
    #[error("the account has no folder for {0}")]
    NoSuchRole(&'static str),
    /// The body has not been fetched.
    #[error("the message is not on this computer yet")]
    BodyMissing,
    /// Something asked for cannot be used.
    #[error("{0}")]
    Invalid(String),
}

impl From<SqlError> for StoreError {
    fn from(error: SqlError) -> Self {
        Self::Db(DbError::Sql(error))
    }
}

impl StoreError {
    /// Whether a database's file is damaged.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Db(error) if error.is_damage())
    }

    /// As the user is told.
    pub fn fault(&self) -> Fault {
        let code = match self {
            Self::Db(DbError::TooNew { .. }) => FaultCode::ProfileTooNew,
            Self::Db(error) if error.is_full() => FaultCode::DiskFull,
            Self::Db(error) if error.is_read_only() => FaultCode::ReadOnly,
            Self::Io(error) => FaultCode::of_io(error),
            Self::Db(_) | Self::Damaged(_) => FaultCode::Storage,
            Self::NotFound(_) => FaultCode::NotFound,
            Self::AccountExists(_) => FaultCode::AccountExists,
            Self::NoSuchRole(_) => FaultCode::NoSuchRole,
            Self::BodyMissing => FaultCode::BodyMissing,
            Self::Invalid(_) => FaultCode::InvalidInput,
        };
        let fault = Fault::new(code, self.to_string());
        match self {
            Self::NotFound(what) => fault.with("what", *what),
            Self::AccountExists(email) => fault.with("account", email),
            Self::NoSuchRole(role) => fault.with("role", *role),
            Self::Invalid(reason) => fault.with("reason", reason),
            Self::Db(_) | Self::Io(_) | Self::Damaged(_) | Self::BodyMissing => fault,
        }
    }
}
