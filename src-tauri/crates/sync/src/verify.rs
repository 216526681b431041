//! The ledger: what we hold of each folder beside what the server has now.
//!
//! It changes nothing, here or there. What the server's columns say is compared, not what is shown, so that a queued
//! operation is no difference. Folders are read in windows of UIDs: memory does not grow with the mailbox.

mod headers;

use std::collections::{BTreeMap, BTreeSet};

use postroom_imap::{ListedFolder, Session, UidSet};
use postroom_store::{LedgerRow, SyncFolder};
use postroom_types::{Fault, FolderRole, Uid};

use self::headers::HeaderCheck;
use crate::{Engine, SyncError, pass};

/// UIDs compared at a time.
const WINDOW: u32 = 20_000;

/// What to compare.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VerifyRequest {
    /// One folder by its path, else all.
    pub folder: Option<String>,
    /// Whether the header of every message is fetched again and compared too.
    pub deep: bool,
}

/// One folder's comparison. UIDs are in ascending order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FolderLedger {
    /// The folder's path.
    pub path: String,
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
    /// Their headers differ, or could not be compared.
    pub headers_differ: Vec<Uid>,
    /// Rows whose place on the server nobody knows, and nothing queued will tell.
    pub unplaced: u32,
    /// The server has renumbered the folder since: no UID of ours means anything.
    pub renumbered: bool,
    /// Why it could not be compared.
    pub error: Option<Fault>,
}

impl FolderLedger {
    /// Whether we hold exactly what the server has.
    pub fn is_clean(&self) -> bool {
        let lists = [&self.missing, &self.extra, &self.flags_differ, &self.sizes_differ, &self.headers_differ];
        lists.iter().all(|list| list.is_empty())
            && self.server == self.local
            && self.unplaced == 0
            && !self.renumbered
            && self.error.is_none()
    }
}

impl Engine {
    /// Compares an account's folders with the server, over a connection of its own. A folder that the server refuses is
    /// told in its ledger.
    pub async fn verify(&self, request: &VerifyRequest) -> Result<Vec<FolderLedger>, SyncError> {
        let mut session = self.login.connect().await?;
        let listed = session.list().await?.folders;
        let known = self.context.store.sync_folders(self.account()).await?;
        let mut ledgers = Vec::new();
        let wanted = |path: &str, inbox: bool| {
            request.folder.as_ref().is_none_or(|one| one == path || (inbox && one.eq_ignore_ascii_case("inbox")))
        };
        for folder in known.iter().filter(|folder| folder.selectable && !folder.local_only) {
            if !wanted(&folder.path, folder.role == FolderRole::Inbox) {
                continue;
            }
            if !session.is_usable() {
                session = self.login.connect().await?;
            }
            let mut ledger = FolderLedger { path: folder.path.clone(), ..FolderLedger::default() };
            match self.compare(&mut session, folder, request.deep, &mut ledger).await {
                Ok(()) => {}
                Err(SyncError::Imap(error)) => ledger.error = Some(error.fault()),
                Err(error) => return Err(error),
            }
            ledgers.push(ledger);
        }
        let ours: BTreeSet<&str> =
            known.iter().filter(|folder| !folder.local_only).map(|folder| folder.raw.as_str()).collect();
        for folder in listed.iter().filter(|folder| folder.selectable && folder.exists) {
            if !ours.contains(folder.raw.as_str()) && wanted(&folder.path, folder.role == FolderRole::Inbox) {
                ledgers.push(unknown(&mut session, folder).await?);
            }
        }
        session.logout().await;
        Ok(ledgers)
    }

    async fn compare(
        &self,
        session: &mut Session,
        folder: &SyncFolder,
        deep: bool,
        ledger: &mut FolderLedger,
    ) -> Result<(), SyncError> {
        let store = &self.context.store;
        ledger.unplaced = store.ledger_unplaced(folder.id).await?;
        let selected = session.select(&folder.raw).await?;
        ledger.renumbered = folder.cursor.uid_validity.is_some_and(|known| known != pass::validity(&selected))
            || pass::is_another(&folder.mailbox_id, &selected);
        let theirs = pass::highest(session, &selected).await?;
        let ours = store.uid_highest(folder.id).await?.unwrap_or(Uid(1));
        let highest = theirs.max(ours).0;
        let mut low: u32 = 1;
        loop {
            let high = low.saturating_add(WINDOW - 1).min(highest);
            let mut rows: BTreeMap<Uid, LedgerRow> = BTreeMap::new();
            for row in store.ledger_rows(folder.id, Uid(low), Uid(high)).await? {
                rows.insert(row.uid, row);
            }
            let there = session.fetch_ledger(Uid(low), Uid(high)).await?;
            ledger.local += rows.len() as u64;
            ledger.server += there.len() as u64;
            for (uid, item) in &there {
                let Some(row) = rows.get(uid).filter(|_| !ledger.renumbered) else {
                    ledger.missing.push(*uid);
                    continue;
                };
                if item.flags.is_some_and(|flags| flags != row.flags) {
                    ledger.flags_differ.push(*uid);
                }
                if item.size.is_some_and(|size| size != row.size) {
                    ledger.sizes_differ.push(*uid);
                }
            }
            ledger.extra.extend(rows.keys().filter(|uid| ledger.renumbered || !there.contains_key(uid)));
            if deep && !ledger.renumbered {
                rows.retain(|uid, _| there.contains_key(uid));
                ledger.headers_differ.extend(self.compare_headers(session, rows).await?);
            }
            if high >= highest {
                return Ok(());
            }
            low = high.saturating_add(1);
        }
    }

    async fn compare_headers(
        &self,
        session: &mut Session,
        rows: BTreeMap<Uid, LedgerRow>,
    ) -> Result<BTreeSet<Uid>, SyncError> {
        let set: UidSet = rows.keys().copied().collect();
        let mut check = HeaderCheck::new(&self.context.store, rows);
        if !set.is_empty() {
            session.fetch_headers(&set, &mut check).await?;
        }
        check.finish()
    }
}

/// A folder that we have no row of.
async fn unknown(session: &mut Session, folder: &ListedFolder) -> Result<FolderLedger, SyncError> {
    let mut ledger = FolderLedger { path: folder.path.clone(), ..FolderLedger::default() };
    let selected = session.select(&folder.raw).await?;
    let high = pass::highest(session, &selected).await?;
    ledger.missing = session.uids(Uid(1), high).await?.iter().collect();
    ledger.server = ledger.missing.len() as u64;
    Ok(ledger)
}
