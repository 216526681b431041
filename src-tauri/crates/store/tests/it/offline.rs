//! How much is kept: by months, by folder, by a budget; what goes and what never does.

use std::collections::BTreeSet;

use postroom_store::{NewHeader, OperationTask};
use postroom_types::{FlagChange, FolderId, Keep, MessageId, OfflineChange, UnixMillis};

use crate::support::{NOW, Profile, header};
use crate::vault::body;

const DAY: i64 = 86_400_000;
const NONE: u64 = 0;

/// Ten whole messages of 1,000 bytes, the first of today, each 30 days older than the one before.
async fn filled(profile: &Profile, folder: FolderId) -> Vec<MessageId> {
    let headers = (0..10_u32).map(|number| NewHeader {
        date: UnixMillis(NOW.0 - i64::from(number) * 30 * DAY - DAY),
        size: 1_000,
        ..header(number + 1)
    });
    profile.put(folder, headers.collect()).await;
    let mut rows = profile.rows(folder).await;
    rows.sort_by_key(|row| row.uid);
    let ids: Vec<MessageId> = rows.iter().map(|row| row.id).collect();
    profile.store.bodies_store(ids.iter().map(|id| body(*id, b"Subject: x\r\n\r\ntext\r\n")).collect()).await.unwrap();
    ids
}

async fn here(profile: &Profile, ids: &[MessageId]) -> Vec<usize> {
    let mut here = Vec::new();
    for (number, id) in ids.iter().enumerate() {
        let row = profile.row(*id).await;
        assert_eq!(row.has_body, profile.store.raw(*id).await.is_ok(), "the row says what the vault has");
        here.extend(row.has_body.then_some(number));
    }
    here
}

async fn wanted(profile: &Profile) -> BTreeSet<MessageId> {
    let found = profile.store.bodies_wanted(profile.account, 100, None, None, NOW).await.unwrap().0;
    let count = profile.store.bodies_missing(profile.account, None, NOW).await.unwrap();
    assert_eq!(usize::try_from(count).unwrap(), found.len());
    found.into_iter().map(|body| body.message).collect()
}

#[tokio::test]
async fn months_are_kept_and_older_mail_goes_and_comes_again() {
    let profile = Profile::new().await;
    let ids = filled(&profile, profile.inbox).await;
    assert_eq!(
        profile.store.offline_apply(profile.account, NOW).await.unwrap(),
        0,
        "all is kept unless one says otherwise"
    );
    profile.store.offline_set(profile.account, Keep::Months(3), NONE).await.unwrap();
    assert_eq!(profile.store.offline_apply(profile.account, NOW).await.unwrap(), 6);
    assert_eq!(here(&profile, &ids).await, [0, 1, 2, 3]);
    assert_eq!(wanted(&profile).await, BTreeSet::new(), "what is not kept is not wanted");
    assert_eq!(profile.rows(profile.inbox).await.len(), 10, "rows stay");
    // One that was opened all the same.
    profile.store.bodies_store(vec![body(ids[7], b"again")]).await.unwrap();
    assert_eq!(here(&profile, &ids).await, [0, 1, 2, 3, 7]);
    profile.store.offline_set(profile.account, Keep::Everything, NONE).await.unwrap();
    assert_eq!(profile.store.offline_apply(profile.account, NOW).await.unwrap(), 0);
    assert_eq!(wanted(&profile).await, [4, 5, 6, 8, 9].map(|number| ids[number]).into());
}

#[tokio::test]
async fn mail_of_before_1970_is_kept_too() {
    let profile = Profile::new().await;
    profile.put(profile.inbox, vec![NewHeader { date: UnixMillis(-DAY), size: 1_000, ..header(1) }]).await;
    assert_eq!(wanted(&profile).await.len(), 1);
    profile.store.offline_set(profile.account, Keep::Months(600), NONE).await.unwrap();
    assert_eq!(wanted(&profile).await.len(), 0);
}

#[tokio::test]
async fn a_folder_has_a_rule_of_its_own() {
    let profile = Profile::new().await;
    let (inbox, work) = (filled(&profile, profile.inbox).await, filled(&profile, profile.work).await);
    profile.store.offline_set(profile.account, Keep::Headers, NONE).await.unwrap();
    profile.store.offline_folder_set(profile.work, Some(Keep::Months(1))).await.unwrap();
    profile.store.offline_apply(profile.account, NOW).await.unwrap();
    assert_eq!((here(&profile, &inbox).await, here(&profile, &work).await), (vec![], vec![0]));
    let offline = profile.store.offline(profile.account).await.unwrap();
    assert_eq!((offline.keep, offline.budget_bytes), (Keep::Headers, NONE));
    let told: Vec<_> =
        offline.folders.iter().map(|folder| (folder.keep, folder.messages, folder.bodies, folder.bytes)).collect();
    assert_eq!(told, [(None, 10, 0, 0), (Some(Keep::Months(1)), 10, 1, 1_000)]);
    profile.store.offline_folder_set(profile.work, None).await.unwrap();
    profile.store.offline_apply(profile.account, NOW).await.unwrap();
    assert_eq!(here(&profile, &work).await, Vec::<usize>::new());
}

