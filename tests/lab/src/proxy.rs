//! A way to a server that can be slow, chopped, cut or stuck, and that counts what passes.

mod literal;
mod way;

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use postroom_types::ServerAddress;

use way::{Ending, Piece, Pieces, UNLIMITED, Way, accept, lock};

/// So that the other side reads a byte before the next one comes. It need not: no test may count on it.
const BYTE_PAUSE: Duration = Duration::from_micros(20);

/// What has passed since the start, over all connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Connections accepted.
    pub connections: u64,
    /// Bytes from the client to the server.
    pub up: u64,
    /// Bytes from the server to the client.
    pub down: u64,
    /// How often a client spoke after it had listened: round trips, with TLS its handshakes too.
    pub turns: u64,
    /// How often a client asked to compress (RFC 4978). Without TLS only.
    pub compressions: u64,
    /// The longest line from the server, bytes; those inside literals too.
    pub longest_line: u64,
}

/// A TCP proxy on 127.0.0.1. Rules may be changed at any time and hold for all connections; what counts bytes counts
/// those from the server from now on, over all connections. It ends when dropped, and its connections with it.
///
/// | Rule | What the client sees | Ends |
/// | --- | --- | --- |
/// | [`set_latency`](Self::set_latency) | everything later | when set to zero |
/// | [`drip`](Self::drip) | a few bytes now and then | `heal` |
/// | [`byte_by_byte`](Self::byte_by_byte) | one byte at a time, as does the server | `heal` |
/// | [`cut_after`](Self::cut_after) | both directions closed | once |
/// | [`truncate_after`](Self::truncate_after) | the end of the stream (FIN), its own bytes are still taken | once |
/// | [`truncate_in_literal`](Self::truncate_in_literal) | the same, inside an IMAP literal | once |
/// | [`reset_after`](Self::reset_after) | `ECONNRESET` (RST) | once |
/// | [`stall_after`](Self::stall_after) | silence on an open connection | `heal` |
/// | [`refuse`](Self::refuse) | the end of each new connection | `heal` |
#[derive(Debug)]
pub struct Proxy {
    address: ServerAddress,
    way: Arc<Way>,
}

impl Proxy {
    /// Starts a proxy to `target`, one of the lab's addresses.
    pub fn start(target: &ServerAddress) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("a port for the proxy")?;
        let port = listener.local_addr()?.port();
        let way = Arc::new(Way::new(SocketAddr::from((Ipv4Addr::LOCALHOST, target.port))));
        let accepting = Arc::clone(&way);
        thread::spawn(move || accept(&listener, &accepting));
        Ok(Self { address: ServerAddress { port, ..target.clone() }, way })
    }

    /// The address to give to the program under test: the target's, with the proxy's port.
    pub fn address(&self) -> ServerAddress {
        self.address.clone()
    }

    /// Delays everything by this much each way; the round trip grows by twice as much. Throughput stays.
    pub fn set_latency(&self, one_way: Duration) {
        self.way.latency_micros.store(u64::try_from(one_way.as_micros()).unwrap_or(u64::MAX), Ordering::SeqCst);
    }

    /// Lets `bytes` (at least one) from the server pass every `every`, on each connection, until [`Proxy::heal`].
    pub fn drip(&self, bytes: usize, every: Duration) {
        *lock(&self.way.pieces) = Pieces { down: Some(Piece { size: bytes.max(1), pause: every }), up: None };
    }

    /// Passes each byte alone, in both directions, until [`Proxy::heal`]. The kernel may still join some of them.
    pub fn byte_by_byte(&self) {
        let piece = Some(Piece { size: 1, pause: BYTE_PAUSE });
        *lock(&self.way.pieces) = Pieces { down: piece, up: piece };
    }

    /// Cuts every connection after `bytes` more bytes from the server, once.
    pub fn cut_after(&self, bytes: u64) {
        self.end_after(bytes, Ending::Cut);
    }

    /// Ends every connection after `bytes` more bytes from the server, once, as a server does that closes in order: the
    /// client reads the end of the stream. The server is told that its client is gone.
    pub fn truncate_after(&self, bytes: u64) {
        self.end_after(bytes, Ending::Fin);
    }

    /// As [`Proxy::truncate_after`], `bytes` bytes into the next IMAP literal that is longer. Without TLS only.
    pub fn truncate_in_literal(&self, bytes: u64) {
        self.way.literal.store(bytes, Ordering::SeqCst);
    }

    /// Resets every connection after `bytes` more bytes from the server, once: the client's next read fails with
    /// [`std::io::ErrorKind::ConnectionReset`].
    pub fn reset_after(&self, bytes: u64) {
        self.end_after(bytes, Ending::Reset);
    }

    fn end_after(&self, bytes: u64, ending: Ending) {
        *lock(&self.way.ending) = ending;
        self.way.cut.store(bytes, Ordering::SeqCst);
    }

    /// Lets `bytes` more bytes from the server pass, then nothing in either direction, until [`Proxy::heal`].
    /// Connections stay open.
    pub fn stall_after(&self, bytes: u64) {
        self.way.stall.store(bytes, Ordering::SeqCst);
    }

    /// Cuts all connections now; new ones are accepted.
    pub fn cut_now(&self) {
        self.way.end_all(Ending::Cut);
    }

    /// Resets all connections now; new ones are accepted.
    pub fn reset_now(&self) {
        self.way.end_all(Ending::Reset);
    }

    /// Closes each new connection at once, until [`Proxy::heal`].
    pub fn refuse(&self) {
        self.way.refuse.store(true, Ordering::SeqCst);
    }

    /// Takes back all rules but the latency.
    pub fn heal(&self) {
        self.way.refuse.store(false, Ordering::SeqCst);
        self.way.cut.store(UNLIMITED, Ordering::SeqCst);
        self.way.literal.store(UNLIMITED, Ordering::SeqCst);
        *lock(&self.way.pieces) = Pieces::default();
        self.way.stall.store(UNLIMITED, Ordering::SeqCst);
    }

    /// What has passed so far.
    pub fn traffic(&self) -> Traffic {
        let read = |counter: &AtomicU64| counter.load(Ordering::SeqCst);
        let way = &self.way;
        Traffic {
            connections: read(&way.connections),
            up: read(&way.up),
            down: read(&way.down),
            turns: read(&way.turns),
            compressions: read(&way.compressions),
            longest_line: read(&way.longest_line),
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.way.ended.store(true, Ordering::SeqCst);
        self.way.end_all(Ending::Cut);
        // Wakes the thread that accepts.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.address.port)));
    }
}
