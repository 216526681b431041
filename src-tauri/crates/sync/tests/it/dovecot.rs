//! A Dovecot that keeps every folder below the inbox, as Courier does: what the lab's own configuration is not.

use std::fmt::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use postroom_lab::LabUser;
use postroom_net::Trust;
use postroom_store::Store;
use postroom_sync::{Bodies, Engine, Login, PassRequest};
use postroom_types::{FolderRole, ServerAddress, TlsMode};
use tempfile::TempDir;

use crate::desk::{NOW, mail, profile};

/// The group and user `mail` of Debian.
const MAIL: u32 = 8;

struct Dovecot {
    child: Child,
    port: u16,
    _folder: TempDir,
}

impl Dovecot {
    /// `more` is put into the configuration.
    fn start(more: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("pr-sync").tempdir().unwrap();
        let at = folder.path();
        std::fs::set_permissions(at, std::fs::Permissions::from_mode(0o755)).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        std::fs::create_dir(at.join("mail")).unwrap();
        let id = Command::new("id").arg("-u").output().unwrap();
        let as_root = id.stdout.starts_with(b"0\n");
        if as_root {
            chown(at.join("mail"), Some(MAIL), Some(MAIL)).unwrap();
        }
        std::fs::write(at.join("dovecot.conf"), config(at, port, as_root) + more).unwrap();
        let child = Command::new("dovecot").args(["-F", "-c"]).arg(at.join("dovecot.conf")).spawn().unwrap();
        let server = Self { child, port, _folder: folder };
        let until = Instant::now() + Duration::from_secs(10);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "Dovecot does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    fn address(&self) -> ServerAddress {
        ServerAddress::new("127.0.0.1", self.port, TlsMode::None).unwrap()
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        // SIGTERM lets the master stop its children; SIGKILL would leave them.
        let stopped = Command::new("kill").arg(self.child.id().to_string()).status();
        if stopped.is_ok_and(|status| status.success()) {
            self.child.wait().unwrap();
        }
    }
}

fn config(at: &Path, port: u16, as_root: bool) -> String {
    let at = at.display();
    let mut text = format!(
        "base_dir = {at}/run\nstate_dir = {at}/state\nlog_path = {at}/log\nprotocols = imap\nlisten = 127.0.0.1\n\
         ssl = no\ndisable_plaintext_auth = no\nmail_location = maildir:~/Maildir\nfirst_valid_uid = 1\n\
         passdb {{\n driver = static\n args = password=secret\n}}\n\
         namespace inbox {{\n inbox = yes\n prefix = INBOX.\n separator = .\n}}\n\
         service imap-login {{\n inet_listener imap {{\n port = {port}\n }}\n inet_listener imaps {{\n port = 0\n }}\n}}\n"
    );
    let owner = if as_root { format!("uid={MAIL} gid={MAIL} ") } else { String::new() };
    write!(text, "userdb {{\n driver = static\n args = {owner}home={at}/mail/%u\n}}\n").unwrap();
    if !as_root {
        let me = std::env::var("USER").unwrap_or_else(|_| "nobody".to_owned());
        write!(
            text,
            "default_internal_user = {me}\ndefault_login_user = {me}\nservice imap-login {{\n chroot =\n}}\n\
             service anvil {{\n chroot =\n}}\n"
        )
        .unwrap();
    }
    text
}

