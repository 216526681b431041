//! A large message in pieces: `BODY.PEEK[]<offset.length>` (RFC 9051 §6.4.5), handed on in order as they come, from any
//! offset. The end is a piece shorter than asked, never RFC822.SIZE, which is wrong on several servers.
//!
//! No more of a message is held here than the pieces on their way; how much there is in all does not matter.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use bytes::Bytes;
use postroom_types::Uid;

use crate::command::bodies::COMMAND;
use crate::command::fetch::is_temporary;
use crate::error::ImapError;
use crate::guard::{Limits, MAX_LITERAL, Violation};
use crate::session::{SHORT, Session, Tag};
use crate::sink::ItemSink;
use crate::wire::{Event, Fetch, SectionData, Untagged};

/// A larger message is not fetched: 4 GiB.
pub const MAX_MESSAGE: u64 = 4 << 30;

const PIECE: u64 = 1 << 20;
/// Pieces on their way at the same time.
const IN_FLIGHT: usize = 3;
/// Bytes that a piece may bring: itself, or the whole message from a server that knows no pieces, and what is said beside it.
const ALLOWANCE: u64 = MAX_LITERAL + (1 << 20);

/// How the fetch of a large message ended. What the sink was given before is good in every case but `Missing` and `Gone`,
/// where it was given nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LargeEnd {
    /// All of it came; this many bytes, those before the first offset included.
    Whole {
        /// Bytes.
        size: u64,
    },
    /// The sink asked for no more.
    Stopped,
    /// The server has the message, and says that it has no text (NIL).
    Missing,
    /// The server answered well and did not name it: it is gone.
    Gone,
    /// The server refused, or sent pieces that do not fit together.
    Unfetchable {
        /// In the server's words, cleaned, or in ours.
        reason: String,
    },
    /// Larger than [`MAX_MESSAGE`].
    TooLarge,
}

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "what was seen so far, each thing by itself")]
struct Pieces {
    /// What came before its turn: no more than was asked for.
    got: BTreeMap<u64, Bytes>,
    /// Up to where it was handed on.
    done: u64,
    /// Up to where it was asked for.
    asked: u64,
    /// Where the message ends, once known.
    end: Option<u64>,
    /// The end is where the server answered nothing.
    guessed: bool,
    any: bool,
    nil: bool,
    refused: Option<String>,
    stopped: bool,
}

impl Session {
    /// Fetches a message of the open folder from byte `from` on. The sink gets it in order, at most 8 MiB at a time, mostly
    /// 1 MiB; `Break` ends the fetch and leaves the session usable. Nothing is marked read.
    ///
    /// `size` is RFC822.SIZE. It decides one thing only: whether a piece that the server does not answer at all is missing
    /// or lies behind the end.
    ///
    /// # Errors
    /// [`ImapError`]. What the sink has taken is good all the same: go on behind it.
    pub async fn fetch_large<S: ItemSink<Bytes>>(
        &mut self,
        uid: Uid,
        size: u64,
        from: u64,
        sink: &mut S,
    ) -> Result<LargeEnd, ImapError> {
        self.begin(Limits { keep: MAX_LITERAL, refuse: MAX_LITERAL, ..Limits::default() }, SHORT)?;
        let mut pieces = Pieces { done: from, asked: from, ..Pieces::default() };
        let mut flying: Vec<(Tag, u64)> = Vec::new();
        let mut throttled = None;
        loop {
            // One piece first: most of what comes here by mistake ends with it.
            let most = if pieces.any { IN_FLIGHT } else { 1 };
            while flying.len() < most && pieces.wants_more() {
                self.raw().allow_more(ALLOWANCE);
                let line = format!("UID FETCH {} (UID BODY.PEEK[]<{}.{PIECE}>)", uid.0, pieces.asked);
                flying.push((self.send(COMMAND, &line).await?, pieces.asked));
                pieces.asked += PIECE;
            }
            if flying.is_empty() {
                return throttled.map_or_else(|| Ok(pieces.finish(from, size)), Err);
            }
            match self.next(COMMAND).await? {
                Event::Untagged(Untagged::Fetch(fetch)) if fetch.uid == Some(uid) && !fetch.sections.is_empty() => {
                    pieces.add(&fetch);
                }
                Event::Untagged(other) => self.note(other),
                Event::Continue => return Err(self.nonsense(COMMAND, &Violation::UnexpectedContinuation)),
                Event::Tagged { tag, state } => {
                    let Some(at) = flying.iter().position(|(sent, _)| sent.as_str() == tag) else {
                        return Err(self.nonsense(COMMAND, &Violation::UnknownTag));
                    };
                    let (_, offset) = flying.remove(at);
                    match self.close(COMMAND, state) {
                        Ok(_) => {}
                        // That is not about this message.
                        Err(error @ ImapError::Refused { .. }) if is_temporary(&error) => {
                            throttled = Some(error);
                            pieces.stop();
                        }
                        // A piece wholly behind the end is refused by some.
                        Err(ImapError::Refused { text, .. }) => pieces.refused = Some(text),
                        Err(error) => return Err(error),
                    }
                    pieces.settle(offset);
                }
            }
            while let Some(bytes) = pieces.next() {
                if let ControlFlow::Break(()) = sink.accept(bytes).await {
                    pieces.stop();
                }
            }
        }
    }
}

