//! The same on Dovecot and on Cyrus: bad ways to the server, many messages, and turns in which servers differ.

use std::time::Duration;

use postroom_lab::{Cyrus, ImapServer, Lab, Proxy};
use postroom_net::Trust;
use postroom_sync::{Bodies, FolderLedger, PassRequest, VerifyRequest};
use postroom_types::{FaultCode, FlagChange, Flags};
use tokio_util::task::TaskTracker;

use crate::desk::{Desk, NOW, mail, names, of};

/// Each of these tests on both servers.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod dovecot {
            $(#[tokio::test(flavor = "multi_thread")] async fn $name() { super::$name(super::Lab::shared()).await; })*
        }
        mod cyrus {
            $(#[tokio::test(flavor = "multi_thread")] async fn $name() { super::$name(super::Cyrus::shared()).await; })*
        }
    };
}

on_both![
    a_sync_is_exact_byte_by_byte_and_drop_by_drop,
    a_sync_that_ends_in_any_way_continues,
    thousands_of_messages_come_change_and_go,
    folders_that_swap_their_names_keep_their_own_mail,
    a_copy_is_another_message_of_the_same_text,
    a_renamed_folder_takes_its_children_along,
    a_colleagues_folder_comes_with_the_right_to_it_and_goes_with_it,
    a_delivery_in_the_middle_of_a_pass_is_not_lost,
    what_was_done_in_a_folder_that_may_only_be_read_is_taken_back,
];

const ALL: PassRequest = PassRequest { folder: None, bodies: Bodies::All };

async fn desk<S: ImapServer>(server: &'static S, hint: &str) -> Desk<S> {
    Desk::at(server, server.imap_plain(), Trust::platform(), server.user(hint)).await
}

/// A desk whose way to the server can be spoilt.
async fn by_proxy<S: ImapServer>(server: &'static S, hint: &str) -> (Desk<S>, Proxy) {
    let proxy = Proxy::start(&server.imap_plain()).unwrap();
    (Desk::at(server, proxy.address(), Trust::platform(), server.user(hint)).await, proxy)
}

/// We hold what the server has, headers included.
async fn assert_clean<S: ImapServer>(desk: &Desk<S>) {
    let ledgers = desk.engine.verify(&VerifyRequest { folder: None, deep: true }).await.unwrap();
    assert!(ledgers.iter().all(FolderLedger::is_clean), "{ledgers:?}");
}

fn long(number: u32) -> Vec<u8> {
    format!("{}{}", mail(number), "A line of some length, and {3}\r\n(\" in it.\r\n".repeat(60)).into_bytes()
}

fn append_long<S: ImapServer>(desk: &Desk<S>, folder: &str, numbers: std::ops::RangeInclusive<u32>) {
    let mut server = desk.server();
    for number in numbers {
        server.append(folder, "", &long(number)).unwrap();
    }
}

async fn assert_long<S: ImapServer>(desk: &Desk<S>, folder: &str, numbers: std::ops::RangeInclusive<u32>) {
    assert_eq!(desk.subjects(folder).await, names(numbers.clone()));
    for (row, number) in desk.rows(folder).await.iter().zip(numbers) {
        assert_eq!(desk.store.raw(row.id).await.unwrap(), long(number), "{number}");
    }
}

async fn a_sync_is_exact_byte_by_byte_and_drop_by_drop<S: ImapServer>(server: &'static S) {
    let (desk, proxy) = by_proxy(server, "drip").await;
    append_long(&desk, "INBOX", 1..=5);
    proxy.byte_by_byte();
    desk.sync().await;
    assert_long(&desk, "INBOX", 1..=5).await;
    append_long(&desk, "INBOX", 6..=10);
    proxy.drip(97, Duration::from_millis(1));
    desk.sync().await;
    assert_long(&desk, "INBOX", 1..=10).await;
    assert_clean(&desk).await;
}

