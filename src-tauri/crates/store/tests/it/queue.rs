//! What the user does, and what the server answers.

use postroom_store::{OperationTask, StoreError};
use postroom_types::{
    FlagChange, Flags, FolderId, FolderRole, MessageId, OperationKind, OperationState, Uid, UnixMillis,
};

use crate::support::{NOW, Profile, draft, header, listed};

async fn tasks(profile: &Profile) -> Vec<OperationTask> {
    profile.store.operations_next(profile.account, 100, NOW).await.unwrap()
}

async fn shown_in(profile: &Profile, id: MessageId) -> FolderId {
    profile.row(id).await.folder
}

#[tokio::test]
async fn marking_there_and_back_leaves_nothing_to_send() {
    let profile = Profile::new().await;
    let id = profile.fill(profile.inbox, 1).await[0];
    let mark = |change| profile.store.mark(vec![id], change, NOW);
    mark(FlagChange::seen(true)).await.unwrap();
    mark(FlagChange::seen(true)).await.unwrap();
    mark(FlagChange::flagged(true)).await.unwrap();
    let queued = profile.store.pending().await.unwrap();
    assert_eq!(queued.len(), 1, "merged into one");
    assert_eq!((queued[0].add, queued[0].remove), (Flags::SEEN | Flags::FLAGGED, Flags::empty()));
    mark(FlagChange::seen(false)).await.unwrap();
    mark(FlagChange::flagged(false)).await.unwrap();
    assert_eq!(profile.store.pending().await.unwrap(), []);
    assert_eq!(profile.row(id).await.flags, Flags::empty());
}

