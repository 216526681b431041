//! Raw messages: exact, found again, swept when their rows go.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use postroom_mime::summarise;
use postroom_store::{NewHeader, Packer, Store, StoreError, StoredBody};
use postroom_types::{MessageId, UnixMillis};
use proptest::prelude::*;

use crate::support::{NOW, Profile, header};

pub(crate) fn body(message: MessageId, raw: &[u8]) -> StoredBody {
    StoredBody { message, raw: Packer::new().unwrap().pack(raw).unwrap(), summary: Some(summarise(raw)) }
}

/// Bytes that no compressor shortens (`SplitMix64`), the same every time.
pub(crate) fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x1234_5678_u64;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    std::iter::repeat_with(|| next().to_le_bytes()).flatten().take(len).collect()
}

fn files(profile: &Profile) -> BTreeSet<String> {
    let Ok(files) = fs::read_dir(profile.path().join("blobs")) else { return BTreeSet::new() };
    files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

fn blob(profile: &Profile, id: MessageId) -> PathBuf {
    profile.path().join("blobs").join(format!("{id}.zst"))
}

#[tokio::test]
async fn a_body_comes_back_byte_for_byte_and_the_row_tells_of_it() {
    let profile = Profile::new().await;
    let ids = profile.fill(profile.inbox, 3).await;
    let text = "Subject: 报价\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGood morning,\r\nthe price is 5.\r\n";
    let large = noise(3 << 20);
    let bodies = vec![body(ids[0], text.as_bytes()), body(ids[1], &large), body(ids[2], b"")];
    assert_eq!(profile.store.bodies_missing(profile.account, None, NOW).await.unwrap(), 3);
    profile.store.bodies_store(bodies).await.unwrap();
    assert_eq!(profile.store.raw(ids[0]).await.unwrap(), text.as_bytes());
    assert!(profile.store.raw(ids[1]).await.unwrap() == large, "3 MB of noise");
    assert_eq!(profile.store.raw(ids[2]).await.unwrap(), b"");
    assert_eq!(files(&profile), BTreeSet::from([format!("{}.zst", ids[1])]), "only the large one has a file");
    let row = profile.row(ids[0]).await;
    assert!(row.has_body);
    assert_eq!(row.preview, "Good morning, the price is 5.");
    assert_eq!(profile.store.bodies_missing(profile.account, None, NOW).await.unwrap(), 0);
    let status = profile.store.status().await.unwrap();
    assert_eq!((status.messages, status.bodies), (3, 3));
    assert_eq!(status.raw_bytes, (text.len() + large.len()) as u64);
    assert!(status.stored_bytes > 3 << 20);
}

#[tokio::test]
async fn a_body_stored_again_replaces_the_first() {
    let profile = Profile::new().await;
    let id = profile.fill(profile.inbox, 1).await[0];
    for raw in [noise(2 << 20), b"Subject: a\r\n\r\nsmall now".to_vec(), noise(1500)] {
        profile.store.bodies_store(vec![body(id, &raw)]).await.unwrap();
        assert!(profile.store.raw(id).await.unwrap() == raw);
    }
}

#[tokio::test]
async fn a_replaced_large_body_leaves_no_file_behind() {
    let profile = Profile::new().await;
    let id = profile.fill(profile.inbox, 1).await[0];
    let (large, larger) = (noise(2 << 20), noise(3 << 20));
    for raw in [&large, &larger, &large] {
        profile.store.bodies_store(vec![body(id, raw)]).await.unwrap();
        assert!(profile.store.raw(id).await.unwrap() == *raw);
        assert_eq!(files(&profile).len(), 1, "{:?}", files(&profile));
    }
    profile.store.bodies_store(vec![body(id, b"Subject: a\r\n\r\nsmall now")]).await.unwrap();
    assert_eq!(files(&profile), BTreeSet::new());
    profile.store.bodies_store(vec![body(id, &large), body(id, &larger)]).await.unwrap();
    assert!(profile.store.raw(id).await.unwrap() == larger, "twice in one batch");
    profile.store.messages_gone(vec![id]).await.unwrap();
    profile.store.vault_sweep().await.unwrap();
    assert_eq!(files(&profile), BTreeSet::new(), "the second name is swept too");
}

/// What a crash left: half a file, a file that no row names, the file of a body that was replaced.
#[tokio::test]
async fn files_that_nothing_names_go_at_the_next_start() {
    let profile = Profile::new().await;
    let ids = profile.fill(profile.inbox, 2).await;
    let large = noise(2 << 20);
    profile.store.bodies_store(vec![body(ids[0], &large)]).await.unwrap();
    profile.store.bodies_store(vec![body(ids[0], &noise(3 << 20)), body(ids[1], b"small")]).await.unwrap();
    profile.store.bodies_store(vec![body(ids[0], &large)]).await.unwrap();
    let kept = files(&profile);
    assert_eq!(kept.len(), 1);
    for name in [format!("{}.2.zst", ids[0]), format!("{}.zst", ids[1]), "999.zst.part".to_owned(), "x".to_owned()] {
        let path = profile.path().join("blobs").join(name);
        if !path.exists() {
            fs::write(path, b"left over").unwrap();
        }
    }
    assert!(files(&profile).len() > 3);
    let again = Store::open(profile.path()).unwrap();
    assert_eq!(files(&profile), kept);
    assert!(again.raw(ids[0]).await.unwrap() == large);
}

#[tokio::test]
async fn bodies_of_removed_messages_are_swept() {
    let profile = Profile::new().await;
    let ids = profile.fill(profile.inbox, 3).await;
    let large = noise(2 << 20);
    profile
        .store
        .bodies_store(vec![body(ids[0], &large), body(ids[1], b"x\r\n"), body(ids[2], b"y\r\n")])
        .await
        .unwrap();
    profile.store.messages_gone(vec![ids[0], ids[1]]).await.unwrap();
    assert!(blob(&profile, ids[0]).exists(), "nothing goes before the deletion is durable");
    assert_eq!(profile.number("SELECT count(*) FROM vault_garbage").await, 2);
    profile.store.vault_sweep().await.unwrap();
    assert!(files(&profile).is_empty());
    assert_eq!(profile.number("SELECT count(*) FROM vault_garbage").await, 0);
    assert!(matches!(profile.store.raw(ids[0]).await, Err(StoreError::BodyMissing)));
    assert!(matches!(profile.store.raw(ids[1]).await, Err(StoreError::BodyMissing)));
    assert_eq!(profile.store.raw(ids[2]).await.unwrap(), b"y\r\n");
}

#[tokio::test]
async fn removing_an_account_empties_the_vault() {
    let profile = Profile::new().await;
    let ids = profile.fill(profile.inbox, 2).await;
    profile.store.bodies_store(vec![body(ids[0], &noise(2 << 20)), body(ids[1], b"x\r\n")]).await.unwrap();
    profile.store.account_remove(profile.account).await.unwrap();
    assert!(files(&profile).is_empty());
    let status = profile.store.status().await.unwrap();
    assert_eq!((status.accounts, status.messages, status.bodies, status.raw_bytes), (0, 0, 0, 0));
    for table in ["folder", "message", "message_find", "operation"] {
        let left: i64 = profile
            .store
            .read(move |read| Ok(read.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?))
            .await
            .unwrap();
        assert_eq!(left, 0, "{table}");
    }
}

#[tokio::test]
async fn a_damaged_file_is_an_error_not_wrong_mail() {
    let profile = Profile::new().await;
    let id = profile.fill(profile.inbox, 1).await[0];
    profile.store.bodies_store(vec![body(id, &noise(2 << 20))]).await.unwrap();
    let path = blob(&profile, id);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(profile.store.raw(id).await.is_err(), "cut short");
    // A whole frame, of another message.
    fs::write(&path, zstd::bulk::compress(b"another message", 3).unwrap()).unwrap();
    assert!(matches!(profile.store.raw(id).await, Err(StoreError::Damaged(_))));
    fs::remove_file(&path).unwrap();
    assert!(profile.store.raw(id).await.is_err());
}

#[tokio::test]
async fn a_body_that_the_server_does_not_give_is_not_asked_for_again_before_the_next_start() {
    let profile = Profile::new().await;
    let ids = profile.fill(profile.inbox, 2).await;
    profile.store.body_unavailable(ids[1]).await.unwrap();
    let wanted = profile.store.bodies_wanted(profile.account, 10, None, None, NOW).await.unwrap().0;
    assert_eq!(wanted.iter().map(|body| body.message).collect::<Vec<_>>(), [ids[0]]);
    assert_eq!(profile.store.bodies_wanted(profile.account, 10, Some(profile.work), None, NOW).await.unwrap().0, []);
    profile.store.bodies_ask_again().await.unwrap();
    assert_eq!(profile.store.bodies_missing(profile.account, None, NOW).await.unwrap(), 2);
}

#[tokio::test]
async fn missing_bodies_are_looked_up_page_by_page_the_newest_first() {
    let profile = Profile::new().await;
    // Five of one moment among others: a page may end between them.
    let headers = (1..=12_u32).map(|uid| NewHeader {
        date: UnixMillis(i64::from(if (4..=8).contains(&uid) { 4 } else { uid })),
        ..header(uid)
    });
    profile.put(profile.inbox, headers.collect()).await;
    let all = profile.store.bodies_wanted(profile.account, 100, None, None, NOW).await.unwrap();
    assert_eq!(all.1, None, "there are no more");
    for limit in 1..=13 {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let (page, next) = profile.store.bodies_wanted(profile.account, limit, None, after, NOW).await.unwrap();
            seen.extend(page);
            after = next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, all.0, "pages of {limit}");
    }
    let uids: Vec<u32> = all.0.iter().map(|body| body.uid.0).collect();
    assert_eq!(uids, [12, 11, 10, 9, 4, 5, 6, 7, 8, 3, 2, 1]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_come_back(raw in prop::collection::vec(any::<u8>(), 0..5000)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let profile = Profile::new().await;
            let id = profile.fill(profile.inbox, 1).await[0];
            profile.store.bodies_store(vec![body(id, &raw)]).await.unwrap();
            assert_eq!(profile.store.raw(id).await.unwrap(), raw);
        });
    }
}

#[tokio::test]
async fn the_file_gives_back_the_space_of_what_is_gone() {
    let profile = Profile::new().await;
    let ids = profile.fill(profile.inbox, 300).await;
    for chunk in ids.chunks(100) {
        let bodies = chunk.iter().map(|id| body(*id, &noise(60_000))).collect();
        profile.store.bodies_store(bodies).await.unwrap();
    }
    let before = profile.store.status().await.unwrap().stored_bytes;
    assert!(before > 15 << 20, "{before}");
    profile.store.messages_gone(ids).await.unwrap();
    profile.store.vault_sweep().await.unwrap();
    let after = profile.store.status().await.unwrap().stored_bytes;
    assert!(after < 6 << 20, "{before}, then {after}");
}