/// The end of the stream, in the middle of a message too, and a reset: nothing that came in part is believed.
async fn a_sync_that_ends_in_any_way_continues<S: ImapServer>(server: &'static S) {
    let (desk, proxy) = by_proxy(server, "ends").await;
    append_long(&desk, "INBOX", 1..=20);
    let mut failures = 0;
    for step in 1..=12_u64 {
        match step % 3 {
            0 => proxy.truncate_after(step * step * 300),
            1 => proxy.truncate_in_literal(step * 120),
            _ => proxy.reset_after(step * step * 300),
        }
        match desk.engine.sync(&ALL).await {
            Ok(report) if report.folders.iter().all(|folder| folder.error.is_none()) => {}
            _ => failures += 1,
        }
        proxy.heal();
        for row in desk.rows_if_any("INBOX").await.iter().filter(|row| row.has_body) {
            assert_eq!(desk.store.raw(row.id).await.unwrap().len() as u64, row.size, "half a message was kept");
        }
    }
    assert!(failures >= 3, "{failures} failures");
    desk.sync().await;
    assert_long(&desk, "INBOX", 1..=20).await;
    assert_clean(&desk).await;
}

async fn thousands_of_messages_come_change_and_go<S: ImapServer>(server: &'static S) {
    let desk = desk(server, "many").await;
    desk.append("INBOX", 1..=4);
    let mut other = desk.server();
    for _ in 0..9 {
        other.select("INBOX");
        other.command("UID COPY 1:* INBOX");
    }
    let headers = PassRequest { folder: None, bodies: Bodies::None };
    assert_eq!(of(&desk.engine.sync(&headers).await.unwrap(), "INBOX").new, 2048);
    other.select("INBOX");
    other.command("UID STORE 1:2048 +FLAGS.SILENT (\\Flagged)");
    other.command("UID STORE 100:1100 -FLAGS.SILENT (\\Flagged)");
    other.command("UID STORE 50,60:70,80,1000:1999 +FLAGS.SILENT (\\Deleted)");
    other.command("UID EXPUNGE 1:1500");
    let report = desk.engine.sync(&headers).await.unwrap();
    assert_eq!((of(&report, "INBOX").new, of(&report, "INBOX").removed), (0, 13 + 501));
    let rows = desk.rows("INBOX").await;
    let flagged = rows.iter().filter(|row| row.flags.contains(Flags::FLAGGED)).count();
    // 50, 60 to 70 and 80 of those below 100, and all from 1101 to 1500.
    assert_eq!((rows.len(), flagged), (2048 - 514, 99 - 13 + 2048 - 1500));
    assert_clean(&desk).await;
}

/// Both keep a folder's UIDVALIDITY when it is renamed. On Cyrus it is the second in which the folder was made: those made
/// in one second share it, and then only MAILBOXID (RFC 8474) would tell one from the other.
async fn folders_that_swap_their_names_keep_their_own_mail<S: ImapServer>(server: &'static S) {
    let desk = desk(server, "swap").await;
    let mut other = desk.server();
    let mut validity = |folder| other.command(&format!("STATUS {folder} (UIDVALIDITY)"))[0].replace(folder, "");
    desk.lab.create_folder(&desk.user, "One").unwrap();
    desk.lab.create_folder(&desk.user, "Two").unwrap();
    while validity("One") == validity("Two") {
        tokio::time::sleep(Duration::from_millis(200)).await;
        desk.server().command("DELETE Two");
        desk.lab.create_folder(&desk.user, "Two").unwrap();
    }
    desk.append("One", 1..=4);
    desk.append("Two", 5..=7);
    desk.sync().await;
    for command in ["RENAME One Three", "RENAME Two One", "RENAME Three Two"] {
        other.command(command);
    }
    desk.sync().await;
    desk.sync().await;
    assert_eq!(desk.subjects("One").await, names(5..=7));
    assert_eq!(desk.subjects("Two").await, names(1..=4));
    for folder in ["One", "Two"] {
        for row in desk.rows(folder).await {
            let number = row.subject.trim_start_matches("Mail ").parse().unwrap();
            assert_eq!(desk.store.raw(row.id).await.unwrap(), mail(number).as_bytes());
        }
    }
    assert_clean(&desk).await;
}

