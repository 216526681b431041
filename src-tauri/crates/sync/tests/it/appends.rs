//! Messages that the user puts into folders: shown at once, on the server exactly once, whatever the server says and however
//! the connection ends. That every step may be interrupted is shown by [`crate::steps`].

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use postroom_lab::{Cyrus, ImapServer, Lab, LabUser};
use postroom_net::Trust;
use postroom_store::Store;
use postroom_sync::{Context, Engine, Login, PassReport};
use postroom_types::{
    Event, FaultCode, FixedClock, FlagChange, Flags, FolderRole, OperationKind, OperationState, UnixMillis,
};
use tempfile::TempDir;

use crate::desk::{Desk, NOW, mail, profile};
use crate::liar::server::{Clerk, Folder, Liar, Mailboxes};
use crate::rig::{ALL, Open};

async fn shows_at_once_and_arrives_once<S: ImapServer>(server: &'static S) {
    let desk = Desk::at(server, server.imap_plain(), Trust::platform(), server.user("put")).await;
    desk.lab.create_folder(&desk.user, "Work").unwrap();
    desk.append("Work", 1..=2);
    desk.sync().await;
    let open = Open { store: desk.store.clone(), engine: desk.engine.clone() };
    let work = desk.folder_id("Work").await;
    let long = mail(3) + &"A line of some length, and {3}\r\n(\" in it.\r\n".repeat(3000);
    let id = open.put(work, long.as_bytes(), Flags::SEEN | Flags::FLAGGED).await;

    // On the screen at once, whole and with its first words.
    let shown = desk.rows("Work").await.into_iter().find(|row| row.id == id).unwrap();
    assert_eq!((shown.uid, shown.has_body, shown.flags), (None, true, Flags::SEEN | Flags::FLAGGED));
    assert!(shown.preview.starts_with("Text of 3."), "{}", shown.preview);
    assert_eq!((desk.folder("Work").await.messages, desk.folder("Work").await.unread), (3, 2));
    let queued = desk.store.pending().await.unwrap();
    assert_eq!(
        (queued[0].kind, queued[0].target, queued[0].state),
        (OperationKind::Append, Some(work), OperationState::Queued)
    );
    // What keeps a limit here spares what is here only.
    assert_eq!(desk.store.offline_apply(desk.account, NOW).await.unwrap(), 0);

    // Moved and removed before the server hears of it: it hears of the end only.
    let moved = open.put(work, mail(4).as_bytes(), Flags::empty()).await;
    desk.store.move_to(vec![moved], desk.folder_id("INBOX").await, NOW).await.unwrap();
    desk.store.mark(vec![moved], FlagChange::seen(true), NOW).await.unwrap();
    let removed = open.put(desk.folder_id("Trash").await, mail(5).as_bytes(), Flags::empty()).await;
    desk.store.delete(vec![removed], NOW).await.unwrap();
    assert!(desk.store.message(removed).await.is_err());

    let report = desk.sync().await;
    assert_eq!(report.undone, []);
    open.assert_settled("put").await;
    let mut there = desk.server();
    let uids = there.search("Work", "HEADER Message-ID <3@example.test>");
    assert_eq!(uids.len(), 1);
    assert_eq!(there.message("Work", uids[0]).as_deref(), Some(long.as_str()), "byte for byte");
    let mut flags = there.flags("Work", uids[0]);
    flags.sort();
    assert_eq!(flags, ["\\Flagged", "\\Seen"]);
    let date = there.command(&format!("UID FETCH {} (INTERNALDATE)", uids[0])).join("");
    assert!(date.contains("3-Feb-2026") && date.contains(":00:05 "), "{date}");
    assert_eq!(there.search("INBOX", "HEADER Message-ID <4@example.test>").len(), 1);
    assert_eq!(there.uids("Trash"), Vec::<u32>::new());
    let row = desk.rows("Work").await.into_iter().find(|row| row.id == id).unwrap();
    assert_eq!((row.uid.unwrap().0, desk.rows("Work").await.len()), (uids[0], 3), "the same row, and no other");
    assert_eq!(desk.store.raw(id).await.unwrap(), long.as_bytes());
}

