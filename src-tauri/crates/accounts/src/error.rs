//! Why a password cannot be kept or read.

use std::io;
use std::path::PathBuf;

use postroom_types::{Fault, FaultCode};

/// Why a password cannot be kept or read. Never holds one.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// There is no keychain, or it is locked.
    #[error("the keychain of this computer cannot be used: {reason}")]
    Unavailable {
        /// The keychain library's words.
        reason: String,
    },
    /// The keychain holds something else than we put there, or refuses what we give it.
    #[error("the keychain of this computer failed: {reason}")]
    Keychain {
        /// What is wrong.
        reason: &'static str,
    },
    /// The vault was made with another key.
    #[error("the key does not open the vault {}", path.display())]
    KeyWrong {
        /// The vault.
        path: PathBuf,
    },
    /// An empty key protects nothing.
    #[error("the key of the vault is empty")]
    KeyEmpty,
    /// The vault's bytes are not what was written. It is left as it is.
    #[error("the vault {} is damaged ({what}); put back a copy of it, or move it away and enter the passwords anew", path.display())]
    Damaged {
        /// The vault.
        path: PathBuf,
        /// What does not fit.
        what: &'static str,
    },
    /// The vault was written by a newer Postroom.
    #[error("the vault {} was written by a newer Postroom (format {version})", path.display())]
    TooNew {
        /// The vault.
        path: PathBuf,
        /// Its format.
        version: u8,
    },
    /// The vault cannot be read or written.
    #[error("the vault {} cannot be {action}: {source}", path.display())]
    Io {
        /// The vault.
        path: PathBuf,
        /// "read", "locked" or "written".
        action: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// The system gives no random numbers, or no memory to derive a key in.
    #[error("the vault's key cannot be made: {reason}")]
    Crypto {
        /// The library's words.
        reason: String,
    },
}

impl CredentialError {
    /// The failure in the form that the user interface puts into words.
    pub fn fault(&self) -> Fault {
        let new = |code| Fault::new(code, self.to_string());
        match self {
            Self::Unavailable { reason } => new(FaultCode::VaultUnavailable).with("reason", reason),
            Self::Keychain { reason } => new(FaultCode::VaultUnavailable).with("reason", *reason),
            Self::KeyWrong { path } => new(FaultCode::VaultKeyWrong).with("file", path.display().to_string()),
            Self::KeyEmpty => new(FaultCode::InvalidInput).with("field", "POSTROOM_VAULT_KEY"),
            Self::Damaged { path, what } => {
                new(FaultCode::Storage).with("file", path.display().to_string()).with("reason", *what)
            }
            Self::TooNew { path, .. } => new(FaultCode::ProfileTooNew).with("file", path.display().to_string()),
            Self::Io { path, source, .. } => new(FaultCode::of_io(source))
                .with("file", path.display().to_string())
                .with("reason", source.to_string()),
            Self::Crypto { reason } => new(FaultCode::Internal).with("reason", reason),
        }
    }
}
