//! What is being parsed survives the death of the process.

use std::process::Command;

use postroom_store::{ParseMarkers, Stage};
use postroom_types::{FolderId, MessageId, Uid};

use crate::support::{NOW, Profile};

/// Where the child process of the test below finds the profile, with the ids to mark.
const CHILD: &str = "POSTROOM_TEST_MARKER_CHILD";

/// Runs itself as a child, which marks two messages, finishes a third, and dies without unwinding.
#[tokio::test]
async fn marks_left_by_a_dead_process_become_quarantine() {
    if let Ok(dir) = std::env::var(CHILD) {
        let (markers, left) = ParseMarkers::open(dir.as_ref()).unwrap();
        assert_eq!(left, []);
        let _incoming = markers.mark(Stage::Incoming { folder: FolderId(1), uid: Uid(7) }).unwrap();
        drop(markers.mark(Stage::Incoming { folder: FolderId(1), uid: Uid(8) }).unwrap());
        let _reading = markers.mark(Stage::Reading { message: MessageId(2) }).unwrap();
        std::process::abort();
    }
    let profile = Profile::new().await;
    let ids = profile.fill(profile.inbox, 9).await;
    assert_eq!((profile.inbox, ids[1]), (FolderId(1), MessageId(2)), "the child relies on it");
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "markers::marks_left_by_a_dead_process_become_quarantine"])
        .env(CHILD, profile.path())
        .output()
        .unwrap();
    assert_eq!(child.status.code(), None, "killed by a signal: {}", String::from_utf8_lossy(&child.stdout));

    let (markers, left) = ParseMarkers::open(profile.path()).unwrap();
    let reading = Stage::Reading { message: ids[1] };
    assert_eq!(left, [Stage::Incoming { folder: profile.inbox, uid: Uid(7) }, reading]);
    profile.store.quarantine(left.clone(), NOW).await.unwrap();
    profile.store.quarantine(left, NOW).await.unwrap();
    markers.clear().unwrap();
    assert_eq!(profile.store.quarantined_uids(profile.inbox).await.unwrap().into_iter().collect::<Vec<_>>(), [Uid(7)]);
    for (id, number) in ids.iter().zip(1..) {
        assert_eq!(profile.store.message(*id).await.unwrap().quarantined, matches!(number, 2 | 7), "message {number}");
    }
    assert_eq!(profile.store.status().await.unwrap().quarantined, 2);
    assert_eq!(ParseMarkers::open(profile.path()).unwrap().1, [], "once only");
}

#[tokio::test]
async fn what_is_quarantined_and_gone_is_no_error() {
    let profile = Profile::new().await;
    let left = vec![Stage::Incoming { folder: FolderId(99), uid: Uid(1) }, Stage::Reading { message: MessageId(99) }];
    profile.store.quarantine(left, NOW).await.unwrap();
    assert_eq!(profile.store.status().await.unwrap().quarantined, 0);
}

#[test]
fn more_workers_than_slots_do_no_harm() {
    let dir = tempfile::tempdir().unwrap();
    let (markers, _) = ParseMarkers::open(dir.path()).unwrap();
    let mark = |uid| markers.mark(Stage::Incoming { folder: FolderId(1), uid: Uid(uid) }).unwrap();
    let slots: Vec<_> = (1..=40).map(mark).collect();
    assert_eq!(ParseMarkers::open(dir.path()).unwrap().1.len(), 16);
    drop(slots);
    assert_eq!(ParseMarkers::open(dir.path()).unwrap().1, []);
    let _one = mark(50);
    assert_eq!(ParseMarkers::open(dir.path()).unwrap().1, [Stage::Incoming { folder: FolderId(1), uid: Uid(50) }]);
}

#[test]
fn a_damaged_marker_file_is_no_error() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("parsing"), vec![0xff; 24 * 3 + 5]).unwrap();
    assert_eq!(ParseMarkers::open(dir.path()).unwrap().1, []);
}
