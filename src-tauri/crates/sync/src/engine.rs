//! One full pass of an account: the queue, every folder's headers and flags, then bodies.

use std::collections::BTreeMap;

use postroom_imap::{FolderStatus, ImapError, RefusalCode, Session};
use postroom_store::{Holdings, ListedFolder, SyncFolder};
use postroom_types::{AccountId, Event, Fault, FolderId, SyncPhase, SyncProgress};

use crate::bodies::large::Room;
use crate::queue::Undone;
use crate::{Context, Login, SyncError, namespace, pass, queue, renamed};

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
pub struct PassRequest {
    /// One folder by its path, else all.
    pub folder: Option<String>,
    /// Whether whole messages are fetched.
    pub bodies: Bodies,
}

/// What a pass did to a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderReport {
    /// The folder.
    pub folder: FolderId,
    /// Its path.
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
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PassReport {
    /// By folder.
    pub folders: Vec<FolderReport>,
    /// What the server would not do, and was taken back here.
    pub undone: Vec<Undone>,
    /// Bodies that came in.
    pub bodies: u32,
    /// Bytes of mail received.
    pub bytes: u64,
}

/// The folders of a pass, what STATUS said of them, and what we hold of each.
pub(crate) struct Plan {
    pub(crate) folders: Vec<SyncFolder>,
    statuses: BTreeMap<String, FolderStatus>,
    holdings: BTreeMap<FolderId, Holdings>,
}

impl Plan {
    /// Whether the server counts its folders along with the list, and left this one out.
    fn is_hollow(&self, folder: &SyncFolder) -> bool {
        !self.statuses.is_empty() && !self.statuses.contains_key(&folder.raw)
    }

    /// How many messages a folder has, if nothing moved in it.
    fn unchanged(&self, folder: &SyncFolder) -> Option<u32> {
        let (status, holdings) = (self.statuses.get(&folder.raw)?, self.holdings.get(&folder.id)?);
        pass::unchanged(&folder.cursor, *holdings, status).then_some(holdings.messages)
    }
}

/// An account and how to reach it.
#[derive(Debug, Clone)]
pub struct Engine {
    pub(crate) context: Context,
    pub(crate) login: Login,
}

impl Engine {
    /// An engine for one account.
    pub fn new(context: Context, login: Login) -> Self {
        Self { context, login }
    }

    pub(crate) fn account(&self) -> AccountId {
        self.login.account.id
    }

    /// One full pass over a connection of its own, then the connection is closed.
    pub async fn sync(&self, request: &PassRequest) -> Result<PassReport, SyncError> {
        let mut report = PassReport::default();
        self.sync_into(request, &mut report).await?;
        Ok(report)
    }

    /// As [`Self::sync`]; what was done stands in `report` even if the pass fails half-way.
    pub async fn sync_into(&self, request: &PassRequest, report: &mut PassReport) -> Result<(), SyncError> {
        let mut session = self.login.connect().await?;
        queue::replay(&self.context, &mut session, self.account(), &mut report.undone).await?;
        self.folders(&mut session, request.folder.as_deref(), report).await?;
        if request.bodies == Bodies::All {
            let only = request.folder.as_ref().and_then(|_| report.folders.first().map(|folder| folder.folder));
            if !session.is_usable() {
                session = self.login.connect().await?;
            }
            let fetched = self.bodies(&mut session, only, &Room::default()).await?;
            report.bodies = fetched.bodies;
            report.bytes += fetched.bytes;
        }
        self.context.store.vault_sweep().await?;
        self.progress(SyncPhase::Done, "", 0, 0);
        session.logout().await;
        Ok(())
    }

    /// Lists the folders and brings each up to date. A folder that fails is reported and the others go on, over a new
    /// connection where that one was lost.
    async fn folders(
        &self,
        session: &mut Session,
        only: Option<&str>,
        report: &mut PassReport,
    ) -> Result<(), SyncError> {
        let plan = self.plan(session, only, report).await?;
        for number in 0..plan.folders.len() {
            self.one_folder(session, &plan, number, report).await?;
        }
        Ok(())
    }

    /// Lists the folders, sends what the queue holds for those that are no longer listed, and gives those to be synced.
    pub(crate) async fn plan(
        &self,
        session: &mut Session,
        only: Option<&str>,
        report: &mut PassReport,
    ) -> Result<Plan, SyncError> {
        self.progress(SyncPhase::Folders, "", 0, 0);
        let (mut folders, statuses) = self.list(session).await?;
        queue::replay(&self.context, session, self.account(), &mut report.undone).await?;
        folders
            .retain(|folder| folder.selectable && !folder.local_only && only.is_none_or(|path| matches(folder, path)));
        let holdings = self.context.store.holdings(self.account()).await?;
        Ok(Plan { folders, statuses, holdings })
    }

