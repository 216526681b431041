//! Headers, flags and vanished messages from the server.

use postroom_mime::summarise;
use postroom_store::{FlagsFromServer, HeadersStored, Packer, StoredBody};
use postroom_types::{FlagChange, Flags, FolderRole, ModSeq, Uid, UidValidity};

use crate::support::{NOW, Profile, header, listed};

#[tokio::test]
async fn headers_taken_in_twice_are_there_once() {
    let profile = Profile::new().await;
    let batch = || (1..=20).map(header).collect::<Vec<_>>();
    assert_eq!(profile.put(profile.inbox, batch()).await, HeadersStored { new: 20, matched: 0 });
    let before = profile.rows(profile.inbox).await;
    assert_eq!(profile.put(profile.inbox, batch()).await, HeadersStored::default());
    assert_eq!(profile.rows(profile.inbox).await, before);
    assert_eq!(before.len(), 20);
    assert_eq!(before[0].subject, "Number 20", "newest first");
    assert_eq!(before[0].from[0].email, "bo@example.test");
}

#[tokio::test]
async fn a_header_seen_again_brings_its_flags() {
    let profile = Profile::new().await;
    let ids = profile.fill(profile.inbox, 2).await;
    let mut again = header(1);
    again.flags = Flags::SEEN | Flags::ANSWERED;
    profile.put(profile.inbox, vec![again]).await;
    assert_eq!(profile.row(ids[0]).await.flags, Flags::SEEN | Flags::ANSWERED);
    assert_eq!(profile.row(ids[1]).await.flags, Flags::empty());
}

#[tokio::test]
async fn shown_flags_are_the_servers_with_the_queue_on_top() {
    let profile = Profile::new().await;
    let id = profile.fill(profile.inbox, 1).await[0];
    profile.store.mark(vec![id], FlagChange::flagged(true), NOW).await.unwrap();
    let from_server = |flags| vec![FlagsFromServer { uid: Uid(1), flags }];
    let store = &profile.store;
    assert_eq!(store.flags_store(profile.inbox, from_server(Flags::SEEN), Some(ModSeq(7))).await.unwrap(), 1);
    assert_eq!(profile.row(id).await.flags, Flags::SEEN | Flags::FLAGGED);
    assert_eq!(store.server_flags(profile.inbox).await.unwrap()[&Uid(1)], Flags::SEEN);
    assert_eq!(store.sync_folders(profile.account).await.unwrap()[0].cursor.modseq, ModSeq(7));
    // Someone else stars it too: nothing looks different, and the queue stays.
    assert_eq!(store.flags_store(profile.inbox, from_server(Flags::SEEN | Flags::FLAGGED), None).await.unwrap(), 0);
    assert_eq!(store.pending().await.unwrap().len(), 1);
    // A message that is not here is not made up.
    let unknown = vec![FlagsFromServer { uid: Uid(99), flags: Flags::SEEN }];
    assert_eq!(store.flags_store(profile.inbox, unknown, None).await.unwrap(), 0);
    assert_eq!(profile.rows(profile.inbox).await.len(), 1);
}

#[tokio::test]
async fn vanished_messages_go_with_what_was_queued_for_them() {
    let profile = Profile::new().await;
    let ids = profile.fill(profile.inbox, 3).await;
    profile.store.mark(ids.clone(), FlagChange::seen(true), NOW).await.unwrap();
    assert_eq!(profile.store.messages_vanished(profile.inbox, vec![Uid(2), Uid(77)]).await.unwrap(), 1);
    assert_eq!(profile.store.uids_held(profile.inbox).await.unwrap(), [Uid(1), Uid(3)]);
    let left: Vec<_> = profile.store.pending().await.unwrap().into_iter().map(|operation| operation.message).collect();
    assert_eq!(left, [ids[0], ids[2]]);
    assert_eq!(profile.number("SELECT count(*) FROM message_find").await, 2);
}

