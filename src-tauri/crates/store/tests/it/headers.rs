//! Headers, flags and vanished messages from the server.

use postroom_mime::summarise;
use postroom_store::{FlagsFromServer, HeadersStored, ListedFolder, NewHeader, Packer, StoredBody};
use postroom_types::{FlagChange, Flags, FolderId, FolderRole, Keep, ModSeq, Uid, UidValidity};

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

/// Modified UTF-7 in an odd spelling, 8-bit letters, or UTF-8 once the server speaks it: the folder is the same.
#[tokio::test]
async fn a_folder_that_is_only_written_otherwise_keeps_its_row() {
    let spelt = |raw: &str| ListedFolder { raw: raw.to_owned(), ..listed("工作", FolderRole::Other) };
    let profile = Profile::with(&[]).await;
    let list = async |folders: Vec<ListedFolder>| {
        let all = [vec![listed("INBOX", FolderRole::Inbox)], folders].concat();
        let there = profile.store.folders_listed(profile.account, all).await.unwrap();
        there.into_iter().map(|folder| (folder.path, folder.raw, folder.id)).collect::<Vec<_>>()
    };
    let first = list(vec![spelt("工作")]).await[1].clone();
    profile.fill(first.2, 2).await;
    for raw in ["&XeVPXA-", "&XeV-&T1w-", "工作"] {
        assert_eq!(list(vec![spelt(raw)]).await[1..], [("工作".to_owned(), raw.to_owned(), first.2)]);
    }
    assert_eq!(profile.rows(first.2).await.len(), 2);
    // Both at once are two, and so is one whose name was another's before.
    let both = list(vec![spelt("工作"), spelt("&XeVPXA-")]).await;
    assert_eq!((both.len(), both.iter().filter(|folder| folder.2 == first.2).count()), (3, 1));
    let gone = list(vec![spelt("&XeVPXA-")]).await;
    assert_ne!(gone[1].2, first.2);
}

fn numbered(uid: u32, email_id: &str) -> NewHeader {
    // All alike but for their numbers.
    NewHeader { uid: Uid(uid), email_id: email_id.to_owned(), ..header(1) }
}

/// Copies of one mail, or what a list sent twice: the number tells which is which.
#[tokio::test]
async fn a_message_is_known_again_by_its_number() {
    let profile = Profile::new().await;
    profile.put(profile.inbox, vec![numbered(1, "71"), numbered(2, "72"), numbered(3, "")]).await;
    let id = async |uid: u32| {
        let rows = profile.rows(profile.inbox).await;
        rows.iter().find(|row| row.uid == Some(Uid(uid))).map(|row| row.id)
    };
    let before = (id(1).await, id(2).await, id(3).await);
    profile.store.folder_uids_void(profile.inbox, UidValidity(2)).await.unwrap();
    // In another order, and one of another size as the server counts now.
    let second = NewHeader { size: 9, ..numbered(11, "72") };
    let stored = profile.put(profile.inbox, vec![second, numbered(12, "79"), numbered(13, "71")]).await;
    assert_eq!(stored, HeadersStored { new: 0, matched: 3 });
    assert_eq!((id(13).await, id(11).await, id(12).await), before);
    // The server numbered its messages anew, too: Message-ID and size are what is left.
    profile.store.folder_uids_void(profile.inbox, UidValidity(3)).await.unwrap();
    let stored = profile.put(profile.inbox, vec![numbered(21, "91"), numbered(22, "92"), numbered(23, "93")]).await;
    assert_eq!(stored, HeadersStored { new: 1, matched: 2 });
}

#[tokio::test]
async fn what_was_moved_is_not_taken_for_its_twin() {
    let profile = Profile::new().await;
    profile.put(profile.inbox, vec![numbered(1, "71")]).await;
    let id = profile.rows(profile.inbox).await[0].id;
    let sql = "UPDATE message SET uid = NULL, uid_floor = 5, folder_id = 2, server_folder_id = 2";
    assert_eq!(profile.work.0, 2);
    profile.store.write(move |tx| Ok(tx.execute(sql, [])?)).await.unwrap();
    // The twin is newer and comes first.
    let stored = profile.put(profile.work, vec![numbered(8, "72"), numbered(7, "71")]).await;
    assert_eq!(stored, HeadersStored { new: 1, matched: 1 });
    assert_eq!(profile.row(id).await.uid, Some(Uid(7)));
}

#[tokio::test]
async fn a_preview_of_the_servers_lasts_until_the_message_is_here() {
    let profile = Profile::new().await;
    let told = |uid: u32, text: &str| NewHeader { preview: text.to_owned(), ..header(uid) };
    profile.put(profile.inbox, vec![told(1, "Told"), told(2, "")]).await;
    let ids = profile.fill(profile.inbox, 2).await;
    let previews = async || (profile.row(ids[0]).await.preview, profile.row(ids[1]).await.preview);
    assert_eq!(previews().await, ("Told".to_owned(), String::new()));
    profile.put(profile.inbox, vec![told(1, ""), told(2, "Later")]).await;
    assert_eq!(previews().await, ("Told".to_owned(), "Later".to_owned()));
    let raw = b"Subject: x\r\n\r\nTrue.\r\n";
    let body =
        StoredBody { message: ids[0], raw: Packer::new().unwrap().pack(raw).unwrap(), summary: Some(summarise(raw)) };
    profile.store.bodies_store(vec![body]).await.unwrap();
    profile.put(profile.inbox, vec![told(1, "Told again")]).await;
    assert_eq!(previews().await, ("True.".to_owned(), "Later".to_owned()));
}

#[tokio::test]
async fn previews_are_wanted_where_no_body_is_kept() {
    let profile = Profile::new().await;
    let wanted = async |folder| profile.store.previews_wanted(folder).await.unwrap();
    assert!(!wanted(profile.inbox).await);
    profile.store.offline_set(profile.account, Keep::Headers, 0).await.unwrap();
    profile.store.offline_folder_set(profile.work, Some(Keep::Everything)).await.unwrap();
    assert!(wanted(profile.inbox).await && !wanted(profile.work).await);
    assert!(!wanted(FolderId(99)).await);
}
