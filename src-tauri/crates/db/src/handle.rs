//! The handle, the writer thread and the reader threads.

use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender};
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use crate::{Companion, DbError, Fuse, Options, open};

/// A connection that may only read.
#[derive(Debug)]
pub struct Read<'a>(&'a Connection);

impl<'a> Read<'a> {
    pub(crate) fn over(connection: &'a Connection) -> Self {
        Self(connection)
    }
}

impl Deref for Read<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.0
    }
}

/// A connection inside a write transaction; reads what it wrote.
#[derive(Debug)]
pub struct Tx<'a>(Read<'a>);

impl<'a> Tx<'a> {
    /// `connection` has a transaction open.
    pub(crate) fn over(connection: &'a Connection) -> Self {
        Self(Read::over(connection))
    }
}

impl<'a> Deref for Tx<'a> {
    type Target = Read<'a>;

    fn deref(&self) -> &Read<'a> {
        &self.0
    }
}

/// What a commit needs, and what follows it.
#[derive(Debug, Clone)]
struct After {
    fuse: Fuse,
    companion: Option<Companion>,
}

/// Pages taken out of the file at a time.
const SHRINK_STEP: u32 = 64;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// A database. Cheap to clone; the threads end when the last clone is dropped, after the work that was handed in.
#[derive(Debug, Clone)]
pub struct Db(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    after: After,
    writer: Option<Sender<Job>>,
    readers: Option<Sender<Job>>,
    /// The writer's first.
    threads: Vec<JoinHandle<()>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        // The writer last: only it can bring the WAL into the file and take it away, and only as the last to close.
        self.readers = None;
        let writer = (!self.threads.is_empty()).then(|| self.threads.remove(0));
        for thread in self.threads.drain(..) {
            join(thread);
        }
        self.writer = None;
        if let Some(writer) = writer {
            join(writer);
        }
    }
}

/// A thread that panicked has said so already; the last handle may be dropped on one of these threads itself.
fn join(thread: JoinHandle<()>) {
    if thread.thread().id() != std::thread::current().id() {
        drop(thread.join());
    }
}

impl Db {
    /// Opens or creates the file, migrates it, and starts the threads.
    pub fn open(path: &Path, options: &Options) -> Result<Self, DbError> {
        Self::open_fused(path, options, Fuse::default())
    }

    /// As [`Self::open`], for tests: writes fail once the fuse has blown.
    pub fn open_fused(path: &Path, options: &Options, fuse: Fuse) -> Result<Self, DbError> {
        let connection = open::writer(path, options)?;
        Self::start(path, options, After { fuse, companion: None }, connection)
    }

    /// As [`Self::open_fused`], with a companion.
    pub fn open_accompanied(
        path: &Path,
        options: &Options,
        fuse: Fuse,
        companion: &Companion,
    ) -> Result<Self, DbError> {
        let connection = open::accompanied(path, options, companion)?;
        Self::start(path, options, After { fuse, companion: Some(*companion) }, connection)
    }

    fn start(path: &Path, options: &Options, after: After, connection: Connection) -> Result<Self, DbError> {
        let (writer, jobs) = crossbeam_channel::bounded(64);
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let mut threads = vec![thread(format!("{name}-writer"), connection, jobs)?];
        let (readers, jobs) = crossbeam_channel::unbounded();
        for number in 0..options.readers.max(1) {
            threads.push(thread(format!("{name}-reader-{number}"), open::reader(path)?, jobs.clone())?);
        }
        Ok(Self(Arc::new(Inner {
            path: path.to_owned(),
            after,
            writer: Some(writer),
            readers: Some(readers),
            threads,
        })))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Runs `work` in one write transaction: committed if it returns `Ok`, rolled back otherwise. When this returns
    /// `Ok`, it is on disk. Dropping the future does not undo it.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let after = self.0.after.clone();
        self.hand_in(Box::new(move |connection| drop(reply.send(in_transaction(connection, &after, work))))).await?;
        answer.await.map_err(|_| DbError::Gone)?
    }

