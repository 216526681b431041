//! The two databases of a profile as one handle.

use std::path::{Path, PathBuf};

use postroom_db::{Db, Migration, Options, Read, Synchronous, Tx};

use crate::StoreError;

const MAIL: &[Migration] = &[
    Migration { number: 1, sql: include_str!("../migrations/mail/001_mail.sql") },
    Migration { number: 2, sql: include_str!("../migrations/mail/002_queue.sql") },
];
const VAULT: &[Migration] = &[
    Migration { number: 1, sql: include_str!("../migrations/vault/001_vault.sql") },
    Migration { number: 2, sql: include_str!("../migrations/vault/002_files.sql") },
];

/// Mail's tables and the vault. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    mail: Db,
    pub(crate) vault: Db,
    dir: PathBuf,
}

impl Store {
    /// Opens or creates the two databases in `dir`.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let mail = Db::open(
            &dir.join("mail.db"),
            &Options { migrations: MAIL, synchronous: Synchronous::Full, readers: 3, page_size: 4096 },
        )?;
        let vault = Db::open(
            &dir.join("vault.db"),
            // A raw message that is lost with the power is fetched again, but mail.db must never name what is not there.
            &Options { migrations: VAULT, synchronous: Synchronous::Full, readers: 2, page_size: 16384 },
        )?;
        let store = Self { mail, vault, dir: dir.to_owned() };
        store.blobs_collect()?;
        Ok(store)
    }

    /// Where the profile is.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// One write transaction on `mail.db`; on disk when it returns.
    pub async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.mail.write(work).await
    }

    /// One consistent read of `mail.db`.
    pub async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Read<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.mail.read(work).await
    }
}
