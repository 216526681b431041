//! In which order the rows of one transaction fill the vault's pages without leaving much of them empty. It knows no database.
//!
//! Rows are appended, and SQLite begins a new page as soon as one does not fit into the last. Mails of some 10 KB in the order
//! of their arrival leave a quarter of the file empty; put together so that they fill pages, a hundredth.

/// The vault's page, bytes: the largest that SQLite knows.
pub(crate) const PAGE: u32 = 65_536;
/// What a row takes beside its data: the other columns, its place in the page, the lengths.
const ROW: usize = 32;
/// What a page has for rows.
const ROOM: usize = PAGE as usize - 64;

/// What a row takes of the page that it stands in; the rest of a large one fills whole pages (SQLite file format §1.6).
fn local(data: usize) -> usize {
    let usable = PAGE as usize;
    let payload = data + ROW;
    if payload <= usable - 35 {
        return payload;
    }
    let least = (usable - 12) * 32 / 255 - 23;
    let cut = least + (payload - least) % (usable - 4);
    if cut <= usable - 35 { cut } else { least }
}

/// The indices of `sizes` (bytes of data) in the order in which to append them: the largest first, each page filled up with
/// the largest that still fit.
pub(crate) fn order(sizes: &[usize]) -> Vec<usize> {
    let mut waiting: Vec<(usize, usize)> =
        sizes.iter().enumerate().map(|(index, size)| (local(*size), index)).collect();
    waiting.sort_unstable();
    let mut order = Vec::with_capacity(sizes.len());
    while let Some((largest, index)) = waiting.pop() {
        order.push(index);
        let mut room = ROOM.saturating_sub(largest);
        while room > 0 {
            // Up to here they fit; the last of them is the largest.
            let fitting = waiting.partition_point(|(size, _)| *size <= room);
            let Some(at) = fitting.checked_sub(1) else { break };
            let (size, index) = waiting.remove(at);
            room -= size;
            order.push(index);
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// How many pages the sizes fill in this order.
    fn pages(sizes: impl Iterator<Item = usize>) -> usize {
        let mut pages = 0;
        let mut room = 0;
        for size in sizes {
            if size + ROW > room {
                pages += 1;
                room = ROOM;
            }
            room = room.saturating_sub(size + ROW);
        }
        pages
    }

    proptest! {
        #[test]
        fn everything_is_there_once(sizes in prop::collection::vec(0_usize..1_000_000, 0..300)) {
            let mut order = order(&sizes);
            order.sort_unstable();
            prop_assert_eq!(order, (0..sizes.len()).collect::<Vec<_>>());
            prop_assert!(sizes.iter().all(|size| local(*size) <= ROOM + ROW));
        }
    }

    #[test]
    fn mails_of_many_sizes_leave_little_empty() {
        let sizes: Vec<usize> = (0..500).map(|n: usize| 500 + n.wrapping_mul(7_919) % 22_000).collect();
        let whole: usize = sizes.iter().map(|size| size + ROW).sum();
        let packed = pages(order(&sizes).iter().map(|index| sizes[*index])) * ROOM;
        assert!(packed * 100 < whole * 102, "{packed} for {whole}");
        assert!(pages(sizes.iter().copied()) * ROOM * 100 > whole * 110, "the order would not matter");
    }
}
