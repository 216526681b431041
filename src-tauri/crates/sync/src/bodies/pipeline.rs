//! Bodies on their way from the network to the store: read and compressed on worker threads, stored in batches. It outlives
//! the change from one folder to the next, so that neither the connections nor the disk wait for each other.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use postroom_imap::{BodyItem, ItemSink};
use postroom_mime::summarise;
use postroom_store::{BodyWanted, ParseMarkers, Stage, Store, StoredBody};
use postroom_types::{AccountId, Event, FolderId, SyncPhase, SyncProgress};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::Fetched;
use super::plan::Plan;
use crate::{Context, SyncError};

/// Raw bytes between network and store.
const IN_FLIGHT: usize = 32 << 20;
/// What a transaction holds at most, messages and raw bytes: large ones cost one sync to the disk for many messages.
const BATCH: usize = 500;
const BATCH_BYTES: u64 = 8 << 20;
/// How long a message waits for others.
const BATCH_WAIT: Duration = Duration::from_millis(150);
const WORKERS: usize = 2;

struct Job {
    wanted: BodyWanted,
    path: Arc<str>,
    raw: bytes::Bytes,
    room: OwnedSemaphorePermit,
}

/// A message that is ready to be stored; its room is given back once it is.
struct Ready {
    body: StoredBody,
    folder: FolderId,
    path: Arc<str>,
    bytes: u64,
    room: OwnedSemaphorePermit,
}

/// The threads and the task behind the sinks.
pub(crate) struct Pipeline {
    jobs: mpsc::Sender<Job>,
    room: Arc<Semaphore>,
    workers: JoinSet<Result<(), SyncError>>,
    storing: JoinSet<Result<Fetched, SyncError>>,
}

impl Pipeline {
    /// Starts it; `total` is for the progress.
    pub(crate) fn start(context: &Context, account: AccountId, total: u32) -> Self {
        let (jobs, inbox) = mpsc::channel(256);
        let (ready, outbox) = mpsc::channel(256);
        let inbox = Arc::new(std::sync::Mutex::new(inbox));
        let mut workers = JoinSet::new();
        for _ in 0..WORKERS {
            let (inbox, ready) = (Arc::clone(&inbox), ready.clone());
            let (store, markers) = (context.store.clone(), context.markers.clone());
            workers.spawn_blocking(move || work(&inbox, &ready, &store, &markers));
        }
        let mut storing = JoinSet::new();
        storing.spawn(store(context.clone(), outbox, account, total));
        Self { jobs, room: Arc::new(Semaphore::new(IN_FLIGHT)), workers, storing }
    }

    /// Where the bodies of one folder go.
    pub(crate) fn sink(&self, plan: &Plan, folder: FolderId, path: &str) -> BodySink {
        let (jobs, room) = (self.jobs.clone(), Arc::clone(&self.room));
        BodySink { jobs, room, plan: plan.clone(), folder, path: path.into(), unavailable: Vec::new(), broken: false }
    }

    /// Waits until all that was taken is stored.
    pub(crate) async fn finish(self) -> Result<Fetched, SyncError> {
        let Self { jobs, mut workers, mut storing, .. } = self;
        // The end of the jobs ends the workers, which end the storing.
        drop(jobs);
        let stored = storing.join_next().await;
        while let Some(worker) = workers.join_next().await {
            worker.map_err(|_panicked| SyncError::Worker)??;
        }
        stored.ok_or(SyncError::Worker)?.map_err(|_panicked| SyncError::Worker)?
    }
}

/// Takes bodies from one connection.
pub(crate) struct BodySink {
    jobs: mpsc::Sender<Job>,
    room: Arc<Semaphore>,
    plan: Plan,
    folder: FolderId,
    path: Arc<str>,
    /// What the server will not give.
    pub(crate) unavailable: Vec<BodyWanted>,
    /// Nothing more can be stored: [`Pipeline::finish`] says why.
    pub(crate) broken: bool,
}

