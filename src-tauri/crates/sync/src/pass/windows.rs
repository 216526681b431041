//! Which flags a round compares where the server keeps no modification sequence: those of the newest messages each time,
//! for they change most, and a window of the older ones, which the next rounds go on with, from the newest to the oldest
//! and over again.

use postroom_imap::UidSet;
use postroom_types::Uid;

/// Messages whose flags a round compares.
const MOST: u64 = 2_000;
/// Of these, the newest ones.
const NEWEST: u64 = 500;

/// How far the rounds have come in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    /// The next window ends below this UID.
    below: Uid,
}

impl Default for Position {
    fn default() -> Self {
        Self { below: Uid(u32::MAX) }
    }
}

impl Position {
    /// The windows of the next round, the newest first.
    pub(super) fn next(&mut self, messages: &UidSet) -> Vec<UidSet> {
        if messages.len() <= MOST {
            *self = Self::default();
            return vec![messages.clone()];
        }
        let (newest, others) = newest(messages, NEWEST);
        let (mut window, mut left) = newest_below(&others, self.below, MOST - NEWEST);
        if window.is_empty() {
            (window, left) = self::newest(&others, MOST - NEWEST);
        }
        // Where nothing is left below, the next round begins at the top.
        let lowest = window.ranges().first().map_or(u32::MAX, |(low, _)| *low);
        self.below = Uid(if left.is_empty() { u32::MAX } else { lowest });
        vec![newest, window]
    }
}

fn newest_below(messages: &UidSet, below: Uid, count: u64) -> (UidSet, UidSet) {
    let above = UidSet::range(below, Uid(u32::MAX));
    newest(&messages.without(&above), count)
}

/// The newest messages, so many of them, and the others.
fn newest(messages: &UidSet, count: u64) -> (UidSet, UidSet) {
    let mut left = count;
    let mut taken = Vec::new();
    for (low, high) in messages.ranges().iter().rev() {
        let Some(span) = u32::try_from(left).ok().and_then(|left| left.checked_sub(1)) else { break };
        let low = (*low).max(high.saturating_sub(span));
        taken.push((low, *high));
        left = left.saturating_sub(u64::from(high.abs_diff(low)) + 1);
    }
    let taken = UidSet::from_ranges(taken);
    let others = messages.without(&taken);
    (taken, others)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(windows: &[UidSet]) -> Vec<String> {
        windows.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_newest_each_round_and_the_others_in_turn() {
        let messages = UidSet::range(Uid(1), Uid(5_000));
        let mut position = Position::default();
        let rounds: Vec<_> = (0..5).map(|_| told(&position.next(&messages))).collect();
        let expected = ["3001:4500", "1501:3000", "1:1500", "3001:4500", "1501:3000"];
        assert_eq!(rounds, expected.map(|window| vec!["4501:5000".to_owned(), window.to_owned()]));
        // What came in meanwhile moves nothing: the round goes on where it was.
        let messages = UidSet::range(Uid(1), Uid(5_100));
        assert_eq!(told(&position.next(&messages)), ["4601:5100", "1:1500"]);
    }

    #[test]
    fn every_message_is_met_whatever_the_uids() {
        let messages = UidSet::from_ranges((1..4_001).map(|n| (n * 7, n * 7 + n % 2)));
        let mut position = Position::default();
        let mut met = UidSet::new();
        for _ in 0..4 {
            let windows = position.next(&messages);
            assert!(windows.iter().map(UidSet::len).sum::<u64>() <= MOST);
            for window in &windows {
                met.extend(window);
            }
        }
        assert_eq!(messages.len(), 6_000);
        assert_eq!(met, messages);
    }

    #[test]
    fn a_small_folder_is_one_window() {
        let messages = UidSet::from_ranges([(5, 900), (70_000, 71_000)]);
        let mut position = Position { below: Uid(7) };
        assert_eq!(told(&position.next(&messages)), ["5:900,70000:71000"]);
        assert_eq!(position, Position::default());
        assert_eq!(position.next(&UidSet::new()), [UidSet::new()]);
    }
}
