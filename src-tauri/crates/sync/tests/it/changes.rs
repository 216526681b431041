//! What changes elsewhere comes here, what changes here goes there.

use postroom_types::{FlagChange, Flags, FolderRole, Uid};

use crate::desk::{Desk, NOW, mail, names, of};

#[tokio::test(flavor = "multi_thread")]
async fn flags_changed_elsewhere_are_shown() {
    let desk = Desk::new("flags").await;
    desk.append("INBOX", 1..=4);
    desk.sync().await;
    let mut server = desk.server();
    server.store("INBOX", 2, "+FLAGS (\\Seen \\Flagged)");
    server.store("INBOX", 3, "+FLAGS ($Forwarded $SomethingElse)");
    let report = desk.sync().await;
    assert_eq!(of(&report, "INBOX").flags_changed, 2);
    let flags: Vec<_> = desk.rows("INBOX").await.into_iter().map(|row| row.flags).collect();
    assert_eq!(flags, [Flags::empty(), Flags::SEEN | Flags::FLAGGED, Flags::FORWARDED, Flags::empty()]);
    assert_eq!(desk.folder("INBOX").await.unread, 3);
    server.store("INBOX", 2, "-FLAGS (\\Seen)");
    assert_eq!(of(&desk.sync().await, "INBOX").flags_changed, 1);
    assert_eq!(desk.rows("INBOX").await[1].flags, Flags::FLAGGED);
}

#[tokio::test(flavor = "multi_thread")]
async fn flags_changed_here_reach_the_server_beside_those_of_others() {
    let desk = Desk::new("marks").await;
    desk.append("INBOX", 1..=3);
    desk.sync().await;
    let ids: Vec<_> = desk.rows("INBOX").await.into_iter().map(|row| row.id).collect();
    desk.store.mark(vec![ids[0], ids[1]], FlagChange::seen(true), NOW).await.unwrap();
    desk.store.mark(vec![ids[0]], FlagChange::flagged(true), NOW).await.unwrap();
    let mut server = desk.server();
    server.store("INBOX", 1, "+FLAGS (\\Answered $Label1)");
    desk.sync().await;
    assert_eq!(server.flags("INBOX", 1), ["$Label1", "\\Answered", "\\Flagged", "\\Seen"]);
    assert_eq!(server.flags("INBOX", 2), ["\\Seen"]);
    assert_eq!(server.flags("INBOX", 3), Vec::<String>::new());
    desk.assert_nothing_queued().await;
    assert_eq!(desk.rows("INBOX").await[0].flags, Flags::SEEN | Flags::FLAGGED | Flags::ANSWERED);
    let again = desk.sync().await;
    assert_eq!(of(&again, "INBOX").flags_changed, 0, "our own change is no news");
}