#[tokio::test]
async fn a_sent_change_is_frozen_and_its_opposite_is_sent_after_it() {
    let profile = Profile::new().await;
    let id = profile.fill(profile.inbox, 1).await[0];
    profile.store.mark(vec![id], FlagChange::seen(true), NOW).await.unwrap();
    let first = tasks(&profile).await.remove(0);
    assert!(profile.store.operations_begin(std::slice::from_ref(&first)).await.unwrap());
    profile.store.mark(vec![id], FlagChange::seen(false), NOW).await.unwrap();
    let queued = tasks(&profile).await;
    assert_eq!(
        queued.iter().map(|task| task.operation.state).collect::<Vec<_>>(),
        [OperationState::Sent, OperationState::Queued]
    );
    assert_eq!((queued[0].operation.add, queued[0].operation.attempts), (Flags::SEEN, 1));
    assert_eq!(queued[1].operation.remove, Flags::SEEN);
    profile.store.flags_done(vec![(first.operation.id, id, FlagChange::seen(true))]).await.unwrap();
    assert_eq!(profile.row(id).await.flags, Flags::empty(), "what the user did last is shown");
    assert_eq!(profile.store.server_flags(profile.inbox).await.unwrap()[&Uid(1)], Flags::SEEN);
    assert_eq!(profile.store.pending().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_move_there_and_back_offline_cancels() {
    let profile = Profile::new().await;
    let ids = profile.fill(profile.inbox, 2).await;
    profile.store.move_to(ids.clone(), profile.work, NOW).await.unwrap();
    assert_eq!(shown_in(&profile, ids[0]).await, profile.work);
    assert_eq!(profile.store.pending().await.unwrap().len(), 2);
    profile.store.move_to(ids.clone(), profile.inbox, NOW).await.unwrap();
    assert_eq!(profile.store.pending().await.unwrap(), []);
    assert_eq!(shown_in(&profile, ids[0]).await, profile.inbox);
    assert_eq!(profile.rows(profile.work).await, []);
}

#[tokio::test]
async fn two_moves_before_the_server_hears_of_them_are_one() {
    let profile = Profile::with(&[("Later", FolderRole::Other)]).await;
    let later = profile.folder("Later").await;
    let id = profile.fill(profile.inbox, 1).await[0];
    profile.store.move_to(vec![id], profile.work, NOW).await.unwrap();
    profile.store.move_to(vec![id], later, NOW).await.unwrap();
    let queued = tasks(&profile).await;
    assert_eq!(queued.len(), 1);
    assert_eq!((queued[0].operation.target, queued[0].target.as_ref().unwrap().raw.as_str()), (Some(later), "Later"));
    assert_eq!((queued[0].at.folder, queued[0].at.uid), (profile.inbox, Some(Uid(1))), "the server has it there still");
}

#[tokio::test]
async fn a_move_keeps_the_id_and_forgets_the_double_that_came_in_meanwhile() {
    let profile = Profile::new().await;
    let id = profile.fill(profile.inbox, 1).await[0];
    profile.store.move_to(vec![id], profile.work, NOW).await.unwrap();
    let operation = tasks(&profile).await[0].operation.id;
    // The watch sees the message arrive in the target before the answer to MOVE was read.
    let mut arrived = header(1);
    arrived.uid = Uid(40);
    profile.put(profile.work, vec![arrived]).await;
    assert_eq!(profile.rows(profile.work).await.len(), 2);
    profile.store.moves_done(profile.work, vec![(operation, id, Some(Uid(40)))]).await.unwrap();
    let rows = profile.rows(profile.work).await;
    assert_eq!(rows.iter().map(|row| (row.id, row.uid)).collect::<Vec<_>>(), [(id, Some(Uid(40)))]);
    assert_eq!(profile.store.uids_held(profile.inbox).await.unwrap(), []);
}

#[tokio::test]
async fn a_move_without_copyuid_is_adopted_by_the_next_pass() {
    let profile = Profile::new().await;
    let id = profile.fill(profile.inbox, 1).await[0];
    profile.store.move_to(vec![id], profile.work, NOW).await.unwrap();
    let operation = tasks(&profile).await[0].operation.id;
    profile.store.moves_done(profile.work, vec![(operation, id, None)]).await.unwrap();
    assert_eq!(profile.row(id).await.uid, None);
    let mut arrived = header(1);
    arrived.uid = Uid(7);
    assert_eq!(profile.put(profile.work, vec![arrived]).await.matched, 1);
    let rows = profile.rows(profile.work).await;
    assert_eq!(rows.iter().map(|row| (row.id, row.uid)).collect::<Vec<_>>(), [(id, Some(Uid(7)))]);
}

#[tokio::test]
async fn deleting_goes_to_the_trash_and_from_there_for_good() {
    let profile = Profile::with(&[("Trash", FolderRole::Trash)]).await;
    let trash = profile.folder("Trash").await;
    let ids = profile.fill(profile.inbox, 2).await;
    profile.store.delete(vec![ids[0]], NOW).await.unwrap();
    assert_eq!(shown_in(&profile, ids[0]).await, trash);
    let operation = tasks(&profile).await[0].operation.clone();
    assert_eq!((operation.kind, operation.target), (OperationKind::Move, Some(trash)));
    profile.store.moves_done(trash, vec![(operation.id, ids[0], Some(Uid(5)))]).await.unwrap();

    profile.store.delete(vec![ids[0]], NOW).await.unwrap();
    assert_eq!(profile.rows(trash).await, []);
    assert_eq!(
        profile.store.list_rows(ids.clone(), postroom_types::ListBy::Message).await.unwrap().len(),
        1,
        "hidden everywhere"
    );
    let queued = tasks(&profile).await;
    assert_eq!(queued.len(), 1);
    assert_eq!((queued[0].operation.kind, queued[0].at.uid), (OperationKind::Expunge, Some(Uid(5))));
    let again = profile.store.delete(vec![ids[0]], NOW).await;
    assert!(matches!(again, Err(StoreError::NotFound(_))), "{again:?}");
    profile.store.messages_gone(vec![ids[0]]).await.unwrap();
    assert_eq!(profile.store.pending().await.unwrap(), []);
    assert!(matches!(profile.store.message(ids[0]).await, Err(StoreError::NotFound(_))));
}

#[tokio::test]
async fn archiving_makes_a_folder_where_there_is_none() {
    let profile = Profile::new().await;
    let ids = profile.fill(profile.inbox, 2).await;
    profile.store.archive(vec![ids[0]], NOW).await.unwrap();
    profile.store.archive(vec![ids[1]], NOW).await.unwrap();
    let archive = profile.store.folder_find(None, "Archive".to_owned()).await.unwrap();
    assert_eq!((archive.role, archive.messages), (FolderRole::Archive, 2));
    let here = |folders: Vec<postroom_store::SyncFolder>| folders.into_iter().find(|f| f.id == archive.id).unwrap();
    assert!(here(profile.store.sync_folders(profile.account).await.unwrap()).local_only);
    // A LIST before the queue has run does not hide it, one that has it makes it the server's.
    let inbox = || listed("INBOX", FolderRole::Inbox);
    assert!(here(profile.store.folders_listed(profile.account, vec![inbox()]).await.unwrap()).local_only);
    let both = vec![inbox(), listed("Archive", FolderRole::Archive)];
    assert!(!here(profile.store.folders_listed(profile.account, both).await.unwrap()).local_only);
}

#[tokio::test]
async fn the_archive_is_made_where_the_accounts_folders_stand() {
    let profile = Profile::new().await;
    let ids = profile.fill(profile.inbox, 2).await;
    // Made before it was known, and moved there.
    profile.store.archive(vec![ids[0]], NOW).await.unwrap();
    let archive = profile.folder("Archive").await;
    profile.store.namespace_set(profile.account, "INBOX.".to_owned()).await.unwrap();
    assert_eq!(profile.folder("INBOX.Archive").await, archive);
    assert_eq!(tasks(&profile).await[0].target.as_ref().unwrap().raw, "INBOX.Archive");
    profile.store.delete(vec![ids[1]], NOW).await.unwrap();
    let folders = profile.store.folders().await.unwrap();
    let trash = folders.iter().find(|folder| folder.role == FolderRole::Trash).unwrap();
    assert_eq!((trash.path.as_str(), trash.name.as_str()), ("INBOX.Trash", "Trash"));
    // The server's own folders stay where they are.
    profile.store.namespace_set(profile.account, String::new()).await.unwrap();
    assert_eq!(profile.folder("Archive").await, archive);
    assert_eq!(profile.folder("Work").await, profile.work);
}

#[tokio::test]
async fn an_archive_that_the_server_lost_is_made_anew() {
    let profile = Profile::with(&[("Archive", FolderRole::Archive)]).await;
    let archive = profile.folder("Archive").await;
    let ids = profile.fill(profile.inbox, 1).await;
    profile.store.folders_listed(profile.account, vec![listed("INBOX", FolderRole::Inbox)]).await.unwrap();
    profile.store.archive(ids, NOW).await.unwrap();
    let target = tasks(&profile).await.remove(0).target.unwrap();
    assert_eq!((target.folder, target.local_only, target.gone), (archive, true, false));
}

#[tokio::test]
async fn what_is_deferred_waits_with_all_that_was_done_to_its_message_after_it() {
    let profile = Profile::with(&[("Deals", FolderRole::Other)]).await;
    let ids = profile.fill(profile.folder("Deals").await, 2).await;
    profile.store.mark(vec![ids[0]], FlagChange::seen(true), NOW).await.unwrap();
    profile.store.move_to(ids.clone(), profile.work, NOW).await.unwrap();
    let first = tasks(&profile).await.remove(0).operation.id;
    let later = UnixMillis(NOW.0 + 1000);
    profile.store.operations_deferred(vec![(first, later)]).await.unwrap();
    let next: Vec<_> = tasks(&profile).await.into_iter().map(|task| task.operation.message).collect();
    assert_eq!(next, [ids[1]]);
    assert_eq!(profile.store.pending().await.unwrap().len(), 3, "it is still queued");
    assert_eq!(profile.store.operations_next(profile.account, 100, later).await.unwrap().len(), 3);
    // A list without the folder is a reason to ask at once.
    let inbox = || listed("INBOX", FolderRole::Inbox);
    let other = |path| listed(path, FolderRole::Other);
    profile.store.folders_listed(profile.account, vec![other("Work")]).await.unwrap();
    assert_eq!(tasks(&profile).await.len(), 1, "a list without an inbox is not believed");
    profile.store.folders_listed(profile.account, vec![inbox(), other("Deals")]).await.unwrap();
    assert_eq!(tasks(&profile).await.len(), 1, "the mark is not about that folder");
    profile.store.folders_listed(profile.account, vec![inbox(), other("Work")]).await.unwrap();
    assert_eq!(tasks(&profile).await.len(), 3, "its own folder is missing now");
}

#[tokio::test]
async fn a_refused_operation_is_taken_back() {
    let profile = Profile::with(&[("Trash", FolderRole::Trash)]).await;
    let ids = profile.fill(profile.inbox, 3).await;
    profile.store.mark(vec![ids[0]], FlagChange::seen(true), NOW).await.unwrap();
    profile.store.move_to(vec![ids[1]], profile.work, NOW).await.unwrap();
    let trash = profile.folder("Trash").await;
    profile.store.move_to(vec![ids[2]], trash, NOW).await.unwrap();
    profile.store.delete(vec![ids[2]], NOW).await.unwrap();
    let queued = tasks(&profile).await;
    assert_eq!(queued.len(), 4);
    for task in queued.iter().rev() {
        profile.store.operation_undone(task).await.unwrap();
    }
    let rows = profile.rows(profile.inbox).await;
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row.flags == Flags::empty()));
    assert_eq!(profile.store.folders().await.unwrap()[0].unread, 3);
}