#[tokio::test(flavor = "multi_thread")]
async fn on_dovecot_it_shows_at_once_and_arrives_once() {
    shows_at_once_and_arrives_once(Lab::shared()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_cyrus_it_shows_at_once_and_arrives_once() {
    shows_at_once_and_arrives_once(Cyrus::shared()).await;
}

/// A profile on a server that stores what it likes.
struct Odd {
    liar: Liar,
    context: Context,
    login: Login,
    open: Open,
    _dir: TempDir,
}

impl Odd {
    async fn new() -> Self {
        let mut boxes = Mailboxes::default();
        for (name, validity) in [("INBOX", 7), ("Work", 8), ("Trash", 9)] {
            let mut folder = Folder::new(validity);
            folder.append(mail(validity));
            boxes.0.insert(name.to_owned(), folder);
        }
        let liar = Liar::start(boxes);
        let user = LabUser { email: "ann@example.test".into(), user: "ann".into(), password: "secret".into() };
        let (context, login, dir) = profile(liar.address(), &user, Trust::platform()).await;
        let open = Open { store: context.store.clone(), engine: Engine::new(context.clone(), login.clone()) };
        open.sync("before").await;
        let work = open.folder("Work").await;
        open.put(work, mail(50).as_bytes(), Flags::SEEN).await;
        Self { liar, context, login, open, _dir: dir }
    }

    /// A pass so many minutes later, whatever comes of it.
    async fn pass(&self, minutes: i64) -> PassReport {
        let clock = Arc::new(FixedClock(UnixMillis(NOW.0 + minutes * 60_000)));
        let engine = Engine::new(Context { clock, ..self.context.clone() }, self.login.clone());
        let mut report = PassReport::default();
        // A cut connection is an error, as it must be.
        drop(engine.sync_into(&ALL, &mut report).await);
        report
    }

    fn store(&self) -> &Store {
        &self.open.store
    }

    /// How many messages of this subject Work has, there and here.
    async fn count(&self, subject: &str) -> (usize, usize) {
        let there = self.liar.boxes().get("Work").mails.values().filter(|mail| mail.raw.contains(subject)).count();
        let here = self.open.rows().await.iter().filter(|(path, row)| path == "Work" && row.subject == subject).count();
        (there, here)
    }

    async fn assert_once(&self, what: &str) {
        self.open.sync(what).await;
        self.open.assert_settled(what).await;
        assert_eq!(self.count("Mail 050").await, (1, 1), "{what}");
    }
}

/// As Outlook.com does.
fn renamed(raw: &str) -> String {
    let kept = raw.replace("Message-ID: <", "X-Microsoft-Original-Message-ID: <");
    format!("Message-ID: <AM0PR04MB@outlook.test>\r\n{kept}")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_doubles_nothing_whatever_the_server_made_of_the_message() {
    let other: Clerk = |raw| Some(renamed(raw));
    let stamped: Clerk = |raw| Some(format!("Received: from x by y\r\n{raw}"));
    for (what, clerk) in [("as it was", None), ("another id", Some(other)), ("a new field", Some(stamped))] {
        let odd = Odd::new().await;
        odd.liar.employ(clerk);
        odd.liar.lie(Some(|c, h| if c.starts_with("APPEND") { b"* BYE\r\n".to_vec() } else { h.into_bytes() }));
        assert_eq!(odd.pass(0).await.undone, []);
        assert_eq!(odd.store().pending().await.unwrap()[0].state, OperationState::Sent, "{what}");
        odd.liar.lie(None);
        odd.assert_once(what).await;
        assert_eq!(odd.liar.appends().len(), 1, "{what}: found, not sent again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_uid_is_not_believed() {
    static CODE: Mutex<String> = Mutex::new(String::new());
    for code in ["APPENDUID 8 1", "APPENDUID 8 4000", "APPENDUID 88 2", "APPENDUID 0 0", "APPENDUID x y", "TRYCREATE"] {
        let odd = Odd::new().await;
        code.clone_into(&mut CODE.lock().unwrap());
        odd.liar.lie(Some(|c, h| {
            let code = CODE.lock().unwrap().clone();
            if c.starts_with("APPEND") { format!("$TAG OK [{code}] done\r\n").into_bytes() } else { h.into_bytes() }
        }));
        assert_eq!(odd.pass(0).await.undone, [], "{code}");
        assert_eq!(odd.store().pending().await.unwrap(), [], "{code}");
        odd.liar.lie(None);
        odd.assert_once(code).await;
        assert_eq!(odd.liar.appends().len(), 1, "{code}");
        let old = odd.open.rows().await.into_iter().find(|(_, row)| row.subject == "Mail 008").unwrap().1;
        assert_eq!(odd.store().raw(old.id).await.unwrap(), mail(8).as_bytes(), "{code}: the other message is itself");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ok_for_what_was_not_stored_is_tried_again_and_then_told() {
    let odd = Odd::new().await;
    odd.liar.employ(Some(|_raw| None));
    assert_eq!(odd.pass(0).await.undone, []);
    assert_eq!(odd.store().pending().await.unwrap()[0].attempts, 1, "it waits");
    assert_eq!(odd.count("Mail 050").await, (0, 1), "still shown");
    // Honest again: it arrives.
    odd.liar.employ(None);
    assert_eq!(odd.pass(5).await.undone, []);
    odd.assert_once("in the end").await;

    // Never honest: the user hears of it.
    let odd = Odd::new().await;
    odd.liar.employ(Some(|_raw| None));
    let mut undone = Vec::new();
    for attempt in 0..6 {
        undone.extend(odd.pass(attempt * 60).await.undone);
    }
    assert_eq!(undone.len(), 1);
    assert_eq!((undone[0].kind, undone[0].fault.code), (OperationKind::Append, FaultCode::ServerRefused));
    assert!(undone[0].fault.message.contains("APPEND"), "{}", undone[0].fault.message);
    assert_eq!((odd.count("Mail 050").await, odd.store().pending().await.unwrap().len()), ((0, 0), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_will_not_take_is_taken_back_and_told() {
    static CODE: Mutex<String> = Mutex::new(String::new());
    for (code, expected) in [
        ("OVERQUOTA", FaultCode::OverQuota),
        ("TRYCREATE", FaultCode::ServerRefused),
        ("NOPERM", FaultCode::ServerRefused),
    ] {
        let odd = Odd::new().await;
        code.clone_into(&mut CODE.lock().unwrap());
        odd.liar.employ(Some(|_raw| None));
        odd.liar.lie(Some(|c, h| {
            let code = CODE.lock().unwrap().clone();
            if c.starts_with("APPEND") { format!("$TAG NO [{code}] no\r\n").into_bytes() } else { h.into_bytes() }
        }));
        let mut events = odd.context.events.subscribe();
        let undone = odd.pass(0).await.undone;
        assert_eq!((undone.len(), undone[0].fault.code), (1, expected), "{code}");
        let told = std::iter::from_fn(|| events.try_recv().ok()).any(|e| matches!(e, Event::OperationFailed { .. }));
        assert!(told, "{code}");
        assert_eq!((odd.count("Mail 050").await, odd.store().pending().await.unwrap().len()), ((0, 0), 0), "{code}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_over_the_limit_is_not_even_sent() {
    let odd = Odd::new().await;
    odd.liar.lie(Some(|c, h| {
        let limit = if c.starts_with("AUTHENTICATE") { "UNSELECT APPENDLIMIT=60" } else { "UNSELECT" };
        h.replace("UNSELECT", limit).into_bytes()
    }));
    let undone = odd.pass(0).await.undone;
    assert_eq!((undone.len(), undone[0].fault.code), (1, FaultCode::TooLarge));
    assert_eq!(undone[0].fault.params["limit"], "60");
    assert_eq!((odd.liar.appends().len(), odd.count("Mail 050").await), (0, (0, 0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_whose_text_is_lost_is_told_and_holds_nothing_up() {
    let odd = Odd::new().await;
    let work = odd.open.folder("Work").await;
    // Large and without a pattern, so that it lies in a file of its own.
    let mut dice = crate::simulation::Dice(7);
    let mut lines = String::new();
    for _ in 0..200_000 {
        write!(lines, "{:016x}\r\n", dice.roll(u64::MAX)).unwrap();
    }
    odd.open.put(work, (mail(51) + &lines).as_bytes(), Flags::empty()).await;
    odd.open.put(work, mail(52).as_bytes(), Flags::empty()).await;
    let files = std::fs::read_dir(odd.store().dir().join("blobs")).unwrap();
    let gone = files.map(|file| std::fs::remove_file(file.unwrap().path()).unwrap()).count();
    assert_eq!(gone, 1);
    let report = odd.open.engine.sync(&ALL).await.unwrap();
    assert_eq!((report.undone.len(), report.undone[0].fault.code), (1, FaultCode::BodyMissing));
    assert_eq!((odd.count("Mail 051").await, odd.count("Mail 052").await), ((0, 0), (1, 1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_was_made_here_is_made_there_first() {
    let desk = Desk::new("putnew").await;
    let mut server = desk.server();
    server.command("DELETE Archive");
    desk.sync().await;
    desk.append("INBOX", 1..=1);
    desk.sync().await;
    let open = Open { store: desk.store.clone(), engine: desk.engine.clone() };
    desk.store.archive(vec![desk.id("INBOX", "Mail 001").await], NOW).await.unwrap();
    let archive = desk.folder("Archive").await;
    assert_eq!(archive.role, FolderRole::Archive);
    open.put(archive.id, mail(2).as_bytes(), Flags::SEEN).await;
    desk.sync().await;
    open.assert_settled("made").await;
    assert_eq!(desk.server().uids("Archive").len(), 2);
}