    async fn hand_in(&self, job: Job) -> Result<(), DbError> {
        let sender = self.0.writer.clone().ok_or(DbError::Gone)?;
        // The channel is bounded: hand in from the blocking side only when it is full.
        match sender.try_send(job) {
            Ok(()) => Ok(()),
            Err(crossbeam_channel::TrySendError::Disconnected(_)) => Err(DbError::Gone),
            Err(crossbeam_channel::TrySendError::Full(job)) => {
                let sent = tokio::task::spawn_blocking(move || sender.send(job)).await;
                if matches!(sent, Ok(Ok(()))) { Ok(()) } else { Err(DbError::Gone) }
            }
        }
    }

    /// Gives the space of what was removed back to the system, but for `spare` pages, if the file was made to shrink. In
    /// small steps, so that others may write in between.
    pub async fn shrink(&self, spare: u32) -> Result<(), DbError> {
        let mut more = true;
        while more {
            let (reply, answer) = oneshot::channel();
            self.hand_in(Box::new(move |connection| drop(reply.send(shrink_step(connection, spare))))).await?;
            more = answer.await.map_err(|_| DbError::Gone)??;
        }
        Ok(())
    }

    /// As [`Self::write`], for threads that may block.
    pub fn write_blocking<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let (reply, answer) = crossbeam_channel::bounded(1);
        let after = self.0.after.clone();
        let job: Job = Box::new(move |connection| drop(reply.send(in_transaction(connection, &after, work))));
        let sender = self.0.writer.as_ref().ok_or(DbError::Gone)?;
        sender.send(job).map_err(|_| DbError::Gone)?;
        answer.recv().map_err(|_| DbError::Gone)?
    }

    /// Runs `work` on a reader: it sees one consistent state, the newest committed when it began.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&Read<'_>) -> Result<T, E> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| drop(reply.send(in_snapshot(connection, work))));
        self.0.readers.as_ref().ok_or(DbError::Gone)?.send(job).map_err(|_| DbError::Gone)?;
        answer.await.map_err(|_| DbError::Gone)?
    }

    /// As [`Self::read`], for threads that may block.
    pub fn read_blocking<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&Read<'_>) -> Result<T, E> + Send + 'static,
    {
        let (reply, answer) = crossbeam_channel::bounded(1);
        let job: Job = Box::new(move |connection| drop(reply.send(in_snapshot(connection, work))));
        self.0.readers.as_ref().ok_or(DbError::Gone)?.send(job).map_err(|_| DbError::Gone)?;
        answer.recv().map_err(|_| DbError::Gone)?
    }
}

/// Whether there is more to do.
fn shrink_step(connection: &Connection, spare: u32) -> Result<bool, DbError> {
    let unused = || connection.query_row("PRAGMA freelist_count", [], |row| row.get::<_, u32>(0));
    let mode: u32 = connection.query_row("PRAGMA auto_vacuum", [], |row| row.get(0))?;
    let before = unused()?;
    if mode != open::INCREMENTAL || before <= spare {
        return Ok(false);
    }
    let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({SHRINK_STEP})"))?;
    let mut rows = statement.query([])?;
    // Each step takes one page out.
    while rows.next()?.is_some() {}
    drop(rows);
    let left = unused()?;
    if left > spare && left < before {
        return Ok(true);
    }
    // The file itself is cut when the WAL goes into it. Who reads meanwhile puts that off, and no more.
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(false)
}

fn in_transaction<T, E: From<DbError>>(
    connection: &mut Connection,
    after: &After,
    work: impl FnOnce(&Tx<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(|error| E::from(error.into()))?;
    let value = work(&Tx::over(&transaction))?;
    if !after.fuse.holds() {
        return Err(DbError::Gone.into());
    }
    transaction.commit().map_err(|error| E::from(error.into()))?;
    if let Some(companion) = &after.companion {
        open::follow(connection, companion);
    }
    Ok(value)
}

fn in_snapshot<T, E: From<DbError>>(
    connection: &mut Connection,
    work: impl FnOnce(&Read<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Deferred).map_err(|error| E::from(error.into()))?;
    work(&Read(&transaction))
}

fn thread(name: String, mut connection: Connection, jobs: Receiver<Job>) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name(name).spawn(move || {
        for job in jobs {
            // The caller learns of a panic by its dropped reply; the transaction was rolled back while unwinding.
            if catch_unwind(AssertUnwindSafe(|| job(&mut connection))).is_err() {
                tracing::error!("a database job panicked");
            }
        }
        if let Err((_, error)) = connection.close() {
            tracing::warn!(%error, "closing a database");
        }
    })
}