impl Pieces {
    fn wants_more(&self) -> bool {
        !self.stopped && self.end.is_none() && self.asked < MAX_MESSAGE && self.refused.is_none()
    }

    fn stop(&mut self) {
        self.stopped = true;
        self.got.clear();
    }

    fn add(&mut self, fetch: &Fetch) {
        for section in fetch.sections.iter().filter(|section| section.name.is_empty()) {
            match (&section.data, section.origin) {
                (SectionData::Bytes(bytes), Some(origin)) => self.add_piece(origin, bytes),
                // The server does not know pieces and sent all of it.
                (SectionData::Bytes(bytes), None) => {
                    let end = bytes.len() as u64;
                    let rest = usize::try_from(self.done).ok().and_then(|done| bytes.get(done..));
                    let Some(rest) = rest.filter(|_| self.end.is_none_or(|known| known == end)) else {
                        self.refused = Some("the message is shorter than it was".to_owned());
                        continue;
                    };
                    self.any = true;
                    self.end = Some(end);
                    self.got = BTreeMap::from([(self.done, bytes.slice_ref(rest))]);
                }
                (SectionData::Nil, _) => self.nil = true,
                (SectionData::Oversize, _) => self.refused = Some("a piece larger than asked for".to_owned()),
            }
        }
    }

    fn add_piece(&mut self, origin: u64, bytes: &Bytes) {
        let length = bytes.len() as u64;
        // Nothing that was not asked for takes up memory, and nothing takes the place of what was handed on.
        if self.stopped || origin < self.done || origin >= self.asked || !(origin - self.done).is_multiple_of(PIECE) {
            return;
        }
        if length > PIECE {
            self.refused = Some("a piece larger than asked for".to_owned());
            return;
        }
        self.any = true;
        if length < PIECE {
            let end = origin.saturating_add(length);
            self.end = Some(self.end.map_or(end, |known| known.min(end)));
        }
        self.got.entry(origin).or_insert_with(|| bytes.clone());
    }

    /// A command ended: if it brought nothing, the message ends there, or a piece is missing.
    fn settle(&mut self, offset: u64) {
        let came = offset < self.done || self.got.contains_key(&offset);
        if !came && self.end.is_none_or(|end| end > offset) {
            self.end = Some(offset);
            self.guessed = true;
        }
    }

    /// What is to be handed on now.
    fn next(&mut self) -> Option<Bytes> {
        let bytes = self.got.remove(&self.done)?;
        self.done = self.done.saturating_add(bytes.len() as u64);
        (!bytes.is_empty()).then_some(bytes)
    }

