//! A connection on which nothing is heard for too long is over.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::task::AtomicWaker;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// How long a server may be silent while it owes an answer.
pub const STALL: Duration = Duration::from_mins(1);

/// Changes how long a [`Stalled`] stream waits, from anywhere: longer while IDLE waits for news, shorter again after it.
#[derive(Clone, Debug)]
pub struct ReadTimeout(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    millis: AtomicU64,
    // Counts changes, so that a read already waiting starts its time anew.
    generation: AtomicU64,
    waker: AtomicWaker,
}

impl ReadTimeout {
    /// From now on a read fails after this long without a byte, also one that waits already (its time starts anew).
    pub fn set(&self, duration: Duration) {
        self.0.millis.store(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX), Ordering::Release);
        self.0.generation.fetch_add(1, Ordering::AcqRel);
        self.0.waker.wake();
    }

    /// How long a read waits at present.
    pub fn get(&self) -> Duration {
        Duration::from_millis(self.0.millis.load(Ordering::Acquire))
    }
}

/// A stream whose reads fail with [`io::ErrorKind::TimedOut`] when no byte comes for a while, and whose writes do when
/// the other end takes none. Time runs only while a read or a write waits.
#[derive(Debug)]
pub struct Stalled<S> {
    stream: S,
    timeout: ReadTimeout,
    reading: Watch,
    writing: Watch,
    write_timeout: Duration,
}

/// Wraps a stream; `duration` is usually [`STALL`]. Writes keep this duration whatever [`ReadTimeout::set`] says.
pub fn with_read_timeout<S>(stream: S, duration: Duration) -> Stalled<S> {
    let shared = Shared { millis: AtomicU64::new(0), generation: AtomicU64::new(0), waker: AtomicWaker::new() };
    let timeout = ReadTimeout(Arc::new(shared));
    timeout.set(duration);
    Stalled { stream, timeout, reading: Watch::default(), writing: Watch::default(), write_timeout: duration }
}

impl<S> Stalled<S> {
    /// A handle that changes the time later.
    pub fn timeout_handle(&self) -> ReadTimeout {
        self.timeout.clone()
    }

    /// The stream inside.
    pub fn get_ref(&self) -> &S {
        &self.stream
    }

    /// Gives the stream back, for STARTTLS.
    pub fn into_inner(self) -> S {
        self.stream
    }
}

/// The time of one waiting read or write.
#[derive(Debug, Default)]
struct Watch {
    sleep: Option<Pin<Box<Sleep>>>,
    armed: Option<u64>,
}

impl Watch {
    fn rest(&mut self) {
        self.armed = None;
    }

    /// Called when the stream is not ready: starts the time, or says that it is over.
    fn poll_over(&mut self, cx: &mut Context<'_>, generation: u64, duration: Duration) -> Poll<io::Error> {
        if self.armed != Some(generation) {
            self.armed = Some(generation);
            // Some centuries is "for ever" to a timer, and an Instant cannot always hold more.
            let deadline = Instant::now() + duration.min(Duration::from_hours(24 * 365));
            match &mut self.sleep {
                Some(sleep) => sleep.as_mut().reset(deadline),
                None => self.sleep = Some(Box::pin(tokio::time::sleep_until(deadline))),
            }
        }
        match &mut self.sleep {
            Some(sleep) => sleep.as_mut().poll(cx).map(|()| {
                self.armed = None;
                io::Error::new(io::ErrorKind::TimedOut, format!("nothing was heard for {} s", duration.as_secs()))
            }),
            None => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Stalled<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let Poll::Ready(result) = Pin::new(&mut this.stream).poll_read(cx, buf) {
            this.reading.rest();
            return Poll::Ready(result);
        }
        // Before the generation is read, so that a change in between wakes us.
        this.timeout.0.waker.register(cx.waker());
        let generation = this.timeout.0.generation.load(Ordering::Acquire);
        this.reading.poll_over(cx, generation, this.timeout.get()).map(Err)
    }
}

impl<S: AsyncWrite + Unpin> Stalled<S> {
    fn watch_write<T>(
        &mut self,
        cx: &mut Context<'_>,
        poll: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if let Poll::Ready(result) = poll(Pin::new(&mut self.stream), cx) {
            self.writing.rest();
            return Poll::Ready(result);
        }
        self.writing.poll_over(cx, 0, self.write_timeout).map(Err)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Stalled<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.get_mut().watch_write(cx, |stream, cx| stream.poll_write(cx, buf))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().watch_write(cx, AsyncWrite::poll_flush)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().watch_write(cx, AsyncWrite::poll_shutdown)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().watch_write(cx, |stream, cx| stream.poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests;