async fn a_copy_is_another_message_of_the_same_text<S: ImapServer>(server: &'static S) {
    let desk = desk(server, "copy").await;
    desk.lab.create_folder(&desk.user, "Work").unwrap();
    desk.append("INBOX", 1..=2);
    let mut other = desk.server();
    other.select("INBOX");
    other.command("UID COPY 1:2 Work");
    other.command("UID COPY 1 INBOX");
    desk.sync().await;
    assert_eq!(desk.subjects("INBOX").await, ["Mail 001", "Mail 001", "Mail 002"]);
    let first = desk.rows("INBOX").await[0].id;
    desk.store.move_to(vec![first], desk.folder_id("Work").await, NOW).await.unwrap();
    desk.store.mark(vec![first], FlagChange::flagged(true), NOW).await.unwrap();
    desk.sync().await;
    desk.assert_nothing_queued().await;
    assert_eq!(desk.subjects("INBOX").await, ["Mail 001", "Mail 002"]);
    assert_eq!(desk.subjects("Work").await, ["Mail 001", "Mail 001", "Mail 002"]);
    let flags: Vec<_> = desk.rows("Work").await.iter().map(|row| (row.id == first, row.flags)).collect();
    assert_eq!(flags.iter().filter(|(ours, flags)| *ours == flags.contains(Flags::FLAGGED)).count(), 3, "{flags:?}");
    assert_clean(&desk).await;
}

/// The owner keeps the right to look and loses all others (RFC 4314). Dovecot then says OK to a flag and to a removal, and
/// does nothing; Cyrus says READ-WRITE and refuses without a reason.
async fn what_was_done_in_a_folder_that_may_only_be_read_is_taken_back<S: ImapServer>(server: &'static S) {
    let desk = desk(server, "rights").await;
    desk.lab.create_folder(&desk.user, "Notice").unwrap();
    desk.append("Notice", 1..=3);
    desk.append("Trash", 4..=4);
    desk.append("INBOX", 5..=5);
    desk.sync().await;
    for folder in ["Notice", "Trash"] {
        desk.server().command(&format!("SETACL {folder} {} lra", desk.user.user));
    }
    let ids: Vec<_> = desk.rows("Notice").await.into_iter().map(|row| row.id).collect();
    let (trashed, incoming) = (desk.id("Trash", "Mail 004").await, desk.id("INBOX", "Mail 005").await);
    desk.store.mark(vec![ids[0]], FlagChange::flagged(true), NOW).await.unwrap();
    desk.store.move_to(vec![ids[1]], desk.folder_id("INBOX").await, NOW).await.unwrap();
    desk.store.move_to(vec![incoming], desk.folder_id("Notice").await, NOW).await.unwrap();
    desk.store.delete(vec![trashed], NOW).await.unwrap();
    let mut undone = Vec::new();
    // A refusal without a reason is tried again later, and in the end it is believed.
    for round in 0..6 {
        let report = desk.later(round * 12).await.sync(&ALL).await.unwrap();
        undone.extend(report.undone.into_iter().map(|undone| (undone.message, undone.fault.code)));
    }
    desk.assert_nothing_queued().await;
    undone.sort_by_key(|(id, _)| *id);
    let mut wanted: Vec<_> = [ids[0], ids[1], trashed, incoming].map(|id| (id, FaultCode::ServerRefused)).into();
    wanted.sort_by_key(|(id, _)| *id);
    assert_eq!(undone, wanted);
    assert_eq!(desk.subjects("Notice").await, names(1..=3));
    assert!(desk.rows("Notice").await.iter().all(|row| row.flags.is_empty()));
    assert_eq!((desk.subjects("INBOX").await, desk.subjects("Trash").await), (names(5..=5), names(4..=4)));
    assert_eq!(desk.id("Trash", "Mail 004").await, trashed, "it was never away");
    assert_clean(&desk).await;
}

