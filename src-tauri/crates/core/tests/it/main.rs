//! The whole core on a profile of its own: what the window and postroomctl ask of it.
#![expect(clippy::unwrap_used, reason = "tests")]

mod corpus;
mod files;
mod frame;
mod large;
mod passwords;
mod replies;
mod walls;

use std::path::Path;
use std::time::Duration;

use postroom_core::{Bodies, Check, Config, Postroom, Remote, SyncRequest};
use postroom_lab::{Lab, LabUser};
use postroom_types::{
    AccountDraft, AccountState, BodyKind, DefectKind, Event, Fault, FaultCode, Flags, Mark, MessageId, MessageRow,
    PartNumber, Secret, ServerAddress, TlsMode,
};

const ALL: SyncRequest = SyncRequest { account: None, folder: None, bodies: Bodies::All };

const HTML: &str = "From: Bo <bo@example.test>\r\nTo: ann@example.test\r\nSubject: =?utf-8?B?5ZCI5ZCM?=\r\n\
    Message-ID: <html@example.test>\r\nDate: Tue, 03 Feb 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n\
    Content-Type: text/html; charset=utf-8\r\n\r\n<p>Hello <script>alert(1)</script>\
    <img src=\"https://tracker.example.test/p.gif\"></p>\r\n";

async fn open(dir: &Path, key: &str) -> Result<Postroom, Fault> {
    let vault_key = Some(Secret::new(key.to_owned()));
    Postroom::open(Config { data_dir: dir.to_owned(), vault_key }).await
}

fn draft(lab: &Lab, user: &LabUser) -> AccountDraft {
    AccountDraft {
        name: "Ann".to_owned(),
        email: user.email.clone(),
        imap: lab.imap_implicit(),
        smtp: ServerAddress::new("127.0.0.1", 25, TlsMode::None).unwrap(),
        user: String::new(),
        ca_pem: Some(lab.ca_pem().to_owned()),
    }
}

async fn add(postroom: &Postroom, lab: &Lab, user: &LabUser) {
    let password = Secret::new(user.password.clone());
    postroom.account_add(draft(lab, user), password, Check::Skip).await.unwrap();
}

async fn inbox(postroom: &Postroom) -> Vec<MessageRow> {
    let Ok(folder) = postroom.folder_find(None, "INBOX").await else { return Vec::new() };
    postroom.list_page(folder.id, 100, None).await.unwrap().messages
}

