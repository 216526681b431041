//! A user of the lab and a profile that may be closed and opened again, for tests that stop the engine half-way.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use postroom_db::Fuse;
use postroom_lab::{Lab, LabUser, MaildirMail};
use postroom_mime::{parse_envelope, summarise};
use postroom_net::Trust;
use postroom_store::{NewAppend, ParseMarkers, Store};
use postroom_sync::{Bodies, Context, Engine, Events, FolderLedger, Login, PassReport, PassRequest, VerifyRequest};
use postroom_types::{FixedClock, Flags, FolderId, MessageId, MessageRow, ServerAddress, UnixMillis};
use tempfile::TempDir;

use crate::desk::{NOW, mail, profile_in};

pub(crate) const ALL: PassRequest = PassRequest { folder: None, bodies: Bodies::All };
const DEEP: VerifyRequest = VerifyRequest { folder: None, deep: true };

/// What the server has: by folder, each message's Message-ID and flags.
pub(crate) type Mailbox = BTreeMap<String, Vec<(String, BTreeSet<String>)>>;

pub(crate) struct Rig {
    pub(crate) lab: &'static Lab,
    pub(crate) user: LabUser,
    login: Login,
    dir: TempDir,
}

/// The profile while it is open.
pub(crate) struct Open {
    pub(crate) store: Store,
    pub(crate) engine: Engine,
}

impl Rig {
    /// A fresh user who reaches the lab at this address.
    pub(crate) async fn new(hint: &str, server: ServerAddress) -> Self {
        Self::at(Lab::shared(), tempfile::tempdir().unwrap(), hint, server).await
    }

    /// On a lab of its own, with the profile in this folder.
    pub(crate) async fn at(lab: &'static Lab, dir: TempDir, hint: &str, server: ServerAddress) -> Self {
        let user = lab.user(hint);
        let (context, login, dir) = profile_in(dir, server, &user, Trust::platform()).await;
        drop(context);
        Self { lab, user, login, dir }
    }

    pub(crate) fn open(&self) -> Open {
        self.open_fused(&Fuse::default())
    }

    /// The profile's folder.
    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// `None`: it cannot be opened.
    pub(crate) fn try_open(&self) -> Option<Open> {
        drop(Store::open(self.dir.path()).ok()?);
        Some(self.open())
    }

    /// As the program does when it starts.
    pub(crate) fn open_fused(&self, fuse: &Fuse) -> Open {
        let store = Store::open_fused(self.dir.path(), fuse).unwrap();
        let (markers, _left) = ParseMarkers::open(self.dir.path()).unwrap();
        markers.clear().unwrap();
        let clock = Arc::new(FixedClock(NOW));
        let context = Context { store: store.clone(), markers, clock, events: Events::default() };
        Open { store, engine: Engine::new(context, self.login.clone()) }
    }

    /// Puts mails of these numbers into a folder of the server, each fifth of them read. Their UIDs are in this order.
    pub(crate) fn fill(&self, folder: &str, numbers: &[u32]) {
        static ARRIVED: AtomicU64 = AtomicU64::new(1_700_000_000);
        let texts: Vec<_> = numbers.iter().map(|number| mail(*number)).collect();
        let mails: Vec<_> = texts
            .iter()
            .zip(numbers)
            .map(|(text, number)| MaildirMail {
                bytes: text.as_bytes(),
                flags: if number % 5 == 2 { "S" } else { "" },
                date: UNIX_EPOCH + Duration::from_secs(ARRIVED.fetch_add(1, Ordering::Relaxed)),
            })
            .collect();
        self.lab.write_maildir(&self.user, folder, &mails).unwrap();
    }

    /// The other side's view.
    pub(crate) fn mailbox(&self) -> Mailbox {
        let mut imap = self.lab.imap(&self.user);
        let mut mailbox = Mailbox::new();
        for folder in imap.folders() {
            imap.select(&folder);
            let lines = imap.command("UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])");
            let mut messages: Vec<_> = lines.iter().filter(|line| line.contains(" FETCH (")).map(|l| read(l)).collect();
            messages.sort();
            mailbox.insert(folder, messages);
        }
        mailbox
    }
}

fn read(line: &str) -> (String, BTreeSet<String>) {
    let flags = line.split_once("FLAGS (").and_then(|(_, rest)| rest.split_once(')')).map_or("", |(flags, _)| flags);
    let flags = flags.split_whitespace().filter(|flag| *flag != "\\Recent").map(str::to_owned).collect();
    let id = line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or("", |(id, _)| id);
    (id.to_owned(), flags)
}

impl Open {
    /// A pass that must go well.
    pub(crate) async fn sync(&self, what: &str) -> PassReport {
        let report = self.engine.sync(&ALL).await.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(report.folders.iter().all(|folder| folder.error.is_none()), "{what}: {report:?}");
        report
    }

    pub(crate) async fn folder(&self, path: &str) -> FolderId {
        self.store.folder_find(None, path.to_owned()).await.unwrap().id
    }

    /// The user puts a message into a folder.
    pub(crate) async fn put(&self, folder: FolderId, raw: &[u8], flags: Flags) -> MessageId {
        let new = NewAppend {
            folder,
            raw: self.store.packer().unwrap().pack(raw).unwrap(),
            envelope: parse_envelope(raw),
            summary: Some(summarise(raw)),
            flags,
            received_at: UnixMillis(1_770_112_805_000),
        };
        self.store.append_queue(new, NOW).await.unwrap()
    }

    /// Every row that is shown, with its folder's path.
    pub(crate) async fn rows(&self) -> Vec<(String, MessageRow)> {
        let mut rows = Vec::new();
        for folder in self.store.folders().await.unwrap() {
            let page = self.store.list_page(folder.id, 100_000, None).await.unwrap();
            rows.extend(page.messages.into_iter().map(|row| (folder.path.clone(), row)));
        }
        rows
    }

    /// The rows of messages by their subject, which must be unique.
    pub(crate) async fn ids(&self) -> BTreeMap<String, MessageId> {
        self.rows().await.into_iter().map(|(_, row)| (row.subject, row.id)).collect()
    }

    /// Here is exactly what the server has, nothing waits, every body is whole, and a further pass changes nothing.
    pub(crate) async fn assert_settled(&self, what: &str) {
        let report = self.sync(what).await;
        let quiet = |(new, removed, flags): (u32, u32, u32)| new + removed + flags == 0;
        assert!(
            report.bodies == 0
                && report.undone.is_empty()
                && report.folders.iter().all(|f| quiet((f.new, f.removed, f.flags_changed))),
            "{what}: one more pass changed something: {report:?}"
        );
        assert_eq!(self.store.pending().await.unwrap(), [], "{what}");
        let ledgers = self.engine.verify(&DEEP).await.unwrap();
        assert!(ledgers.iter().all(FolderLedger::is_clean), "{what}: {ledgers:?}");
        for (path, row) in self.rows().await {
            assert!(row.has_body, "{what}: {} in {path} has no body", row.subject);
        }
        let status = self.store.status().await.unwrap();
        assert_eq!((status.pending, status.quarantined), (0, 0), "{what}");
    }
}
