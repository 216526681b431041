//! What is told of a database that was damaged and built anew.

use std::fs;
use std::path::Path;

use postroom_store::Store;
use postroom_types::FlagChange;

use crate::support::{NOW, Profile, new_append};

/// Nothing of it can be read.
fn spoil(dir: &Path, name: &str) {
    let file = dir.join(name);
    let mut bytes = fs::read(&file).unwrap();
    let begin = bytes.len().min(4096);
    bytes[..begin].fill(0xa5);
    fs::write(file, bytes).unwrap();
}

async fn with_a_queue() -> tempfile::TempDir {
    let profile = Profile::new().await;
    let ids = profile.fill(profile.inbox, 12).await;
    profile.store.mark(ids, FlagChange::flagged(true), NOW).await.unwrap();
    profile.closed()
}

#[tokio::test]
async fn a_rebuild_is_told_until_it_was_seen() {
    let dir = with_a_queue().await;
    assert_eq!(Store::open(dir.path()).unwrap().rebuilt().unwrap(), None);
    spoil(dir.path(), "mail.db");
    let store = Store::open(dir.path()).unwrap();
    let told = store.rebuilt().unwrap().unwrap();
    assert_eq!((told.queue_whole, store.pending().await.unwrap().len()), (true, 12));
    assert_eq!(told.files, ["mail.db.damaged", "vault.db.damaged"]);
    drop(store);

    let store = Store::open(dir.path()).unwrap();
    assert_eq!(store.rebuilt().unwrap(), Some(told.clone()), "a start in between does not take it away");
    store.rebuilt_seen().unwrap();
    store.rebuilt_seen().unwrap();
    assert_eq!(store.rebuilt().unwrap(), None);
    for name in &told.files {
        assert!(dir.path().join(name).is_file(), "{name} stays");
    }
}

#[tokio::test]
async fn where_the_second_copy_is_lost_too_nothing_is_promised() {
    let dir = with_a_queue().await;
    spoil(dir.path(), "mail.db");
    spoil(dir.path(), "kept.db");
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(store.pending().await.unwrap(), []);
    assert!(!store.rebuilt().unwrap().unwrap().queue_whole);
}

/// The vault's copy of a message that the server does not have is the only one.
#[tokio::test]
async fn a_lost_vault_is_told_where_a_message_was_on_its_way() {
    for unsent in [false, true] {
        let profile = Profile::new().await;
        profile.fill(profile.inbox, 3).await;
        if unsent {
            let new = new_append(profile.work, b"Subject: On its way\r\n\r\nText\r\n");
            profile.store.append_queue(new, NOW).await.unwrap();
        }
        let dir = profile.closed();
        spoil(dir.path(), "vault.db");
        let told = Store::open(dir.path()).unwrap().rebuilt().unwrap().unwrap();
        assert_eq!(told.queue_whole, !unsent);
    }
}
