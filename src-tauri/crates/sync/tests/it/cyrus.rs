//! The main scenarios on Cyrus: what holds on Dovecot alone was an assumption.

use std::time::Duration;

use postroom_lab::{Cyrus, CyrusOptions, ImapServer as _, data};
use postroom_net::Trust;
use postroom_types::{AccountState, FaultCode, FlagChange, Flags, FolderRole, MessageId, Uid};
use tokio_util::task::TaskTracker;

use crate::desk::{Desk, NOW, mail, names, of, until};

type CyrusDesk = Desk<Cyrus>;

async fn desk(hint: &str) -> CyrusDesk {
    let cyrus = Cyrus::shared();
    Desk::at(cyrus, cyrus.imap_plain(), Trust::platform(), cyrus.user(hint)).await
}

async fn with_work(hint: &str) -> CyrusDesk {
    let desk = desk(hint).await;
    desk.lab.create_folder(&desk.user, "Work").unwrap();
    desk.append("INBOX", 1..=3);
    desk.sync().await;
    desk
}

/// A Cyrus of its own, for what would disturb others. It ends with the test's process.
fn own(options: CyrusOptions) -> &'static Cyrus {
    Box::leak(Box::new(Cyrus::start(options).unwrap()))
}

async fn assert_exact(desk: &CyrusDesk, folder: &str, mails: &[Vec<u8>]) {
    let rows = desk.rows(folder).await;
    assert_eq!(rows.len(), mails.len(), "{folder}");
    for (number, (row, mail)) in rows.iter().zip(mails).enumerate() {
        let raw = desk.store.raw(row.id).await.unwrap();
        assert!(raw == *mail, "message {number} of {folder} differs ({} and {} bytes)", raw.len(), mail.len());
        assert_eq!((row.size, row.has_body), (mail.len() as u64, true));
        assert_eq!(row.flags.contains(Flags::SEEN), number % 3 == 0);
    }
    let shown = desk.folder(folder).await;
    assert_eq!(shown.unread as usize, mails.len() - mails.len().div_ceil(3), "{folder}");
}

/// Puts the mails into the folder, each third one read, and returns those that Cyrus took.
fn fill(desk: &CyrusDesk, folder: &str, mails: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut server = desk.server();
    let mut taken = Vec::new();
    for mail in mails {
        let flags = if taken.len() % 3 == 0 { "\\Seen" } else { "" };
        if server.append(folder, flags, mail).is_ok() {
            taken.push(mail.clone());
        }
    }
    taken
}

#[tokio::test(flavor = "multi_thread")]
async fn the_corpus_is_synced_byte_by_byte_over_tls() {
    let cyrus = Cyrus::shared();
    let trust = Trust::with_ca_pem(cyrus.ca_pem()).unwrap();
    let desk = Desk::at(cyrus, cyrus.imap_implicit(), trust, cyrus.user("corpus")).await;
    for folder in ["项目/合同", "Leer"] {
        desk.lab.create_folder(&desk.user, folder).unwrap();
    }
    let corpus: Vec<_> =
        data::mail_files().into_iter().map(|file| data::with_crlf(&std::fs::read(file).unwrap())).collect();
    let (first, second) = corpus.split_at(corpus.len() / 2);
    let (first, second) = (fill(&desk, "INBOX", first), fill(&desk, "项目/合同", second));
    assert!(first.len() + second.len() > 300);

    let report = desk.sync().await;
    assert_eq!(report.bodies as usize, first.len() + second.len());
    assert_eq!((of(&report, "INBOX").new as usize, of(&report, "项目/合同").new as usize), (first.len(), second.len()));
    assert_exact(&desk, "INBOX", &first).await;
    assert_exact(&desk, "项目/合同", &second).await;
    let mut paths: Vec<_> = desk.store.folders().await.unwrap().into_iter().map(|folder| folder.path).collect();
    let mut there = desk.server().folders();
    paths.sort();
    there.sort();
    assert_eq!(paths, there);
    let again = desk.sync().await;
    assert_eq!((again.bodies, again.bytes), (0, 0));
    for folder in &again.folders {
        assert_eq!((folder.new, folder.removed, folder.flags_changed), (0, 0, 0), "{}", folder.path);
    }
}

