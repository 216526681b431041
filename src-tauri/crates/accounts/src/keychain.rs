//! The keychain of the operating system: Keychain on macOS, Credential Manager on Windows, the Secret Service elsewhere.
//!
//! Where there is no session bus, `keyring` says so at once, and goes on saying so until the program is started again. A
//! locked keychain that nobody unlocks is an error after about 0.1 s, not a wait.

use keyring::{Entry, Error};
use postroom_types::Secret;

use crate::CredentialError;

const SERVICE: &str = "Postroom";

pub(crate) fn set(name: &str, password: &Secret<String>) -> Result<(), CredentialError> {
    let entry = Entry::new(SERVICE, name).map_err(failure)?;
    entry.set_password(password.expose()).map_err(failure)
}

pub(crate) fn get(name: &str) -> Result<Option<Secret<String>>, CredentialError> {
    match Entry::new(SERVICE, name).map_err(failure)?.get_password() {
        Ok(password) => Ok(Some(Secret::new(password))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(failure(error)),
    }
}

pub(crate) fn delete(name: &str) -> Result<(), CredentialError> {
    match Entry::new(SERVICE, name).map_err(failure)?.delete_credential() {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(failure(error)),
    }
}

/// The library's error is not kept as a source: some of its variants carry the stored bytes.
fn failure(error: Error) -> CredentialError {
    match error {
        Error::BadEncoding(_) | Error::BadDataFormat(..) | Error::BadStoreFormat(_) => {
            CredentialError::Keychain { reason: "what it holds is not a password of ours" }
        }
        Error::TooLong(..) => CredentialError::Keychain { reason: "the password is too long for it" },
        Error::Ambiguous(_) => CredentialError::Keychain { reason: "it holds several passwords under one name" },
        Error::NoDefaultStore => match Entry::store_status() {
            Err(cause) => CredentialError::Unavailable { reason: cause.to_string() },
            Ok(()) => CredentialError::Unavailable { reason: error.to_string() },
        },
        // No access, a failure of the platform, and whatever a later version adds.
        other => CredentialError::Unavailable { reason: other.to_string() },
    }
}