#[tokio::test(flavor = "multi_thread")]
async fn new_mail_comes_and_removed_mail_goes() {
    let desk = Desk::new("gone").await;
    desk.append("INBOX", 1..=5);
    desk.sync().await;
    let kept = desk.id("INBOX", "Mail 004").await;
    let mut server = desk.server();
    server.expunge("INBOX", 2);
    server.expunge("INBOX", 5);
    desk.append("INBOX", 6..=7);
    let report = desk.sync().await;
    assert_eq!((of(&report, "INBOX").new, of(&report, "INBOX").removed, report.bodies), (2, 2, 2));
    assert_eq!(desk.subjects("INBOX").await, ["Mail 001", "Mail 003", "Mail 004", "Mail 006", "Mail 007"]);
    assert_eq!(desk.id("INBOX", "Mail 004").await, kept);
    assert_eq!(desk.store.status().await.unwrap().bodies, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_shrinks_is_asked_about_first() {
    let desk = Desk::new("shrink").await;
    desk.append("INBOX", 1..=40);
    desk.sync().await;
    let inbox = desk.folder_id("INBOX").await;
    let mut server = desk.server();
    server.select("INBOX");
    server.command("UID STORE 2:30 +FLAGS.SILENT (\\Deleted)");
    server.command("EXPUNGE");
    desk.append("INBOX", 41..=41);
    for _ in 0..2 {
        let report = desk.sync().await;
        assert_eq!(of(&report, "INBOX").removed, 0);
        assert_eq!(desk.subjects("INBOX").await, names(1..=41), "what is new comes all the same");
    }
    let asked = desk.store.folders_shrunk().await.unwrap();
    assert_eq!(asked.iter().map(|one| (one.folder, one.gone)).collect::<Vec<_>>(), [(inbox, 29)]);
    assert!(desk.store.folder_shrunk_allow(desk.folder_id("Sent").await).await.is_err());
    desk.store.folder_shrunk_allow(inbox).await.unwrap();
    assert_eq!(desk.store.folders_shrunk().await.unwrap(), []);
    // Allowed were 29, not more.
    server.command("UID STORE 31:38 +FLAGS.SILENT (\\Deleted)");
    server.command("EXPUNGE");
    server.store("INBOX", 39, "+FLAGS (\\Flagged)");
    assert_eq!(of(&desk.sync().await, "INBOX").removed, 0);
    assert_eq!(desk.store.folders_shrunk().await.unwrap()[0].gone, 37);
    desk.store.folder_shrunk_allow(inbox).await.unwrap();
    assert_eq!(of(&desk.sync().await, "INBOX").removed, 37);
    assert_eq!(desk.subjects("INBOX").await, ["Mail 001", "Mail 039", "Mail 040", "Mail 041"]);
    assert_eq!(desk.rows("INBOX").await[1].flags, Flags::FLAGGED, "what changed meanwhile");
    // The question is over, and the trash is emptied without one.
    assert!(!desk.store.folder_shrunk_over(inbox).await.unwrap());
    desk.append("Trash", 51..=80);
    desk.sync().await;
    server.select("Trash");
    server.command("UID STORE 1:* +FLAGS.SILENT (\\Deleted)");
    server.command("EXPUNGE");
    assert_eq!(of(&desk.sync().await, "Trash").removed, 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_made_and_removed_elsewhere() {
    let desk = Desk::new("folders").await;
    desk.sync().await;
    desk.lab.create_folder(&desk.user, "客户").unwrap();
    desk.append("客户", 1..=2);
    desk.sync().await;
    assert_eq!(desk.subjects("客户").await, names(1..=2));
    desk.server().command("DELETE &W6JiNw-");
    desk.sync().await;
    assert!(desk.store.folders().await.unwrap().iter().all(|folder| folder.path != "客户"));
    assert_eq!(desk.folder("INBOX").await.role, FolderRole::Inbox);
}

/// The folder is made anew under its old name: other UIDs, partly the same messages.
#[tokio::test(flavor = "multi_thread")]
async fn a_renumbered_folder_keeps_ids_bodies_and_the_queue() {
    let desk = Desk::new("renumber").await;
    desk.lab.create_folder(&desk.user, "Work").unwrap();
    desk.append("Work", 1..=6);
    desk.sync().await;
    let before = desk.rows("Work").await;
    desk.store.mark(vec![before[4].id], FlagChange::flagged(true), NOW).await.unwrap();
    let mut server = desk.server();
    server.command("DELETE Work");
    desk.lab.create_folder(&desk.user, "Work").unwrap();
    for number in [9, 5, 3] {
        desk.lab.append(&desk.user, "Work", mail(number).as_bytes(), "").unwrap();
    }
    desk.sync().await;
    let rows = desk.rows("Work").await;
    assert_eq!(rows.iter().map(|row| row.subject.as_str()).collect::<Vec<_>>(), ["Mail 009", "Mail 005", "Mail 003"]);
    assert_eq!((rows[1].id, rows[2].id), (before[4].id, before[2].id));
    assert_eq!(rows[1].flags, Flags::FLAGGED);
    assert_eq!(server.flags("Work", 2), ["\\Flagged"], "what was queued found its message");
    for (row, number) in rows.iter().zip([9, 5, 3]) {
        assert_eq!(desk.store.raw(row.id).await.unwrap(), mail(number).as_bytes());
    }
    desk.assert_nothing_queued().await;
    assert_eq!(desk.store.uids_held(desk.folder_id("Work").await).await.unwrap(), [Uid(1), Uid(2), Uid(3)]);
}

/// The pass that matched a renumbered folder was cut; the next one ends its work.
#[tokio::test(flavor = "multi_thread")]
async fn matching_that_was_cut_leaves_no_ghosts() {
    let desk = Desk::new("ghosts").await;
    desk.append("INBOX", 1..=3);
    desk.sync().await;
    let before = desk.rows("INBOX").await;
    let inbox = desk.store.sync_folders(desk.account).await.unwrap().remove(0);
    desk.store.folder_uids_void(inbox.id, inbox.cursor.uid_validity.unwrap()).await.unwrap();
    desk.server().expunge("INBOX", 2);
    let report = desk.sync().await;
    assert_eq!((of(&report, "INBOX").new, of(&report, "INBOX").removed, report.bodies), (0, 1, 0));
    let ids: Vec<_> = desk.rows("INBOX").await.into_iter().map(|row| row.id).collect();
    assert_eq!(ids, [before[0].id, before[2].id]);
}

/// The Message-ID of one is a part of the other's, and servers look for parts.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_queued_for_a_lost_message_never_hits_another() {
    let desk = Desk::new("part").await;
    desk.lab.create_folder(&desk.user, "Trash").unwrap();
    for number in [1, 11] {
        desk.lab.append(&desk.user, "Trash", mail(number).as_bytes(), "").unwrap();
    }
    desk.sync().await;
    desk.store.delete(vec![desk.id("Trash", "Mail 001").await], NOW).await.unwrap();
    let mut server = desk.server();
    server.command("DELETE Trash");
    desk.lab.create_folder(&desk.user, "Trash").unwrap();
    desk.lab.append(&desk.user, "Trash", mail(11).as_bytes(), "").unwrap();
    desk.sync().await;
    assert_eq!(server.uids("Trash").len(), 1, "not removed in its place");
    assert_eq!(desk.subjects("Trash").await, ["Mail 011"]);
    desk.assert_nothing_queued().await;
}
