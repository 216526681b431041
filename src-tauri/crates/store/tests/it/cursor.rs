//! What a folder holds, and what a push changes in it: all of the push, or nothing, and never backwards.

use postroom_store::{FlagsFromServer, FolderCursor, Holdings, Push, PushStored};
use postroom_types::{FlagChange, Flags, FolderId, ModSeq, Uid, UidValidity};

use crate::support::{NOW, Profile};

async fn cursor(profile: &Profile, folder: FolderId) -> FolderCursor {
    let folders = profile.store.sync_folders(profile.account).await.unwrap();
    folders.into_iter().find(|one| one.id == folder).unwrap().cursor
}

#[tokio::test]
async fn a_push_changes_flags_and_removes_ranges_and_leaves_what_is_queued() {
    let profile = Profile::new().await;
    let ids = profile.fill(profile.inbox, 9).await;
    profile.fill(profile.work, 9).await;
    profile.store.mark(vec![ids[1]], FlagChange::flagged(true), NOW).await.unwrap();
    let flags = [1, 2, 77].map(|uid| FlagsFromServer { uid: Uid(uid), flags: Flags::SEEN }).to_vec();
    let push = Push { flags, vanished: vec![(4, 5), (8, u32::MAX)], modseq: Some(ModSeq(50)), top: Some(10) };
    assert_eq!(profile.store.held_within(profile.inbox, push.vanished.clone()).await.unwrap(), 4);
    let stored = profile.store.push_store(profile.inbox, push.clone()).await.unwrap();
    assert_eq!(stored, PushStored { changed: 2, removed: 4 });
    assert_eq!(profile.row(ids[1]).await.flags, Flags::SEEN | Flags::FLAGGED);
    let known = profile.store.server_flags_within(profile.inbox, Uid(2), Uid(6)).await.unwrap();
    assert_eq!(
        known.into_iter().collect::<Vec<_>>(),
        [(Uid(2), Flags::SEEN), (Uid(3), Flags::empty()), (Uid(6), Flags::empty())]
    );
    assert_eq!(profile.store.push_store(profile.inbox, push).await.unwrap(), PushStored::default(), "once more");
    let holdings = profile.store.holdings(profile.account).await.unwrap();
    let holding = |messages| Holdings { messages, unmatched: false };
    assert_eq!((holdings[&profile.inbox], holdings[&profile.work]), (holding(5), holding(9)));
}

#[tokio::test]
async fn how_far_a_folder_is_known_never_goes_back_by_a_push() {
    let profile = Profile::new().await;
    let known = FolderCursor { uid_validity: Some(UidValidity(7)), top: 20, bottom: 1, modseq: ModSeq(40) };
    profile.store.folder_cursor_set(profile.inbox, known).await.unwrap();
    let push = |modseq, top| Push { modseq, top, ..Push::default() };
    for (modseq, top) in [(None, None), (Some(ModSeq(39)), Some(19)), (None, Some(20))] {
        profile.store.push_store(profile.inbox, push(modseq, top)).await.unwrap();
        assert_eq!(cursor(&profile, profile.inbox).await, known);
    }
    profile.store.push_store(profile.inbox, push(Some(ModSeq(41)), Some(25))).await.unwrap();
    assert_eq!(cursor(&profile, profile.inbox).await, FolderCursor { top: 25, modseq: ModSeq(41), ..known });
}

#[tokio::test]
async fn a_folder_in_which_a_row_waits_for_its_uid_says_so() {
    let profile = Profile::new().await;
    profile.fill(profile.inbox, 2).await;
    profile.store.folder_uids_void(profile.inbox, UidValidity(8)).await.unwrap();
    let holdings = profile.store.folder_holdings(profile.inbox).await.unwrap();
    assert_eq!(holdings, Holdings { messages: 0, unmatched: true });
}
