//! One pass on demand, for postroomctl and tests; the app watches instead.

use std::time::Instant;

use postroom_sync::{PassRequest, Wish};
use postroom_types::{AccountId, Fault};
use serde::Serialize;

use crate::Postroom;
use crate::fault::{fault, not_found};

/// Whether whole messages are fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bodies {
    /// All that are missing.
    All,
    /// Headers and flags only.
    None,
}

/// What a pass covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncRequest {
    /// One account, else all.
    pub account: Option<AccountId>,
    /// One folder by its path, else all.
    pub folder: Option<String>,
    /// Whether whole messages are fetched.
    pub bodies: Bodies,
}

/// What a pass did to a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FolderReport {
    /// The account's address.
    pub account: String,
    /// The folder's path.
    pub path: String,
    /// Messages it holds now.
    pub messages: u32,
    /// Messages that are new here.
    pub new: u32,
    /// Messages that are gone.
    pub removed: u32,
    /// Messages whose flags changed.
    pub flags_changed: u32,
    /// Why it could not be synced.
    pub error: Option<Fault>,
}

/// What a pass did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SyncReport {
    /// By folder.
    pub folders: Vec<FolderReport>,
    /// Messages that the synced folders hold now.
    pub messages: u32,
    /// Bytes of mail received.
    pub bytes: u64,
    /// How long it took.
    pub seconds: f64,
}

impl Postroom {
    /// One full pass: the queue, headers and flags, then bodies. An account that fails fails the call, after the others.
    pub async fn sync_once(&self, request: SyncRequest) -> Result<SyncReport, Fault> {
        let started = Instant::now();
        let accounts = self.store().accounts().await.map_err(fault)?;
        let bodies = match request.bodies {
            Bodies::All => postroom_sync::Bodies::All,
            Bodies::None => postroom_sync::Bodies::None,
        };
        let pass = PassRequest { folder: request.folder.clone(), bodies };
        let mut report = SyncReport { folders: Vec::new(), messages: 0, bytes: 0, seconds: 0.0 };
        let mut failed = None;
        for account in accounts.into_iter().filter(|account| request.account.is_none_or(|id| id == account.id)) {
            let email = account.draft.email.clone();
            let result = match self.engine(account).await {
                Ok(engine) => engine.sync(&pass).await.map_err(fault),
                Err(fault) => Err(fault),
            };
            match result {
                Ok(done) => {
                    report.bytes += done.bytes;
                    report.folders.extend(done.folders.into_iter().map(|folder| FolderReport {
                        account: email.clone(),
                        path: folder.path,
                        messages: folder.messages,
                        new: folder.new,
                        removed: folder.removed,
                        flags_changed: folder.flags_changed,
                        error: folder.error,
                    }));
                }
                Err(fault) => failed = failed.or(Some(fault.with("account", email))),
            }
        }
        if let Some(fault) = failed {
            return Err(fault);
        }
        if request.folder.is_some() && report.folders.is_empty() {
            return Err(not_found("folder"));
        }
        report.messages = report.folders.iter().map(|folder| folder.messages).sum();
        report.seconds = started.elapsed().as_secs_f64();
        Ok(report)
    }

    /// Asks every watched account for a full pass now.
    pub fn sync_now(&self) {
        self.wish(None, Wish::Sync);
    }
}
