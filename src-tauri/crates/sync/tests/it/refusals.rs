//! Operations that a server refuses: what may work later waits, what cannot is taken back and told, the others go on.

use std::sync::Arc;

use postroom_lab::ScriptedServer;
use postroom_net::Trust;
use postroom_sync::{Bodies, Context, Engine, Login, PassReport, PassRequest};
use postroom_types::{
    Event, FaultCode, FixedClock, FlagChange, Flags, MessageId, OperationKind, OperationState, Secret, UnixMillis,
};

use crate::desk::{Desk, NOW, names};
use crate::hostile::{moved, server};

const HEADERS: PassRequest = PassRequest { folder: None, bodies: Bodies::None };
const HOUR: i64 = 3_600_000;

/// Three messages in the inbox, a folder Work, all synced.
async fn with_work(hint: &str) -> (Desk, [MessageId; 3]) {
    let desk = Desk::new(hint).await;
    desk.lab.create_folder(&desk.user, "Work").unwrap();
    desk.append("INBOX", 1..=3);
    desk.sync().await;
    let rows = desk.rows("INBOX").await;
    (desk, [rows[0].id, rows[1].id, rows[2].id])
}

/// The same mailbox on a server that answers some commands by these rules.
async fn odd(desk: &Desk, list: &str, rules: &[(&str, &str)]) -> ScriptedServer {
    let select = async |path: &str, count: u32, uids: u32| {
        let folders = desk.store.sync_folders(desk.account).await.unwrap();
        let cursor = folders.iter().find(|folder| folder.path == path).unwrap().cursor;
        format!(
            "* {count} EXISTS\r\n* OK [UIDVALIDITY {}] x\r\n* OK [UIDNEXT {uids}] x\r\n$TAG OK x\r\n",
            cursor.uid_validity.unwrap().0
        )
    };
    let (inbox, work) = (select("INBOX", 3, 4).await, select("Work", 0, 1).await);
    let list: Vec<_> = list.split(' ').map(|name| format!("* LIST () \"/\" {name}\r\n")).collect();
    let list = format!("{}$TAG OK\r\n", list.concat());
    let mut all = rules.to_vec();
    all.extend([
        ("list", list.as_str()),
        ("select \"work\"", &work),
        ("select", &inbox),
        ("search", "* SEARCH 1 2 3\r\n$TAG OK\r\n"),
        ("fetch", "$TAG OK\r\n"),
        ("store", "$TAG OK\r\n"),
        ("move", "$TAG OK\r\n"),
    ]);
    server("MOVE", &all)
}

/// An engine for another server, at another time.
async fn engine(desk: &Desk, server: &ScriptedServer, later: i64) -> Engine {
    let account = desk.store.account(desk.account).await.unwrap();
    let login = Login { account, trust: Trust::platform(), password: Secret::new("x".to_owned()) };
    Engine::new(at(desk, later), moved(&login, server.address()))
}

fn at(desk: &Desk, later: i64) -> Context {
    Context { clock: Arc::new(FixedClock(UnixMillis(NOW.0 + later))), ..desk.context.clone() }
}

async fn pass(desk: &Desk, server: &ScriptedServer, later: i64) -> PassReport {
    let report = engine(desk, server, later).await.sync(&HEADERS).await.unwrap();
    assert!(report.folders.iter().all(|folder| folder.error.is_none()), "{report:?}");
    report
}

fn count(server: &ScriptedServer, text: &str) -> usize {
    server.received().iter().filter(|line| line.to_ascii_lowercase().contains(text)).count()
}

