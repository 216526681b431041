//! The adapter under async-imap: everything that a server sends passes through here first.
//!
//! It cuts the bytes into responses, bounds them (line, literal, nesting, bytes a command), reads them into typed events and
//! keeps those in order. async-imap, and imap-proto under it, only ever see lines that this adapter wrote itself (`A0001
//! OK .`), so that nothing a server sends can reach a parser that overflows the stack or panics. On the way out it gathers a
//! command into one write, and puts the credentials in itself: async-imap logs what it sends at trace level, and so never
//! has a password to log.
//!
//! It must not decide what a response means, and it opens no socket.

mod failure;
mod frame;
mod link;

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, BytesMut};
use postroom_types::Secret;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;
use tokio_util::io::poll_read_buf;

pub(crate) use failure::Failure;
use frame::{Framer, Step};
pub(crate) use frame::{Limits, MAX_LITERAL, OVERSIZE, Violation};
use link::Link;

use crate::wire::{self, Event, MAX_DEPTH, Malformed, State, Status, Untagged};

/// What async-imap is told to send in place of the credentials.
pub(crate) const PLACEHOLDER: &str = "postroom";
const PLACEHOLDER_COMMAND: &[u8] = b"LOGIN \"postroom\" \"postroom\"";

/// A server that sends less than this in the time of a stall is as good as silent.
const MIN_BYTES_A_STALL: u64 = 256;
/// Written out as soon as this much is gathered.
const OUT_BYTES: usize = 64 << 10;
/// Room for each read.
const READ_BYTES: usize = 64 << 10;
/// More untagged responses than this during a login are no login.
const MAX_WAITING: usize = 1000;
/// A response whose last line is missing its end may take this many lines more (MailKit#954).
const MAX_EXTRA_LINES: u8 = 2;

/// The adapter. `S` gives up by itself when nothing moves for a while ([`postroom_net::with_read_timeout`]).
pub(crate) struct Guard<S> {
    stream: Link<S>,
    incoming: BytesMut,
    framer: Framer,
    extra_lines: u8,
    /// Bytes of an oversized literal still to be thrown away, and where they begin.
    discard: (usize, u64),
    limits: Limits,
    /// Bytes that the server may still send for this command, and how many it might at first.
    allowance: (u64, u64),
    drip: Drip,
    outgoing: BytesMut,
    /// What is written waits for the next command.
    held: bool,
    failure: Option<Failure>,
    login: Login,
}

/// How fast the server is, measured from the first byte that comes while an event is waited for: it may think as long as it
/// likes, but not trickle.
struct Drip {
    stall: Duration,
    since: Option<Instant>,
    bytes: u64,
}

/// The exchange that logs in, spoken here and not by async-imap.
#[derive(Default)]
struct Login {
    /// What is still to be sent: the first in place of async-imap's command, each other at a `+`.
    script: VecDeque<Secret<Vec<u8>>>,
    untagged: Vec<Untagged>,
    done: Option<State>,
    /// For async-imap to read.
    passed_on: BytesMut,
}

impl<S> fmt::Debug for Guard<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("buffered", &self.incoming.len()).finish_non_exhaustive()
    }
}

impl<S> Guard<S> {
    /// Wraps a stream; `stall` is how long it waits at most for a byte.
    pub(crate) fn new(stream: S, stall: Duration) -> Self {
        Self {
            stream: Link::new(stream),
            incoming: BytesMut::new(),
            framer: Framer::default(),
            extra_lines: 0,
            discard: (0, 0),
            limits: Limits::default(),
            allowance: (0, 0),
            drip: Drip { stall, since: None, bytes: 0 },
            outgoing: BytesMut::new(),
            held: false,
            failure: None,
            login: Login::default(),
        }
    }

    /// Says what the next command may bring back.
    pub(crate) fn allow(&mut self, limits: Limits, bytes: u64) {
        self.limits = limits;
        self.allowance = (bytes, bytes);
    }

    /// Adds to what the command may bring back: more was asked for under way.
    pub(crate) fn allow_more(&mut self, bytes: u64) {
        let (left, whole) = self.allowance;
        self.allowance = (left.saturating_add(bytes), whole.saturating_add(bytes));
    }

    /// Whether what is written from now on waits to go out together with what comes behind it.
    pub(crate) fn hold(&mut self, held: bool) {
        self.held = held;
    }

