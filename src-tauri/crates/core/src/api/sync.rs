//! One pass on demand, for postroomctl and tests; the app watches instead.

use std::time::Instant;

use postroom_sync::{PassReport, PassRequest, Wish};
use postroom_types::{AccountId, Fault, FaultCode, MessageId, OperationKind};
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

/// How a pass went for an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountReport {
    /// The account's address.
    pub account: String,
    /// Why it could not be synced; what was done before that is kept.
    pub error: Option<Fault>,
}

/// Something the user did that the server would not do: taken back here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UndoneReport {
    /// The account's address.
    pub account: String,
    /// The message.
    pub message: MessageId,
    /// What it was.
    pub kind: OperationKind,
    /// Why.
    pub error: Fault,
}

/// What a pass did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SyncReport {
    /// By account.
    pub accounts: Vec<AccountReport>,
    /// What was taken back.
    pub undone: Vec<UndoneReport>,
    /// By folder.
    pub folders: Vec<FolderReport>,
    /// Messages that the synced folders hold now.
    pub messages: u32,
    /// Bytes of mail received.
    pub bytes: u64,
    /// How long it took.
    pub seconds: f64,
}

impl SyncReport {
    /// The first thing that went wrong: an account, then a folder, then an operation that was refused. That somebody else
    /// removed a message first is nothing wrong.
    pub fn first_error(&self) -> Option<&Fault> {
        let accounts = self.accounts.iter().filter_map(|account| account.error.as_ref());
        let folders = self.folders.iter().filter_map(|folder| folder.error.as_ref());
        let undone = self.undone.iter().map(|undone| &undone.error);
        accounts.chain(folders).chain(undone.filter(|fault| fault.code != FaultCode::NotFound)).next()
    }
}

impl Postroom {
    /// One full pass: the queue, headers and flags, then bodies. What fails is told in the report, and the other accounts
    /// and folders go on; see [`SyncReport::first_error`].
    ///
    /// Faults: `not-found` for a folder that no account has; `storage`.
    pub async fn sync_once(&self, request: SyncRequest) -> Result<SyncReport, Fault> {
        let started = Instant::now();
        let accounts = self.store().accounts().await.map_err(fault)?;
        let bodies = match request.bodies {
            Bodies::All => postroom_sync::Bodies::All,
            Bodies::None => postroom_sync::Bodies::None,
        };
        let pass = PassRequest { folder: request.folder.clone(), bodies };
        let mut report = SyncReport {
            accounts: Vec::new(),
            undone: Vec::new(),
            folders: Vec::new(),
            messages: 0,
            bytes: 0,
            seconds: 0.0,
        };
        for account in accounts.into_iter().filter(|account| request.account.is_none_or(|id| id == account.id)) {
            let email = account.draft.email.clone();
            // Also what was done before a failure.
            let mut done = PassReport::default();
            let result = match self.engine(account).await {
                Ok(engine) => engine.sync_into(&pass, &mut done).await.map_err(fault),
                Err(fault) => Err(fault),
            };
            report.bytes += done.bytes;
            report.undone.extend(done.undone.into_iter().map(|undone| UndoneReport {
                account: email.clone(),
                message: undone.message,
                kind: undone.kind,
                error: undone.fault,
            }));
            report.folders.extend(done.folders.into_iter().map(|folder| FolderReport {
                account: email.clone(),
                path: folder.path,
                messages: folder.messages,
                new: folder.new,
                removed: folder.removed,
                flags_changed: folder.flags_changed,
                error: folder.error,
            }));
            let error = result.err().map(|fault| fault.with("account", email.clone()));
            report.accounts.push(AccountReport { account: email, error });
        }
        if request.folder.is_some() && report.folders.is_empty() && report.first_error().is_none() {
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
