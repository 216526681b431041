//! The ledger: what is here beside what the servers have, for postroomctl, tests and the diagnostics.

use postroom_store::Integrity;
use postroom_types::{AccountId, Fault, Uid};
use serde::Serialize;

use crate::Postroom;
use crate::fault::{fault, not_found};

/// What to compare.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VerifyRequest {
    /// One account, else all.
    pub account: Option<AccountId>,
    /// One folder by its path, else all.
    pub folder: Option<String>,
    /// Whether the header of every message is fetched again and compared too, and the databases are read through.
    pub deep: bool,
}

/// One folder's comparison; UIDs in ascending order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FolderVerified {
    /// The account's address.
    pub account: String,
    /// The folder's path.
    pub name: String,
    /// Messages that the server has.
    pub server: u64,
    /// Messages that we believe it has.
    pub local: u64,
    /// The server has them, we do not.
    pub missing: Vec<Uid>,
    /// We have them, the server does not.
    pub extra: Vec<Uid>,
    /// Their flags differ.
    pub flags_differ: Vec<Uid>,
    /// Their sizes differ.
    pub sizes_differ: Vec<Uid>,
    /// Their headers differ or could not be compared; compared only if that was asked for.
    pub headers_differ: Vec<Uid>,
    /// Messages whose place on the server nobody knows.
    pub unplaced: u32,
    /// The server has renumbered the folder since the last sync.
    pub renumbered: bool,
    /// Why it could not be compared.
    pub error: Option<Fault>,
}

/// What SQLite says of one of the profile's databases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DatabaseVerified {
    /// The file's name.
    pub name: String,
    /// What is wrong with it; empty: nothing.
    pub problems: Vec<String>,
}

/// The whole comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// The two databases; read through only if that was asked for.
    pub databases: Vec<DatabaseVerified>,
    /// By account and folder.
    pub folders: Vec<FolderVerified>,
    /// Whether none does, and the databases are sound.
    pub ok: bool,
}

impl Postroom {
    /// Compares every folder's UIDs, flags and sizes with the server's as they are now; changes nothing. What the user
    /// did and the server has yet to hear of is no difference.
    ///
    /// Faults: those of a connection; `not-found` for a folder that no account has; `storage`.
    pub async fn verify(&self, request: VerifyRequest) -> Result<Verified, Fault> {
        let accounts = self.store().accounts().await.map_err(fault)?;
        let wanted = postroom_sync::VerifyRequest { folder: request.folder.clone(), deep: request.deep };
        let mut verified = Verified { databases: Vec::new(), folders: Vec::new(), ok: true };
        if request.deep {
            let databases = self.store().integrity().await.map_err(fault)?;
            let told = |one: Integrity| DatabaseVerified { name: one.file.to_owned(), problems: one.problems };
            verified.databases.extend(databases.into_iter().map(told));
        }
        for account in accounts.into_iter().filter(|account| request.account.is_none_or(|id| id == account.id)) {
            let email = account.draft.email.clone();
            let told = |fault: Fault| fault.with("account", email.clone());
            let engine = self.engine(account).await.map_err(told)?;
            for ledger in engine.verify(&wanted).await.map_err(|error| told(fault(error)))? {
                verified.ok &= ledger.is_clean();
                verified.folders.push(FolderVerified {
                    account: email.clone(),
                    name: ledger.path,
                    server: ledger.server,
                    local: ledger.local,
                    missing: ledger.missing,
                    extra: ledger.extra,
                    flags_differ: ledger.flags_differ,
                    sizes_differ: ledger.sizes_differ,
                    headers_differ: ledger.headers_differ,
                    unplaced: ledger.unplaced,
                    renumbered: ledger.renumbered,
                    error: ledger.error,
                });
            }
        }
        if request.folder.is_some() && verified.folders.is_empty() {
            return Err(not_found("folder"));
        }
        let sound = verified.databases.iter().all(|database| database.problems.is_empty());
        verified.ok &= sound;
        Ok(verified)
    }
}