    fn finish(self, from: u64, size: u64) -> LargeEnd {
        let broken = |reason: Option<String>, own: &str| LargeEnd::Unfetchable {
            reason: reason.unwrap_or_else(|| own.to_owned()),
        };
        if self.stopped {
            return LargeEnd::Stopped;
        }
        if !self.any {
            return match (self.refused, self.nil) {
                (Some(reason), _) => LargeEnd::Unfetchable { reason },
                (None, true) => LargeEnd::Missing,
                // It ended where we begin, or is gone: a message that was named before is looked for from its start.
                (None, false) if from > 0 && self.guessed && from >= size => LargeEnd::Whole { size: from },
                (None, false) => LargeEnd::Gone,
            };
        }
        match self.end {
            None if self.refused.is_some() => broken(self.refused, ""),
            None => LargeEnd::TooLarge,
            Some(end) if self.done != end || !self.got.values().all(Bytes::is_empty) => {
                broken(self.refused, "the pieces do not fit together")
            }
            Some(end) if self.guessed && end < size => broken(self.refused, "a piece is missing"),
            Some(end) => LargeEnd::Whole { size: end },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Section;

    fn fetch(origin: Option<u64>, length: usize) -> Fetch {
        let data = SectionData::Bytes(Bytes::from(vec![b'a'; length]));
        Fetch { sections: vec![Section { name: Vec::new(), origin, data }], ..Fetch::default() }
    }

    /// What comes of these answers to pieces asked for in order, and how many bytes were handed on.
    fn run(from: u64, answers: &[(u64, Option<usize>)], size: u64) -> (LargeEnd, u64) {
        let asked = answers.iter().map(|(offset, _)| offset + PIECE).max().unwrap_or(0);
        let mut pieces = Pieces { done: from, asked, ..Pieces::default() };
        let mut handed = 0;
        for (offset, length) in answers {
            if let Some(length) = length {
                pieces.add(&fetch(Some(*offset), *length));
            }
            pieces.settle(*offset);
            while let Some(bytes) = pieces.next() {
                handed += bytes.len() as u64;
            }
        }
        (pieces.finish(from, size), handed)
    }

    fn check(answers: &[(u64, Option<usize>)], size: u64, expected: Result<u64, &str>) {
        let (end, handed) = run(0, answers, size);
        let got = match end {
            LargeEnd::Whole { size } => {
                assert_eq!(handed, size);
                Ok(size)
            }
            LargeEnd::Unfetchable { .. } => Err("broken"),
            LargeEnd::Gone => Err("gone"),
            LargeEnd::TooLarge => Err("too large"),
            LargeEnd::Missing => Err("nil"),
            LargeEnd::Stopped => Err("stopped"),
        };
        assert_eq!(got, expected, "{answers:?}");
    }

    const FULL: Option<usize> = Some(1 << 20);

    fn at(piece: u64) -> u64 {
        piece << 20
    }

    #[test]
    fn a_message_ends_at_a_short_piece_and_nothing_is_missing() {
        check(&[(0, Some(5))], 5, Ok(5));
        check(&[(0, Some(5))], 900, Ok(5));
        check(&[(at(1), Some(7)), (0, FULL)], 0, Ok((1 << 20) + 7));
        check(&[(0, FULL), (at(1), Some(0))], 0, Ok(1 << 20));
        check(&[(0, FULL), (at(1), None)], 1 << 20, Ok(1 << 20));
        check(&[(0, FULL), (at(1), None)], 3 << 20, Err("broken"));
        check(&[(0, FULL), (at(1), None), (at(2), Some(3))], 2, Err("broken"));
        check(&[(0, None)], 5, Err("gone"));
        check(&[(0, FULL), (at(1), FULL)], 5, Err("too large"));
        check(&[(0, Some((1 << 20) + 1))], 5, Err("broken"));
    }

    #[test]
    fn what_comes_again_or_unasked_changes_nothing() {
        check(&[(0, FULL), (0, FULL), (at(1), Some(7)), (at(1), FULL)], 0, Ok((1 << 20) + 7));
        let mut pieces = Pieces { asked: PIECE, ..Pieces::default() };
        for origin in [1, PIECE, PIECE * 9, u64::MAX] {
            pieces.add(&fetch(Some(origin), 10));
        }
        assert!(pieces.got.is_empty() && pieces.end.is_none());
    }

    #[test]
    fn a_fetch_goes_on_in_the_middle_and_at_the_very_end() {
        assert_eq!(run(at(5) + 3, &[(at(5) + 3, FULL), (at(6) + 3, Some(4))], 0), whole(at(6) + 7, PIECE + 4));
        assert_eq!(run(at(5), &[(at(5), Some(0))], 0), whole(at(5), 0));
        assert_eq!(run(at(5), &[(at(5), None)], at(5)), whole(at(5), 0));
        assert_eq!(run(at(5), &[(at(5), None)], at(9)), (LargeEnd::Gone, 0));
        let mut pieces = Pieces { done: 6, asked: PIECE, ..Pieces::default() };
        pieces.add(&fetch(None, 10));
        assert_eq!(pieces.next().map(|rest| rest.len()), Some(4));
        assert_eq!(pieces.finish(6, 0), LargeEnd::Whole { size: 10 });
    }

    fn whole(size: u64, handed: u64) -> (LargeEnd, u64) {
        (LargeEnd::Whole { size }, handed)
    }
}
