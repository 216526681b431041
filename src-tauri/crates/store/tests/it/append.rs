//! Messages that begin here.

use postroom_db::{Db, DbError, Fuse, Migration, Options, Synchronous};
use postroom_store::{Appended, Store, StoreError};
use postroom_types::{
    AccountId, FlagChange, Flags, FolderId, Operation, OperationKind, OperationState, Uid, UidValidity, UnixMillis,
};

use crate::support::{NOW, Profile, header_of, new_append};

const RAW: &[u8] = b"Subject: Offer\r\nFrom: bo@example.test\r\nMessage-ID: <1@example.test>\r\n\r\nSee below.\r\n";

#[tokio::test]
async fn a_message_is_shown_with_its_text_before_the_server_hears_of_it() {
    let profile = Profile::new().await;
    let id = profile.store.append_queue(new_append(profile.work, RAW), NOW).await.unwrap();
    let row = profile.row(id).await;
    assert_eq!((row.folder, row.uid, row.flags, row.has_body), (profile.work, None, Flags::SEEN, true));
    assert_eq!((row.subject.as_str(), row.preview.as_str(), row.size), ("Offer", "See below.", RAW.len() as u64));
    assert_eq!(profile.store.raw(id).await.unwrap(), RAW);
    assert_eq!(profile.number("SELECT count(*) FROM message_find WHERE folded LIKE '%offer%'").await, 1);
    let queued = profile.store.pending().await.unwrap();
    assert_eq!(
        (queued[0].kind, queued[0].add, queued[0].target),
        (OperationKind::Append, Flags::SEEN, Some(profile.work))
    );
    // No header that comes in is taken for it, and no pass takes it for gone.
    let size = RAW.len() as u64;
    let twin = header_of(5, Flags::empty(), "Subject: Offer\r\nMessage-ID: <1@example.test>\r\n\r\n");
    let stored = profile.put(profile.work, vec![postroom_store::NewHeader { size, ..twin }]).await;
    assert_eq!((stored.new, stored.matched), (1, 0));
    assert!(!profile.store.folder_unmatched(profile.work).await.unwrap());
    assert_eq!(profile.store.ledger_unplaced(profile.work).await.unwrap(), 0);
}

#[tokio::test]
async fn a_row_that_came_in_under_its_uid_becomes_one_with_it() {
    let profile = Profile::new().await;
    let id = profile.store.append_queue(new_append(profile.work, RAW), NOW).await.unwrap();
    profile.put(profile.work, vec![header_of(7, Flags::empty(), "Subject: Offer\r\n\r\n")]).await;
    let twin = profile.rows(profile.work).await.into_iter().find(|row| row.id != id).unwrap();
    profile.store.mark(vec![twin.id], FlagChange::flagged(true), NOW).await.unwrap();
    profile.store.move_to(vec![twin.id], profile.inbox, NOW).await.unwrap();
    let task = profile.store.operations_next(profile.account, 1, NOW).await.unwrap().remove(0);
    let (operation, flags) = (task.operation.id, Some(Flags::SEEN));
    let done = Appended { operation, message: id, uid: Uid(7), flags, size: 99, rewritten: None };
    profile.store.append_done(profile.work, done).await.unwrap();
    let row = profile.row(id).await;
    assert_eq!((row.uid, row.size, row.flags), (Some(Uid(7)), 99, Flags::SEEN | Flags::FLAGGED));
    assert_eq!(row.folder, profile.inbox, "what was done to the other was done to it");
    assert!(matches!(profile.store.message(twin.id).await, Err(StoreError::NotFound(_))));
    let kinds: Vec<_> = profile.store.pending().await.unwrap().into_iter().map(|o| (o.kind, o.message)).collect();
    assert_eq!(kinds, [(OperationKind::Flags, id), (OperationKind::Move, id)]);
}

#[tokio::test]
async fn what_is_noted_before_it_is_sent_stays_noted() {
    let profile = Profile::new().await;
    let store = &profile.store;
    store.append_queue(new_append(profile.work, RAW), NOW).await.unwrap();
    let next = async || store.operations_next(profile.account, 9, NOW).await.unwrap().remove(0);
    let noted = async || next().await.append.unwrap().noted.map(|(validity, uid)| (validity.0, uid.0));
    let task = next().await;
    assert_eq!((task.append.unwrap().received_at, noted().await), (NOW, None));
    assert!(store.operations_begin(std::slice::from_ref(&task)).await.unwrap());
    assert_eq!((next().await.operation.state, noted().await), (OperationState::Sent, None));
    store.append_noted(task.operation.id, UidValidity(3), Uid(10)).await.unwrap();
    store.append_noted(task.operation.id, UidValidity(3), Uid(12)).await.unwrap();
    assert_eq!(noted().await, Some((3, 10)), "an earlier attempt may show from there on");
    store.append_noted(task.operation.id, UidValidity(4), Uid(2)).await.unwrap();
    assert_eq!(noted().await, Some((4, 2)));
    store.operation_undone(&task).await.unwrap();
    assert_eq!((profile.rows(profile.work).await, store.pending().await.unwrap()), (vec![], vec![]));
}

