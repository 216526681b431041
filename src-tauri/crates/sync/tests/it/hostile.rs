//! Servers that talk nonsense, contradict themselves or refuse: others' folders go on, nothing is lost.

use postroom_lab::{Lab, LabUser, ScriptedServer, Step};
use postroom_net::Trust;
use postroom_sync::{Bodies, Engine, Login, PassReport, PassRequest};
use postroom_types::{AccountDraft, Event, FaultCode, ServerAddress};

use crate::desk::{Desk, NOW, of, profile};

const HEADERS: PassRequest = PassRequest { folder: None, bodies: Bodies::None };

/// A server that answers by these rules; greeting, login and farewell are added.
pub(crate) fn server(capabilities: &str, rules: &[(&str, &str)]) -> ScriptedServer {
    let greeting = Step::send("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] ready\r\n");
    let login = format!("$TAG OK [CAPABILITY IMAP4rev1 {capabilities}] in\r\n");
    let mut all = vec![("authenticate", login.as_str()), ("logout", "* BYE\r\n$TAG OK\r\n")];
    all.extend_from_slice(rules);
    ScriptedServer::start(vec![greeting, Step::answer(&all)]).unwrap()
}

fn somebody() -> LabUser {
    LabUser { email: "ann@example.test".to_owned(), user: "ann".to_owned(), password: "secret".to_owned() }
}

/// The same account, moved to another server.
pub(crate) fn moved(login: &Login, address: ServerAddress) -> Login {
    let mut login = login.clone();
    login.account.draft = AccountDraft { imap: address, ..login.account.draft };
    login
}

/// One message that names itself, as headers and as flags.
fn header_answer(uid: u32) -> String {
    let header = format!("Subject: Mail {uid:03}\r\nMessage-ID: <{uid}@x.test>\r\n\r\n");
    format!(
        "* {uid} FETCH (UID {uid} FLAGS () INTERNALDATE \"03-Feb-2026 10:00:00 +0000\" RFC822.SIZE {size} \
         BODY[HEADER] {{{len}}}\r\n{header})\r\n",
        size = header.len() + 10,
        len = header.len()
    )
}

async fn with_bad_folder(bad_select: &str) -> PassReport {
    let select = "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 2] x\r\n$TAG OK [READ-WRITE] x\r\n";
    let header = format!("{}$TAG OK\r\n", header_answer(1));
    let list = "* LIST () \"/\" INBOX\r\n* LIST () \"/\" Bad\r\n* LIST () \"/\" Good\r\n$TAG OK\r\n";
    let server = server(
        "",
        &[
            ("list", list),
            ("select \"bad\"", bad_select),
            ("select", select),
            ("search", "* SEARCH 1\r\n$TAG OK\r\n"),
            ("header", &header),
            ("fetch", "* 1 FETCH (UID 1 FLAGS ())\r\n$TAG OK\r\n"),
        ],
    );
    let (context, login, _dir) = profile(server.address(), &somebody(), Trust::platform()).await;
    let report = Engine::new(context.clone(), login).sync(&HEADERS).await.unwrap();
    for path in ["INBOX", "Good"] {
        assert_eq!((of(&report, path).new, &of(&report, path).error), (1, &None), "{path}");
        let folder = context.store.folder_find(None, path.to_owned()).await.unwrap();
        let rows = context.store.list_page(folder.id, 10, None).await.unwrap().messages;
        assert_eq!(rows.iter().map(|row| row.subject.as_str()).collect::<Vec<_>>(), ["Mail 001"]);
    }
    assert_eq!(of(&report, "Bad").new, 0);
    report
}

