//! UID MOVE (RFC 6851), else copy, mark deleted, remove.

use postroom_types::{Uid, UidValidity};

use crate::error::{ImapError, RefusalCode};
use crate::session::Session;
use crate::uid_set::UidSet;
use crate::wire::{Code, State, Untagged};

/// Where messages went (RFC 4315 §3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyUid {
    /// The target folder's generation of UIDs.
    pub validity: UidValidity,
    /// The old UID and the new one, each message that the server named.
    pub pairs: Vec<(Uid, Uid)>,
}

impl Session {
    /// Moves messages to another folder. `None` if the server does not say under which UIDs they are there.
    ///
    /// Where it cannot MOVE they are copied, marked deleted and, with UIDPLUS, removed; each step only after the one before.
    /// If the server copies them and then refuses to remove the originals, they are in both folders, and that is no error.
    ///
    /// # Errors
    /// [`ImapError`]; with [`RefusalCode::TryCreate`] or [`RefusalCode::NonExistent`] the target is missing. After a cut the
    /// move may have happened or not: look before doing it again.
    pub async fn move_to(&mut self, uids: &UidSet, target_raw: &str) -> Result<Option<CopyUid>, ImapError> {
        let mut by_move = self.capabilities.can_move();
        let mut moved = Moved::default();
        // A longer target leaves less room for the set.
        let octets = self.quirks.line.saturating_sub(target_raw.len() + 100).max(200);
        for chunk in uids.chunks(self.quirks.uids, octets) {
            if by_move {
                match self.transfer("UID MOVE", &chunk, target_raw, &mut moved).await {
                    Err(ImapError::Refused { code: Some(RefusalCode::Cannot), .. }) => by_move = false,
                    other => {
                        other?;
                        continue;
                    }
                }
            }
            self.transfer("UID COPY", &chunk, target_raw, &mut moved).await?;
            match self.expunge(&chunk).await {
                // The copies are there. To report a failure would have them made once more; so both are what there is.
                Err(error) if !error.is_fatal() => {
                    tracing::warn!(messages = chunk.len(), "copied, but the server would not remove the originals");
                }
                result => drop(result?),
            }
        }
        Ok(moved.result)
    }

    async fn transfer(
        &mut self,
        command: &'static str,
        uids: &UidSet,
        target_raw: &str,
        moved: &mut Moved,
    ) -> Result<(), ImapError> {
        let line = self.folder_line(&format!("{command} {uids} "), target_raw, "").await?;
        let mut codes = Vec::new();
        let last = self
            .run(command, line, |untagged| match untagged {
                Untagged::State(State { code: Some(code @ Code::CopyUid { .. }), .. }) if codes.len() < 1000 => {
                    codes.push(code);
                    None
                }
                other => Some(other),
            })
            .await?;
        for code in codes.into_iter().chain(last) {
            moved.add(uids, &code);
        }
        Ok(())
    }
}

/// The answers of several commands as one.
#[derive(Debug, Default)]
struct Moved {
    result: Option<CopyUid>,
}

impl Moved {
    fn add(&mut self, asked: &UidSet, code: &Code) {
        let Code::CopyUid { validity, from, to } = code else { return };
        let count = |ranges: &[(u32, u32)]| -> u64 { ranges.iter().map(|(a, b)| u64::from(a.abs_diff(*b)) + 1).sum() };
        // Sets that do not correspond, or name more than was asked, tell nothing.
        if *validity == 0 || count(from) != count(to) || count(from) > asked.len() {
            return;
        }
        let pairs = members(from).zip(members(to)).filter(|(old, new)| asked.contains(*old) && new.0 != 0);
        let result = self.result.get_or_insert_with(|| CopyUid { validity: UidValidity(*validity), pairs: Vec::new() });
        if result.validity.0 == *validity {
            result.pairs.extend(pairs);
        }
    }
}

/// A range means its lower end first, whichever way it is written.
fn members(ranges: &[(u32, u32)]) -> impl Iterator<Item = Uid> + '_ {
    ranges.iter().flat_map(|(a, b)| (*a.min(b)..=*a.max(b)).map(Uid))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(asked: (u32, u32), from: &[(u32, u32)], to: &[(u32, u32)], expected: Option<&[(u32, u32)]>) {
        let mut moved = Moved::default();
        let code = Code::CopyUid { validity: 7, from: from.to_vec(), to: to.to_vec() };
        moved.add(&UidSet::from_ranges([asked]), &code);
        let pairs = moved.result.map(|result| result.pairs.iter().map(|(a, b)| (a.0, b.0)).collect::<Vec<_>>());
        assert_eq!(pairs.as_deref(), expected);
    }

    #[test]
    fn copyuid_pairs_in_the_order_written() {
        check((1, 9), &[(3, 3), (1, 2)], &[(12, 11), (10, 10)], Some(&[(3, 11), (1, 12), (2, 10)]));
        check((1, 9), &[(1, 3)], &[(5, 6)], None);
        check((1, 9), &[(1, u32::MAX)], &[(1, u32::MAX)], None);
        check((1, 2), &[(2, 3)], &[(5, 6)], Some(&[(2, 5)]));
    }
}
