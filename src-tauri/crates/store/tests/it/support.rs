//! A profile in a temporary folder with one account, and short ways to fill it.

use std::path::Path;

use postroom_db::{DbError, Migration};
use postroom_mime::{parse_envelope, summarise};
use postroom_store::{FolderCursor, HeaderBatch, HeadersStored, ListedFolder, NewAppend, NewHeader, Packer, Store};
use postroom_types::{
    AccountDraft, AccountId, Flags, FolderId, FolderRole, MessageId, MessageRow, ServerAddress, TlsMode, Uid,
    UidValidity, UnixMillis,
};
use tempfile::TempDir;

use crate::profile::open;

pub(crate) const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

/// A profile; its folder goes with it.
pub(crate) struct Profile {
    pub(crate) store: Store,
    pub(crate) account: AccountId,
    pub(crate) inbox: FolderId,
    pub(crate) work: FolderId,
    dir: TempDir,
}

pub(crate) fn draft(email: &str) -> AccountDraft {
    let server = |port| ServerAddress::new("mail.example.test", port, TlsMode::Implicit).unwrap();
    AccountDraft {
        name: "Ann".to_owned(),
        email: email.to_owned(),
        imap: server(993),
        smtp: server(465),
        user: email.to_owned(),
        ca_pem: None,
    }
}

pub(crate) fn listed(path: &str, role: FolderRole) -> ListedFolder {
    ListedFolder { raw: path.to_owned(), path: path.to_owned(), delimiter: Some('/'), role, selectable: true }
}

impl Profile {
    /// With INBOX and a folder Work.
    pub(crate) async fn new() -> Self {
        Self::with(&[]).await
    }

    /// With further folders.
    pub(crate) async fn with(more: &[(&str, FolderRole)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let account = store.account_add(draft("ann@example.test"), NOW).await.unwrap();
        let mut folders = vec![listed("INBOX", FolderRole::Inbox), listed("Work", FolderRole::Other)];
        folders.extend(more.iter().map(|(path, role)| listed(path, *role)));
        store.folders_listed(account, folders).await.unwrap();
        let mut profile = Self { store, account, inbox: FolderId(0), work: FolderId(0), dir };
        profile.inbox = profile.folder("INBOX").await;
        profile.work = profile.folder("Work").await;
        profile
    }

    /// Closed and opened again.
    pub(crate) fn reopened(self) -> Self {
        let Self { store, account, inbox, work, dir } = self;
        drop(store);
        let store = Store::open(dir.path()).unwrap();
        Self { store, account, inbox, work, dir }
    }

    /// Closed; the folder is left.
    pub(crate) fn closed(self) -> TempDir {
        self.dir
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) async fn folder(&self, path: &str) -> FolderId {
        self.store.folder_find(Some(self.account), path.to_owned()).await.unwrap().id
    }

    pub(crate) async fn put(&self, folder: FolderId, headers: Vec<NewHeader>) -> HeadersStored {
        let cursor = FolderCursor { uid_validity: Some(UidValidity(1)), top: 1000, bottom: 1, ..Default::default() };
        self.store.headers_store(HeaderBatch { account: self.account, folder, headers, cursor }).await.unwrap()
    }

    /// `count` messages with UIDs from 1, one minute apart; their ids in the order of UIDs.
    pub(crate) async fn fill(&self, folder: FolderId, count: u32) -> Vec<MessageId> {
        self.put(folder, (1..=count).map(header).collect()).await;
        let mut rows = self.rows(folder).await;
        rows.sort_by_key(|row| row.uid);
        rows.into_iter().map(|row| row.id).collect()
    }

    /// All rows of a folder, as listed.
    pub(crate) async fn rows(&self, folder: FolderId) -> Vec<MessageRow> {
        self.store.list_page(folder, 100_000, None).await.unwrap().messages
    }

    pub(crate) async fn row(&self, id: MessageId) -> MessageRow {
        self.store.message(id).await.unwrap().row
    }

    /// As a profile of a program that knew no conversations.
    pub(crate) fn forget_threads(&self) {
        const DONE: &[Migration] = &[Migration { number: 99, sql: "" }];
        let db = open(self.path(), "mail.db", DONE);
        db.write_blocking(|tx| {
            tx.execute_batch("DELETE FROM thread_key; DELETE FROM thread_merged; UPDATE message SET thread_id = 0;")?;
            Ok::<_, DbError>(())
        })
        .unwrap();
    }

    /// A number out of `mail.db`.
    pub(crate) async fn number(&self, sql: &'static str) -> i64 {
        self.store.read(move |read| Ok(read.query_row(sql, [], |row| row.get(0))?)).await.unwrap()
    }
}

/// The header of message `uid`, unread, with a Message-ID of its own.
pub(crate) fn header(uid: u32) -> NewHeader {
    header_of(
        uid,
        Flags::empty(),
        &format!("Subject: Number {uid}\r\nFrom: Bo <bo@example.test>\r\nMessage-ID: <m{uid}@example.test>\r\n\r\n"),
    )
}

/// A message that the user puts into a folder.
pub(crate) fn new_append(folder: FolderId, raw: &[u8]) -> NewAppend {
    NewAppend {
        folder,
        raw: Packer::new().unwrap().pack(raw).unwrap(),
        envelope: parse_envelope(raw),
        summary: Some(summarise(raw)),
        flags: Flags::SEEN,
        received_at: NOW,
    }
}

pub(crate) fn header_of(uid: u32, flags: Flags, block: &str) -> NewHeader {
    NewHeader {
        uid: Uid(uid),
        flags,
        size: 1000 + u64::from(uid),
        date: UnixMillis(NOW.0 + i64::from(uid) * 60_000),
        envelope: parse_envelope(block.as_bytes()),
        email_id: String::new(),
        preview: String::new(),
    }
}