    /// Brings the folder of this number up to date.
    pub(crate) async fn one_folder(
        &self,
        session: &mut Session,
        plan: &Plan,
        number: usize,
        report: &mut PassReport,
    ) -> Result<(), SyncError> {
        let Some(folder) = plan.folders.get(number) else { return Ok(()) };
        self.progress(SyncPhase::Folders, &folder.path, number, plan.folders.len());
        let mut one = FolderReport {
            folder: folder.id,
            path: folder.path.clone(),
            messages: 0,
            new: 0,
            removed: 0,
            flags_changed: 0,
            error: None,
        };
        if let Some(messages) = plan.unchanged(folder) {
            report.folders.push(FolderReport { messages, ..one });
            return Ok(());
        }
        if !session.is_usable() {
            *session = self.login.connect().await?;
        }
        match pass::folder(&self.context, session, self.account(), folder).await {
            Ok(counts) => {
                (one.new, one.removed, one.flags_changed) = (counts.new, counts.removed, counts.flags_changed);
                report.bytes += counts.bytes;
            }
            // It was not counted with the others: a name that the list gives for the sake of what is below it.
            Err(SyncError::Imap(error)) if plan.is_hollow(folder) && is_nowhere(&error) => {
                tracing::info!(folder = folder.id.0, "listed, and not there");
                self.context.store.folder_refused_set(folder.id, true).await?;
                return Ok(());
            }
            Err(SyncError::Imap(error)) => {
                tracing::warn!(folder = folder.id.0, code = error.fault().code.as_str(), "a folder failed");
                one.error = Some(error.fault());
            }
            Err(error) => return Err(error),
        }
        one.messages = self.context.store.server_count(folder.id).await?;
        report.folders.push(one);
        Ok(())
    }

    async fn list(
        &self,
        session: &mut Session,
    ) -> Result<(Vec<SyncFolder>, BTreeMap<String, FolderStatus>), SyncError> {
        let asked = self.ask_along(session).await?;
        let list = session.list().await?;
        if asked {
            self.quotas(session).await?;
        }
        for rejected in &list.rejected {
            tracing::warn!(account = self.account().0, reason = rejected.reason, "a folder cannot be used");
        }
        let prefix = namespace::prefix(session, &list.folders).await?;
        self.context.store.namespace_set(self.account(), prefix).await?;
        renamed::learn(&self.context, session, self.account(), &list.folders).await?;
        let hollow = self.hollow(&list.folders).await?;
        let mut statuses = BTreeMap::new();
        let listed = list
            .folders
            .into_iter()
            .map(|folder| {
                let is_hollow = hollow.contains(&folder.raw);
                if let Some(status) = folder.status {
                    statuses.insert(folder.raw.clone(), status);
                }
                ListedFolder {
                    raw: folder.raw,
                    path: folder.path,
                    delimiter: folder.delimiter,
                    role: folder.role,
                    selectable: folder.selectable && folder.exists && !is_hollow,
                }
            })
            .collect();
        let folders = self.context.store.folders_listed(self.account(), listed).await?;
        self.context.events.send(Event::Folders { account: self.account() });
        Ok((folders, statuses))
    }

    pub(crate) fn progress(&self, phase: SyncPhase, folder: &str, done: usize, total: usize) {
        self.context.events.send(Event::Progress(SyncProgress {
            account: self.account(),
            folder: folder.to_owned(),
            phase,
            done: u32::try_from(done).unwrap_or(u32::MAX),
            total: u32::try_from(total).unwrap_or(u32::MAX),
            bytes: 0,
        }));
    }

    /// The folder as it stands in the store.
    pub(crate) async fn folder(&self, id: FolderId) -> Result<Option<SyncFolder>, SyncError> {
        Ok(self.context.store.sync_folders(self.account()).await?.into_iter().find(|folder| folder.id == id))
    }
}

/// Whether the server says that a folder is not there, or does not say why it cannot be opened.
fn is_nowhere(error: &ImapError) -> bool {
    matches!(error, ImapError::Refused { command: "SELECT", code: None | Some(RefusalCode::NonExistent), .. })
}

fn matches(folder: &SyncFolder, path: &str) -> bool {
    folder.path == path || (folder.role == postroom_types::FolderRole::Inbox && path.eq_ignore_ascii_case("inbox"))
}
