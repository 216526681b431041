//! Accounts: where their passwords are kept.
//!
//! [`CredentialStore`] is the keychain of the operating system or, where the user supplies a key, a file encrypted under
//! it. Passwords are kept nowhere else and never in clear, and neither of the two silently stands in for the other.
//!
//! Not here: the list of accounts (`store` keeps it) and logging in (`imap`, `smtp`). Everything blocks: it asks another
//! program, reads and writes files, or derives a key for some tenths of a second. Call it on a blocking pool.

mod credentials;
mod error;
mod keychain;
mod vault;

pub use credentials::CredentialStore;
pub use error::CredentialError;
