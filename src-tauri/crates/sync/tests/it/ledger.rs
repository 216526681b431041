//! The ledger finds every kind of difference, and none where there is none.

use postroom_db::params;
use postroom_sync::{FolderLedger, VerifyRequest};
use postroom_types::{FlagChange, Uid};

use crate::desk::{Desk, NOW, mail};

const PLAIN: VerifyRequest = VerifyRequest { folder: None, deep: false };
const DEEP: VerifyRequest = VerifyRequest { folder: None, deep: true };

async fn synced(hint: &str) -> Desk {
    let desk = Desk::new(hint).await;
    desk.lab.create_folder(&desk.user, "Work").unwrap();
    desk.append("INBOX", 1..=6);
    desk.append("Work", 7..=8);
    desk.sync().await;
    desk
}

async fn inbox(desk: &Desk, request: &VerifyRequest) -> FolderLedger {
    let ledgers = desk.engine.verify(request).await.unwrap();
    ledgers.into_iter().find(|ledger| ledger.path == "INBOX").unwrap()
}

async fn sql(desk: &Desk, statement: &'static str) {
    let changed = desk.store.write(move |tx| Ok(tx.execute(statement, params![])?)).await.unwrap();
    assert_eq!(changed, 1, "{statement}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_sync_nothing_differs_and_what_is_queued_is_no_difference() {
    let desk = synced("ledger").await;
    for request in [PLAIN, DEEP] {
        let ledgers = desk.engine.verify(&request).await.unwrap();
        let counts = |path: &str| ledgers.iter().find(|one| one.path == path).map(|one| (one.server, one.local));
        assert_eq!([counts("INBOX"), counts("Work"), counts("Trash")], [Some((6, 6)), Some((2, 2)), Some((0, 0))]);
        assert!(ledgers.iter().all(FolderLedger::is_clean), "{ledgers:?}");
    }
    let id = desk.id("INBOX", "Mail 001").await;
    desk.store.mark(vec![id], FlagChange::flagged(true), NOW).await.unwrap();
    desk.store.move_to(vec![id], desk.folder_id("Work").await, NOW).await.unwrap();
    desk.store.delete(vec![desk.id("INBOX", "Mail 002").await], NOW).await.unwrap();
    assert!(desk.engine.verify(&DEEP).await.unwrap().iter().all(FolderLedger::is_clean));
    assert_eq!(desk.store.pending().await.unwrap().len(), 3, "it changed nothing");
    let one = VerifyRequest { folder: Some("Work".to_owned()), deep: false };
    assert_eq!(desk.engine.verify(&one).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_did_meanwhile_is_found() {
    let desk = synced("behind").await;
    let mut server = desk.server();
    server.store("INBOX", 2, "+FLAGS (\\Flagged)");
    server.expunge("INBOX", 4);
    desk.append("INBOX", 9..=9);
    let ledger = inbox(&desk, &PLAIN).await;
    assert_eq!((ledger.missing, ledger.extra, ledger.flags_differ), (vec![Uid(7)], vec![Uid(4)], vec![Uid(2)]));
    assert_eq!((ledger.server, ledger.local, ledger.sizes_differ), (6, 6, vec![]));
    desk.lab.create_folder(&desk.user, "New").unwrap();
    desk.append("New", 10..=11);
    let ledgers = desk.engine.verify(&PLAIN).await.unwrap();
    let new = ledgers.iter().find(|ledger| ledger.path == "New").unwrap();
    assert_eq!((new.server, new.local, new.missing.as_slice()), (2, 0, [Uid(1), Uid(2)].as_slice()));
    desk.sync().await;
    assert!(desk.engine.verify(&DEEP).await.unwrap().iter().all(FolderLedger::is_clean));
    // Nothing but the name is left of it: every UID means another message, also those that happen to be the same.
    server.command("DELETE New");
    desk.lab.create_folder(&desk.user, "New").unwrap();
    desk.append("New", 10..=12);
    let ledgers = desk.engine.verify(&PLAIN).await.unwrap();
    let new = ledgers.iter().find(|ledger| ledger.path == "New").unwrap();
    assert!(new.renumbered && !new.is_clean(), "{new:?}");
    assert_eq!((new.missing.len(), new.extra.len()), (3, 2));
    server.command("DELETE New");
    let ledgers = desk.engine.verify(&PLAIN).await.unwrap();
    let new = ledgers.iter().find(|ledger| ledger.path == "New").unwrap();
    assert!(new.error.is_some() && !new.is_clean(), "{new:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_of_our_own_rows_is_found() {
    let desk = synced("rows").await;
    sql(&desk, "DELETE FROM message WHERE uid = 1 AND subject = 'Mail 001'").await;
    sql(&desk, "UPDATE message SET uid = 70 WHERE subject = 'Mail 002'").await;
    sql(&desk, "UPDATE message SET server_flags = 1 WHERE subject = 'Mail 003'").await;
    sql(&desk, "UPDATE message SET size = size + 1 WHERE subject = 'Mail 004'").await;
    let ledger = inbox(&desk, &DEEP).await;
    assert_eq!((ledger.missing, ledger.extra), (vec![Uid(1), Uid(2)], vec![Uid(70)]));
    assert_eq!((ledger.flags_differ, ledger.sizes_differ), (vec![Uid(3)], vec![Uid(4)]));
    assert_eq!((ledger.headers_differ, ledger.unplaced), (vec![], 0));
    sql(&desk, "UPDATE message SET uid = NULL WHERE subject = 'Mail 005'").await;
    let ledger = inbox(&desk, &PLAIN).await;
    assert_eq!((ledger.unplaced, ledger.missing), (1, vec![Uid(1), Uid(2), Uid(5)]));
}

/// Two messages of one size under each other's UIDs, and an original that is gone from the vault: only headers tell.
#[tokio::test(flavor = "multi_thread")]
async fn only_a_deep_comparison_finds_a_message_under_anothers_uid() {
    let desk = synced("swapped").await;
    for (from, to) in [(5, 60), (6, 5), (60, 6)] {
        let moved = desk
            .store
            .write(move |tx| {
                Ok(tx.execute(
                    "UPDATE message SET uid = ?2 WHERE uid = ?1 AND folder_id =
                        (SELECT id FROM folder WHERE raw = 'INBOX')",
                    params![from, to],
                )?)
            })
            .await
            .unwrap();
        assert_eq!(moved, 1);
    }
    sql(&desk, "UPDATE message SET body_state = 'none' WHERE subject = 'Mail 001'").await;
    sql(&desk, "INSERT INTO vault_garbage (message_id) SELECT id FROM message WHERE subject = 'Mail 001'").await;
    desk.store.vault_sweep().await.unwrap();
    sql(&desk, "UPDATE message SET body_state = 'stored' WHERE subject = 'Mail 001'").await;
    // One without its body is compared by its row.
    sql(&desk, "UPDATE message SET body_state = 'none' WHERE subject = 'Mail 002'").await;
    sql(&desk, "UPDATE message SET body_state = 'none', subject = 'Another' WHERE subject = 'Mail 003'").await;
    assert!(inbox(&desk, &PLAIN).await.is_clean());
    let ledger = inbox(&desk, &DEEP).await;
    assert_eq!(ledger.headers_differ, [Uid(1), Uid(3), Uid(5), Uid(6)]);
    assert!(!ledger.is_clean());
}

/// A header without an empty line behind it, one of 300 kB, one that is nothing but an empty line.
#[tokio::test(flavor = "multi_thread")]
async fn odd_headers_are_no_difference() {
    let desk = Desk::new("odd").await;
    let long = mail(3).replacen("Subject:", &format!("X-Long: {}\r\nSubject:", "long word ".repeat(30_000)), 1);
    for odd in
        ["Subject: no body\r\n", "\r\nonly a body\r\n", &long, "no header at all\r\n", "A: b\r\n\r\n\r\n\r\n\r\n"]
    {
        desk.lab.append(&desk.user, "INBOX", odd.as_bytes(), "").unwrap();
    }
    desk.sync().await;
    let ledger = inbox(&desk, &DEEP).await;
    assert!(ledger.is_clean() && ledger.server == 5, "{ledger:?}");
}
