//! Small messages made smaller by the profile's own dictionary.

use postroom_db::{DbError, Migration, Tx};
use postroom_store::{Compacted, Store};

use crate::profile::open;
use crate::support::Profile;
use crate::vault::body;

/// The vault is at this number.
const DONE: &[Migration] = &[Migration { number: 5, sql: "" }];

/// A mail of a few hundred bytes that shares with the others what mails share.
fn mail(number: usize) -> Vec<u8> {
    format!(
        "Return-Path: <sender{0}@example.org>\r\nReceived: from mx{1}.example.org (mx{1}.example.org [192.0.2.{1}])\r\n\
         \tby mail.example.test with ESMTPS id {2:016x};\r\nFrom: \"Sender {0}\" <sender{0}@example.org>\r\n\
         To: <team@example.test>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Message-ID: <{2:016x}@example.org>\r\nSubject: Order {number}\r\n\r\nDear team, order {number} is on its way.\r\n\
         Kind regards, Sender {0}\r\n",
        number % 40,
        number % 9,
        number.wrapping_mul(0x9e37_79b9_7f4a_7c15),
    )
    .into_bytes()
}

async fn filled(count: u32) -> (Profile, Vec<postroom_types::MessageId>) {
    let profile = Profile::new().await;
    let ids = profile.fill(profile.inbox, count).await;
    let bodies = ids.iter().enumerate().map(|(number, id)| body(*id, &mail(number))).collect();
    profile.store.bodies_store(bodies).await.unwrap();
    (profile, ids)
}

#[tokio::test]
async fn small_messages_shrink_and_come_back_exactly() {
    let (profile, ids) = filled(1_200).await;
    assert!(profile.store.vault_wants_compacting().await.unwrap());
    let done = profile.store.vault_compact().await.unwrap();
    assert_eq!(done.messages, 1_200);
    assert!(done.after * 100 < done.raw_bytes * 35 && done.after < done.before, "{done:?}");
    assert!(!profile.store.vault_wants_compacting().await.unwrap());
    assert_eq!(profile.store.vault_compact().await.unwrap(), Compacted::default(), "nothing is left to do");
    // What comes next is packed with it at once, by this store and by one that was opened later.
    let more = profile.fill(profile.work, 2).await;
    let again = Store::open(profile.path()).unwrap();
    for (store, id, number) in [(&profile.store, more[0], 9_001), (&again, more[1], 9_002)] {
        let packed = store.packer().unwrap().pack(&mail(number)).unwrap();
        store.bodies_store(vec![postroom_store::StoredBody { message: id, raw: packed, summary: None }]).await.unwrap();
    }
    for store in [&profile.store, &again] {
        for (number, id) in ids.iter().enumerate() {
            assert_eq!(store.raw(*id).await.unwrap(), mail(number));
        }
        assert_eq!(store.raw(more[0]).await.unwrap(), mail(9_001));
        assert_eq!(store.raw(more[1]).await.unwrap(), mail(9_002));
    }
}

#[tokio::test]
async fn compacting_goes_on_where_it_was_interrupted() {
    let (profile, ids) = filled(1_300).await;
    // Ended by dropping it at one point after the other, as at the end of the program.
    let mut rounds = 0;
    while profile.store.vault_wants_compacting().await.unwrap() {
        rounds += 1;
        let patience = std::time::Duration::from_millis(5 * rounds);
        drop(tokio::time::timeout(patience, profile.store.vault_compact()).await);
    }
    for (number, id) in ids.iter().enumerate() {
        assert_eq!(profile.store.raw(*id).await.unwrap(), mail(number));
    }
}

#[tokio::test]
async fn few_messages_are_left_alone() {
    let (profile, ids) = filled(50).await;
    assert!(!profile.store.vault_wants_compacting().await.unwrap());
    assert_eq!(profile.store.vault_compact().await.unwrap(), Compacted::default());
    assert_eq!(profile.store.raw(ids[3]).await.unwrap(), mail(3));
}

#[tokio::test]
async fn a_damaged_dictionary_is_an_error_not_wrong_mail() {
    let (profile, ids) = filled(1_100).await;
    profile.store.vault_compact().await.unwrap();
    let path = profile.path().to_owned();
    let vault = open(&path, "vault.db", DONE);
    let wiped = |tx: &Tx<'_>| Ok::<_, DbError>(tx.execute("UPDATE dictionary SET data = zeroblob(100)", [])?);
    assert_eq!(vault.write_blocking(wiped).unwrap(), 1);
    let store = Store::open(&path).unwrap();
    assert!(store.raw(ids[0]).await.is_err());
    assert!(store.folders().await.is_ok(), "the list does without");
}