    /// Gives the stream back for TLS, unless the server has sent more than was read: what came in clear must not count as
    /// having come under TLS.
    pub(crate) fn into_stream(self) -> Result<S, Failure> {
        if self.incoming.is_empty() { Ok(self.stream.into_inner()) } else { Err(Violation::BytesBeforeTls.into()) }
    }

    /// The server has agreed to compress: so is all that was received behind its word, and all that is sent from now on.
    pub(crate) fn compress(&mut self) {
        let received = self.incoming.split();
        self.stream.compress(received);
    }

    /// Bytes received so far for the present command, decompressed.
    pub(crate) fn received(&self) -> u64 {
        self.allowance.1.saturating_sub(self.allowance.0)
    }

    /// The next command that async-imap sends is its LOGIN with [`PLACEHOLDER`]; send this instead, piece by piece.
    pub(crate) fn arm_login(&mut self, script: VecDeque<Secret<Vec<u8>>>) {
        self.login = Login { script, ..Login::default() };
        self.drip = Drip { stall: self.drip.stall, since: None, bytes: 0 };
    }

    /// How the login ended, and what else was said meanwhile.
    pub(crate) fn take_login(&mut self) -> (Option<State>, Vec<Untagged>) {
        let login = std::mem::take(&mut self.login);
        (login.done, login.untagged)
    }

    /// Why nothing more comes, if so.
    pub(crate) fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// Reads the response that the buffer begins with, if it is whole.
    fn buffered(&mut self) -> Result<Option<Event>, Violation> {
        loop {
            if !self.throw_away() {
                return Ok(None);
            }
            if self.framer.is_fresh() {
                // Blank lines and NULs between responses (seen with ImapFlow) mean nothing.
                let blank = self.incoming.iter().take_while(|b| matches!(b, 0 | b' ' | b'\r' | b'\n')).count();
                self.incoming.advance(blank);
            }
            match self.framer.step(&self.incoming, self.limits)? {
                Step::Need(bytes) => {
                    // Room for a literal grows with what has come of it: an announcement alone costs no memory.
                    self.incoming.reserve(bytes.min(self.incoming.len()).max(READ_BYTES));
                    return Ok(None);
                }
                Step::Discard { brace, at, bytes } => {
                    if let Some(byte) = self.incoming.get_mut(brace) {
                        *byte = OVERSIZE;
                    }
                    self.discard = (at, bytes);
                }
                Step::Frame(length) => {
                    if let Some(event) = self.read_frame(length)? {
                        return Ok(Some(event));
                    }
                }
            }
        }
    }

    fn read_frame(&mut self, length: usize) -> Result<Option<Event>, Violation> {
        let frame = self.incoming.split_to(length).freeze();
        match wire::parse(&frame) {
            Ok(event) => {
                self.extra_lines = 0;
                Ok(Some(event))
            }
            Err(Malformed::End) if self.extra_lines < MAX_EXTRA_LINES => {
                self.extra_lines += 1;
                let mut joined = BytesMut::from(frame);
                joined.unsplit(std::mem::take(&mut self.incoming));
                self.incoming = joined;
                self.framer.resume(length);
                Ok(None)
            }
            Err(Malformed::TooDeep) => Err(Violation::TooDeep(MAX_DEPTH)),
            Err(Malformed::NotAResponse) => Err(Violation::NotAResponse),
            Err(Malformed::End) => Err(Violation::Malformed("a response without an end")),
            Err(Malformed::Syntax(what)) => Err(Violation::Malformed(what)),
        }
    }

    /// Throws away what has come of an oversized literal; `false` if more of it is to come.
    fn throw_away(&mut self) -> bool {
        let (at, left) = self.discard;
        if left == 0 {
            return true;
        }
        let here = self.incoming.len().saturating_sub(at);
        let now = usize::try_from(left).unwrap_or(usize::MAX).min(here);
        let mut tail = self.incoming.split_off(at.min(self.incoming.len()));
        tail.advance(now);
        self.incoming.unsplit(tail);
        self.discard.1 -= now as u64;
        self.incoming.reserve(READ_BYTES);
        self.discard.1 == 0
    }