#[tokio::test(flavor = "multi_thread")]
async fn one_folder_of_nonsense_does_not_stop_the_others() {
    let report = with_bad_folder("* ((((]] \u{0} {99999999999999999999}\r\n$TAG OK\r\n").await;
    assert_eq!(of(&report, "Bad").error.as_ref().map(|fault| fault.code), Some(FaultCode::ServerNonsense));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_refused_folder_does_not_stop_the_others() {
    let report = with_bad_folder("$TAG NO [NOPERM] not yours\r\n").await;
    assert_eq!(of(&report, "Bad").error.as_ref().map(|fault| fault.code), Some(FaultCode::ServerRefused));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_hangs_up_does_not_stop_the_others() {
    let report = with_bad_folder("* BYE out of memory\r\n").await;
    assert!(of(&report, "Bad").error.is_some());
}

/// Thirty messages, of which SEARCH names these.
fn with_thirty(search: &str) -> ScriptedServer {
    let headers: String = (1..=30).map(header_answer).collect::<String>() + "$TAG OK\r\n";
    let flags = (1..=30).map(|uid| format!("* {uid} FETCH (UID {uid} FLAGS ())\r\n")).collect::<Vec<_>>().concat();
    server(
        "",
        &[
            ("list", "* LIST () \"/\" INBOX\r\n$TAG OK\r\n"),
            ("select", "* 30 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 31] x\r\n$TAG OK [READ-WRITE] x\r\n"),
            ("search", &format!("{search}$TAG OK\r\n")),
            ("header", &headers),
            ("fetch", &format!("{flags}$TAG OK\r\n")),
        ],
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_contradicts_itself_takes_no_messages_away() {
    let all = (1..=30).map(|uid| format!(" {uid}")).collect::<Vec<_>>().concat();
    let sane = with_thirty(&format!("* SEARCH{all}\r\n"));
    let (context, login, _dir) = profile(sane.address(), &somebody(), Trust::platform()).await;
    let first = Engine::new(context.clone(), login.clone()).sync(&HEADERS).await.unwrap();
    assert_eq!(of(&first, "INBOX").new, 30);
    for search in ["* SEARCH\r\n", "", "* SEARCH 30\r\n"] {
        let odd = with_thirty(search);
        let engine = Engine::new(context.clone(), moved(&login, odd.address()));
        let report = engine.sync(&HEADERS).await.unwrap();
        assert_eq!((of(&report, "INBOX").removed, of(&report, "INBOX").messages), (0, 30), "{search:?}");
    }
    // A server that lists no folder at all hides none.
    let empty = server("", &[("list", "$TAG OK\r\n"), ("select", "$TAG NO what is that\r\n")]);
    Engine::new(context.clone(), moved(&login, empty.address())).sync(&HEADERS).await.unwrap();
    assert_eq!(context.store.folders().await.unwrap()[0].messages, 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_the_server_refuses_is_taken_back_and_told() {
    let desk = Desk::new("refused").await;
    desk.lab.create_folder(&desk.user, "Work").unwrap();
    desk.append("INBOX", 1..=3);
    desk.sync().await;
    let id = desk.id("INBOX", "Mail 001").await;
    desk.store.move_to(vec![id], desk.folder_id("Work").await, NOW).await.unwrap();
    let cursor = desk.store.sync_folders(desk.account).await.unwrap()[0].cursor;
    let select = format!(
        "* 3 EXISTS\r\n* OK [UIDVALIDITY {}] x\r\n* OK [UIDNEXT 4] x\r\n$TAG OK x\r\n",
        cursor.uid_validity.unwrap().0
    );
    let refusing = server(
        "MOVE",
        &[
            ("list", "* LIST () \"/\" INBOX\r\n$TAG OK\r\n"),
            ("select", &select),
            ("search", "* SEARCH 1 2 3\r\n$TAG OK\r\n"),
            ("move", "$TAG NO [NOPERM] not yours\r\n"),
            ("fetch", "$TAG OK\r\n"),
        ],
    );
    let account = desk.store.account(desk.account).await.unwrap();
    let login = Login { account, trust: Trust::platform(), password: postroom_types::Secret::new("x".to_owned()) };
    let mut events = desk.context.events.subscribe();
    Engine::new(desk.context.clone(), moved(&login, refusing.address())).sync(&HEADERS).await.unwrap();
    desk.assert_nothing_queued().await;
    assert_eq!(desk.store.message(id).await.unwrap().row.folder, desk.folder_id("INBOX").await);
    let mut told = Vec::new();
    while let Ok(event) = events.try_recv() {
        if let Event::OperationFailed { fault, .. } = event {
            told.push(fault.code);
        }
    }
    assert_eq!(told, [FaultCode::ServerRefused]);
    assert_eq!(Lab::shared().imap(&desk.user).uids("INBOX").len(), 3);
}
