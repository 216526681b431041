//! The profile that a command works on, opened for as long as the command needs it.

use std::path::PathBuf;

use postroom_core::{Config, Postroom};
use postroom_types::{AccountId, Secret};

use crate::failure::Failure;
use crate::output::Output;

/// Where the mail is, and how to answer.
#[derive(Debug)]
pub(crate) struct Profile {
    data_dir: PathBuf,
    /// How to answer.
    pub(crate) output: Output,
}

impl Profile {
    /// The given folder, else the app's own. Opens nothing.
    pub(crate) fn new(data_dir: Option<PathBuf>, json: bool) -> Result<Self, Failure> {
        let data_dir = data_dir.or_else(postroom_core::default_data_dir).ok_or(Failure::NoDataDir)?;
        Ok(Self { data_dir, output: if json { Output::Json } else { Output::Lines } })
    }

    /// Opens the profile, does the work and closes it again, whatever came of the work.
    pub(crate) async fn with<T>(&self, work: impl AsyncFnOnce(&Postroom) -> Result<T, Failure>) -> Result<T, Failure> {
        let postroom = Postroom::open(Config { data_dir: self.data_dir.clone(), vault_key: vault_key() }).await?;
        let done = work(&postroom).await;
        postroom.close().await;
        done
    }
}

/// The account with this address, if one was named.
pub(crate) async fn account(postroom: &Postroom, email: Option<&str>) -> Result<Option<AccountId>, Failure> {
    match email {
        Some(email) => Ok(Some(postroom.account_by_email(email).await?.id)),
        None => Ok(None),
    }
}

fn vault_key() -> Option<Secret<String>> {
    std::env::var("POSTROOM_VAULT_KEY").ok().filter(|key| !key.is_empty()).map(Secret::new)
}
