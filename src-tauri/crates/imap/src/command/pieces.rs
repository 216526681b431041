//! A large message in pieces: `BODY.PEEK[]<offset.length>` (RFC 9051 §6.4.5). The end is a piece shorter than asked, never
//! RFC822.SIZE, which is wrong on several servers.

use std::collections::BTreeMap;

use bytes::Bytes;
use postroom_types::Uid;

use crate::command::bodies::{COMMAND, MAX_MESSAGE};
use crate::error::ImapError;
use crate::guard::{Limits, MAX_LITERAL, Violation};
use crate::session::{Session, Tag};
use crate::wire::{Event, Fetch, SectionData, Untagged};

const PIECE: u64 = 1 << 20;
/// Pieces on their way at the same time.
const IN_FLIGHT: usize = 3;

/// What came of it.
pub(crate) enum Whole {
    Bytes(Bytes),
    Nil,
    Gone,
    Broken(String),
    TooLarge,
}

#[derive(Default)]
struct Pieces {
    got: BTreeMap<u64, Bytes>,
    /// Up to where it was asked for.
    asked: u64,
    /// Where the message ends, once known.
    end: Option<u64>,
    /// The end is where the server answered nothing.
    guessed: bool,
    nil: bool,
    refused: Option<String>,
}

impl Session {
    /// `size` is RFC822.SIZE. It decides one thing only: whether a piece that the server does not answer at all is
    /// missing or lies behind the end.
    pub(crate) async fn fetch_pieces(&mut self, uid: Uid, size: u64) -> Result<Whole, ImapError> {
        self.begin(Limits { keep: MAX_LITERAL, refuse: MAX_LITERAL, ..Limits::default() }, MAX_MESSAGE * 2)?;
        let mut pieces = Pieces::default();
        let mut flying: Vec<(Tag, u64)> = Vec::new();
        loop {
            // One piece first: most of what comes here by mistake ends with it.
            let most = if pieces.got.is_empty() { 1 } else { IN_FLIGHT };
            while flying.len() < most && pieces.wants_more() {
                let line = format!("UID FETCH {} (UID BODY.PEEK[]<{}.{PIECE}>)", uid.0, pieces.asked);
                flying.push((self.send(COMMAND, &line).await?, pieces.asked));
                pieces.asked += PIECE;
            }
            if flying.is_empty() {
                return Ok(pieces.assemble(size));
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
                        // A piece wholly behind the end is refused by some.
                        Err(ImapError::Refused { text, .. }) => pieces.refused = Some(text),
                        Err(error) => return Err(error),
                    }
                    pieces.settle(offset);
                }
            }
        }
    }
}

impl Pieces {
    fn wants_more(&self) -> bool {
        self.end.is_none() && self.asked < MAX_MESSAGE
    }

    fn add(&mut self, fetch: &Fetch) {
        for section in fetch.sections.iter().filter(|section| section.name.is_empty()) {
            match (&section.data, section.origin) {
                (SectionData::Bytes(bytes), Some(origin)) => {
                    if (bytes.len() as u64) < PIECE {
                        let end = origin.saturating_add(bytes.len() as u64);
                        self.end = Some(self.end.map_or(end, |known| known.min(end)));
                    }
                    self.got.entry(origin).or_insert_with(|| bytes.clone());
                }
                // The server does not know pieces and sent all of it.
                (SectionData::Bytes(bytes), None) => {
                    self.end = Some(bytes.len() as u64);
                    self.got = BTreeMap::from([(0, bytes.clone())]);
                }
                (SectionData::Nil, _) => self.nil = true,
                (SectionData::Oversize, _) => self.refused = Some("a piece larger than asked for".to_owned()),
            }
        }
    }

    /// A command ended: if it brought nothing, the message ends there, or a piece is missing.
    fn settle(&mut self, offset: u64) {
        if !self.got.contains_key(&offset) && self.end.is_none_or(|end| end > offset) {
            self.end = Some(offset);
            self.guessed = true;
        }
    }

    fn assemble(self, size: u64) -> Whole {
        if self.got.is_empty() {
            return match (self.refused, self.nil) {
                (Some(reason), _) => Whole::Broken(reason),
                (None, true) => Whole::Nil,
                (None, false) => Whole::Gone,
            };
        }
        let Some(end) = self.end else { return Whole::TooLarge };
        let mut whole = Vec::new();
        for (at, bytes) in self.got.iter().filter(|(_, bytes)| !bytes.is_empty()) {
            if *at != whole.len() as u64 {
                return Whole::Broken("the pieces do not fit together".to_owned());
            }
            whole.extend_from_slice(bytes);
        }
        if whole.len() as u64 != end || (self.guessed && end < size) {
            return Whole::Broken(self.refused.unwrap_or_else(|| "a piece is missing".to_owned()));
        }
        Whole::Bytes(Bytes::from(whole))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Section;

    fn check(answers: &[(u64, Option<usize>)], size: u64, expected: Result<usize, &str>) {
        let mut pieces = Pieces::default();
        for (offset, length) in answers {
            if let Some(length) = length {
                let data = SectionData::Bytes(Bytes::from(vec![b'a'; *length]));
                let section = Section { name: Vec::new(), origin: Some(*offset), data };
                pieces.add(&Fetch { sections: vec![section], ..Fetch::default() });
            }
            pieces.settle(*offset);
        }
        let got = match pieces.assemble(size) {
            Whole::Bytes(bytes) => Ok(bytes.len()),
            Whole::Broken(_) => Err("broken"),
            Whole::Gone => Err("gone"),
            Whole::TooLarge => Err("too large"),
            Whole::Nil => Err("nil"),
        };
        assert_eq!(got, expected, "{answers:?}");
    }

    #[test]
    fn a_message_ends_at_a_short_piece_and_nothing_is_missing() {
        const FULL: Option<usize> = Some(1 << 20);
        let at = |piece: u64| piece << 20;
        check(&[(0, Some(5))], 5, Ok(5));
        check(&[(0, Some(5))], 900, Ok(5));
        check(&[(at(1), Some(7)), (0, FULL)], 0, Ok((1 << 20) + 7));
        check(&[(0, FULL), (at(1), Some(0))], 0, Ok(1 << 20));
        check(&[(0, FULL), (at(1), None)], 1 << 20, Ok(1 << 20));
        check(&[(0, FULL), (at(1), None)], 3 << 20, Err("broken"));
        check(&[(0, FULL), (at(1), None), (at(2), Some(3))], 2, Err("broken"));
        check(&[(0, None)], 5, Err("gone"));
        check(&[(0, FULL), (at(1), FULL)], 5, Err("too large"));
    }
}
