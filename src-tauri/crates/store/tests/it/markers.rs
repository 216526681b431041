//! What is being parsed survives the death of the process.

use std::process::Command;

use postroom_mime::{Envelope, summarise};
use postroom_search::Query;
use postroom_store::{NewHeader, ParseMarkers, Stage, StoreError};
use postroom_types::{FolderId, MessageId, Uid, UnixMillis};

use crate::support::{NOW, Profile, header};

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
    assert_eq!(profile.store.quarantined().await.unwrap(), [ids[1], ids[6]]);
    assert_eq!(profile.store.quarantined_uids(profile.inbox).await.unwrap().len(), 0, "known by its row");
    for (id, number) in ids.iter().zip(1..) {
        assert_eq!(profile.store.message(*id).await.unwrap().quarantined, matches!(number, 2 | 7), "message {number}");
    }
    assert_eq!(profile.store.status().await.unwrap().quarantined, 2);
    assert_eq!(ParseMarkers::open(profile.path()).unwrap().1, [], "once only");
}

/// The program died before the message had a row: it gets one without being read, and keeps its quarantine where it goes.
#[tokio::test]
async fn quarantine_passes_from_the_uid_to_the_row_and_goes_where_the_row_goes() {
    let profile = Profile::new().await;
    let left = vec![Stage::Incoming { folder: profile.inbox, uid: Uid(1) }];
    profile.store.quarantine(left, NOW).await.unwrap();
    assert_eq!(profile.store.status().await.unwrap().quarantined, 1);
    assert!(profile.store.quarantined_uids(profile.inbox).await.unwrap().contains(&Uid(1)));
    let unread = NewHeader { envelope: Envelope::default(), ..header(1) };
    profile.put(profile.inbox, vec![unread, header(2)]).await;
    let rows = profile.rows(profile.inbox).await;
    let id = rows.iter().find(|row| row.uid == Some(Uid(1))).unwrap().id;
    assert_eq!(profile.store.quarantined().await.unwrap(), [id]);
    assert_eq!(profile.store.status().await.unwrap().quarantined, 1, "counted once");
    let wanted = profile.store.bodies_wanted(profile.account, 9, None, None, NOW).await.unwrap().0;
    assert_eq!(wanted.iter().filter(|body| body.quarantined).map(|body| body.message).collect::<Vec<_>>(), [id]);

    profile.store.move_to(vec![id], profile.work, NOW).await.unwrap();
    let operation = profile.store.pending().await.unwrap()[0].id;
    profile.store.moves_done(profile.work, vec![(operation, id, Some(Uid(44)))]).await.unwrap();
    assert!(profile.store.message(id).await.unwrap().quarantined, "under its new UID too");
}

#[tokio::test]
async fn a_quarantine_that_ends_gives_the_row_what_is_in_the_message() {
    let profile = Profile::new().await;
    let left = vec![Stage::Incoming { folder: profile.inbox, uid: Uid(1) }];
    profile.store.quarantine(left, NOW).await.unwrap();
    profile.put(profile.inbox, vec![NewHeader { envelope: Envelope::default(), ..header(1) }]).await;
    let id = profile.rows(profile.inbox).await[0].id;
    let raw = b"Subject: Offer\r\nFrom: Bo <bo@example.test>\r\nMessage-ID: <o@example.test>\r\n\r\nFive.\r\n";
    profile.store.quarantine_lift(id, summarise(raw)).await.unwrap();
    let row = profile.row(id).await;
    assert_eq!((row.subject.as_str(), row.from[0].name.as_str(), row.preview.as_str()), ("Offer", "Bo", "Five."));
    assert_eq!(row.date, header(1).date, "no Date in it: as it was");
    assert_eq!(profile.store.quarantined().await.unwrap(), []);
    assert_eq!(profile.store.search(&Query::parse("offer"), 9).await.unwrap().total, 1);
    let gone = profile.store.quarantine_lift(MessageId(99), summarise(raw)).await;
    assert!(matches!(gone, Err(StoreError::NotFound(_))), "{gone:?}");
}

/// A message that ends the program every time is asked last, so that the others get their turn.
#[tokio::test]
async fn the_one_tried_last_stands_last() {
    let profile = Profile::new().await;
    let ids = profile.fill(profile.inbox, 2).await;
    let reading = |id| vec![Stage::Reading { message: id }];
    profile.store.quarantine(reading(ids[0]), NOW).await.unwrap();
    profile.store.quarantine(reading(ids[1]), UnixMillis(NOW.0 + 1)).await.unwrap();
    assert_eq!(profile.store.quarantined().await.unwrap(), [ids[0], ids[1]]);
    profile.store.quarantine(reading(ids[0]), UnixMillis(NOW.0 + 2)).await.unwrap();
    assert_eq!(profile.store.quarantined().await.unwrap(), [ids[1], ids[0]]);
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