impl ItemSink<BodyItem> for BodySink {
    async fn accept(&mut self, item: BodyItem) -> ControlFlow<()> {
        let Some(wanted) = self.plan.settle(self.folder, item.uid()) else { return ControlFlow::Continue(()) };
        let raw = match item {
            BodyItem::Body { raw, .. } => raw,
            BodyItem::Large { .. } => {
                self.plan.is_large(wanted);
                return ControlFlow::Continue(());
            }
            BodyItem::Missing { .. } | BodyItem::Gone { .. } | BodyItem::Unfetchable { .. } => {
                self.unavailable.push(wanted);
                return ControlFlow::Continue(());
            }
        };
        let size = u32::try_from(raw.len().clamp(1, IN_FLIGHT)).unwrap_or(1);
        // The semaphore is never closed.
        let room = Arc::clone(&self.room).acquire_many_owned(size).await;
        let Ok(room) = room else { return ControlFlow::Break(()) };
        if self.jobs.send(Job { wanted, path: Arc::clone(&self.path), raw, room }).await.is_err() {
            self.broken = true;
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}

fn work(
    inbox: &std::sync::Mutex<mpsc::Receiver<Job>>,
    ready: &mpsc::Sender<Ready>,
    store: &Store,
    markers: &ParseMarkers,
) -> Result<(), SyncError> {
    let mut packer = store.packer()?;
    loop {
        let job = inbox.lock().unwrap_or_else(std::sync::PoisonError::into_inner).blocking_recv();
        let Some(Job { wanted, path, raw, room }) = job else { return Ok(()) };
        let summary = if wanted.quarantined {
            None
        } else {
            let _slot = markers.mark(Stage::Incoming { folder: wanted.folder, uid: wanted.uid })?;
            // A panic while reading one message must not stop the others: it is stored unread.
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| summarise(&raw))).ok()
        };
        let body = StoredBody { message: wanted.message, raw: packer.pack(&raw)?, summary };
        let bytes = raw.len() as u64;
        drop(raw);
        let one = Ready { body, folder: wanted.folder, path, bytes, room };
        if ready.blocking_send(one).is_err() {
            return Ok(());
        }
    }
}

async fn store(
    context: Context,
    mut outbox: mpsc::Receiver<Ready>,
    account: AccountId,
    total: u32,
) -> Result<Fetched, SyncError> {
    let mut fetched = Fetched::default();
    while let Some(first) = outbox.recv().await {
        let (bodies, seen) = collect(first, &mut outbox).await;
        fetched.bytes += seen.bytes;
        fetched.bodies = fetched.bodies.saturating_add(u32::try_from(bodies.len()).unwrap_or(u32::MAX));
        context.store.bodies_store(bodies).await?;
        for folder in &seen.folders {
            context.events.send(Event::Messages { account, folder: *folder });
        }
        context.events.send(Event::Progress(SyncProgress {
            account,
            folder: seen.path.as_ref().to_owned(),
            phase: SyncPhase::Bodies,
            done: fetched.bodies,
            total: total.max(fetched.bodies),
            bytes: fetched.bytes,
        }));
    }
    Ok(fetched)
}

/// What a batch is about; holds its room until it is dropped.
struct Seen {
    bytes: u64,
    folders: BTreeSet<FolderId>,
    path: Arc<str>,
    room: OwnedSemaphorePermit,
}

/// A batch: what is there, and what comes soon.
async fn collect(first: Ready, outbox: &mut mpsc::Receiver<Ready>) -> (Vec<StoredBody>, Seen) {
    let until = Instant::now() + BATCH_WAIT;
    let Ready { body, folder, path, bytes, room } = first;
    let mut seen = Seen { bytes, folders: BTreeSet::from([folder]), path, room };
    let mut bodies = vec![body];
    while bodies.len() < BATCH && seen.bytes < BATCH_BYTES {
        let Ok(Some(Ready { body, folder, path, bytes, room })) = timeout_at(until, outbox.recv()).await else { break };
        bodies.push(body);
        seen.bytes += bytes;
        seen.folders.insert(folder);
        seen.path = path;
        seen.room.merge(room);
    }
    (bodies, seen)
}