#[tokio::test]
async fn a_folder_that_is_gone_takes_nothing_and_what_was_kept_for_it_is_swept() {
    let profile = Profile::new().await;
    let refused = profile.store.append_queue(new_append(FolderId(99), RAW), NOW).await;
    assert!(matches!(refused, Err(StoreError::NotFound("folder"))), "{refused:?}");
    let id = profile.store.append_queue(new_append(profile.work, RAW), NOW).await.unwrap();
    assert_eq!(profile.number("SELECT count(*) FROM vault_garbage").await, 1, "of the one that failed");
    profile.store.vault_sweep().await.unwrap();
    assert_eq!(profile.number("SELECT count(*) FROM vault_garbage").await, 0);
    assert_eq!(profile.store.raw(id).await.unwrap(), RAW);
    assert_eq!(profile.number("SELECT max(id) FROM message").await, id.0);
}

/// The schema before messages could be put into folders.
const BEFORE: Options = Options {
    migrations: &[
        Migration { number: 1, sql: include_str!("../../migrations/mail/001_mail.sql") },
        Migration { number: 2, sql: include_str!("../../migrations/mail/002_queue.sql") },
        Migration { number: 3, sql: include_str!("../../migrations/mail/003_offline.sql") },
        Migration { number: 4, sql: include_str!("../../migrations/mail/004_shrunk.sql") },
        Migration { number: 5, sql: include_str!("../../migrations/mail/005_incoming.sql") },
    ],
    synchronous: Synchronous::Full,
    readers: 1,
    page_size: 4096,
    shrinks: false,
};
const QUEUE: &str = "
INSERT INTO account (id, email, imap_host, imap_port, imap_tls, smtp_host, smtp_port, smtp_tls, user, created_at)
    VALUES (1, 'ann@example.test', 'x', 1, 'none', 'x', 1, 'none', 'ann', 0);
INSERT INTO folder (id, account_id, raw, path, name, role) VALUES (1, 1, 'INBOX', 'INBOX', 'INBOX', 'inbox'),
    (2, 1, 'Work', 'Work', 'Work', 'other');
INSERT INTO message (id, account_id, folder_id, server_folder_id, uid, date_at) VALUES (4, 1, 2, 1, 3, 0);
INSERT INTO operation (id, account_id, message_id, kind, target_folder_id, state, created_at, attempts, retry_at, uid_floor)
    VALUES (7, 1, 4, 'move', 2, 'sent', 5, 3, 11, 12), (9, 1, 4, 'flags', NULL, 'queued', 6, 0, 0, 0);
DELETE FROM operation WHERE id = 9;
";

#[tokio::test]
async fn a_queue_of_an_older_version_is_taken_over_and_its_numbers_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let before = Db::open_fused(&dir.path().join("mail.db"), &BEFORE, Fuse::default()).unwrap();
    before.write_blocking(|tx| Ok::<_, DbError>(tx.execute_batch(QUEUE)?)).unwrap();
    drop(before);
    let store = Store::open(dir.path()).unwrap();
    let queued = store.pending().await.unwrap();
    assert_eq!(queued.len(), 1);
    let Operation { id, message, kind, target, state, created_at, attempts, .. } = &queued[0];
    assert_eq!((id.0, message.0, *kind, target.map(|to| to.0)), (7, 4, OperationKind::Move, Some(2)));
    assert_eq!((*state, created_at.0, *attempts), (OperationState::Sent, 5, 3));
    let task = store.operations_next(AccountId(1), 9, UnixMillis(11)).await.unwrap().remove(0);
    assert_eq!((task.target.unwrap().uid_floor, task.append), (Some(Uid(12)), None));
    assert_eq!(store.operations_next(AccountId(1), 9, UnixMillis(10)).await.unwrap(), [], "it waits for its time");
    store.mark(vec![*message], FlagChange::seen(true), NOW).await.unwrap();
    assert_eq!(store.pending().await.unwrap()[1].id.0, 10, "no number is given twice");
}