    fn count(&mut self, bytes: usize) -> Result<(), Failure> {
        let bytes = bytes as u64;
        let (left, whole) = self.allowance;
        self.allowance.0 = left.checked_sub(bytes).ok_or(Violation::TooMuch(whole))?;
        self.drip.bytes += bytes;
        let since = *self.drip.since.get_or_insert_with(Instant::now);
        if since.elapsed() > self.drip.stall {
            if self.drip.bytes < MIN_BYTES_A_STALL {
                return Err(Failure::Stalled);
            }
            self.drip = Drip { stall: self.drip.stall, since: None, bytes: 0 };
        }
        Ok(())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Guard<S> {
    /// The next response. May be dropped while it waits: nothing is lost.
    pub(crate) async fn next_event(&mut self) -> Result<Event, Failure> {
        self.drip = Drip { stall: self.drip.stall, since: None, bytes: 0 };
        std::future::poll_fn(|cx| self.poll_event(cx)).await
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Result<Event, Failure>> {
        let result = match &self.failure {
            Some(failure) => return Poll::Ready(Err(failure.clone())),
            None => ready!(self.poll_unguarded(cx)),
        };
        if let Err(failure) = &result {
            self.failure = Some(failure.clone());
        }
        Poll::Ready(result)
    }

    fn poll_unguarded(&mut self, cx: &mut Context<'_>) -> Poll<Result<Event, Failure>> {
        loop {
            if let Some(event) = self.buffered()? {
                return Poll::Ready(Ok(event));
            }
            let bytes = ready!(poll_read_buf(Pin::new(&mut self.stream), cx, &mut self.incoming))?;
            if bytes == 0 {
                return Poll::Ready(Err(Failure::Eof));
            }
            self.count(bytes)?;
        }
    }

    fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.outgoing.is_empty() {
            let bytes = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.outgoing))?;
            if bytes == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.outgoing.advance(bytes);
        }
        Poll::Ready(Ok(()))
    }

    /// One response during the login: kept here, answered here, or passed on to async-imap in our words.
    fn login_event(&mut self, event: Event) -> Result<(), Failure> {
        match event {
            Event::Untagged(bye @ Untagged::Bye { .. }) => {
                self.login.untagged.push(bye);
                Err(Failure::Eof)
            }
            Event::Untagged(_) if self.login.untagged.len() >= MAX_WAITING => {
                Err(Violation::TooMuch(self.allowance.1).into())
            }
            Event::Untagged(untagged) => {
                self.login.untagged.push(untagged);
                Ok(())
            }
            Event::Continue => {
                let piece = self.login.script.pop_front().ok_or(Violation::UnexpectedContinuation)?;
                self.outgoing.extend_from_slice(piece.expose());
                self.outgoing.extend_from_slice(b"\r\n");
                Ok(())
            }
            Event::Tagged { tag, state } => {
                // async-imap's first tag; anything else would leave it waiting for ever.
                if tag != "A0001" {
                    return Err(Violation::UnknownTag.into());
                }
                let word = match state.status {
                    Status::Ok => "OK",
                    Status::No => "NO",
                    Status::Bad => "BAD",
                };
                self.login.passed_on.extend_from_slice(format!("{tag} {word} .\r\n").as_bytes());
                self.login.done = Some(state);
                Ok(())
            }
        }
    }
}

/// Read by async-imap during the login, and at no other time.
impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Guard<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let over = || io::Error::other("the connection is over");
        while this.login.passed_on.is_empty() {
            ready!(Pin::new(&mut *this).poll_flush(cx))?;
            let event = ready!(this.poll_event(cx)).map_err(|_failure| over())?;
            if let Err(failure) = this.login_event(event) {
                this.failure = Some(failure);
                return Poll::Ready(Err(over()));
            }
        }
        let bytes = this.login.passed_on.len().min(buf.remaining());
        buf.put_slice(&this.login.passed_on.split_to(bytes));
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Guard<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.outgoing.len() >= OUT_BYTES {
            ready!(this.poll_drain(cx))?;
        }
        let piece = if buf == PLACEHOLDER_COMMAND { this.login.script.pop_front() } else { None };
        this.outgoing.extend_from_slice(piece.as_ref().map_or(buf, |piece| piece.expose()));
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.held {
            return Poll::Ready(Ok(()));
        }
        ready!(this.poll_drain(cx))?;
        Pin::new(&mut this.stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_drain(cx))?;
        Pin::new(&mut this.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