/// Archives one message and deletes another; both folders must come to be below the inbox.
async fn archive_and_delete(more: &str, offers_namespace: bool) {
    let server = Dovecot::start(more);
    let user = LabUser { email: "ann@example.test".to_owned(), user: "ann".to_owned(), password: "secret".to_owned() };
    let (context, login, _dir) = profile(server.address(), &user, Trust::platform()).await;
    let mut session = login.connect().await.unwrap();
    assert_eq!(session.namespace().await.unwrap().is_some(), offers_namespace);
    assert!(session.create("Elsewhere").await.is_err(), "the server refuses names beside the inbox");
    session.create("INBOX.Work").await.unwrap();
    for number in 1..=3 {
        session.append("INBOX", postroom_types::Flags::empty(), mail(number).as_bytes()).await.unwrap();
    }
    let engine = Engine::new(context.clone(), login.clone());
    let all = PassRequest { folder: None, bodies: Bodies::All };
    engine.sync(&all).await.unwrap();
    let ids = ids(&context.store, FolderRole::Inbox).await;
    context.store.archive(vec![ids[0]], NOW).await.unwrap();
    context.store.delete(vec![ids[1]], NOW).await.unwrap();
    let report = engine.sync(&all).await.unwrap();
    assert_eq!(report.undone, []);
    assert_eq!(context.store.pending().await.unwrap(), []);
    engine.sync(&all).await.unwrap();
    assert_on_server(&login, &["INBOX", "INBOX.Archive", "INBOX.Trash", "INBOX.Work"]).await;
    for (role, path, id) in [(FolderRole::Archive, "INBOX.Archive", ids[0]), (FolderRole::Trash, "INBOX.Trash", ids[1])]
    {
        let folder = context.store.folder_find(None, path.to_owned()).await.unwrap();
        assert_eq!((folder.role, folder.name.as_str()), (role, path.trim_start_matches("INBOX.")));
        assert_eq!(self::ids(&context.store, role).await, [id]);
    }
}

/// Without MOVE: an attempt that was cut behind its COPY is not copied once more, one that was cut before it is.
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_was_made_is_not_made_again() {
    let server = Dovecot::start("imap_capability = IMAP4rev1 SASL-IR LITERAL+ ENABLE IDLE UIDPLUS NAMESPACE\n");
    let user = LabUser { email: "ann@example.test".to_owned(), user: "ann".to_owned(), password: "secret".to_owned() };
    let (context, login, _dir) = profile(server.address(), &user, Trust::platform()).await;
    let mut session = login.connect().await.unwrap();
    assert!(!session.capabilities().can_move());
    session.create("INBOX.Archive").await.unwrap();
    // An older copy is none that the move made.
    for (folder, number) in [("INBOX.Archive", 2), ("INBOX", 1), ("INBOX", 2)] {
        session.append(folder, postroom_types::Flags::empty(), mail(number).as_bytes()).await.unwrap();
    }
    let engine = Engine::new(context.clone(), login.clone());
    let all = PassRequest { folder: None, bodies: Bodies::All };
    engine.sync(&all).await.unwrap();
    let moved = ids(&context.store, FolderRole::Inbox).await;
    let older = ids(&context.store, FolderRole::Archive).await;
    context.store.archive(moved.clone(), NOW).await.unwrap();
    let operations = context.store.pending().await.unwrap();
    context.store.operations_sent(operations.iter().map(|operation| operation.id).collect()).await.unwrap();
    // The server has copied the first; then the line was cut.
    session.append("INBOX.Archive", postroom_types::Flags::empty(), mail(1).as_bytes()).await.unwrap();

    assert_eq!(engine.sync(&all).await.unwrap().undone, []);
    assert_eq!(context.store.pending().await.unwrap(), []);
    assert_eq!(session.select("INBOX").await.unwrap().exists, 0);
    assert_eq!(session.select("INBOX.Archive").await.unwrap().exists, 3);
    assert_eq!(ids(&context.store, FolderRole::Archive).await, [older, moved].concat());
}

async fn ids(store: &Store, role: FolderRole) -> Vec<postroom_types::MessageId> {
    let folders = store.folders().await.unwrap();
    let folder = folders.iter().find(|folder| folder.role == role).unwrap();
    let mut rows = store.list_page(folder.id, 100, None).await.unwrap().messages;
    rows.sort_by_key(|row| row.uid);
    rows.into_iter().map(|row| row.id).collect()
}

async fn assert_on_server(login: &Login, expected: &[&str]) {
    let mut session = login.connect().await.unwrap();
    let mut raws: Vec<_> = session.list().await.unwrap().folders.into_iter().map(|folder| folder.raw).collect();
    raws.sort();
    assert_eq!(raws, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn archive_and_trash_are_made_where_the_namespace_wants_them() {
    archive_and_delete("", true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_tells_no_namespace_shows_it_in_its_list() {
    archive_and_delete("imap_capability = IMAP4rev1 SASL-IR LITERAL+ ENABLE IDLE UIDPLUS MOVE UNSELECT\n", false).await;
}
