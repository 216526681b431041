//! UID FETCH of whole messages, many at a time. Large ones are only told of: they come in pieces, by `pieces`.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use postroom_types::Uid;

use crate::command::fetch::{Batches, Plan, Take};
use crate::command::pieces::LargeEnd;
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
    /// Too large to be held in memory: it is to be fetched by [`Session::fetch_large`].
    Large {
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
            | Self::Large { uid } => *uid,
        }
    }
}

pub(crate) const COMMAND: &str = "UID FETCH BODY";
/// Messages over this are large: 4 MiB.
pub const LARGE_MESSAGE: u64 = 4 << 20;
/// A message that turns out to be this large is read to its end and thrown away; a larger one ends the connection.
const THROWN_AWAY: u64 = 256 << 20;
/// Messages that one command asks for.
const MAX_BATCH: usize = 400;

impl Session {
    /// Fetches whole messages, given with their sizes (RFC822.SIZE; a guess will do). Exactly one [`BodyItem`] comes for each,
    /// unless the sink stops: first the small ones in the order given, then those over [`LARGE_MESSAGE`], which are not
    /// fetched. Nothing is marked read.
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
        let limits = Limits { keep: MAX_LITERAL, refuse: THROWN_AWAY, ..Limits::default() };
        // Each UID takes up to 11 octets of the line.
        let most = (self.quirks.line.saturating_sub(100) / 11).clamp(1, MAX_BATCH);
        let plan = Plan {
            command: COMMAND,
            items: "(UID BODY.PEEK[])".into(),
            limits,
            bytes: THROWN_AWAY * 4,
            each: MAX_LITERAL,
        };
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
        for (uid, _) in alone {
            if sink.accept(BodyItem::Large { uid }).await.is_break() {
                return Ok(());
            }
        }
        for uid in left.again {
            let size = lock(&sizes).get(&uid).copied().unwrap_or(0);
            let item = self.fetch_alone(uid, size).await?;
            if sink.accept(item).await.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// A message that did not come with the others: once more, in pieces.
    async fn fetch_alone(&mut self, uid: Uid, size: u64) -> Result<BodyItem, ImapError> {
        let mut whole = Small::default();
        Ok(match self.fetch_large(uid, size, 0, &mut whole).await? {
            LargeEnd::Whole { .. } => BodyItem::Body { uid, raw: Bytes::from(whole.bytes) },
            LargeEnd::Stopped | LargeEnd::TooLarge => BodyItem::Large { uid },
            LargeEnd::Missing => BodyItem::Missing { uid },
            LargeEnd::Gone => BodyItem::Gone { uid },
            LargeEnd::Unfetchable { reason } => BodyItem::Unfetchable { uid, reason },
        })
    }
}

/// Takes a message as long as it is not large.
#[derive(Default)]
struct Small {
    bytes: Vec<u8>,
}

impl ItemSink<Bytes> for Small {
    async fn accept(&mut self, piece: Bytes) -> ControlFlow<()> {
        self.bytes.extend_from_slice(&piece);
        if self.bytes.len() as u64 > LARGE_MESSAGE { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
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
            if size > LARGE_MESSAGE {
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
