//! Headers on their way from the network to the store: parsed off the network task, stored in batches.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use postroom_imap::{HeaderItem, ItemSink};
use postroom_mime::{Envelope, parse_envelope};
use postroom_store::{FolderCursor, HeaderBatch, HeadersStored, NewHeader, ParseMarkers, Stage, SyncFolder};
use postroom_types::{AccountId, Event, Flags, FolderId, SyncPhase, SyncProgress, Uid, UnixMillis};

use crate::pass::FolderCounts;
use crate::{Context, SyncError};

/// The first rows are wanted on the screen at once, later ones cheaply.
const FIRST: usize = 50;
const BATCH: usize = 500;

/// Where headers of one folder go.
pub(crate) struct HeaderSink<'a> {
    context: &'a Context,
    account: AccountId,
    folder: FolderId,
    path: String,
    quarantined: BTreeSet<Uid>,
    cursor: FolderCursor,
    total: u32,
    done: u32,
    bytes: u64,
    stored: HeadersStored,
    waiting: Vec<HeaderItem>,
    previews: bool,
    /// The highest UID that came.
    pub(crate) last: Option<Uid>,
    failed: Option<SyncError>,
}

impl ItemSink<HeaderItem> for HeaderSink<'_> {
    async fn accept(&mut self, item: HeaderItem) -> ControlFlow<()> {
        self.bytes += item.header.len() as u64;
        self.last = self.last.max(Some(item.uid));
        self.waiting.push(item);
        let enough = if self.done == 0 { FIRST } else { BATCH };
        if self.waiting.len() >= enough
            && let Err(error) = self.flush().await
        {
            self.failed = Some(error);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn wants_previews(&self) -> bool {
        self.previews
    }
}

impl<'a> HeaderSink<'a> {
    /// `cursor` is written with every batch: how far the folder is known before all of them are in. `total` is for the
    /// progress.
    pub(crate) async fn new(
        context: &'a Context,
        account: AccountId,
        folder: &SyncFolder,
        cursor: &FolderCursor,
        total: u32,
    ) -> Result<Self, SyncError> {
        Ok(Self {
            context,
            account,
            folder: folder.id,
            path: folder.path.clone(),
            quarantined: context.store.quarantined_uids(folder.id).await?,
            cursor: *cursor,
            total,
            done: 0,
            bytes: 0,
            stored: HeadersStored::default(),
            waiting: Vec::new(),
            previews: context.store.previews_wanted(folder.id).await?,
            last: None,
            failed: None,
        })
    }

    /// Stores what waits, and tells what went wrong on the way. To be called however the fetch ended: what came before a
    /// cut is good.
    pub(crate) async fn finish(&mut self, counts: &mut FolderCounts) -> Result<HeadersStored, SyncError> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        self.flush().await?;
        counts.bytes += self.bytes;
        Ok(self.stored)
    }

    /// Parses and stores what waits.
    async fn flush(&mut self) -> Result<(), SyncError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let items = std::mem::take(&mut self.waiting);
        let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
        let (markers, folder, quarantined) = (self.context.markers.clone(), self.folder, self.quarantined.clone());
        let now = self.context.clock.now();
        let headers = tokio::task::spawn_blocking(move || {
            items.iter().map(|item| read(&markers, folder, &quarantined, item, now)).collect::<Result<Vec<_>, _>>()
        })
        .await
        .map_err(|_panicked| SyncError::Worker)??;
        let batch = HeaderBatch { account: self.account, folder: self.folder, headers, cursor: self.cursor };
        let stored = self.context.store.headers_store(batch).await?;
        self.stored.new += stored.new;
        self.stored.matched += stored.matched;
        self.done = self.done.saturating_add(count);
        self.context.events.send(Event::Messages { account: self.account, folder: self.folder });
        self.context.events.send(Event::Folders { account: self.account });
        self.context.events.send(Event::Progress(SyncProgress {
            account: self.account,
            folder: self.path.clone(),
            phase: SyncPhase::Headers,
            done: self.done,
            total: self.total,
            bytes: self.bytes,
        }));
        Ok(())
    }
}

fn read(
    markers: &ParseMarkers,
    folder: FolderId,
    quarantined: &BTreeSet<Uid>,
    item: &HeaderItem,
    now: UnixMillis,
) -> Result<NewHeader, SyncError> {
    let envelope = if quarantined.contains(&item.uid) {
        Envelope::default()
    } else {
        let _slot = markers.mark(Stage::Incoming { folder, uid: item.uid })?;
        parse_envelope(&item.header)
    };
    Ok(NewHeader {
        uid: item.uid,
        flags: item.flags.unwrap_or(Flags::empty()),
        size: item.size,
        // Without either date it is as new as today: seen, not buried in 1970.
        date: envelope.date.or(item.internal_date).unwrap_or(now),
        envelope,
        email_id: item.email_id.clone().unwrap_or_default(),
        preview: item.preview.clone().unwrap_or_default(),
    })
}
