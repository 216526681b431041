//! One user of the lab with an empty profile: what every test starts from.

use std::sync::Arc;
use std::time::Duration;

use postroom_lab::{ImapServer, Lab, LabImap, LabUser};
use postroom_net::Trust;
use postroom_store::{ParseMarkers, Store};
use postroom_sync::{Bodies, Context, Engine, Events, FolderReport, Login, PassReport, PassRequest};
use postroom_types::{
    AccountDraft, AccountId, Event, FixedClock, Folder, FolderId, MessageId, MessageRow, Secret, ServerAddress,
    TlsMode, UnixMillis,
};
use tempfile::TempDir;
use tokio::sync::broadcast;

pub(crate) const NOW: UnixMillis = UnixMillis(1_800_000_000_000);
/// How long a test waits for what must come by itself. Long, for a busy machine: a test that passes never waits for it.
const PATIENCE: Duration = Duration::from_mins(1);

/// A profile with one account on a real server.
pub(crate) struct Desk<S: 'static = Lab> {
    pub(crate) lab: &'static S,
    pub(crate) user: LabUser,
    pub(crate) store: Store,
    pub(crate) context: Context,
    pub(crate) account: AccountId,
    pub(crate) engine: Engine,
    dir: TempDir,
}

/// A profile for an account on this server.
pub(crate) async fn profile(imap: ServerAddress, user: &LabUser, trust: Trust) -> (Context, Login, TempDir) {
    profile_in(tempfile::tempdir().unwrap(), imap, user, trust).await
}

/// As [`profile`], in this folder.
pub(crate) async fn profile_in(
    dir: TempDir,
    imap: ServerAddress,
    user: &LabUser,
    trust: Trust,
) -> (Context, Login, TempDir) {
    let store = Store::open(dir.path()).unwrap();
    let (markers, _) = ParseMarkers::open(dir.path()).unwrap();
    let draft = AccountDraft {
        name: String::new(),
        email: user.email.clone(),
        imap,
        smtp: ServerAddress::new("127.0.0.1", 25, TlsMode::None).unwrap(),
        user: user.user.clone(),
        ca_pem: None,
    };
    let id = store.account_add(draft, NOW).await.unwrap();
    let account = store.account(id).await.unwrap();
    let login = Login { account, trust, password: Secret::new(user.password.clone()) };
    let context = Context { store, markers, clock: Arc::new(FixedClock(NOW)), events: Events::default() };
    (context, login, dir)
}

impl Desk {
    /// A fresh user of the shared lab, without TLS.
    pub(crate) async fn new(hint: &str) -> Self {
        let lab = Lab::shared();
        Self::at(lab, lab.imap_plain(), Trust::platform(), lab.user(hint)).await
    }
}

impl<S: ImapServer> Desk<S> {
    /// Through another address of the lab, or on a server of its own.
    pub(crate) async fn at(lab: &'static S, imap: ServerAddress, trust: Trust, user: LabUser) -> Self {
        let (context, login, dir) = profile(imap, &user, trust).await;
        let (store, account) = (context.store.clone(), login.account.id);
        Self { lab, user, store, context: context.clone(), account, engine: Engine::new(context, login), dir }
    }

    /// What has been written to the profile's databases since they were opened.
    pub(crate) fn written(&self) -> Vec<Vec<u8>> {
        let logs = ["mail.db-wal", "kept.db-wal", "vault.db-wal"];
        logs.iter().map(|log| std::fs::read(self.dir.path().join(log)).unwrap()).collect()
    }

    /// How the account reaches the lab.
    pub(crate) async fn login(&self) -> Login {
        let account = self.store.account(self.account).await.unwrap();
        Login { account, trust: Trust::platform(), password: Secret::new(self.user.password.clone()) }
    }

    /// The engine so many hours later: what was refused is due again.
    pub(crate) async fn later(&self, hours: i64) -> Engine {
        let clock = Arc::new(FixedClock(UnixMillis(NOW.0 + hours * 3_600_000)));
        Engine::new(Context { clock, ..self.context.clone() }, self.login().await)
    }

