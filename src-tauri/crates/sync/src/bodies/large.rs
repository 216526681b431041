//! One large message: its pieces go to the disk as they come, and what came is kept through any break.
//!
//! The pieces are handed to a thread that writes them and keeps the message's outline ([`postroom_mime::Outline`]), a few
//! at a time, so that memory does not depend on the message. It may be given up at any piece, for something that is
//! wanted more: the next attempt goes on behind the last piece that was kept.

use std::collections::BTreeMap;
use std::io::BufRead as _;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use bytes::Bytes;
use postroom_imap::{ItemSink, LargeEnd, MAX_MESSAGE, Session};
use postroom_mime::Outline;
use postroom_store::{BodyReader, BodyWanted, LargeBody, Stage, StoreError, SyncFolder};
use postroom_types::{AccountId, Event, FolderId, MessageId, UnixMillis};
use tokio::sync::{mpsc, watch};

use super::select;
use crate::{Context, SyncError};

/// What came is made to last after so many bytes, or so long: a sync to the disk each.
const STEP_BYTES: u64 = 4 << 20;
const STEP_TIME: Duration = Duration::from_secs(1);
/// So much is fetched over the connection that the user feels: mostly the text, for it comes first.
const BEGINNING: u64 = 2 << 20;
/// Pieces between network and disk.
const IN_FLIGHT: usize = 2;

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All of it is here; this many bytes came now.
    Stored {
        /// Bytes.
        bytes: u64,
    },
    /// Given up for something that is wanted more.
    MadeRoom,
    /// As much as was asked for is here; or somebody else is fetching it.
    Enough,
    /// The server does not give it, or it is gone.
    NotToBeHad,
}

/// Outlines of messages that were given up, so that what is here need not be read again.
pub(crate) type Outlines = BTreeMap<MessageId, Outline>;

/// When a large message is to be given up.
#[derive(Debug, Clone, Default)]
pub(crate) struct Room {
    /// Counts when something new may have come.
    news: Option<watch::Receiver<u64>>,
    /// The message that the user waits for.
    first: Option<watch::Receiver<Option<MessageId>>>,
    /// Bodies that were missing at the beginning.
    known: Option<(u32, Option<FolderId>, UnixMillis)>,
    /// So many bytes are enough.
    enough: Option<u64>,
}

impl Room {
    /// For what comes in meanwhile, and for another message that the user opens.
    pub(crate) fn shared(news: watch::Receiver<u64>, first: watch::Receiver<Option<MessageId>>) -> Self {
        Self { news: Some(news), first: Some(first), ..Self::default() }
    }

    /// For another message that the user opens.
    pub(crate) fn opened(first: watch::Receiver<Option<MessageId>>) -> Self {
        Self { first: Some(first), ..Self::default() }
    }

    /// After the beginning.
    pub(crate) fn beginning() -> Self {
        Self { enough: Some(BEGINNING), ..Self::default() }
    }

    /// For bodies, once there are more missing than so many.
    pub(super) fn for_more_than(self, known: u32, only: Option<FolderId>, now: UnixMillis) -> Self {
        Self { known: Some((known, only, now)), ..self }
    }

    /// The message that the user waits for.
    pub(crate) fn first(&self) -> Option<MessageId> {
        self.first.as_ref().and_then(|first| *first.borrow())
    }

    async fn is_needed(&mut self, context: &Context, account: AccountId, message: MessageId) -> bool {
        if self.first().is_some_and(|first| first != message) {
            return true;
        }
        let (Some(news), Some((known, only, now))) = (&mut self.news, self.known) else { return false };
        if !news.has_changed().unwrap_or(false) {
            return false;
        }
        news.mark_unchanged();
        context.store.bodies_missing(account, only, now).await.is_ok_and(|missing| missing > known)
    }
}

