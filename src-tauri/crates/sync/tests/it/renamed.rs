//! Folders that somebody gave another name: told by their numbers (MAILBOXID), so that nothing is fetched anew and nothing
//! that waits is lost.

use std::fmt::Write as _;

use postroom_lab::{Cyrus, ImapServer as _, LabUser, ScriptedServer};
use postroom_net::Trust;
use postroom_sync::{Bodies, Engine, PassReport, PassRequest};
use postroom_types::{FlagChange, Flags, FolderId, MessageId, OperationKind};

use crate::desk::{Desk, NOW, mail, names, profile};
use crate::hostile::{moved, server};
use crate::rig::Open;

const HEADERS: PassRequest = PassRequest { folder: None, bodies: Bodies::None };

/// "Old" with three messages, known here with their bodies.
async fn with_old(hint: &str) -> Desk<Cyrus> {
    let cyrus = Cyrus::shared();
    let desk = Desk::at(cyrus, cyrus.imap_plain(), Trust::platform(), cyrus.user(hint)).await;
    desk.lab.create_folder(&desk.user, "Old").unwrap();
    desk.append("Old", 1..=3);
    desk.append("INBOX", 4..=5);
    desk.sync().await;
    desk
}

async fn ids(desk: &Desk<Cyrus>, path: &str) -> Vec<MessageId> {
    desk.rows(path).await.into_iter().map(|row| row.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_folder_keeps_its_rows_bodies_and_id() {
    let desk = with_old("rename").await;
    let (before, folder) = (ids(&desk, "Old").await, desk.folder_id("Old").await);
    desk.server().command("RENAME Old New");
    let report = desk.sync().await;
    assert_eq!(report.bodies, 0, "nothing is fetched anew");
    assert!(report.folders.iter().all(|one| (one.new, one.removed) == (0, 0)), "{report:?}");
    assert_eq!((ids(&desk, "New").await, desk.folder_id("New").await), (before, folder));
    for (row, number) in desk.rows("New").await.iter().zip(1..) {
        assert_eq!(desk.store.raw(row.id).await.unwrap(), mail(number).as_bytes());
    }
    let paths: Vec<_> = desk.store.folders().await.unwrap().into_iter().map(|folder| folder.path).collect();
    assert_eq!(paths.iter().filter(|path| *path == "New" || *path == "Old").collect::<Vec<_>>(), ["New"]);
    // It is a folder like any other afterwards.
    desk.append("New", 6..=6);
    assert_eq!(desk.sync().await.bodies, 1);
    Open { store: desk.store.clone(), engine: desk.engine.clone() }.assert_settled("renamed").await;
}

/// The queue goes out before the folders are listed: it meets the old name.
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_renamed_folder_reaches_it() {
    let desk = with_old("waits").await;
    let (old, inbox) = (ids(&desk, "Old").await, ids(&desk, "INBOX").await);
    let folder = desk.folder_id("Old").await;
    desk.store.mark(vec![old[0]], FlagChange::flagged(true), NOW).await.unwrap();
    desk.store.move_to(vec![inbox[0]], folder, NOW).await.unwrap();
    desk.store.move_to(vec![old[2]], desk.folder_id("INBOX").await, NOW).await.unwrap();
    let put = Open { store: desk.store.clone(), engine: desk.engine.clone() };
    let put = put.put(folder, mail(9).as_bytes(), Flags::SEEN).await;
    desk.server().command("RENAME Old New");
    let report = desk.sync().await;
    assert_eq!(report.undone, []);
    desk.assert_nothing_queued().await;
    desk.sync().await;
    assert_eq!(desk.folder_id("New").await, folder);
    assert_eq!(ids(&desk, "New").await, [old[0], old[1], inbox[0], put]);
    assert_eq!(ids(&desk, "INBOX").await, [inbox[1], old[2]]);
    assert_eq!(desk.server().flags("New", 1), ["\\Flagged"]);
    assert_eq!((desk.server().uids("New").len(), desk.server().uids("INBOX").len()), (4, 2));
}

/// Three names go round, and a fourth folder that is gone leaves its name to one of them.
#[tokio::test(flavor = "multi_thread")]
async fn names_that_go_round_are_told_apart() {
    let desk = with_old("round").await;
    for (folder, number) in [("A", 10), ("B", 20), ("C", 30), ("Gone", 40)] {
        desk.lab.create_folder(&desk.user, folder).unwrap();
        desk.append(folder, number..=number + 1);
    }
    desk.sync().await;
    let [a, b, c, old] = [ids(&desk, "A").await, ids(&desk, "B").await, ids(&desk, "C").await, ids(&desk, "Old").await];
    desk.store.mark(vec![a[0], b[0], c[0], old[0]], FlagChange::seen(true), NOW).await.unwrap();
    let mut server = desk.server();
    for (from, to) in [("A", "aside"), ("C", "A"), ("B", "C"), ("aside", "B")] {
        server.command(&format!("RENAME {from} {to}"));
    }
    server.command("DELETE Gone");
    server.command("RENAME Old Gone");
    let report = desk.sync().await;
    assert_eq!((report.undone.as_slice(), report.bodies), (&[][..], 0));
    desk.assert_nothing_queued().await;
    for (path, expected) in [("B", &a), ("C", &b), ("A", &c), ("Gone", &old)] {
        assert_eq!(ids(&desk, path).await, *expected, "{path}");
        assert_eq!(server.flags(path, 1), ["\\Seen"], "{path}");
    }
    Open { store: desk.store.clone(), engine: desk.engine.clone() }.assert_settled("round").await;
}

/// A server that tells numbers along with its list: folders of one message each, as name, number, UIDVALIDITY and message.
fn telling(folders: &[(&str, &str, u32, u32)]) -> ScriptedServer {
    let mut list = String::from("* LIST () \"/\" INBOX\r\n");
    let mut rules: Vec<(String, String)> = Vec::new();
    for (name, number, validity, message) in folders {
        let next = message + 1;
        write!(
            list,
            "* LIST () \"/\" {name}\r\n\
             * STATUS {name} (MESSAGES 1 UIDNEXT {next} UIDVALIDITY {validity} MAILBOXID ({number}))\r\n"
        )
        .unwrap();
        let select = format!(
            "* 1 EXISTS\r\n* OK [UIDVALIDITY {validity}] x\r\n* OK [UIDNEXT {next}] x\r\n\
             * OK [MAILBOXID ({number})] x\r\n$TAG OK x\r\n"
        );
        rules.push((format!("select \"{}\"", name.to_lowercase()), select));
        let status = format!("* STATUS {name} (MAILBOXID ({number}))\r\n$TAG OK x\r\n");
        rules.push((format!("status \"{}\" (mailboxid)", name.to_lowercase()), status));
    }
    list += "$TAG OK\r\n";
    rules.push(("list".to_owned(), list));
    let rules: Vec<(&str, &str)> = rules.iter().map(|(ask, answer)| (ask.as_str(), answer.as_str())).collect();
    let rest = [
        ("namespace", "$TAG BAD\r\n"),
        ("select \"inbox\"", "* 0 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT 1] x\r\n$TAG OK x\r\n"),
        ("select", "$TAG NO [NONEXISTENT] no such folder\r\n"),
        // Whichever folder is open: each has other UIDs.
        ("search uid 1:7", "* SEARCH 7\r\n$TAG OK\r\n"),
        ("search uid 1:8", "* SEARCH 8\r\n$TAG OK\r\n"),
        ("search uid 1", "* SEARCH\r\n$TAG OK\r\n"),
        ("search uid 7", "* SEARCH 7\r\n$TAG OK\r\n"),
        ("search uid 8", "* SEARCH 8\r\n$TAG OK\r\n"),
        ("store", "$TAG OK\r\n"),
        ("move", "$TAG OK\r\n"),
        ("status", "$TAG NO [NONEXISTENT] no such folder\r\n"),
    ];
    let headers = [7, 8].map(|uid| (format!("fetch {uid} (uid flags internaldate"), header(uid)));
    let newest = ("fetch".to_owned(), "$TAG OK\r\n".to_owned());
    let fetches: Vec<(&str, &str)> =
        headers.iter().chain([&newest]).map(|(ask, answer)| (ask.as_str(), answer.as_str())).collect();
    server("OBJECTID LIST-EXTENDED LIST-STATUS MOVE", &[rules, rest.to_vec(), fetches].concat())
}

fn header(uid: u32) -> String {
    let header = format!("Subject: Mail {uid:03}\r\nMessage-ID: <{uid}@x.test>\r\n\r\n");
    format!(
        "* 1 FETCH (UID {uid} FLAGS () INTERNALDATE \"03-Feb-2026 10:00:00 +0000\" RFC822.SIZE 100 BODY[HEADER] {{{}}}\r\n\
         {header})\r\n$TAG OK\r\n",
        header.len()
    )
}

fn ann() -> LabUser {
    LabUser { email: "ann@example.test".to_owned(), user: "ann".to_owned(), password: "secret".to_owned() }
}

/// An archive that was made here, and that somebody made elsewhere of another folder.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_queued_for_a_mere_name_is_for_the_folder_that_has_it() {
    let server = telling(&[("Old", "f-1", 5, 7), ("Twin", "f-2", 5, 8)]);
    let (context, login, _dir) = profile(server.address(), &ann(), Trust::platform()).await;
    let (store, account) = (context.store.clone(), login.account.id);
    Engine::new(context.clone(), login).sync(&HEADERS).await.unwrap();
    let known = store.sync_folders(account).await.unwrap();
    let id = |path: &str| known.iter().find(|folder| folder.path == path).unwrap().id;
    let moved = store.list_page(id("Twin"), 10, None).await.unwrap().messages[0].id;
    store.archive(vec![moved], NOW).await.unwrap();
    let name = store.folder_find(None, "Archive".to_owned()).await.unwrap().id;
    let told = [("Archive".to_owned(), "f-1".to_owned()), ("Twin".to_owned(), "f-2".to_owned())];
    store.folders_identified(account, told.into()).await.unwrap();
    let folders = store.sync_folders(account).await.unwrap();
    assert!(folders.iter().all(|folder| folder.id != name), "{folders:?}");
    let archive = folders.iter().find(|folder| folder.raw == "Archive").unwrap();
    assert_eq!(archive.id, id("Old"));
    assert_eq!(store.pending().await.unwrap().iter().map(|one| one.target).collect::<Vec<_>>(), [Some(archive.id)]);
    assert_eq!(store.message(moved).await.unwrap().row.folder, archive.id);
    assert_eq!(store.folders().await.unwrap().iter().find(|one| one.id == archive.id).unwrap().messages, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_along_with_the_list_tell_a_new_name_before_anything_is_opened() {
    let first = telling(&[("Old", "f-1", 5, 7), ("Twin", "f-2", 5, 8)]);
    let (context, login, _dir) = profile(first.address(), &ann(), Trust::platform()).await;
    let store = context.store.clone();
    Engine::new(context.clone(), login.clone()).sync(&HEADERS).await.unwrap();
    let held = async |path: &str| -> (FolderId, Vec<(MessageId, String)>) {
        let folder = store.folder_find(None, path.to_owned()).await.unwrap().id;
        let rows = store.list_page(folder, 10, None).await.unwrap().messages;
        (folder, rows.into_iter().map(|row| (row.id, row.subject)).collect())
    };
    let (old, twin) = (held("Old").await, held("Twin").await);
    assert_eq!((old.1[0].1.as_str(), twin.1[0].1.as_str()), ("Mail 007", "Mail 008"));
    store.mark(vec![old.1[0].0, twin.1[0].0], FlagChange::flagged(true), NOW).await.unwrap();

    // "Twin" is "Old" now, and "Old" is "New".
    let second = telling(&[("New", "f-1", 5, 7), ("Old", "f-2", 5, 8)]);
    let engine = Engine::new(context.clone(), moved(&login, second.address()));
    let report = engine.sync(&HEADERS).await.unwrap();
    assert_eq!((held("New").await, held("Old").await), (old.clone(), twin));
    assert_eq!(report.undone, []);
    assert_eq!(store.pending().await.unwrap(), []);
    assert!(report.folders.iter().all(|one| (one.new, one.removed) == (0, 0)), "{report:?}");
    let fetched = second.received().iter().filter(|line| line.to_lowercase().contains("body.peek")).count();
    assert_eq!(fetched, 0, "no header is fetched anew");

    // One number for two folders says nothing: both stay what they are by their names.
    let liar = telling(&[("New", "f-9", 5, 7), ("Old", "f-9", 5, 8)]);
    let engine = Engine::new(context.clone(), moved(&login, liar.address()));
    for _ in 0..2 {
        engine.sync(&HEADERS).await.unwrap();
    }
    assert_eq!(held("New").await.0, old.0);
    assert_eq!(held("New").await.1.iter().map(|(_, subject)| subject.clone()).collect::<Vec<_>>(), names(7..=7));
    assert_eq!(held("Old").await.1.iter().map(|(_, subject)| subject.clone()).collect::<Vec<_>>(), names(8..=8));
    assert_eq!(store.pending().await.unwrap().iter().filter(|one| one.kind == OperationKind::Flags).count(), 0);
}

/// The queue goes out before the folders are listed. The target's name is another folder's by then: the move must not go
/// there, and finds its target under the new name; where that is gone the move is taken back.
#[tokio::test(flavor = "multi_thread")]
async fn a_move_into_a_name_that_went_to_another_folder_reaches_the_right_one() {
    for there in [true, false] {
        let first = telling(&[("A", "f-1", 5, 7), ("B", "f-2", 6, 7), ("Src", "f-3", 7, 8)]);
        let (context, login, _dir) = profile(first.address(), &ann(), Trust::platform()).await;
        let store = context.store.clone();
        Engine::new(context.clone(), login.clone()).sync(&HEADERS).await.unwrap();
        let folder = async |path: &str| store.folder_find(None, path.to_owned()).await.unwrap().id;
        let (source, target) = (folder("Src").await, folder("A").await);
        let message = store.list_page(source, 10, None).await.unwrap().messages[0].id;
        store.move_to(vec![message], target, NOW).await.unwrap();

        let folders = [("A", "f-2", 6, 7), ("Src", "f-3", 7, 8), ("B", "f-1", 5, 7)];
        let second = telling(if there { &folders } else { &folders[..2] });
        let engine = Engine::new(context.clone(), moved(&login, second.address()));
        let mut report = PassReport::default();
        // What the other server has is not what this test is about.
        drop(engine.sync_into(&HEADERS, &mut report).await);
        let said: Vec<_> = second.received().into_iter().map(|line| line.to_lowercase()).collect();
        let moves: Vec<_> = said.iter().filter_map(|line| line.split_once("uid move ")).map(|(_, what)| what).collect();
        if there {
            assert_eq!((moves.as_slice(), report.undone.as_slice()), (&["8 \"b\""][..], &[][..]), "{said:?}");
            assert_eq!(folder("B").await, target);
        } else {
            assert_eq!((moves.len(), report.undone.len()), (0, 1), "{said:?}");
            assert_eq!(report.undone[0].kind, OperationKind::Move);
        }
        assert_eq!(store.pending().await.unwrap(), []);
    }
}
