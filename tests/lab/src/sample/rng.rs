//! A small xorshift generator, so that the sample company is the same on every machine and at every start.
//! Not for secrets.
#![expect(clippy::indexing_slicing, reason = "picks only from this module's own constant tables, none of them empty")]

/// xorshift64*: enough to choose sentences with.
pub(super) struct Rng(u64);

impl Rng {
    pub(super) fn new(seed: u64) -> Self {
        // Zero is the one state that xorshift never leaves.
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number from `low` up to and including `high`.
    pub(super) fn range(&mut self, low: u64, high: u64) -> u64 {
        low + (self.next() >> 11) % (high - low + 1)
    }

    /// True in `percent` of a hundred calls.
    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.range(0, 99) < percent
    }

    pub(super) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        let last = u64::try_from(items.len()).unwrap_or(1).saturating_sub(1);
        items[usize::try_from(self.range(0, last)).unwrap_or(0)]
    }

    /// `count` different items, in the order of the table.
    pub(super) fn some<T: Copy>(&mut self, items: &[T], count: usize) -> Vec<T> {
        let mut left = count.min(items.len());
        let mut chosen = Vec::with_capacity(left);
        for (at, item) in items.iter().enumerate() {
            let remaining = u64::try_from(items.len() - at).unwrap_or(1);
            if left > 0 && self.range(1, remaining) <= u64::try_from(left).unwrap_or(0) {
                chosen.push(*item);
                left -= 1;
            }
        }
        chosen
    }
}
