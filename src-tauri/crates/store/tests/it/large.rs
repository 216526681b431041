//! Large messages that come in piece by piece, are cut off, and go on.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;

use postroom_mime::Outline;
use postroom_store::{LargeBody, Store, StoreError};
use postroom_types::{Keep, MessageId, Uid, UidValidity};

use crate::support::{NOW, Profile};
use crate::vault::{body, noise};

const VALID: UidValidity = UidValidity(1);

fn files(profile: &Profile) -> BTreeSet<String> {
    let Ok(files) = fs::read_dir(profile.path().join("blobs")) else { return BTreeSet::new() };
    files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

fn file(profile: &Profile, id: MessageId) -> PathBuf {
    profile.path().join("blobs").join(format!("{id}.large.zst"))
}

async fn begin(store: &Store, message: MessageId, uid: u32) -> Option<LargeBody> {
    let store = store.clone();
    tokio::task::spawn_blocking(move || store.large_begin(message, VALID, Uid(uid)).unwrap()).await.unwrap()
}

/// Appends and keeps it; whether the message is still there.
async fn append(mut large: LargeBody, raw: &[u8]) -> (LargeBody, bool) {
    let raw = raw.to_vec();
    let work = move || {
        large.append(&raw).unwrap();
        let there = large.keep().unwrap();
        (large, there)
    };
    tokio::task::spawn_blocking(work).await.unwrap()
}

async fn finish(large: LargeBody, raw: &[u8]) -> bool {
    let mut outline = Outline::default();
    outline.push(raw);
    let skeleton = outline.skeleton(true);
    let (summary, notes) = (skeleton.summarise(), skeleton.to_bytes());
    tokio::task::spawn_blocking(move || large.finish(Some(summary), &notes).unwrap()).await.unwrap()
}

async fn read(store: &Store, id: MessageId) -> (Vec<u8>, bool) {
    let mut body = store.body(id).await.unwrap();
    let whole = body.is_whole();
    let mut bytes = Vec::new();
    body.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.len() as u64, body.size());
    (bytes, whole)
}

fn message(len: usize) -> Vec<u8> {
    [b"Subject: large\r\n\r\nThe text.\r\n".to_vec(), noise(len)].concat()
}

#[tokio::test]
async fn what_was_kept_is_gone_on_with_whatever_the_crash_left_behind() {
    let profile = Profile::new().await;
    let id = profile.fill(profile.inbox, 1).await[0];
    let raw = message(3 << 20);
    let half = raw.len() / 2;
    let large = begin(&profile.store, id, 1).await.unwrap();
    assert!(begin(&profile.store, id, 1).await.is_none(), "one writer at a time");
    let (mut large, _) = append(large, &raw[..half]).await;
    let store = profile.store.clone();
    let drop_unkept = move || {
        large.append(b"never kept").unwrap();
        drop(large);
    };
    tokio::task::spawn_blocking(drop_unkept).await.unwrap();
    assert_eq!(store.incoming(id).await.unwrap(), half as u64);
    fs::File::options().append(true).open(file(&profile, id)).unwrap().write_all(b"half a frame").unwrap();

    let store = Store::open(profile.path()).unwrap();
    assert_eq!(files(&profile).len(), 1, "it is no orphan");
    assert!(!profile.row(id).await.has_body);
    assert_eq!(read(&store, id).await, (raw[..half].to_vec(), false));
    let large = begin(&store, id, 1).await.unwrap();
    assert_eq!(large.bytes(), half as u64);
    let (large, there) = append(large, &raw[half..]).await;
    assert!(there && finish(large, &raw).await);
    assert!(read(&store, id).await == (raw.clone(), true));
    assert!(store.raw(id).await.unwrap() == raw);
    assert_eq!(store.incoming(id).await.unwrap(), 0);
    let row = profile.row(id).await;
    assert!(row.has_body && row.preview.starts_with("The text."));
    let status = store.status().await.unwrap();
    assert_eq!((status.bodies, status.raw_bytes), (1, raw.len() as u64));
    assert!(status.stored_bytes > 3 << 20);
    store.vault_sweep().await.unwrap();
    let store = Store::open(profile.path()).unwrap();
    assert!(store.body(id).await.unwrap().notes().unwrap().is_some());
    // Replaced like any other, and swept like any other.
    store.bodies_store(vec![body(id, b"Subject: a\r\n\r\nsmall now")]).await.unwrap();
    assert_eq!(files(&profile), BTreeSet::new());
    assert_eq!(read(&store, id).await.0, b"Subject: a\r\n\r\nsmall now");
}

