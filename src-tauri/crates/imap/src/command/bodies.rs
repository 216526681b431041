//! UID FETCH of whole messages: small ones many at a time, large ones in pieces.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use postroom_types::Uid;

use crate::command::fetch::{Batches, Plan, Take};
use crate::command::pieces::Whole;
use crate::error::ImapError;
use crate::guard::{Limits, MAX_LITERAL};
use crate::session::Session;
use crate::sink::ItemSink;
use crate::wire::{Fetch, SectionData};

/// One message, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodyItem {
    /// The whole message, byte for byte.
    Body {
        /// Which message.
        uid: Uid,
        /// RFC 5322, as the server has it. Keep a copy of what is kept for long: it may share memory with other messages.
        raw: Bytes,
    },
    /// The server has the message, and says that it has no text (NIL), asked twice. Never a reason to forget a body.
    Missing {
        /// Which message.
        uid: Uid,
    },
    /// The server answered well and did not name it: it is gone, or cannot be had.
    Gone {
        /// Which message.
        uid: Uid,
    },
    /// The server refused this one alone, or sent pieces that do not fit together.
    Unfetchable {
        /// Which message.
        uid: Uid,
        /// In the server's words, cleaned.
        reason: String,
    },
    /// Larger than [`MAX_MESSAGE`].
    TooLarge {
        /// Which message.
        uid: Uid,
    },
}

impl BodyItem {
    /// Which message it is about.
    pub fn uid(&self) -> Uid {
        match self {
            Self::Body { uid, .. }
            | Self::Missing { uid }
            | Self::Gone { uid }
            | Self::Unfetchable { uid, .. }
            | Self::TooLarge { uid } => *uid,
        }
    }
}

/// A message is held in memory while it is fetched; a larger one is not: 256 MiB.
pub const MAX_MESSAGE: u64 = 256 << 20;

pub(crate) const COMMAND: &str = "UID FETCH BODY";
/// Messages over this are fetched in pieces.
const WHOLE: u64 = 4 << 20;
/// Messages that one command asks for.
const MAX_BATCH: usize = 400;

impl Session {
    /// Fetches whole messages, given with their sizes (RFC822.SIZE; a guess will do). Exactly one [`BodyItem`] comes for each,
    /// unless the sink stops: first the small ones in the order given, then those over 4 MiB. Nothing is marked read.
    ///
    /// The items are asked for as they are needed, a few commands ahead of the answers: a list shared with another
    /// connection is served by whichever is faster.
    ///
    /// # Errors
    /// [`ImapError`]. What the sink has taken is good all the same.
    pub async fn fetch_bodies<I, S>(&mut self, items: I, sink: &mut S) -> Result<(), ImapError>
    where
        I: IntoIterator<Item = (Uid, u64)>,
        I::IntoIter: Send,
        S: ItemSink<BodyItem>,
    {
        // Sizes are wrong on some servers: a larger message is thrown away as it comes, and asked for in pieces.
        let limits = Limits { keep: MAX_LITERAL, refuse: MAX_MESSAGE, ..Limits::default() };
        // Each UID takes up to 11 octets of the line.
        let most = (self.quirks.line.saturating_sub(100) / 11).clamp(1, MAX_BATCH);
        let plan =
            Plan { command: COMMAND, items: "(UID BODY.PEEK[])", limits, bytes: MAX_MESSAGE * 4, each: MAX_LITERAL };
        let mut alone = Vec::new();
        // Of what is on its way: a piece that does not come is told from the end by the size.
        let sizes = Mutex::new(BTreeMap::new());
        let batches = BySize { items: items.into_iter(), next: None, most, large: &mut alone, sizes: &sizes };
        let read = |uid, fetch: &Fetch| {
            let taken = take(uid, fetch);
            if let Take::Item(_) = taken {
                lock(&sizes).remove(&uid);
            }
            taken
        };
        let left = self.pump(&plan, batches, read, sink).await?;
        if left.stopped {
            return Ok(());
        }
        let gone = left.gone.into_iter().map(|uid| BodyItem::Gone { uid });
        let refused = left.refused.into_iter().map(|(uid, reason)| BodyItem::Unfetchable { uid, reason });
        for item in gone.chain(refused) {
            if sink.accept(item).await.is_break() {
                return Ok(());
            }
        }
        alone.extend(left.again.into_iter().map(|uid| (uid, lock(&sizes).get(&uid).copied().unwrap_or(0))));
        for (uid, size) in alone {
            let item = match self.fetch_pieces(uid, size).await? {
                Whole::Bytes(raw) => BodyItem::Body { uid, raw },
                Whole::Nil => BodyItem::Missing { uid },
                Whole::Gone => BodyItem::Gone { uid },
                Whole::Broken(reason) => BodyItem::Unfetchable { uid, reason },
                Whole::TooLarge => BodyItem::TooLarge { uid },
            };
            if sink.accept(item).await.is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn take(uid: Uid, fetch: &Fetch) -> Take<BodyItem> {
    let Some(section) = fetch.sections.iter().find(|section| section.name.is_empty()) else { return Take::News };
    match &section.data {
        SectionData::Bytes(raw) if section.origin.is_none() => Take::Item(BodyItem::Body { uid, raw: raw.clone() }),
        // A piece of what was not asked for in pieces; or nothing, asked for once more.
        SectionData::Bytes(_) | SectionData::Nil | SectionData::Oversize => Take::Again,
    }
}

/// As many messages as make up the bytes, at least one; large ones are put aside.
struct BySize<'a, I> {
    items: I,
    /// Looked at, and too much for the batch before.
    next: Option<(Uid, u64)>,
    most: usize,
    large: &'a mut Vec<(Uid, u64)>,
    sizes: &'a Mutex<BTreeMap<Uid, u64>>,
}

impl<I: Iterator<Item = (Uid, u64)> + Send> Batches for BySize<'_, I> {
    fn next(&mut self, bytes: u64) -> Option<Vec<u32>> {
        let mut batch = Vec::new();
        let mut sum = 0_u64;
        while let Some((uid, size)) = self.next.take().or_else(|| self.items.next()) {
            if size > WHOLE {
                self.large.push((uid, size));
                continue;
            }
            if !batch.is_empty() && (sum.saturating_add(size) > bytes || batch.len() >= self.most) {
                self.next = Some((uid, size));
                break;
            }
            sum = sum.saturating_add(size.max(1));
            batch.push(uid.0);
            lock(self.sizes).insert(uid, size);
        }
        (!batch.is_empty()).then_some(batch)
    }
}