#[tokio::test]
async fn a_budget_keeps_the_newest_of_all_folders() {
    let profile = Profile::new().await;
    let (inbox, work) = (filled(&profile, profile.inbox).await, filled(&profile, profile.work).await);
    profile.store.offline_set(profile.account, Keep::Everything, 7_000).await.unwrap();
    profile.store.offline_apply(profile.account, NOW).await.unwrap();
    // Two of each date: three dates fit.
    assert_eq!((here(&profile, &inbox).await, here(&profile, &work).await), (vec![0, 1, 2], vec![0, 1, 2]));
    // New mail is wanted, and pushes the oldest out.
    let new = NewHeader { date: NOW, size: 2_000, ..header(50) };
    profile.put(profile.inbox, vec![new]).await;
    profile.store.offline_apply(profile.account, NOW).await.unwrap();
    let new = profile.rows(profile.inbox).await.first().unwrap().id;
    assert_eq!(wanted(&profile).await, BTreeSet::from([new]));
    assert_eq!((here(&profile, &inbox).await, here(&profile, &work).await), (vec![0, 1], vec![0, 1]));
    profile.store.offline_set(profile.account, Keep::Everything, NONE).await.unwrap();
    profile.store.offline_apply(profile.account, NOW).await.unwrap();
    assert_eq!(wanted(&profile).await.len(), 17);
}

#[tokio::test]
async fn what_the_server_may_not_have_any_more_stays() {
    let profile = Profile::new().await;
    let (inbox, work) = (filled(&profile, profile.inbox).await, filled(&profile, profile.work).await);
    // One has something queued, one is on its way without a UID, and a folder is no longer listed.
    profile.store.mark(vec![inbox[1]], FlagChange::flagged(true), NOW).await.unwrap();
    profile.store.move_to(vec![inbox[2]], profile.work, NOW).await.unwrap();
    let tasks: Vec<OperationTask> = profile.store.operations_next(profile.account, 9, NOW).await.unwrap();
    let moved = tasks.iter().find(|task| task.operation.message == inbox[2]).unwrap();
    profile.store.moves_done(profile.inbox, vec![(moved.operation.id, inbox[2], None)]).await.unwrap();
    let listed = vec![crate::support::listed("INBOX", postroom_types::FolderRole::Inbox)];
    profile.store.folders_listed(profile.account, listed).await.unwrap();
    profile.store.offline_set(profile.account, Keep::Headers, NONE).await.unwrap();
    profile.store.offline_apply(profile.account, NOW).await.unwrap();
    assert_eq!(here(&profile, &inbox).await, [1, 2]);
    assert_eq!(here(&profile, &work).await, (0..10).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_a_limit_would_drop_is_told_beforehand_and_is_what_goes() {
    let profile = Profile::new().await;
    let (inbox, work) = (filled(&profile, profile.inbox).await, filled(&profile, profile.work).await);
    let goes = |goes: u32| OfflineChange { goes, goes_bytes: u64::from(goes) * 1_000, ..OfflineChange::default() };
    let ask = async |keep, budget| profile.store.offline_preview(profile.account, keep, budget, NOW).await.unwrap();
    let folder =
        async |keep| profile.store.offline_folder_preview(profile.account, profile.work, keep, NOW).await.unwrap();
    assert_eq!(ask(Keep::Everything, NONE).await, goes(0));
    assert_eq!(ask(Keep::Headers, NONE).await, goes(20));
    assert_eq!(ask(Keep::Everything, 7_000).await, goes(14));
    assert_eq!(ask(Keep::Months(3), NONE).await, goes(12));
    assert_eq!(folder(Some(Keep::Months(1))).await, goes(9));
    // What has something queued stays, and is not counted.
    profile.store.mark(vec![inbox[9]], FlagChange::flagged(true), NOW).await.unwrap();
    assert_eq!(ask(Keep::Months(3), NONE).await, goes(11));
    assert_eq!(
        (here(&profile, &inbox).await.len(), here(&profile, &work).await.len()),
        (10, 10),
        "asking drops nothing"
    );

    profile.store.offline_set(profile.account, Keep::Months(3), NONE).await.unwrap();
    assert_eq!(profile.store.offline_apply(profile.account, NOW).await.unwrap(), 11);
    let comes = OfflineChange { comes: 11, comes_bytes: 11_000, ..OfflineChange::default() };
    assert_eq!(ask(Keep::Everything, NONE).await, comes);
    assert_eq!(folder(Some(Keep::Headers)).await, goes(4));
    assert_eq!(folder(Some(Keep::Everything)).await, OfflineChange { comes: 6, comes_bytes: 6_000, ..comes });
}