async fn a_renamed_folder_takes_its_children_along<S: ImapServer>(server: &'static S) {
    let desk = desk(server, "children").await;
    for (folder, numbers) in [("客户", 1..=2), ("客户/甲", 3..=3), ("上/中/下", 5..=5)] {
        desk.lab.create_folder(&desk.user, folder).unwrap();
        desk.append(folder, numbers);
    }
    desk.sync().await;
    // 上 becomes 客户2, and what is left of 客户 goes from below.
    let mut other = desk.server();
    other.command("RENAME &Tgo- &W6JiNw-2");
    other.command("DELETE &W6JiNw-/&dTI-");
    other.command("DELETE &W6JiNw-");
    desk.sync().await;
    assert_eq!(desk.subjects("客户2/中/下").await, names(5..=5));
    let paths: Vec<_> = desk.store.folders().await.unwrap().into_iter().map(|folder| folder.path).collect();
    assert!(!paths.iter().any(|path| path.starts_with('上') || path == "客户" || path == "客户/甲"), "{paths:?}");
    assert_clean(&desk).await;
}

async fn a_colleagues_folder_comes_with_the_right_to_it_and_goes_with_it<S: ImapServer>(server: &'static S) {
    let desk = desk(server, "guest").await;
    let owner = server.user("owner");
    server.create_folder(&owner, "Projekt").unwrap();
    for number in 1..=3 {
        server.append(&owner, "Projekt", mail(number).as_bytes(), "").unwrap();
    }
    desk.sync().await;
    let mut theirs = server.imap(&owner);
    theirs.command(&format!("SETACL Projekt {} lrswite", desk.user.user));
    desk.sync().await;
    let folders = desk.store.folders().await.unwrap();
    let shared: Vec<_> = folders.iter().filter(|folder| folder.path.ends_with("/Projekt")).collect();
    assert_eq!(shared.len(), 1, "{folders:?}");
    let path = shared[0].path.clone();
    assert_eq!(desk.subjects(&path).await, names(1..=3));
    let first = desk.id(&path, "Mail 001").await;
    desk.store.mark(vec![first], FlagChange::flagged(true), NOW).await.unwrap();
    theirs.store("Projekt", 2, "+FLAGS (\\Answered)");
    assert_eq!(desk.sync().await.undone, []);
    desk.assert_nothing_queued().await;
    assert_eq!(theirs.flags("Projekt", 1), ["\\Flagged"]);
    assert_eq!(desk.rows(&path).await[1].flags, Flags::ANSWERED);
    assert_clean(&desk).await;
    theirs.command(&format!("DELETEACL Projekt {}", desk.user.user));
    desk.sync().await;
    assert!(desk.store.folders().await.unwrap().iter().all(|folder| folder.path != path));
    assert_clean(&desk).await;
}

/// The way is slow, so that the mails come while the folder is being read.
async fn a_delivery_in_the_middle_of_a_pass_is_not_lost<S: ImapServer>(server: &'static S) {
    let (desk, proxy) = by_proxy(server, "midst").await;
    append_long(&desk, "INBOX", 1..=30);
    proxy.drip(900, Duration::from_millis(2));
    let engine = desk.later(0).await;
    let pass = TaskTracker::new().spawn(async move { engine.sync(&ALL).await.unwrap() });
    let mut other = desk.server();
    for number in 31..=40 {
        other.append("INBOX", "", &long(number)).unwrap();
        other.expunge("INBOX", number - 30);
        other.store("INBOX", number - 10, "+FLAGS (\\Seen)");
    }
    pass.await.unwrap();
    proxy.heal();
    desk.sync().await;
    assert_long(&desk, "INBOX", 11..=40).await;
    let seen = desk.rows("INBOX").await.iter().filter(|row| row.flags.contains(Flags::SEEN)).count();
    assert_eq!(seen, 10);
    assert_clean(&desk).await;
}