async fn queued(desk: &Desk) -> Vec<(MessageId, u32)> {
    let pending = desk.store.pending().await.unwrap();
    pending.into_iter().map(|operation| (operation.message, operation.attempts)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_work_later_waits_and_the_others_go_on_over_the_same_connection() {
    for code in ["INUSE", "UNAVAILABLE", "LIMIT", "SERVERBUG"] {
        let (desk, [first, second, third]) = with_work("later").await;
        desk.store.mark(vec![first], FlagChange::seen(true), NOW).await.unwrap();
        let work = desk.folder_id("Work").await;
        desk.store.move_to(vec![first], work, NOW).await.unwrap();
        desk.store.mark(vec![second], FlagChange::flagged(true), NOW).await.unwrap();
        desk.store.move_to(vec![third], work, NOW).await.unwrap();
        let refusal = format!("$TAG NO [{code}] not now\r\n");
        let odd =
            odd(&desk, "INBOX Work", &[("uid store 1 ", &refusal), ("move 3", "$TAG OK [COPYUID 9 3 1] x\r\n")]).await;
        let mut events = desk.context.events.subscribe();
        let report = pass(&desk, &odd, 0).await;
        assert_eq!(report.undone, []);
        // Its move waits behind its mark; the messages beside it do not.
        assert_eq!(queued(&desk).await, [(first, 1), (first, 0)], "{code}");
        assert_eq!(desk.store.pending().await.unwrap()[0].state, OperationState::Sent);
        assert_eq!((count(&odd, "store 2 +flags"), count(&odd, "move 3"), count(&odd, "move 1")), (1, 1, 0));
        assert_eq!(count(&odd, "authenticate"), 1, "one connection");
        assert_eq!(desk.store.message(first).await.unwrap().row.flags, Flags::SEEN, "shown as the user left it");
        while let Ok(event) = events.try_recv() {
            assert!(!matches!(event, Event::OperationFailed { .. }), "nothing failed yet");
        }
        // Not again at once, but when its time has come; and then what stood behind it.
        let asked = count(&odd, "store 1 ");
        pass(&desk, &odd, 1000).await;
        assert_eq!((asked, count(&odd, "store 1 ")), (1, 1));
        let real = Engine::new(at(&desk, HOUR), desk.login().await);
        real.sync(&HEADERS).await.unwrap();
        desk.assert_nothing_queued().await;
        assert_eq!(desk.server().flags("Work", 1), ["\\Seen"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_work_is_taken_back_at_once_and_told() {
    for code in ["NOPERM", "OVERQUOTA", "NONEXISTENT", "CANNOT"] {
        let (desk, [first, second, third]) = with_work("never").await;
        let work = desk.folder_id("Work").await;
        desk.store.move_to(vec![first], work, NOW).await.unwrap();
        desk.store.mark(vec![first, second], FlagChange::seen(true), NOW).await.unwrap();
        desk.store.delete(vec![third], NOW).await.unwrap();
        let refusal = format!("$TAG NO [{code}] no\r\n");
        let odd = odd(&desk, "INBOX Work", &[("move 1 \"work\"", &refusal), ("copy 1 \"work\"", &refusal)]).await;
        let mut events = desk.context.events.subscribe();
        let report = engine(&desk, &odd, 0).await.sync(&HEADERS).await.unwrap();
        let undone: Vec<_> = report.undone.iter().map(|undone| (undone.message, undone.kind)).collect();
        assert_eq!(undone, [(first, OperationKind::Move)], "{code}");
        let expected = if code == "OVERQUOTA" { FaultCode::OverQuota } else { FaultCode::ServerRefused };
        assert_eq!(report.undone[0].fault.code, expected);
        assert!(report.undone[0].fault.message.contains("no"));
        let mut told = 0;
        while let Ok(event) = events.try_recv() {
            told += u32::from(matches!(event, Event::OperationFailed { .. }));
        }
        assert_eq!(told, 1);
        desk.assert_nothing_queued().await;
        let row = desk.store.message(first).await.unwrap().row;
        assert_eq!((row.folder, row.flags), (desk.folder_id("INBOX").await, Flags::SEEN), "back, and marked");
        assert_eq!((count(&odd, "store 1:2 +flags"), count(&odd, "move 3 \"trash\"")), (1, 1), "the others went");
    }
}

/// How often an operation is tried that is refused for ever, and that it is told in the end.
async fn tries(refusal: &str) -> usize {
    let (desk, [first, ..]) = with_work("tries").await;
    desk.store.mark(vec![first], FlagChange::seen(true), NOW).await.unwrap();
    let odd = odd(&desk, "INBOX Work", &[("store", refusal)]).await;
    for round in 0..20 {
        let report = pass(&desk, &odd, round * 2 * HOUR).await;
        if let Some(undone) = report.undone.first() {
            assert_eq!((undone.message, undone.kind), (first, OperationKind::Flags));
            break;
        }
        assert_eq!(queued(&desk).await.len(), 1, "never lost in silence");
    }
    desk.assert_nothing_queued().await;
    assert_eq!(desk.store.message(first).await.unwrap().row.flags, Flags::empty());
    count(&odd, "uid store")
}

#[tokio::test(flavor = "multi_thread")]
async fn patience_ends() {
    assert_eq!(tries("$TAG NO [INUSE] not now\r\n").await, 10);
    assert_eq!(tries("$TAG NO sorry\r\n").await, 5);
    assert_eq!(tries("$TAG BAD what\r\n").await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_message_of_many_that_is_refused_does_not_hold_the_others() {
    let (desk, ids) = with_work("poison").await;
    desk.store.mark(ids.to_vec(), FlagChange::seen(true), NOW).await.unwrap();
    let no = "$TAG NO that one is locked\r\n";
    let odd = odd(&desk, "INBOX Work", &[("store 1:3 ", no), ("store 2 ", no)]).await;
    pass(&desk, &odd, 0).await;
    assert_eq!(queued(&desk).await.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [ids[1]]);
}

/// Moved there and back while the way there is refused: nothing to do, and no move of a folder into itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_move_that_was_taken_back_meanwhile_sends_nothing() {
    let (desk, [first, ..]) = with_work("back").await;
    let (inbox, work) = (desk.folder_id("INBOX").await, desk.folder_id("Work").await);
    desk.store.move_to(vec![first], work, NOW).await.unwrap();
    let odd = odd(&desk, "INBOX Work", &[("move", "$TAG NO [INUSE] not now\r\n")]).await;
    pass(&desk, &odd, 0).await;
    desk.store.move_to(vec![first], inbox, NOW).await.unwrap();
    let never = self::odd(&desk, "INBOX Work", &[("move", "$TAG NO [NOPERM] no\r\n")]).await;
    assert_eq!(pass(&desk, &never, HOUR).await.undone.len(), 1);
    desk.assert_nothing_queued().await;
    assert_eq!(count(&never, "uid move"), 1);
    assert_eq!(desk.store.message(first).await.unwrap().row.folder, inbox);
}

/// "Into a folder | folder deleted | undo, report": and the folder is not made anew.
#[tokio::test(flavor = "multi_thread")]
async fn a_move_into_a_folder_that_was_removed_is_taken_back() {
    let (desk, [first, ..]) = with_work("into").await;
    desk.store.move_to(vec![first], desk.folder_id("Work").await, NOW).await.unwrap();
    desk.server().command("DELETE Work");
    let report = desk.sync().await;
    assert_eq!(report.undone.iter().map(|undone| undone.message).collect::<Vec<_>>(), [first]);
    desk.assert_nothing_queued().await;
    assert_eq!(desk.subjects("INBOX").await, names(1..=3));
    assert!(!desk.server().folders().contains(&"Work".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_in_a_folder_that_was_removed_is_told() {
    let (desk, _) = with_work("within").await;
    desk.append("Work", 5..=6);
    desk.sync().await;
    let id = desk.id("Work", "Mail 005").await;
    desk.store.mark(vec![id], FlagChange::flagged(true), NOW).await.unwrap();
    desk.server().command("DELETE Work");
    let report = desk.sync().await;
    assert_eq!(report.undone.iter().map(|undone| undone.message).collect::<Vec<_>>(), [id]);
    desk.assert_nothing_queued().await;
}

/// A list that leaves a folder out is one witness. It takes a refusal to take anything back.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_alone_takes_nothing_back() {
    let (desk, [first, ..]) = with_work("witness").await;
    let wrong = odd(&desk, "INBOX", &[]).await;
    pass(&desk, &wrong, 0).await;
    assert!(desk.store.folders().await.unwrap().iter().all(|folder| folder.path != "Work"), "hidden");
    drop(wrong);
    // Done before the list was wrong, sent after it.
    desk.store.folders_listed(desk.account, Vec::new()).await.unwrap();
    desk.sync().await;
    desk.store.move_to(vec![first], desk.folder_id("Work").await, NOW).await.unwrap();
    let later = odd(&desk, "INBOX", &[("move", "$TAG NO [INUSE] not now\r\n")]).await;
    assert_eq!(pass(&desk, &later, 0).await.undone, []);
    assert_eq!(queued(&desk).await, [(first, 2)], "hidden again: asked once more, and kept");
    let real = Engine::new(at(&desk, HOUR), desk.login().await);
    assert_eq!(real.sync(&HEADERS).await.unwrap().undone, []);
    desk.assert_nothing_queued().await;
    assert_eq!(desk.server().uids("Work").len(), 1);
}

/// The same list, and a refusal that gives no reason: together they are enough.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_and_a_refusal_are_believed() {
    let (desk, [first, ..]) = with_work("both").await;
    desk.store.move_to(vec![first], desk.folder_id("Work").await, NOW).await.unwrap();
    let odd = odd(&desk, "INBOX", &[("move", "$TAG NO no such thing\r\n")]).await;
    let undone = pass(&desk, &odd, 0).await.undone;
    assert_eq!(count(&odd, "uid move"), 2, "before the list and after it");
    assert_eq!(undone.iter().map(|undone| undone.message).collect::<Vec<_>>(), [first]);
    desk.assert_nothing_queued().await;
    assert_eq!(desk.store.message(first).await.unwrap().row.folder, desk.folder_id("INBOX").await);
}