/// Cyrus writes them in small letters.
#[tokio::test(flavor = "multi_thread")]
async fn folders_have_their_roles() {
    let desk = desk("roles").await;
    desk.sync().await;
    for (path, role) in [
        ("INBOX", FolderRole::Inbox),
        ("Drafts", FolderRole::Drafts),
        ("Sent", FolderRole::Sent),
        ("Archive", FolderRole::Archive),
        ("Junk", FolderRole::Junk),
        ("Trash", FolderRole::Trash),
    ] {
        assert_eq!(desk.folder(path).await.role, role, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn flags_go_both_ways() {
    let desk = with_work("flags").await;
    let mut server = desk.server();
    server.store("INBOX", 2, "+FLAGS (\\Seen \\Flagged $Forwarded $SomethingElse)");
    assert_eq!(of(&desk.sync().await, "INBOX").flags_changed, 1);
    assert_eq!(desk.rows("INBOX").await[1].flags, Flags::SEEN | Flags::FLAGGED | Flags::FORWARDED);
    assert_eq!(desk.folder("INBOX").await.unread, 2);

    let ids: Vec<_> = desk.rows("INBOX").await.into_iter().map(|row| row.id).collect();
    desk.store.mark(vec![ids[0], ids[2]], FlagChange::seen(true), NOW).await.unwrap();
    desk.store.mark(vec![ids[1]], FlagChange::flagged(false), NOW).await.unwrap();
    server.store("INBOX", 1, "+FLAGS (\\Answered $Label1)");
    desk.sync().await;
    desk.assert_nothing_queued().await;
    assert_eq!(server.flags("INBOX", 1), ["$Label1", "\\Answered", "\\Seen"]);
    assert_eq!(server.flags("INBOX", 2), ["$Forwarded", "$SomethingElse", "\\Seen"]);
    assert_eq!(server.flags("INBOX", 3), ["\\Seen"]);
    assert_eq!(desk.rows("INBOX").await[0].flags, Flags::SEEN | Flags::ANSWERED);
    assert_eq!(of(&desk.sync().await, "INBOX").flags_changed, 0, "our own change is no news");
}

#[tokio::test(flavor = "multi_thread")]
async fn new_mail_comes_and_removed_mail_goes() {
    let desk = desk("gone").await;
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
    // Emptied to the last one.
    server.select("INBOX");
    server.command("UID STORE 1:* +FLAGS.SILENT (\\Deleted)");
    server.command("EXPUNGE");
    assert_eq!(of(&desk.sync().await, "INBOX").removed, 5);
    assert_eq!(desk.subjects("INBOX").await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn moves_keep_id_and_body() {
    let desk = with_work("move").await;
    let id = desk.id("INBOX", "Mail 002").await;
    desk.store.move_to(vec![id], desk.folder_id("Work").await, NOW).await.unwrap();
    let report = desk.sync().await;
    let mut server = desk.server();
    assert_eq!((server.uids("INBOX").len(), server.uids("Work").len()), (2, 1));
    let held = async |path| desk.rows(path).await.iter().map(|row| (row.id, row.uid)).collect::<Vec<_>>();
    assert_eq!(held("Work").await, [(id, Some(Uid(1)))]);
    assert_eq!(desk.store.raw(id).await.unwrap(), mail(2).as_bytes());
    assert_eq!((of(&report, "Work").new, report.bodies), (0, 0), "nothing is fetched twice");
    desk.assert_nothing_queued().await;

    // The server has done it; its answer never came.
    let id = desk.id("INBOX", "Mail 003").await;
    desk.store.move_to(vec![id], desk.folder_id("Work").await, NOW).await.unwrap();
    desk.begin().await;
    desk.server().move_to("INBOX", 3, "Work");
    desk.sync().await;
    assert_eq!((server.uids("INBOX").len(), server.uids("Work").len()), (1, 2));
    assert_eq!(held("Work").await[1], (id, Some(Uid(2))));
    desk.assert_nothing_queued().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_a_colleague_was_faster_with_stays_theirs() {
    let desk = with_work("rival").await;
    desk.lab.create_folder(&desk.user, "Theirs").unwrap();
    let ids = [desk.id("INBOX", "Mail 001").await, desk.id("INBOX", "Mail 002").await];
    desk.store.move_to(ids.to_vec(), desk.folder_id("Work").await, NOW).await.unwrap();
    desk.server().move_to("INBOX", 2, "Theirs");
    let undone = desk.sync().await.undone;
    assert_eq!(
        undone.iter().map(|undone| (undone.message, undone.fault.code)).collect::<Vec<_>>(),
        [(ids[1], FaultCode::NotFound)]
    );
    assert_eq!(desk.subjects("Work").await, ["Mail 001"]);
    assert_eq!(desk.subjects("Theirs").await, ["Mail 002"]);
    desk.assert_nothing_queued().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_into_a_folder_that_was_removed_is_taken_back() {
    let desk = with_work("into").await;
    let id = desk.id("INBOX", "Mail 001").await;
    desk.store.move_to(vec![id], desk.folder_id("Work").await, NOW).await.unwrap();
    desk.server().command("DELETE Work");
    let report = desk.sync().await;
    assert_eq!(report.undone.iter().map(|undone| undone.message).collect::<Vec<_>>(), [id]);
    desk.assert_nothing_queued().await;
    assert_eq!(desk.subjects("INBOX").await, names(1..=3));
    assert!(!desk.server().folders().contains(&"Work".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_twice_removes_that_message_alone_for_good() {
    let desk = with_work("delete").await;
    let mut server = desk.server();
    server.store("INBOX", 3, "+FLAGS (\\Deleted)");
    let id = desk.id("INBOX", "Mail 001").await;
    desk.store.delete(vec![id], NOW).await.unwrap();
    desk.sync().await;
    assert_eq!(desk.rows("Trash").await.iter().map(|row| row.id).collect::<Vec<_>>(), [id]);
    desk.append("Trash", 8..=8);
    server.store("Trash", 2, "+FLAGS (\\Deleted)");
    desk.store.delete(vec![id], NOW).await.unwrap();
    desk.sync().await;
    assert_eq!(server.uids("Trash"), [2]);
    assert_eq!(server.uids("INBOX"), [2, 3], "marked by someone else, not removed by us");
    assert!(desk.store.message(id).await.is_err());
    desk.assert_nothing_queued().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_with_any_name_come_are_renamed_and_go() {
    let desk = desk("names").await;
    let folders = ["客户/报价 & R", "Entwürfe (alt)", "😀", "a~b+c", "INBOX/unter"];
    for (folder, number) in folders.iter().zip(1..) {
        desk.lab.create_folder(&desk.user, folder).unwrap();
        desk.append(folder, number..=number);
    }
    desk.sync().await;
    for (folder, number) in folders.iter().zip(1..) {
        assert_eq!(desk.subjects(folder).await, names(number..=number), "{folder}");
    }
    assert_eq!(desk.folder("客户/报价 & R").await.name, "报价 & R");
    // "客户/报价 & R" to "归档", and "😀" gone.
    let mut server = desk.server();
    server.command("RENAME \"&W6JiNw-/&YqVO9w- &- R\" &X1JoYw-");
    server.command("DELETE &2D3eAA-");
    desk.sync().await;
    assert_eq!(desk.subjects("归档").await, names(1..=1));
    let paths: Vec<_> = desk.store.folders().await.unwrap().into_iter().map(|folder| folder.path).collect();
    assert!(!paths.iter().any(|path| path == "😀" || path == "客户/报价 & R"), "{paths:?}");
}

/// The folder is made anew under its old name: other UIDs, partly the same messages.
#[tokio::test(flavor = "multi_thread")]
async fn a_renumbered_folder_keeps_ids_bodies_and_the_queue() {
    let desk = desk("renumber").await;
    desk.lab.create_folder(&desk.user, "Work").unwrap();
    desk.append("Work", 1..=6);
    desk.sync().await;
    let before = desk.rows("Work").await;
    desk.store.mark(vec![before[4].id], FlagChange::flagged(true), NOW).await.unwrap();
    let mut server = desk.server();
    server.command("DELETE Work");
    desk.lab.create_folder(&desk.user, "Work").unwrap();
    for number in [9, 5, 3] {
        desk.append("Work", number..=number);
    }
    desk.sync().await;
    let rows = desk.rows("Work").await;
    assert_eq!(rows.iter().map(|row| row.subject.as_str()).collect::<Vec<_>>(), ["Mail 009", "Mail 005", "Mail 003"]);
    assert_eq!((rows[1].id, rows[2].id), (before[4].id, before[2].id));
    assert_eq!(server.flags("Work", 2), ["\\Flagged"], "what was queued found its message");
    for (row, number) in rows.iter().zip([9, 5, 3]) {
        assert_eq!(desk.store.raw(row.id).await.unwrap(), mail(number).as_bytes());
    }
    desk.assert_nothing_queued().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_a_flag_and_a_removal_are_pushed_and_a_lost_server_is_found_again() {
    let cyrus = own(CyrusOptions::default());
    let (desk, tasks) =
        (Desk::at(cyrus, cyrus.imap_plain(), Trust::platform(), cyrus.user("push")).await, TaskTracker::new());
    desk.append("INBOX", 1..=2);
    let mut events = desk.context.events.subscribe();
    let handle = desk.engine.clone().watch(&tasks);
    let bodies = async |count| desk.rows_if_any("INBOX").await.iter().filter(|row| row.has_body).count() == count;
    until(&mut events, "the first pass", async || bodies(2).await).await;
    cyrus.deliver(&desk.user, mail(3).as_bytes()).unwrap();
    until(&mut events, "a delivery", async || bodies(3).await).await;
    let mut server = desk.server();
    server.store("INBOX", 1, "+FLAGS (\\Flagged)");
    until(&mut events, "a flag", async || desk.rows("INBOX").await[0].flags == Flags::FLAGGED).await;
    server.expunge("INBOX", 2);
    until(&mut events, "a removal", async || desk.rows("INBOX").await.len() == 2).await;

    cyrus.stop_server();
    until(&mut events, "offline", async || matches!(handle.state(), AccountState::Offline { .. })).await;
    let id = desk.id("INBOX", "Mail 001").await;
    desk.store.mark(vec![id], FlagChange::seen(true), NOW).await.unwrap();
    cyrus.restart_server().unwrap();
    cyrus.deliver(&desk.user, mail(4).as_bytes()).unwrap();
    until(&mut events, "online again", async || handle.state() == AccountState::Online).await;
    until(&mut events, "what came meanwhile", async || desk.rows("INBOX").await.len() == 3).await;
    until(&mut events, "the queue", async || desk.store.pending().await.unwrap().is_empty()).await;
    assert_eq!(desk.server().flags("INBOX", 1), ["\\Flagged", "\\Seen"]);
    drop(handle);
    tasks.close();
    assert!(tokio::time::timeout(Duration::from_secs(30), tasks.wait()).await.is_ok(), "the watch does not end");
    cyrus.stop_server();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_told_as_such() {
    let cyrus = Cyrus::shared();
    let mut user = cyrus.user("wrong");
    user.password = "wrong".to_owned();
    let desk = Desk::at(cyrus, cyrus.imap_plain(), Trust::platform(), user).await;
    let error = desk.login().await.connect().await.unwrap_err();
    assert_eq!(error.fault().code, FaultCode::LoginRefused, "{error}");
}

/// Cyrus as Debian has it: every folder below the inbox, and none there yet.
#[tokio::test(flavor = "multi_thread")]
async fn the_classic_namespace_gets_its_archive_and_trash_below_the_inbox() {
    let cyrus = own(CyrusOptions { classic: true, bare: true });
    let desk = Desk::at(cyrus, cyrus.imap_plain(), Trust::platform(), cyrus.user("classic")).await;
    cyrus.create_folder(&desk.user, "INBOX.工作.二").unwrap();
    desk.append("INBOX.工作.二", 9..=9);
    desk.append("INBOX", 1..=3);
    desk.sync().await;
    assert_eq!(desk.folder("INBOX.工作.二").await.name, "二");
    let ids: Vec<MessageId> = desk.rows("INBOX").await.into_iter().map(|row| row.id).collect();
    desk.store.archive(vec![ids[0]], NOW).await.unwrap();
    desk.store.delete(vec![ids[1]], NOW).await.unwrap();
    assert_eq!(desk.sync().await.undone, []);
    desk.assert_nothing_queued().await;
    desk.sync().await;
    let mut there = desk.server().folders();
    there.sort();
    assert_eq!(there, ["INBOX", "INBOX.Archive", "INBOX.Trash", "INBOX.工作", "INBOX.工作.二"]);
    for (role, path, id) in [(FolderRole::Archive, "INBOX.Archive", ids[0]), (FolderRole::Trash, "INBOX.Trash", ids[1])]
    {
        assert_eq!(desk.folder(path).await.role, role);
        assert_eq!(desk.rows(path).await.iter().map(|row| row.id).collect::<Vec<_>>(), [id]);
    }
    cyrus.stop_server();
}