    /// The other side's view.
    pub(crate) fn server(&self) -> LabImap {
        self.lab.imap(&self.user)
    }

    /// Puts `count` small mails into a folder.
    pub(crate) fn append(&self, folder: &str, numbers: std::ops::RangeInclusive<u32>) {
        for number in numbers {
            self.lab.append(&self.user, folder, mail(number).as_bytes(), "").unwrap();
        }
    }

    /// One full pass with bodies in which no folder fails.
    pub(crate) async fn sync(&self) -> PassReport {
        let report = self.engine.sync(&PassRequest { folder: None, bodies: Bodies::All }).await.unwrap();
        assert!(report.folders.iter().all(|folder| folder.error.is_none()), "{report:?}");
        report
    }

    pub(crate) async fn folder(&self, path: &str) -> Folder {
        self.store.folder_find(Some(self.account), path.to_owned()).await.unwrap()
    }

    /// A folder's rows, oldest UID first.
    pub(crate) async fn rows(&self, path: &str) -> Vec<MessageRow> {
        let mut rows = self.store.list_page(self.folder(path).await.id, 100_000, None).await.unwrap().messages;
        rows.sort_by_key(|row| row.uid);
        rows
    }

    /// As [`Self::rows`], before the first LIST too.
    pub(crate) async fn rows_if_any(&self, path: &str) -> Vec<MessageRow> {
        let known = self.store.folder_find(Some(self.account), path.to_owned()).await.is_ok();
        if known { self.rows(path).await } else { Vec::new() }
    }

    /// Their subjects, sorted.
    pub(crate) async fn subjects(&self, path: &str) -> Vec<String> {
        let mut subjects: Vec<_> = self.rows(path).await.into_iter().map(|row| row.subject).collect();
        subjects.sort();
        subjects
    }

    pub(crate) async fn id(&self, path: &str, subject: &str) -> MessageId {
        self.rows(path).await.into_iter().find(|row| row.subject == subject).unwrap().id
    }

    pub(crate) async fn folder_id(&self, path: &str) -> FolderId {
        self.folder(path).await.id
    }

    /// All that is queued is written down as sent, as it is before the command goes out.
    pub(crate) async fn begin(&self) {
        let tasks = self.store.operations_next(self.account, 100, NOW).await.unwrap();
        assert!(self.store.operations_begin(&tasks).await.unwrap());
    }

    /// Nothing waits for the server.
    pub(crate) async fn assert_nothing_queued(&self) {
        assert_eq!(self.store.pending().await.unwrap(), []);
    }
}

/// A small mail that names itself.
pub(crate) fn mail(number: u32) -> String {
    format!(
        "From: Bo <bo@example.test>\r\nTo: ann@example.test\r\nSubject: Mail {number:03}\r\n\
         Date: Tue, 03 Feb 2026 10:00:00 +0000\r\nMessage-ID: <{number}@example.test>\r\n\r\nText of {number}.\r\n"
    )
}

pub(crate) fn names(numbers: std::ops::RangeInclusive<u32>) -> Vec<String> {
    numbers.map(|number| format!("Mail {number:03}")).collect()
}

/// What a pass did to one folder.
pub(crate) fn of<'a>(report: &'a PassReport, path: &str) -> &'a FolderReport {
    report.folders.iter().find(|folder| folder.path == path).unwrap()
}

/// Waits until `check` holds; looks again after every event.
pub(crate) async fn until(events: &mut broadcast::Receiver<Event>, what: &str, mut check: impl AsyncFnMut() -> bool) {
    let holds = async {
        while !check().await {
            match events.recv().await {
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => panic!("no more events"),
            }
        }
    };
    assert!(tokio::time::timeout(PATIENCE, holds).await.is_ok(), "waited too long: {what}");
}