#[tokio::test]
async fn one_bad_message_of_many_undoes_the_whole_act() {
    let profile = Profile::new().await;
    let ids = profile.fill(profile.inbox, 1).await;
    let other = profile.store.account_add(draft("other@example.test"), NOW).await.unwrap();
    let foreign = profile.store.folders_listed(other, vec![listed("INBOX", FolderRole::Inbox)]).await.unwrap()[0].id;
    assert!(matches!(profile.store.move_to(ids.clone(), foreign, NOW).await, Err(StoreError::Invalid(_))));
    let with_unknown = vec![ids[0], MessageId(4711)];
    assert!(profile.store.mark(with_unknown.clone(), FlagChange::seen(true), NOW).await.is_err());
    assert!(profile.store.move_to(with_unknown, profile.work, NOW).await.is_err());
    assert_eq!(profile.store.pending().await.unwrap(), []);
    assert_eq!(profile.rows(profile.inbox).await[0].flags, Flags::empty());
}

/// Between the look-up and the sending the user goes on: what is sent must be what he wants by then.
#[tokio::test]
async fn what_was_taken_back_or_changed_meanwhile_is_not_sent() {
    let profile = Profile::new().await;
    let ids = profile.fill(profile.inbox, 2).await;
    let (first, second) = (ids[0], ids[1]);
    let store = &profile.store;
    store.move_to(vec![first], profile.work, NOW).await.unwrap();
    store.mark(vec![second], FlagChange::seen(true), NOW).await.unwrap();
    let tasks = store.operations_next(profile.account, 10, NOW).await.unwrap();
    store.move_to(vec![first], profile.inbox, NOW).await.unwrap();
    store.mark(vec![second], FlagChange::flagged(true), NOW).await.unwrap();
    assert!(!store.operations_begin(&tasks[..1]).await.unwrap(), "taken back");
    assert!(!store.operations_begin(&tasks[1..]).await.unwrap(), "more is wanted");
    let tasks = store.operations_next(profile.account, 10, NOW).await.unwrap();
    assert_eq!(
        tasks.iter().map(|task| (task.operation.state, task.operation.attempts)).collect::<Vec<_>>(),
        [(OperationState::Queued, 0)]
    );
    assert!(store.operations_begin(&tasks).await.unwrap());
    assert_eq!(store.pending().await.unwrap()[0].state, OperationState::Sent);
}

/// A server that names another message's UID for a moved one is not believed: the other keeps its row.
#[tokio::test]
async fn a_new_uid_that_is_another_messages_is_not_believed() {
    let profile = Profile::new().await;
    let moved = profile.fill(profile.inbox, 3).await[1];
    let there = profile.fill(profile.work, 1).await[0];
    profile.store.move_to(vec![moved], profile.work, NOW).await.unwrap();
    let task = tasks(&profile).await.remove(0);
    profile.store.moves_done(profile.work, vec![(task.operation.id, moved, Some(Uid(1)))]).await.unwrap();
    assert_eq!(profile.row(there).await.uid, Some(Uid(1)));
    assert_eq!(profile.row(moved).await.uid, None, "looked for by the next pass");
    assert!(profile.store.folder_unmatched(profile.work).await.unwrap());
}
