//! A Dovecot that keeps every folder below the inbox, as Courier does: what the lab usually is not.

use postroom_lab::{Lab, LabOptions, Namespace};
use postroom_net::Trust;
use postroom_types::{FolderRole, MessageId};

use crate::desk::{Desk, NOW, mail};

/// A user of such a server, which offers these words or all it can. It ends with the test's process.
async fn desk(capabilities: Option<&str>) -> Desk {
    let options = LabOptions {
        namespace: Some(Namespace::below_the_inbox()),
        capabilities: capabilities.map(str::to_owned),
        ..LabOptions::default()
    };
    let lab: &'static Lab = Box::leak(Box::new(Lab::start(options).unwrap()));
    Desk::at(lab, lab.imap_plain(), Trust::platform(), lab.user("courier")).await
}

/// Archives one message and deletes another; both folders must come to be below the inbox.
async fn archive_and_delete(capabilities: Option<&str>, offers_namespace: bool) {
    let desk = desk(capabilities).await;
    let mut session = desk.login().await.connect().await.unwrap();
    assert_eq!(session.namespace().await.unwrap().is_some(), offers_namespace);
    assert!(session.create("Elsewhere").await.is_err(), "the server refuses names beside the inbox");
    desk.lab.create_folder(&desk.user, "INBOX.Work").unwrap();
    desk.append("INBOX", 1..=3);
    desk.sync().await;
    let ids = ids(&desk, "INBOX").await;
    desk.store.archive(vec![ids[0]], NOW).await.unwrap();
    desk.store.delete(vec![ids[1]], NOW).await.unwrap();
    assert_eq!(desk.sync().await.undone, []);
    desk.assert_nothing_queued().await;
    desk.sync().await;
    let mut there = desk.server().folders();
    there.sort();
    assert_eq!(there, ["INBOX", "INBOX.Archive", "INBOX.Trash", "INBOX.Work"]);
    for (role, path, id) in [(FolderRole::Archive, "INBOX.Archive", ids[0]), (FolderRole::Trash, "INBOX.Trash", ids[1])]
    {
        let folder = desk.folder(path).await;
        assert_eq!((folder.role, folder.name.as_str()), (role, path.trim_start_matches("INBOX.")));
        assert_eq!(self::ids(&desk, path).await, [id]);
    }
    desk.lab.stop_servers();
}

/// Without MOVE: an attempt that was cut behind its COPY is not copied once more, one that was cut before it is.
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_was_made_is_not_made_again() {
    let desk = desk(Some("IMAP4rev1 SASL-IR LITERAL+ ENABLE IDLE UIDPLUS NAMESPACE")).await;
    assert!(!desk.login().await.connect().await.unwrap().capabilities().can_move());
    desk.lab.create_folder(&desk.user, "INBOX.Archive").unwrap();
    // An older copy is none that the move made.
    desk.append("INBOX.Archive", 2..=2);
    desk.append("INBOX", 1..=2);
    desk.sync().await;
    let (moved, older) = (ids(&desk, "INBOX").await, ids(&desk, "INBOX.Archive").await);
    desk.store.archive(moved.clone(), NOW).await.unwrap();
    desk.begin().await;
    // The server has copied the first; then the line was cut.
    desk.lab.append(&desk.user, "INBOX.Archive", mail(1).as_bytes(), "").unwrap();

    assert_eq!(desk.sync().await.undone, []);
    desk.assert_nothing_queued().await;
    let mut server = desk.server();
    assert_eq!((server.uids("INBOX").len(), server.uids("INBOX.Archive").len()), (0, 3));
    assert_eq!(ids(&desk, "INBOX.Archive").await, [older, moved].concat());
    desk.lab.stop_servers();
}

/// Without MOVE, from a folder that may only be read: the copy would be made, and the original stay where it is.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_copied_out_of_a_folder_that_keeps_its_messages() {
    let desk = desk(Some("IMAP4rev1 SASL-IR LITERAL+ ENABLE IDLE UIDPLUS NAMESPACE")).await;
    for folder in ["INBOX.Notice", "INBOX.Work"] {
        desk.lab.create_folder(&desk.user, folder).unwrap();
    }
    desk.append("INBOX.Notice", 1..=2);
    desk.sync().await;
    desk.server().command(&format!("SETACL INBOX.Notice {} lra", desk.user.user));
    let first = desk.id("INBOX.Notice", "Mail 001").await;
    desk.store.move_to(vec![first], desk.folder_id("INBOX.Work").await, NOW).await.unwrap();
    let undone = desk.sync().await.undone;
    assert_eq!(undone.iter().map(|undone| undone.message).collect::<Vec<_>>(), [first]);
    desk.assert_nothing_queued().await;
    assert_eq!(desk.subjects("INBOX.Notice").await, ["Mail 001", "Mail 002"]);
    assert_eq!(desk.server().uids("INBOX.Work"), [0; 0]);
    desk.lab.stop_servers();
}

async fn ids(desk: &Desk, path: &str) -> Vec<MessageId> {
    desk.rows(path).await.into_iter().map(|row| row.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn archive_and_trash_are_made_where_the_namespace_wants_them() {
    archive_and_delete(None, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_tells_no_namespace_shows_it_in_its_list() {
    archive_and_delete(Some("IMAP4rev1 SASL-IR LITERAL+ ENABLE IDLE UIDPLUS MOVE UNSELECT"), false).await;
}
