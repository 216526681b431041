//! The two databases of a profile as one handle.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use postroom_db::{Db, Fuse, Migration, Options, Read, SqlResult, Synchronous, Tx};

use crate::filling::PAGE;
use crate::kept::COMPANION;
use crate::large::Claims;
use crate::pack::Dictionaries;
use crate::{Packer, StoreError, rebuild};

const MAIL: &[Migration] = &[
    Migration { number: 1, sql: include_str!("../migrations/mail/001_mail.sql") },
    Migration { number: 2, sql: include_str!("../migrations/mail/002_queue.sql") },
    Migration { number: 3, sql: include_str!("../migrations/mail/003_offline.sql") },
    Migration { number: 4, sql: include_str!("../migrations/mail/004_shrunk.sql") },
    Migration { number: 5, sql: include_str!("../migrations/mail/005_incoming.sql") },
    Migration { number: 6, sql: include_str!("../migrations/mail/006_append.sql") },
    Migration { number: 7, sql: include_str!("../migrations/mail/007_email_id.sql") },
    Migration { number: 8, sql: include_str!("../migrations/mail/008_ask_again.sql") },
    Migration { number: 9, sql: include_str!("../migrations/mail/009_by_body.sql") },
    Migration { number: 10, sql: include_str!("../migrations/mail/010_threads.sql") },
];
const VAULT: &[Migration] = &[
    Migration { number: 1, sql: include_str!("../migrations/vault/001_vault.sql") },
    Migration { number: 2, sql: include_str!("../migrations/vault/002_files.sql") },
    Migration { number: 3, sql: include_str!("../migrations/vault/003_dictionary.sql") },
    Migration { number: 4, sql: include_str!("../migrations/vault/004_append.sql") },
    Migration { number: 5, sql: include_str!("../migrations/vault/005_raw_size.sql") },
];

const MAIL_OPTIONS: Options =
    Options { migrations: MAIL, synchronous: Synchronous::Full, readers: 3, page_size: 4096, shrinks: false };
/// A raw message that is lost with the power is fetched again, but mail.db must never name what is not there.
const VAULT_OPTIONS: Options =
    Options { migrations: VAULT, synchronous: Synchronous::Full, readers: 2, page_size: PAGE, shrinks: true };

/// Mail's tables and the vault. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    mail: Db,
    pub(crate) vault: Db,
    dictionaries: Arc<RwLock<Dictionaries>>,
    /// Bodies are written under a shared lock and swept under the whole one: what was dropped may come again meanwhile.
    pub(crate) bodies: Arc<tokio::sync::RwLock<()>>,
    /// Large messages that somebody is writing.
    pub(crate) claims: Claims,
    dir: PathBuf,
}

impl Store {
    /// Opens or creates the two databases in `dir`. Damaged ones are built anew, from what can be read of them.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        Self::open_fused(dir, &Fuse::default())
    }

    /// As [`Self::open`], for tests: writes to either database fail once the fuse has blown.
    pub fn open_fused(dir: &Path, fuse: &Fuse) -> Result<Self, StoreError> {
        rebuild::finish(dir)?;
        if !rebuild::is_marked(dir) {
            match Self::open_sound(dir, fuse) {
                Err(error) if error.is_damage() => tracing::error!(%error, "a database is damaged"),
                result => return result,
            }
        }
        let rebuilt = rebuild::rebuild(dir, [&MAIL_OPTIONS, &VAULT_OPTIONS])?;
        let store = Self::open_sound(dir, fuse)?;
        store.reconcile(rebuilt)?;
        Ok(store)
    }

    fn open_sound(dir: &Path, fuse: &Fuse) -> Result<Self, StoreError> {
        let mail = Db::open_accompanied(&dir.join("mail.db"), &MAIL_OPTIONS, fuse.clone(), &COMPANION)?;
        let vault = Db::open_fused(&dir.join("vault.db"), &VAULT_OPTIONS, fuse.clone())?;
        let dictionaries = Arc::new(RwLock::new(dictionaries(&vault)?));
        let store =
            Self { mail, vault, dictionaries, bodies: Arc::default(), claims: Claims::default(), dir: dir.to_owned() };
        store.blobs_collect()?;
        Ok(store)
    }

    /// Where the profile is.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Compresses messages for this store, as well as it knows by now.
    pub fn packer(&self) -> Result<Packer, StoreError> {
        self.dictionaries().packer()
    }

    pub(crate) fn dictionaries(&self) -> Dictionaries {
        self.dictionaries.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn dictionary_add(&self, data: Vec<u8>) -> Option<()> {
        self.dictionaries.write().unwrap_or_else(PoisonError::into_inner).add(data)
    }

    /// One write transaction on `mail.db`; on disk when it returns.
    pub async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.mail.write(work).await.inspect_err(|error| self.note_damage(error))
    }

    /// As [`Self::write`], for threads that may block.
    pub(crate) fn mail_blocking<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.mail.write_blocking(work)
    }

    /// As [`Self::read`], for threads that may block.
    pub(crate) fn mail_read_blocking<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Read<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.mail.read_blocking(work)
    }

    /// One consistent read of `mail.db`.
    pub async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Read<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.mail.read(work).await.inspect_err(|error| self.note_damage(error))
    }
}

fn dictionaries(vault: &Db) -> Result<Dictionaries, StoreError> {
    let all = vault.read_blocking(|read| {
        let mut statement = read.prepare("SELECT data FROM dictionary ORDER BY id")?;
        let all = statement.query_map([], |row| row.get(0))?;
        Ok::<_, StoreError>(all.collect::<SqlResult<Vec<Vec<u8>>>>()?)
    })?;
    let mut dictionaries = Dictionaries::default();
    for data in all {
        if dictionaries.add(data).is_none() {
            // Messages that were packed with it cannot be read, and say so when they are opened.
            tracing::error!("a dictionary of the vault is damaged");
        }
    }
    Ok(dictionaries)
}
