//! Bodies: fetched by one or two connections, parsed and compressed on worker threads, stored in batches, newest first.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use postroom_imap::{BodyItem, ItemSink, Session};
use postroom_mime::summarise;
use postroom_store::{BodyWanted, ParseMarkers, Stage, StoredBody, SyncFolder, compress};
use postroom_types::{AccountId, Event, FolderId, SyncPhase, SyncProgress, Uid};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;

use crate::{Context, SyncError, pass};

/// Raw bytes on their way between network and store.
const IN_FLIGHT: usize = 32 << 20;
/// Rows a transaction.
const BATCH: usize = 250;
const WORKERS: usize = 2;

/// What became of a fetch.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Fetched {
    pub(crate) bodies: u32,
    pub(crate) bytes: u64,
}

/// Progress of one account's bodies.
#[derive(Debug, Clone)]
pub(crate) struct Goal {
    pub(crate) account: AccountId,
    pub(crate) path: String,
    /// Shared by the connections that fetch at the same time.
    pub(crate) done: Arc<AtomicU32>,
    pub(crate) total: u32,
}

struct Job {
    wanted: BodyWanted,
    raw: bytes::Bytes,
    _room: OwnedSemaphorePermit,
}

struct BodySink {
    jobs: mpsc::Sender<Job>,
    room: Arc<Semaphore>,
    wanted: BTreeMap<Uid, BodyWanted>,
    unavailable: Vec<BodyWanted>,
}

impl ItemSink<BodyItem> for BodySink {
    async fn accept(&mut self, item: BodyItem) -> ControlFlow<()> {
        let Some(wanted) = self.wanted.remove(&item.uid()) else { return ControlFlow::Continue(()) };
        let BodyItem::Body { raw, .. } = item else {
            self.unavailable.push(wanted);
            return ControlFlow::Continue(());
        };
        let size = u32::try_from(raw.len().clamp(1, IN_FLIGHT)).unwrap_or(1);
        let Ok(room) = Arc::clone(&self.room).acquire_many_owned(size).await else { return ControlFlow::Break(()) };
        match self.jobs.send(Job { wanted, raw, _room: room }).await {
            Ok(()) => ControlFlow::Continue(()),
            Err(_ended) => ControlFlow::Break(()),
        }
    }
}

/// Fetches bodies of one folder over one connection and stores them.
pub(crate) async fn fetch_folder(
    context: &Context,
    session: &mut Session,
    folder: &SyncFolder,
    wanted: Vec<BodyWanted>,
    goal: &Goal,
) -> Result<Fetched, SyncError> {
    if wanted.is_empty() {
        return Ok(Fetched::default());
    }
    let selected = session.select(&folder.raw).await?;
    if Some(pass::validity(&selected)) != folder.cursor.uid_validity {
        // The UIDs mean other messages now; the next pass matches them anew.
        return Err(SyncError::UidsVoid);
    }
    let items: Vec<(Uid, u64)> = wanted.iter().map(|body| (body.uid, body.size)).collect();
    let (jobs, inbox) = mpsc::channel(256);
    let (ready, outbox) = mpsc::channel(256);
    let mut workers = JoinSet::new();
    let inbox = Arc::new(tokio::sync::Mutex::new(inbox));
    for _ in 0..WORKERS {
        let (inbox, ready, markers) = (Arc::clone(&inbox), ready.clone(), context.markers.clone());
        workers.spawn_blocking(move || work(&inbox, &ready, &markers));
    }
    drop((ready, inbox));
    let mut sink = BodySink {
        jobs,
        room: Arc::new(Semaphore::new(IN_FLIGHT)),
        wanted: wanted.into_iter().map(|body| (body.uid, body)).collect(),
        unavailable: Vec::new(),
    };
    let fetching = async {
        let result = session.fetch_bodies(&items, &mut sink).await;
        // Dropping the sender ends the workers, which end the storing.
        let BodySink { unavailable, .. } = sink;
        (result, unavailable)
    };
    let ((fetched, unavailable), stored) = tokio::join!(fetching, store(context, outbox, goal));
    while let Some(worker) = workers.join_next().await {
        worker.map_err(|_panicked| SyncError::Worker)??;
    }
    for body in unavailable {
        // A body that the server will not give is not asked for again in every pass.
        context.store.body_unavailable(body.message).await?;
    }
    let stored = stored?;
    fetched?;
    Ok(stored)
}

fn work(
    inbox: &tokio::sync::Mutex<mpsc::Receiver<Job>>,
    ready: &mpsc::Sender<(StoredBody, FolderId, u64)>,
    markers: &ParseMarkers,
) -> Result<(), SyncError> {
    loop {
        let job = inbox.blocking_lock().blocking_recv();
        let Some(job) = job else { return Ok(()) };
        let summary = if job.wanted.quarantined {
            None
        } else {
            let _slot = markers.mark(Stage::Incoming { folder: job.wanted.folder, uid: job.wanted.uid })?;
            // A panic while reading one message must not stop the others: it is stored unread.
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| summarise(&job.raw))).ok()
        };
        let body = StoredBody { message: job.wanted.message, raw: compress(&job.raw)?, summary };
        if ready.blocking_send((body, job.wanted.folder, job.raw.len() as u64)).is_err() {
            return Ok(());
        }
    }
}

async fn store(
    context: &Context,
    mut outbox: mpsc::Receiver<(StoredBody, FolderId, u64)>,
    goal: &Goal,
) -> Result<Fetched, SyncError> {
    let mut fetched = Fetched::default();
    let mut batch = Vec::with_capacity(BATCH);
    while outbox.recv_many(&mut batch, BATCH).await > 0 {
        let mut bodies = Vec::with_capacity(batch.len());
        let mut folder = None;
        for (body, in_folder, bytes) in batch.drain(..) {
            fetched.bytes += bytes;
            folder = Some(in_folder);
            bodies.push(body);
        }
        let count = u32::try_from(bodies.len()).unwrap_or(u32::MAX);
        context.store.bodies_store(bodies).await?;
        fetched.bodies += count;
        let done = goal.done.fetch_add(count, Ordering::Relaxed).saturating_add(count);
        if let Some(folder) = folder {
            context.events.send(Event::Messages { account: goal.account, folder });
        }
        context.events.send(Event::Progress(SyncProgress {
            account: goal.account,
            folder: goal.path.clone(),
            phase: SyncPhase::Bodies,
            done,
            total: goal.total.max(done),
            bytes: fetched.bytes,
        }));
    }
    Ok(fetched)
}