/// Cut off after the vault has it and before the row says so.
#[tokio::test]
async fn a_message_whose_last_step_was_cut_off_is_finished_without_a_byte_more() {
    let profile = Profile::new().await;
    let id = profile.fill(profile.inbox, 1).await[0];
    let raw = message(1 << 20);
    let (large, _) = append(begin(&profile.store, id, 1).await.unwrap(), &raw).await;
    assert!(finish(large, &raw).await);
    let (sql, bytes) = ("UPDATE message SET body_state = 'none'", raw.len());
    let file_bytes = {
        // Without the notes: as long as the row has it.
        let again = begin(&profile.store, id, 1).await.unwrap();
        let (again, _) = append(again, &raw).await;
        drop(again);
        profile.number("SELECT file_bytes FROM incoming").await
    };
    assert!(file_bytes > 0);
    profile.store.write(move |tx| Ok(tx.execute_batch(sql)?)).await.unwrap();
    let large = begin(&profile.store, id, 1).await.unwrap();
    assert_eq!(large.bytes(), bytes as u64);
    assert!(finish(large, &raw).await);
    assert!(read(&profile.store, id).await == (raw, true));
}

#[tokio::test]
async fn a_message_that_goes_takes_what_came_of_it_along() {
    let profile = Profile::new().await;
    let ids = profile.fill(profile.inbox, 3).await;
    let mut writers = Vec::new();
    for (id, uid) in ids.iter().zip(1..) {
        writers.push(append(begin(&profile.store, *id, uid).await.unwrap(), &message(100_000)).await.0);
    }
    profile.store.messages_gone(vec![ids[0]]).await.unwrap();
    profile.store.vault_sweep().await.unwrap();
    assert_eq!(files(&profile).len(), 3, "a file is not pulled away from under its writer");
    let (large, there) = append(writers.remove(0), b"more").await;
    assert!(!there);
    assert!(!finish(large, b"").await);
    profile.store.vault_sweep().await.unwrap();
    assert_eq!(files(&profile).len(), 2);
    assert!(matches!(profile.store.body(ids[0]).await, Err(StoreError::BodyMissing)));
    // Renumbered: what has come may be of another message.
    profile.store.folder_uids_void(profile.inbox, UidValidity(2)).await.unwrap();
    assert_eq!(profile.store.incoming(ids[1]).await.unwrap(), 0);
    assert!(!append(writers.remove(0), b"more").await.1);
    writers.clear();
    profile.store.vault_sweep().await.unwrap();
    assert_eq!(files(&profile), BTreeSet::new());
}

#[tokio::test]
async fn another_uid_or_a_damaged_file_begins_anew() {
    let profile = Profile::new().await;
    let id = profile.fill(profile.inbox, 1).await[0];
    let raw = message(200_000);
    drop(append(begin(&profile.store, id, 1).await.unwrap(), &raw).await);
    assert_eq!(begin(&profile.store, id, 1).await.unwrap().bytes(), raw.len() as u64);
    assert_eq!(begin(&profile.store, id, 7).await.unwrap().bytes(), 0);
    drop(append(begin(&profile.store, id, 7).await.unwrap(), &raw).await);
    fs::File::options().write(true).open(file(&profile, id)).unwrap().set_len(1000).unwrap();
    assert!(profile.store.body(id).await.is_err());
    assert_eq!(begin(&profile.store, id, 7).await.unwrap().bytes(), 0);
    drop(append(begin(&profile.store, id, 7).await.unwrap(), &raw).await);
    fs::remove_file(file(&profile, id)).unwrap();
    assert_eq!(begin(&profile.store, id, 7).await.unwrap().bytes(), 0);
}

#[tokio::test]
async fn what_is_coming_goes_where_the_rules_do_not_want_it() {
    let profile = Profile::new().await;
    let ids = profile.fill(profile.inbox, 2).await;
    for (id, uid) in ids.iter().zip(1..) {
        drop(append(begin(&profile.store, *id, uid).await.unwrap(), &message(1000)).await);
    }
    let held = begin(&profile.store, ids[1], 2).await.unwrap();
    profile.store.offline_set(profile.account, Keep::Headers, 0).await.unwrap();
    profile.store.offline_apply(profile.account, NOW).await.unwrap();
    let left = [profile.store.incoming(ids[0]).await.unwrap(), profile.store.incoming(ids[1]).await.unwrap()];
    assert!(left[0] == 0 && left[1] > 0, "only what nobody is waiting for: {left:?}");
    assert_eq!(files(&profile).len(), 1);
    drop(held);
    profile.store.offline_apply(profile.account, NOW).await.unwrap();
    assert_eq!(files(&profile), BTreeSet::new());
}
