//! Everything that a connection to an account needs.

use postroom_imap::{ConnectOptions, ImapError, STALL, Session, connect};
use postroom_net::Trust;
use postroom_store::AccountRecord;
use postroom_types::Secret;

/// An account with its password and the certificates it believes.
#[derive(Debug, Clone)]
pub struct Login {
    /// The account.
    pub account: AccountRecord,
    /// Its certificates.
    pub trust: Trust,
    /// Its password.
    pub password: Secret<String>,
}

impl Login {
    /// Connects and logs in.
    pub async fn connect(&self) -> Result<Session, ImapError> {
        connect(&ConnectOptions {
            server: &self.account.draft.imap,
            trust: &self.trust,
            user: &self.account.draft.user,
            password: &self.password,
            stall: STALL,
        })
        .await
    }
}