/// Fetches a message, from where it was given up before, and stores it.
pub(crate) async fn fetch(
    context: &Context,
    session: &mut Session,
    folder: &SyncFolder,
    wanted: &BodyWanted,
    outlines: &mut Outlines,
    room: &Room,
) -> Result<Outcome, SyncError> {
    let message = wanted.message;
    if wanted.size > MAX_MESSAGE {
        context.store.body_unavailable(message).await?;
        return Ok(Outcome::NotToBeHad);
    }
    let validity = select(session, folder).await?;
    let account = match context.store.message(message).await {
        Ok(detail) => detail.row.account,
        Err(StoreError::NotFound(_)) => return Ok(Outcome::NotToBeHad),
        Err(error) => return Err(error.into()),
    };
    let (store, uid) = (context.store.clone(), wanted.uid);
    let begun = blocking(move || Ok(store.large_begin(message, validity, uid)?)).await?;
    let Some(body) = begun else { return Ok(Outcome::Enough) };
    let from = body.bytes();
    if room.enough.is_some_and(|enough| from >= enough) {
        return Ok(Outcome::Enough);
    }
    let so_far = if from > 0 { Some(context.store.body(message).await?) } else { None };
    let (pieces, inbox) = mpsc::channel(IN_FLIGHT);
    let mut writer = Writer {
        context: context.clone(),
        account,
        wanted: wanted.clone(),
        outline: outlines.remove(&message).filter(|outline| outline.size() <= from),
        body,
    };
    let writing = tokio::task::spawn_blocking(move || writer.run(so_far, inbox).map(|there| (writer, there)));
    let mut sink = PieceSink { context, account, message, pieces, taken: from, room: room.clone(), made_room: false };
    let ended = session.fetch_large(uid, wanted.size, from, &mut sink).await;
    let made_room = sink.made_room;
    drop(sink);
    let (mut writer, there) = writing.await.map_err(|_panicked| SyncError::Worker)??;
    if !there {
        return Ok(Outcome::NotToBeHad);
    }
    match ended? {
        LargeEnd::Whole { size } if size == writer.body.bytes() => {
            let stored = blocking(move || writer.finish()).await?;
            context.events.send(Event::Messages { account, folder: wanted.folder });
            context.events.send(Event::Coming { account, message, bytes: size, total: size });
            Ok(if stored { Outcome::Stored { bytes: size - from } } else { Outcome::NotToBeHad })
        }
        LargeEnd::Stopped => {
            outlines.extend(writer.outline.take().map(|outline| (message, outline)));
            Ok(if made_room { Outcome::MadeRoom } else { Outcome::Enough })
        }
        end => {
            tracing::warn!(message = message.0, ?end, "a large message cannot be had");
            context.store.body_unavailable(message).await?;
            Ok(Outcome::NotToBeHad)
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SyncError> + Send + 'static,
) -> Result<T, SyncError> {
    tokio::task::spawn_blocking(work).await.map_err(|_panicked| SyncError::Worker)?
}

/// Takes pieces from the connection.
struct PieceSink<'a> {
    context: &'a Context,
    account: AccountId,
    message: MessageId,
    pieces: mpsc::Sender<Bytes>,
    taken: u64,
    room: Room,
    made_room: bool,
}

impl ItemSink<Bytes> for PieceSink<'_> {
    async fn accept(&mut self, piece: Bytes) -> ControlFlow<()> {
        self.taken += piece.len() as u64;
        // The writer ends early only if it fails, or the message is gone; it says which.
        if self.pieces.send(piece).await.is_err() || self.room.enough.is_some_and(|enough| self.taken >= enough) {
            return ControlFlow::Break(());
        }
        self.made_room = self.room.is_needed(self.context, self.account, self.message).await;
        if self.made_room { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// The thread that writes.
struct Writer {
    context: Context,
    account: AccountId,
    wanted: BodyWanted,
    outline: Option<Outline>,
    body: LargeBody,
}

impl Writer {
    /// Writes what comes until nothing more does. `false`: the message is gone.
    fn run(&mut self, so_far: Option<BodyReader>, mut inbox: mpsc::Receiver<Bytes>) -> Result<bool, SyncError> {
        self.catch_up(so_far)?;
        // The very first piece at once: it can be read while the others come.
        let (mut unkept, mut since) = (STEP_BYTES, Instant::now());
        while let Some(piece) = inbox.blocking_recv() {
            self.body.append(&piece)?;
            self.look_at(&piece);
            unkept += piece.len() as u64;
            if unkept >= STEP_BYTES || since.elapsed() >= STEP_TIME {
                if !self.body.keep()? {
                    return Ok(false);
                }
                self.tell();
                (unkept, since) = (0, Instant::now());
            }
        }
        Ok(self.body.keep()?)
    }

    /// Reads what was here before, as far as its outline is not at hand.
    fn catch_up(&mut self, so_far: Option<BodyReader>) -> Result<(), SyncError> {
        if self.wanted.quarantined {
            return Ok(());
        }
        let outline = self.outline.get_or_insert_default();
        let Some(mut so_far) = so_far else { return Ok(()) };
        so_far.seek(outline.size())?;
        loop {
            let piece = so_far.fill_buf().map_err(StoreError::Io)?.to_vec();
            if piece.is_empty() {
                return Ok(());
            }
            so_far.consume(piece.len());
            self.look_at(&piece);
        }
    }

    /// Without a marker: it takes long and has no depth, so a kill in the middle says nothing about the message. What reads
    /// it for good is marked.
    fn look_at(&mut self, piece: &[u8]) {
        let Some(mut outline) = self.outline.take() else { return };
        // A panic while reading one message must not stop the others: it is stored unread.
        let read = catch_unwind(AssertUnwindSafe(move || {
            outline.push(piece);
            outline
        }));
        self.outline = read.ok();
    }

    fn tell(&self) {
        let (account, message, bytes) = (self.account, self.wanted.message, self.body.bytes());
        let total = self.wanted.size.max(bytes);
        self.context.events.send(Event::Coming { account, message, bytes, total });
    }

    /// All is here. `false`: the message is gone.
    fn finish(self) -> Result<bool, SyncError> {
        let Self { context, wanted, outline, body, .. } = self;
        let Some(outline) = outline else { return Ok(body.finish(None, &[])?) };
        let skeleton = outline.skeleton(true);
        let stage = Stage::Incoming { folder: wanted.folder, uid: wanted.uid };
        let slot = context.markers.mark(stage)?;
        let summary = catch_unwind(AssertUnwindSafe(|| skeleton.summarise())).ok();
        drop(slot);
        Ok(body.finish(summary, &skeleton.to_bytes())?)
    }
}
