use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn small_set() -> impl Strategy<Value = UidSet> {
    prop::collection::vec((1_u32..60, 1_u32..60), 0..8).prop_map(UidSet::from_ranges)
}

fn members(set: &UidSet) -> BTreeSet<u32> {
    set.iter().map(|uid| uid.0).collect()
}

#[test]
fn the_ends_of_the_numbers_do_not_overflow() {
    let all = UidSet::from_ranges([(0, u32::MAX), (u32::MAX, u32::MAX)]);
    assert_eq!(all.to_string(), "1:4294967295");
    assert_eq!(all.len(), 4_294_967_295);
    assert!(all.without(&all).is_empty());
    assert_eq!(all.without(&UidSet::range(Uid(5), Uid(u32::MAX))).to_string(), "1:4");
    assert!(UidSet::from_ranges([(0, 0)]).is_empty());
}

#[test]
fn stars_and_junk_are_refused() {
    for text in ["*", "1:*", "a", "1:", "1:2:3", "4294967296", "-1"] {
        assert!(UidSet::parse(text.as_bytes()).is_err(), "{text}");
    }
    assert_eq!(UidSet::parse(b"5,1:3,4").unwrap().to_string(), "1:5");
}

proptest! {
    #[test]
    fn text_round_trips(set in small_set()) {
        prop_assert_eq!(UidSet::parse(set.to_string().as_bytes()).unwrap(), set);
    }

    #[test]
    fn it_is_a_set(a in small_set(), b in small_set()) {
        let mut both = a.clone();
        both.extend(&b);
        prop_assert_eq!(members(&both), &members(&a) | &members(&b));
        prop_assert_eq!(members(&a.without(&b)), &members(&a) - &members(&b));
        prop_assert_eq!(a.len(), members(&a).len() as u64);
        for uid in 0..64 {
            prop_assert_eq!(a.contains(Uid(uid)), members(&a).contains(&uid));
        }
    }

    #[test]
    fn chunks_are_small_and_lose_nothing(set in small_set(), count in 1_u32..9, octets in 1_usize..80) {
        let mut all = UidSet::new();
        for chunk in set.chunks(count, octets) {
            prop_assert!(chunk.len() <= u64::from(count) && !chunk.is_empty());
            prop_assert!(chunk.to_string().len() <= octets.max(22));
            all.extend(&chunk);
        }
        prop_assert_eq!(all, set);
    }
}
