//! A set of UIDs as ranges: compact in memory and on the wire, and never expanded because a server said so.

use std::fmt;

use postroom_types::Uid;

use crate::wire::{Malformed, Scanner};

/// A set of UIDs, kept as sorted ranges that neither touch nor overlap (RFC 9051 `sequence-set`, without `*`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UidSet {
    ranges: Vec<(u32, u32)>,
}

impl UidSet {
    /// The empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Both ends belong to it, in whatever order; UID 0 does not exist and is left out.
    pub fn range(a: Uid, b: Uid) -> Self {
        Self::from_ranges([(a.0, b.0)])
    }

    /// Sorts and merges ranges, both ends included.
    pub fn from_ranges(ranges: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let mut ranges: Vec<(u32, u32)> =
            ranges.into_iter().map(|(a, b)| (a.min(b).max(1), a.max(b))).filter(|(low, high)| low <= high).collect();
        ranges.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::with_capacity(ranges.len().min(64));
        for (low, high) in ranges {
            match merged.last_mut() {
                Some(last) if low <= last.1.saturating_add(1) => last.1 = last.1.max(high),
                _ => merged.push((low, high)),
            }
        }
        Self { ranges: merged }
    }

    /// The ranges, ascending, both ends included.
    pub fn ranges(&self) -> &[(u32, u32)] {
        &self.ranges
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// How many UIDs, without counting them one by one.
    pub fn len(&self) -> u64 {
        self.ranges.iter().map(|(low, high)| u64::from(*high) - u64::from(*low) + 1).sum()
    }

    /// Whether the UID is in it.
    pub fn contains(&self, uid: Uid) -> bool {
        let after = self.ranges.partition_point(|(low, _)| *low <= uid.0);
        after.checked_sub(1).and_then(|at| self.ranges.get(at)).is_some_and(|(_, high)| uid.0 <= *high)
    }

    /// Every UID, ascending. A range that a server named may hold four billion: look at [`Self::len`] first.
    pub fn iter(&self) -> impl Iterator<Item = Uid> + '_ {
        self.ranges.iter().flat_map(|(low, high)| (*low..=*high).map(Uid))
    }

    /// Adds what is in `other`.
    pub fn extend(&mut self, other: &Self) {
        if !other.is_empty() {
            *self = Self::from_ranges(self.ranges.iter().chain(&other.ranges).copied());
        }
    }

    /// What is in this set and not in `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        let mut holes = other.ranges.iter().copied().peekable();
        for &(mut low, high) in &self.ranges {
            while let Some((from, to)) = holes.next_if(|(_, to)| *to < low).or_else(|| holes.peek().copied()) {
                if to < low {
                    continue;
                }
                if from > high {
                    break;
                }
                if from > low {
                    left.push((low, from - 1));
                }
                // The hole may reach into the next range as well, so it stays in place.
                low = to.saturating_add(1);
                if to >= high {
                    break;
                }
                holes.next();
            }
            if low <= high && !(low == u32::MAX && other.contains(Uid(low))) {
                left.push((low, high));
            }
        }
        Self { ranges: left }
    }

    /// Cuts the set into sets of at most `count` UIDs whose text is at most `octets` long, so that a command's line stays
    /// under what servers take (RFC 7162 §4).
    pub fn chunks(&self, count: u32, octets: usize) -> Vec<Self> {
        let mut chunks = Vec::new();
        let (mut open, mut left, mut length) = (Vec::new(), count.max(1), 0_usize);
        for &(mut low, high) in &self.ranges {
            loop {
                // The longest member of a set is `4294967295:4294967295,`.
                if left == 0 || length + 22 > octets.max(22) {
                    chunks.push(Self { ranges: std::mem::take(&mut open) });
                    (left, length) = (count.max(1), 0);
                }
                let end = high.min(low.saturating_add(left - 1));
                open.push((low, end));
                length += 22;
                left -= end - low + 1;
                if end == high {
                    break;
                }
                low = end + 1;
            }
        }
        if !open.is_empty() {
            chunks.push(Self { ranges: open });
        }
        chunks
    }

    /// Reads a `sequence-set`; `*` is refused, for nobody can say what it means in a reply.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, Malformed> {
        Ok(Self::from_ranges(parse_in_order(text)?))
    }
}

/// The ranges as written, for COPYUID, whose two sets correspond member by member (RFC 4315 §3).
pub(crate) fn parse_in_order(text: &[u8]) -> Result<Vec<(u32, u32)>, Malformed> {
    let mut ranges = Vec::new();
    for member in text.split(|byte| *byte == b',').filter(|member| !member.is_empty()) {
        let mut scanner = Scanner::new(member);
        let low = scanner.number_u32()?;
        let high = if scanner.eat(b':') { scanner.number_u32()? } else { low };
        if !scanner.at_end() {
            return Err(Malformed::Syntax("a UID set"));
        }
        ranges.push((low, high));
    }
    Ok(ranges)
}

impl FromIterator<Uid> for UidSet {
    fn from_iter<I: IntoIterator<Item = Uid>>(uids: I) -> Self {
        Self::from_ranges(uids.into_iter().filter(|uid| uid.0 != 0).map(|uid| (uid.0, uid.0)))
    }
}

/// As on the wire: `1:3,7`. Empty for the empty set, which no command may name.
impl fmt::Display for UidSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (low, high)) in self.ranges.iter().enumerate() {
            if at > 0 {
                f.write_str(",")?;
            }
            if low == high { write!(f, "{low}")? } else { write!(f, "{low}:{high}")? }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
