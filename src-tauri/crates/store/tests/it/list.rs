//! Pages and the order of a list.

use postroom_store::Cursor;
use postroom_types::{FlagChange, ListBy, MessageId, UnixMillis};
use proptest::prelude::*;

use crate::support::{NOW, Profile, header};

/// All pages of `limit` rows, one after the other.
async fn by_pages(profile: &Profile, limit: u32) -> Vec<MessageId> {
    let (mut ids, mut before) = (Vec::new(), None::<Cursor>);
    loop {
        let page = profile.store.list_page(profile.inbox, limit, before).await.unwrap();
        assert!(page.messages.len() <= usize::try_from(limit).unwrap());
        ids.extend(page.messages.iter().map(|row| row.id));
        match page.next {
            Some(next) => before = Some(next.parse().unwrap()),
            None => return ids,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn pages_of_any_size_make_up_the_whole_order(days in prop::collection::vec(-3_i64..3, 0..24)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let profile = Profile::new().await;
            let headers = days.iter().zip(1..).map(|(day, uid)| {
                let mut header = header(uid);
                // Many equal dates, some before 1970.
                header.date = UnixMillis(day * 86_400_000 - 1);
                header
            });
            profile.put(profile.inbox, headers.collect()).await;
            let index = profile.store.list_index(profile.inbox, ListBy::Message).await.unwrap();
            let mut sorted: Vec<_> = profile.rows(profile.inbox).await.into_iter().map(|row| (row.date, row.id)).collect();
            sorted.sort_unstable();
            sorted.reverse();
            assert_eq!(index.ids, sorted.iter().map(|(_, id)| *id).collect::<Vec<_>>());
            assert_eq!(index.dates, sorted.iter().map(|(date, _)| date.0.div_euclid(1000)).collect::<Vec<_>>());
            for limit in 1..=u32::try_from(days.len()).unwrap() + 1 {
                assert_eq!(by_pages(&profile, limit).await, index.ids, "pages of {limit}");
            }
        });
    }
}

#[tokio::test]
async fn a_page_ends_where_the_folder_does() {
    let profile = Profile::new().await;
    profile.fill(profile.inbox, 70).await;
    assert_eq!(profile.store.list_page(profile.inbox, 70, None).await.unwrap().next, None);
    assert!(profile.store.list_page(profile.inbox, 69, None).await.unwrap().next.is_some());
    let index = profile.store.list_index(profile.inbox, ListBy::Message).await.unwrap();
    assert_eq!((index.ids.len(), index.rows.len()), (70, 60));
    assert_eq!(profile.rows(profile.work).await, []);
}

#[tokio::test]
async fn rows_come_in_the_order_asked_for_without_those_that_are_gone() {
    let profile = Profile::new().await;
    let ids = profile.fill(profile.inbox, 3).await;
    let asked = vec![ids[2], MessageId(4711), ids[0]];
    let rows = profile.store.list_rows(asked, ListBy::Message).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [ids[2], ids[0]]);
}

#[tokio::test]
async fn reading_does_not_move_a_page() {
    let profile = Profile::new().await;
    let ids = profile.fill(profile.inbox, 10).await;
    let first = profile.store.list_page(profile.inbox, 4, None).await.unwrap();
    profile.store.mark(vec![ids[9], ids[8]], FlagChange::seen(true), NOW).await.unwrap();
    profile.store.move_to(vec![ids[7]], profile.work, NOW).await.unwrap();
    let second = profile.store.list_page(profile.inbox, 4, Some(first.next.unwrap().parse().unwrap())).await.unwrap();
    assert_eq!(second.messages.iter().map(|row| row.id).collect::<Vec<_>>(), [ids[5], ids[4], ids[3], ids[2]]);
}

#[test]
fn only_cursors_of_ours_are_taken() {
    for bad in ["", ".", "1", "1.", ".1", "1.2.3", "a.b", "9223372036854775808.1", "1; DROP TABLE message"] {
        assert!(bad.parse::<Cursor>().is_err(), "{bad:?}");
    }
    assert_eq!("-5.7".parse::<Cursor>().unwrap().to_string(), "-5.7");
}