async fn only_message(postroom: &Postroom) -> MessageId {
    let rows = inbox(postroom).await;
    assert_eq!(rows.len(), 1);
    rows.first().unwrap().id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_for_one_program_and_one_key() {
    let (lab, dir) = (Lab::shared(), tempfile::tempdir().unwrap());
    let user = lab.user("lock");
    let postroom = open(dir.path(), "key").await.unwrap();
    add(&postroom, lab, &user).await;
    assert_eq!(open(dir.path(), "key").await.unwrap_err().code, FaultCode::ProfileInUse);
    postroom.close().await;
    drop(postroom);
    assert_eq!(open(dir.path(), "other").await.unwrap_err().code, FaultCode::VaultKeyWrong);
    let postroom = open(dir.path(), "key").await.unwrap();
    assert_eq!(postroom.sync_once(ALL).await.unwrap().messages, 0, "the password was kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_checked_and_added_once() {
    let (lab, dir) = (Lab::shared(), tempfile::tempdir().unwrap());
    let user = lab.user("add");
    let postroom = open(dir.path(), "key").await.unwrap();
    let try_add = async |draft: AccountDraft| {
        postroom.account_add(draft, Secret::new("x".to_owned()), Check::Skip).await.map_err(|fault| fault.code)
    };
    for email in ["", "ann", "ann@", "@example.test", "a b@example.test"] {
        let bad = AccountDraft { email: email.to_owned(), ..draft(lab, &user) };
        assert_eq!(try_add(bad).await, Err(FaultCode::InvalidInput), "{email:?}");
    }
    let mut plain = draft(lab, &user);
    plain.imap = ServerAddress { host: "imap.example.test".to_owned(), port: 143, tls: TlsMode::None };
    assert_eq!(try_add(plain).await, Err(FaultCode::InvalidInput), "no TLS to another machine");
    add(&postroom, lab, &user).await;
    assert_eq!(try_add(draft(lab, &user)).await, Err(FaultCode::AccountExists));
    let account = postroom.account_by_email(&user.email.to_uppercase()).await.unwrap();
    assert_eq!((account.user.as_str(), account.state), (user.email.as_str(), AccountState::Idle));
    postroom.account_remove(account.id).await.unwrap();
    assert_eq!(postroom.accounts().await.unwrap(), []);
    assert_eq!(postroom.account_remove(account.id).await.unwrap_err().code, FaultCode::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_a_fault_that_names_the_account_and_not_the_password() {
    let (lab, dir) = (Lab::shared(), tempfile::tempdir().unwrap());
    let mut user = lab.user("badpw");
    user.password = "hunter2-wrong".to_owned();
    let postroom = open(dir.path(), "key").await.unwrap();
    add(&postroom, lab, &user).await;
    // An account that works, after the one that does not.
    let other = lab.user("goodpw");
    lab.append(&other, "INBOX", HTML.as_bytes(), "").unwrap();
    add(&postroom, lab, &other).await;
    let report = postroom.sync_once(ALL).await.unwrap();
    let accounts: Vec<_> =
        report.accounts.iter().map(|account| (account.account.as_str(), account.error.is_none())).collect();
    assert_eq!(accounts, [(user.email.as_str(), false), (other.email.as_str(), true)]);
    assert_eq!(report.messages, 1, "what worked is told");
    let fault = report.first_error().unwrap();
    assert_eq!(fault.code, FaultCode::LoginRefused);
    let shown = format!("{fault:?}");
    assert!(shown.contains(&user.email) && !shown.contains("hunter2"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_opened_safe_and_its_token_ends() {
    let (lab, dir) = (Lab::shared(), tempfile::tempdir().unwrap());
    let user = lab.user("open");
    lab.append(&user, "INBOX", HTML.as_bytes(), "").unwrap();
    let postroom = open(dir.path(), "key").await.unwrap();
    add(&postroom, lab, &user).await;
    postroom.sync_once(SyncRequest { bodies: Bodies::None, ..ALL }).await.unwrap();
    let id = only_message(&postroom).await;
    let missing = postroom.message_open(id, Remote::Blocked).await.unwrap();
    assert_eq!((missing.body, missing.row.subject.as_str()), (BodyKind::Missing, "合同"));
    assert_eq!(postroom.message_raw(id).await.unwrap_err().code, FaultCode::BodyMissing);

    postroom.sync_once(ALL).await.unwrap();
    assert_eq!(postroom.message_raw(id).await.unwrap(), HTML.as_bytes());
    let opened = postroom.message_open(id, Remote::Blocked).await.unwrap();
    assert_eq!((opened.body, opened.remote_allowed, opened.remote_pictures), (BodyKind::Html, false, 1));
    let frame = postroom.frame(&format!("/{}/body", opened.token)).await;
    let html = String::from_utf8(frame.body).unwrap();
    assert_eq!(frame.status, 200);
    assert!(html.contains("Hello") && !html.contains("alert(1)") && !html.contains("tracker.example.test"), "{html}");
    assert_eq!(postroom.token_message(&opened.token).unwrap(), id);
    postroom.message_close(&opened.token);
    assert_eq!(postroom.frame(&format!("/{}/body", opened.token)).await.status, 404);
    assert_eq!(postroom.search("合同", 10).await.unwrap().total, 1);
}

/// The mark of a process that died while it read the message.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_killed_the_program_is_shown_as_source() {
    let (lab, dir) = (Lab::shared(), tempfile::tempdir().unwrap());
    let user = lab.user("killer");
    lab.append(&user, "INBOX", HTML.as_bytes(), "").unwrap();
    let postroom = open(dir.path(), "key").await.unwrap();
    add(&postroom, lab, &user).await;
    postroom.sync_once(ALL).await.unwrap();
    let id = only_message(&postroom).await;
    postroom.close().await;
    drop(postroom);
    let mark = [2, id.0, 0].map(i64::to_le_bytes).concat();
    std::fs::write(dir.path().join("parsing"), mark).unwrap();

    let postroom = open(dir.path(), "key").await.unwrap();
    assert_eq!(postroom.status().await.unwrap().quarantined, 1);
    let opened = postroom.message_open(id, Remote::Allowed).await.unwrap();
    assert_eq!(opened.body, BodyKind::Source);
    assert_eq!(opened.defects.iter().map(|defect| defect.kind).collect::<Vec<_>>(), [DefectKind::Quarantined]);
    let html = String::from_utf8(postroom.frame(&format!("/{}/body", opened.token)).await.body).unwrap();
    assert!(html.contains("&lt;script&gt;") && !html.contains("<script>alert"), "{html}");
    assert_eq!(postroom.message_raw(id).await.unwrap(), HTML.as_bytes());
    assert_eq!(postroom.attachment(id, PartNumber(1)).await.unwrap_err().code, FaultCode::NotFound, "nor its parts");

    // It was only unlucky.
    let mut events = postroom.events();
    postroom.retry_quarantined(id).await.unwrap();
    assert!(matches!(events.try_recv(), Ok(Event::Messages { .. })), "the list is told");
    let opened = postroom.message_open(id, Remote::Blocked).await.unwrap();
    assert_eq!((opened.body, opened.defects.len()), (BodyKind::Html, 0));
    assert_eq!(postroom.status().await.unwrap().quarantined, 0);
    postroom.retry_quarantined(id).await.unwrap();
    assert_eq!(postroom.retry_quarantined(MessageId(4711)).await.unwrap_err().code, FaultCode::NotFound);
}

/// Killed while its body came in: the body is fetched and kept, and read only when the user asks.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_was_coming_in_is_read_when_the_user_asks() {
    let (lab, dir) = (Lab::shared(), tempfile::tempdir().unwrap());
    let user = lab.user("unlucky");
    lab.append(&user, "INBOX", HTML.as_bytes(), "").unwrap();
    let postroom = open(dir.path(), "key").await.unwrap();
    add(&postroom, lab, &user).await;
    postroom.sync_once(SyncRequest { bodies: Bodies::None, ..ALL }).await.unwrap();
    let folder = postroom.folder_find(None, "INBOX").await.unwrap().id;
    postroom.close().await;
    drop(postroom);
    std::fs::write(dir.path().join("parsing"), [1, folder.0, 1].map(i64::to_le_bytes).concat()).unwrap();

    let postroom = open(dir.path(), "key").await.unwrap();
    let id = only_message(&postroom).await;
    assert_eq!(postroom.quarantined().await.unwrap(), [id]);
    assert_eq!(postroom.retry_quarantined(id).await.unwrap_err().code, FaultCode::BodyMissing);
    postroom.sync_once(ALL).await.unwrap();
    assert_eq!(inbox(&postroom).await.first().unwrap().preview, "", "kept, not read");
    assert_eq!(postroom.message_open(id, Remote::Blocked).await.unwrap().body, BodyKind::Source);
    postroom.retry_quarantined(id).await.unwrap();
    assert_eq!(inbox(&postroom).await.first().unwrap().preview, "Hello");
    assert_eq!(postroom.message_open(id, Remote::Blocked).await.unwrap().body, BodyKind::Html);
    assert_eq!(postroom.quarantined().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_started_profile_sends_what_is_done_and_shows_what_comes() {
    let (lab, dir) = (Lab::shared(), tempfile::tempdir().unwrap());
    let user = lab.user("live");
    lab.append(&user, "INBOX", HTML.as_bytes(), "").unwrap();
    let postroom = open(dir.path(), "key").await.unwrap();
    let mut events = postroom.events();
    let mut until = async |check: &mut dyn FnMut(Vec<MessageRow>, usize) -> bool| {
        let holds = async {
            while !check(inbox(&postroom).await, postroom.pending().await.unwrap().len()) {
                // Lost events do not matter: the next one asks again.
                events.recv().await.ok();
            }
        };
        tokio::time::timeout(Duration::from_mins(1), holds).await.unwrap();
    };
    postroom.start();
    add(&postroom, lab, &user).await;
    until(&mut |rows, _| rows.len() == 1 && rows.iter().all(|row| row.has_body)).await;
    let id = only_message(&postroom).await;
    postroom.mark(vec![id], Mark { seen: Some(true), flagged: None }).await.unwrap();
    until(&mut |rows, pending| pending == 0 && rows.iter().all(|row| row.flags == Flags::SEEN)).await;
    assert_eq!(lab.imap(&user).flags("INBOX", 1), ["\\Seen"]);
    lab.deliver(&user, HTML.replace("<html@", "<second@").as_bytes()).unwrap();
    until(&mut |rows, _| rows.len() == 2).await;
    let closed = tokio::time::timeout(Duration::from_secs(30), postroom.close()).await;
    assert!(closed.is_ok(), "nothing keeps running");
}
