//! Moves, deletions and the archive, and what a cut in the middle does.

use postroom_types::{FaultCode, FolderRole, OperationState, Uid};

use crate::desk::{Desk, NOW, mail, names, of};

async fn with_work(hint: &str) -> Desk {
    let desk = Desk::new(hint).await;
    desk.lab.create_folder(&desk.user, "Work").unwrap();
    desk.append("INBOX", 1..=3);
    desk.sync().await;
    desk
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_made_offline_reaches_the_server_and_keeps_id_and_body() {
    let desk = with_work("move").await;
    let id = desk.id("INBOX", "Mail 002").await;
    desk.store.move_to(vec![id], desk.folder_id("Work").await, NOW).await.unwrap();
    assert_eq!(desk.subjects("Work").await, ["Mail 002"], "shown at once");
    let report = desk.sync().await;
    let mut server = desk.server();
    assert_eq!((server.uids("INBOX").len(), server.uids("Work").len()), (2, 1));
    let rows = desk.rows("Work").await;
    assert_eq!(rows.iter().map(|row| (row.id, row.uid)).collect::<Vec<_>>(), [(id, Some(Uid(1)))]);
    assert!(rows[0].has_body);
    assert_eq!(desk.store.raw(id).await.unwrap(), mail(2).as_bytes());
    assert_eq!((of(&report, "Work").new, report.bodies), (0, 0), "nothing is fetched twice");
    desk.assert_nothing_queued().await;
    assert_eq!(desk.subjects("INBOX").await, ["Mail 001", "Mail 003"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_cut_after_the_server_acted_is_not_done_twice() {
    let desk = with_work("cutmove").await;
    let id = desk.id("INBOX", "Mail 002").await;
    desk.store.move_to(vec![id], desk.folder_id("Work").await, NOW).await.unwrap();
    desk.begin().await;
    assert_eq!(desk.store.pending().await.unwrap()[0].state, OperationState::Sent);
    // The server has done it; its answer never came.
    desk.server().move_to("INBOX", 2, "Work");
    desk.sync().await;
    let mut server = desk.server();
    assert_eq!((server.uids("INBOX").len(), server.uids("Work").len()), (2, 1));
    let rows = desk.rows("Work").await;
    assert_eq!(rows.iter().map(|row| (row.id, row.uid)).collect::<Vec<_>>(), [(id, Some(Uid(1)))]);
    assert_eq!(desk.store.raw(id).await.unwrap(), mail(2).as_bytes());
    desk.assert_nothing_queued().await;
    assert_eq!(desk.store.status().await.unwrap().messages, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_cut_before_the_server_acted_is_repeated() {
    let desk = with_work("cutearly").await;
    let id = desk.id("INBOX", "Mail 001").await;
    desk.store.move_to(vec![id], desk.folder_id("Work").await, NOW).await.unwrap();
    desk.begin().await;
    desk.sync().await;
    let mut server = desk.server();
    assert_eq!((server.uids("INBOX").len(), server.uids("Work").len()), (2, 1));
    assert_eq!(desk.rows("Work").await.iter().map(|row| row.id).collect::<Vec<_>>(), [id]);
    desk.assert_nothing_queued().await;
}

/// Moved without being told the new UID, and gone from there before anyone looked: no ghost stays.
#[tokio::test(flavor = "multi_thread")]
async fn a_moved_message_that_is_nowhere_is_removed_and_counted() {
    let desk = with_work("ghost").await;
    let (id, work) = (desk.id("INBOX", "Mail 002").await, desk.folder_id("Work").await);
    desk.store.move_to(vec![id], work, NOW).await.unwrap();
    let operation = desk.store.pending().await.unwrap()[0].id;
    let mut server = desk.server();
    server.expunge("INBOX", 2);
    desk.store.moves_done(work, vec![(operation, id, None)]).await.unwrap();
    assert_eq!(desk.subjects("Work").await, ["Mail 002"]);
    let report = desk.sync().await;
    assert_eq!(desk.subjects("Work").await, Vec::<String>::new());
    assert_eq!((of(&report, "Work").removed, of(&report, "Work").messages), (1, 0), "though nothing moved in it");
    assert!(desk.store.message(id).await.is_err());
    assert_eq!(of(&desk.sync().await, "Work").removed, 0);
}

/// The same, but it is there: the row is matched, and not with a copy that was there before.
#[tokio::test(flavor = "multi_thread")]
async fn a_moved_message_finds_its_uid_and_not_that_of_an_older_copy() {
    let desk = with_work("match").await;
    desk.append("Work", 2..=2);
    desk.sync().await;
    let (id, work) = (desk.id("INBOX", "Mail 002").await, desk.folder_id("Work").await);
    let older = desk.id("Work", "Mail 002").await;
    desk.store.move_to(vec![id], work, NOW).await.unwrap();
    let operation = desk.store.pending().await.unwrap()[0].id;
    desk.server().move_to("INBOX", 2, "Work");
    desk.store.moves_done(work, vec![(operation, id, None)]).await.unwrap();
    let report = desk.sync().await;
    let rows: Vec<_> = desk.rows("Work").await.into_iter().map(|row| (row.id, row.uid)).collect();
    assert_eq!(rows, [(older, Some(Uid(1))), (id, Some(Uid(2)))]);
    assert_eq!((of(&report, "Work").new, of(&report, "Work").removed, report.bodies), (0, 0, 0));
}

/// The server wrote the message anew on its way, so that it is another size: what is there is shown, once.
#[tokio::test(flavor = "multi_thread")]
async fn a_moved_message_that_was_rewritten_is_there_once() {
    let desk = with_work("rewritten").await;
    let (id, work) = (desk.id("INBOX", "Mail 002").await, desk.folder_id("Work").await);
    desk.store.move_to(vec![id], work, NOW).await.unwrap();
    let operation = desk.store.pending().await.unwrap()[0].id;
    desk.server().expunge("INBOX", 2);
    let rewritten = format!("X-Checked: yes\r\n{}", mail(2));
    desk.lab.append(&desk.user, "Work", rewritten.as_bytes(), "").unwrap();
    desk.store.moves_done(work, vec![(operation, id, None)]).await.unwrap();
    desk.sync().await;
    let rows = desk.rows("Work").await;
    assert_eq!(
        rows.iter().map(|row| (row.subject.as_str(), row.uid)).collect::<Vec<_>>(),
        [("Mail 002", Some(Uid(1)))]
    );
    assert_eq!(desk.store.raw(rows[0].id).await.unwrap(), rewritten.as_bytes());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_moved_elsewhere_meanwhile_stays_there() {
    let desk = with_work("rival").await;
    desk.lab.create_folder(&desk.user, "Theirs").unwrap();
    desk.sync().await;
    let ids = [desk.id("INBOX", "Mail 001").await, desk.id("INBOX", "Mail 002").await];
    desk.store.move_to(ids.to_vec(), desk.folder_id("Work").await, NOW).await.unwrap();
    desk.server().move_to("INBOX", 2, "Theirs");
    let undone = desk.sync().await.undone;
    assert_eq!(
        undone.iter().map(|undone| (undone.message, undone.fault.code)).collect::<Vec<_>>(),
        [(ids[1], FaultCode::NotFound)]
    );
    let mut server = desk.server();
    assert_eq!((server.uids("INBOX").len(), server.uids("Work").len(), server.uids("Theirs").len()), (1, 1, 1));
    assert_eq!(desk.subjects("Work").await, ["Mail 001"]);
    assert_eq!(desk.subjects("Theirs").await, ["Mail 002"]);
    desk.assert_nothing_queued().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_twice_removes_for_good_and_only_that_message() {
    let desk = with_work("delete").await;
    desk.server().store("INBOX", 3, "+FLAGS (\\Deleted)");
    let id = desk.id("INBOX", "Mail 001").await;
    desk.store.delete(vec![id], NOW).await.unwrap();
    desk.sync().await;
    let folders = desk.store.folders().await.unwrap();
    let trash = folders.iter().find(|folder| folder.role == FolderRole::Trash).unwrap();
    let mut server = desk.server();
    assert_eq!(server.uids(&trash.path).len(), 1);
    assert_eq!(desk.rows(&trash.path).await.iter().map(|row| row.id).collect::<Vec<_>>(), [id]);
    // A colleague's message in the same folder is marked, not ours to remove.
    desk.append(&trash.path, 8..=8);
    server.store(&trash.path, 2, "+FLAGS (\\Deleted)");
    desk.store.delete(vec![id], NOW).await.unwrap();
    desk.sync().await;
    assert_eq!(server.uids(&trash.path), [2]);
    assert_eq!(server.uids("INBOX"), [2, 3], "marked by someone else, not removed by us");
    assert_eq!(desk.subjects(&trash.path).await, names(8..=8));
    assert!(desk.store.message(id).await.is_err());
    assert!(desk.store.raw(id).await.is_err(), "swept from the vault");
    desk.assert_nothing_queued().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn archiving_makes_the_folder_where_the_server_has_none() {
    let desk = with_work("archive").await;
    let mut server = desk.server();
    for folder in desk.store.folders().await.unwrap().iter().filter(|folder| folder.role == FolderRole::Archive) {
        server.command(&format!("DELETE \"{}\"", folder.path));
    }
    desk.sync().await;
    let ids = [desk.id("INBOX", "Mail 001").await, desk.id("INBOX", "Mail 003").await];
    desk.store.archive(ids.to_vec(), NOW).await.unwrap();
    desk.sync().await;
    assert_eq!(server.uids("Archive").len(), 2);
    assert_eq!(server.uids("INBOX").len(), 1);
    desk.sync().await;
    let folder = desk.folder("Archive").await;
    assert_eq!((folder.role, folder.messages), (FolderRole::Archive, 2));
    let mut rows: Vec<_> = desk.rows("Archive").await.into_iter().map(|row| row.id).collect();
    rows.sort();
    assert_eq!(rows, ids);
    desk.assert_nothing_queued().await;
    // The next one finds it there.
    let third = desk.id("INBOX", "Mail 002").await;
    desk.store.archive(vec![third], NOW).await.unwrap();
    desk.sync().await;
    assert_eq!(server.uids("Archive").len(), 3);
}
