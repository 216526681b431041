//! One store of passwords, whichever of the two it is.

use std::path::Path;

use postroom_types::{Protocol, Secret};

use crate::vault::Vault;
use crate::{CredentialError, keychain};

/// Where passwords are kept: the keychain, or a file vault. All methods block (see the crate's head).
#[derive(Debug)]
pub struct CredentialStore {
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Keychain,
    Vault(Vault),
}

impl CredentialStore {
    /// With a key, the file vault, made if it is not there; without one, the keychain.
    ///
    /// The keychain is not asked before the first password is needed, so that a program without one still shows its mail.
    ///
    /// # Errors
    /// Those of the vault: [`CredentialError::KeyWrong`], [`CredentialError::Damaged`], [`CredentialError::TooNew`],
    /// [`CredentialError::Io`], [`CredentialError::KeyEmpty`].
    pub fn open(vault_file: &Path, vault_key: Option<Secret<String>>) -> Result<Self, CredentialError> {
        let kind = match vault_key {
            Some(key) => Kind::Vault(Vault::open(vault_file, &key)?),
            None => Kind::Keychain,
        };
        Ok(Self { kind })
    }

    /// Keeps an account's password for one of its servers, in place of an earlier one. `account` is its mail address.
    pub fn set(&self, account: &str, protocol: Protocol, password: &Secret<String>) -> Result<(), CredentialError> {
        let name = name(account, protocol);
        match &self.kind {
            Kind::Keychain => keychain::set(&name, password),
            Kind::Vault(vault) => vault.set(&name, password),
        }
    }

    /// The password, or `None` if none is kept.
    pub fn get(&self, account: &str, protocol: Protocol) -> Result<Option<Secret<String>>, CredentialError> {
        let name = name(account, protocol);
        match &self.kind {
            Kind::Keychain => keychain::get(&name),
            Kind::Vault(vault) => vault.get(&name),
        }
    }

    /// Forgets the password. That there is none is no error.
    pub fn delete(&self, account: &str, protocol: Protocol) -> Result<(), CredentialError> {
        let name = name(account, protocol);
        match &self.kind {
            Kind::Keychain => keychain::delete(&name),
            Kind::Vault(vault) => vault.delete(&name),
        }
    }
}

/// `imap:alice@example.com`: what a person sees in the keychain's own program.
fn name(account: &str, protocol: Protocol) -> String {
    let protocol = match protocol {
        Protocol::Imap => "imap",
        Protocol::Smtp => "smtp",
    };
    format!("{protocol}:{account}")
}