#[tokio::test]
async fn after_a_new_uidvalidity_messages_keep_their_ids_and_bodies() {
    let profile = Profile::new().await;
    let ids = profile.fill(profile.inbox, 4).await;
    let raw = b"Subject: Number 2\r\n\r\nkept\r\n";
    let body =
        StoredBody { message: ids[1], raw: Packer::new().unwrap().pack(raw).unwrap(), summary: Some(summarise(raw)) };
    profile.store.bodies_store(vec![body]).await.unwrap();
    profile.store.mark(vec![ids[0], ids[3]], FlagChange::flagged(true), NOW).await.unwrap();

    profile.store.folder_uids_void(profile.inbox, UidValidity(2)).await.unwrap();
    assert_eq!(profile.store.uids_held(profile.inbox).await.unwrap(), []);
    assert_eq!(profile.store.sync_folders(profile.account).await.unwrap()[0].cursor.uid_validity, Some(UidValidity(2)));
    assert_eq!(profile.rows(profile.inbox).await.len(), 4, "the list does not flicker empty");

    // The server has 1, 2 and a new one under other UIDs; 3 and 4 are gone.
    let renumbered = |old: u32, new: u32| {
        let mut header = header(old);
        header.uid = Uid(new);
        header
    };
    let stored = profile.put(profile.inbox, vec![renumbered(1, 101), renumbered(2, 102), renumbered(50, 103)]).await;
    assert_eq!(stored, HeadersStored { new: 1, matched: 2 });
    assert_eq!(profile.store.folder_unmatched_drop(profile.inbox).await.unwrap(), 1, "3 goes, 4 has an operation");
    let held: Vec<_> = profile.rows(profile.inbox).await.into_iter().map(|row| (row.id, row.uid)).collect();
    assert!(held.contains(&(ids[0], Some(Uid(101)))) && held.contains(&(ids[1], Some(Uid(102)))), "{held:?}");
    assert!(held.contains(&(ids[3], None)), "{held:?}");
    assert_eq!(held.len(), 4);
    assert_eq!(profile.store.raw(ids[1]).await.unwrap(), raw);
    assert_eq!(profile.row(ids[0]).await.flags, Flags::FLAGGED, "the queue stays on top");
}

#[tokio::test]
async fn equal_message_ids_are_matched_one_by_one() {
    let profile = Profile::new().await;
    let twin = |uid: u32| {
        let mut twin = header(1);
        twin.uid = Uid(uid);
        twin
    };
    assert_eq!(profile.put(profile.inbox, vec![twin(1), twin(2)]).await.new, 2, "a Message-ID is not unique");
    profile.store.folder_uids_void(profile.inbox, UidValidity(2)).await.unwrap();
    assert_eq!(profile.put(profile.inbox, vec![twin(8), twin(9)]).await, HeadersStored { new: 0, matched: 2 });
    assert_eq!(profile.store.uids_held(profile.inbox).await.unwrap(), [Uid(8), Uid(9)]);
    assert_eq!(profile.store.folder_unmatched_drop(profile.inbox).await.unwrap(), 0);
}

#[tokio::test]
async fn folders_come_go_and_come_back_with_their_messages() {
    let profile = Profile::with(&[("合同/2026", FolderRole::Other)]).await;
    let contracts = profile.folder("合同/2026").await;
    profile.fill(contracts, 3).await;
    let both = || vec![listed("INBOX", FolderRole::Inbox), listed("Work", FolderRole::Other)];
    let paths = |folders: Vec<postroom_store::SyncFolder>| folders.into_iter().map(|f| f.path).collect::<Vec<_>>();
    assert_eq!(paths(profile.store.folders_listed(profile.account, both()).await.unwrap()), ["INBOX", "Work"]);
    assert_eq!(paths(profile.store.folders_listed(profile.account, Vec::new()).await.unwrap()), ["INBOX", "Work"]);
    let mut all = both();
    all.push(listed("合同/2026", FolderRole::Archive));
    profile.store.folders_listed(profile.account, all).await.unwrap();
    let folder = profile.store.folder_find(None, "合同/2026".to_owned()).await.unwrap();
    assert_eq!((folder.id, folder.name.as_str(), folder.role), (contracts, "2026", FolderRole::Archive));
    assert_eq!((folder.messages, folder.unread), (3, 3));
    assert_eq!(profile.store.folder_find(None, "inbox".to_owned()).await.unwrap().id, profile.inbox);
}
