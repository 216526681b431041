//! What stands between the two ends of a connection, and the threads that carry the bytes over it.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;

use super::literal::Literals;

/// "No limit" in the two byte limits.
pub(super) const UNLIMITED: u64 = u64::MAX;
/// How often a stuck way looks whether it is free again.
const POLL: Duration = Duration::from_millis(5);

#[derive(Debug)]
pub(super) struct Way {
    target: SocketAddr,
    pub(super) latency_micros: AtomicU64,
    /// Bytes that may still go down before every connection is ended, and how.
    pub(super) cut: AtomicU64,
    pub(super) ending: Mutex<Ending>,
    /// How many bytes of a literal may go down before every connection is ended.
    pub(super) literal: AtomicU64,
    pub(super) pieces: Mutex<Pieces>,
    /// Bytes that may still go down before everything stands still.
    pub(super) stall: AtomicU64,
    pub(super) refuse: AtomicBool,
    pub(super) ended: AtomicBool,
    pub(super) connections: AtomicU64,
    pub(super) up: AtomicU64,
    pub(super) down: AtomicU64,
    pub(super) turns: AtomicU64,
    pub(super) compressions: AtomicU64,
    pub(super) longest_line: AtomicU64,
    open: Mutex<Vec<Pair>>,
}

/// The two ends of one connection. Shared, not cloned: a reset is sent when the last handle of a socket closes.
#[derive(Debug, Clone)]
struct Pair {
    client: Arc<TcpStream>,
    server: Arc<TcpStream>,
    /// By us: nothing is written any more, not even the end of the stream.
    ended: Arc<AtomicBool>,
}

/// How a connection ends.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ending {
    /// Nothing more in either direction.
    Cut,
    /// The client reads an end; what it sends is taken and comes to nothing.
    Fin,
    /// The client's next call fails.
    Reset,
}

/// How what passes is chopped.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pieces {
    pub(super) down: Option<Piece>,
    pub(super) up: Option<Piece>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    pub(super) size: usize,
    pub(super) pause: Duration,
}

impl Way {
    pub(super) fn new(target: SocketAddr) -> Self {
        Self {
            target,
            latency_micros: AtomicU64::new(0),
            cut: AtomicU64::new(UNLIMITED),
            ending: Mutex::new(Ending::Cut),
            literal: AtomicU64::new(UNLIMITED),
            pieces: Mutex::default(),
            stall: AtomicU64::new(UNLIMITED),
            refuse: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            connections: AtomicU64::new(0),
            up: AtomicU64::new(0),
            down: AtomicU64::new(0),
            turns: AtomicU64::new(0),
            compressions: AtomicU64::new(0),
            longest_line: AtomicU64::new(0),
            open: Mutex::new(Vec::new()),
        }
    }

    /// Errors are of sockets that are closed already, which is as good.
    pub(super) fn end_all(&self, ending: Ending) {
        for Pair { client, server, ended } in lock(&self.open).drain(..) {
            ended.store(true, Ordering::SeqCst);
            match ending {
                Ending::Cut => drop(client.shutdown(Shutdown::Both)),
                Ending::Fin => drop(client.shutdown(Shutdown::Write)),
                Ending::Reset => {
                    drop(SockRef::from(&*client).set_linger(Some(Duration::ZERO)));
                    // Wakes its reader and sends nothing: the reset goes out with the last handle.
                    drop(client.shutdown(Shutdown::Read));
                }
            }
            drop(server.shutdown(Shutdown::Both));
        }
    }

    fn latency(&self) -> Duration {
        Duration::from_micros(self.latency_micros.load(Ordering::SeqCst))
    }

    /// Waits while the way stands still. False: the connection ended meanwhile.
    fn wait_while_stalled(&self, ended: &AtomicBool) -> bool {
        while self.stall.load(Ordering::SeqCst) == 0 && !ended.load(Ordering::SeqCst) {
            thread::sleep(POLL);
        }
        !ended.load(Ordering::SeqCst)
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes up to `wanted` from a limit and returns how much it gave.
fn take(limit: &AtomicU64, wanted: u64) -> u64 {
    let before = limit.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
        Some(if left == UNLIMITED { left } else { left.saturating_sub(wanted) })
    });
    before.unwrap_or_else(|left| left).min(wanted)
}

pub(super) fn accept(listener: &TcpListener, way: &Arc<Way>) {
    for client in listener.incoming() {
        if way.ended.load(Ordering::SeqCst) {
            return;
        }
        let Ok(client) = client else { continue };
        if way.refuse.load(Ordering::SeqCst) {
            continue;
        }
        way.connections.fetch_add(1, Ordering::SeqCst);
        // A server that is down looks to the client like one that closes at once.
        let Ok(server) = TcpStream::connect(way.target) else { continue };
        // A connection that failed already ends by itself.
        connect(client, server, way).ok();
    }
}

fn connect(client: TcpStream, server: TcpStream, way: &Arc<Way>) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let pair = Pair { client: Arc::new(client), server: Arc::new(server), ended: Arc::default() };
    {
        let mut open = lock(&way.open);
        // Those that no thread serves any more.
        open.retain(|pair| Arc::strong_count(&pair.ended) > 1);
        open.push(pair.clone());
    }
    let heard = Arc::new(AtomicBool::new(true));
    let (up_out, up_in) = channel();
    let (down_out, down_in) = channel();
    let (from_client, from_server) = (Arc::clone(&pair.client), Arc::clone(&pair.server));
    let (up_way, up_heard) = (Arc::clone(way), Arc::clone(&heard));
    thread::spawn(move || {
        read_all(&from_client, &up_out, |bytes| {
            up_way.up.fetch_add(bytes.len() as u64, Ordering::SeqCst);
            if up_heard.swap(false, Ordering::SeqCst) {
                up_way.turns.fetch_add(1, Ordering::SeqCst);
            }
            // Nothing else stands in its packet: what follows is compressed.
            if bytes.ends_with(b" COMPRESS DEFLATE\r\n") {
                up_way.compressions.fetch_add(1, Ordering::SeqCst);
            }
        });
    });
    let lines_way = Arc::clone(way);
    thread::spawn(move || {
        let mut line = 0;
        read_all(&from_server, &down_out, |bytes| {
            for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
                line += piece.len() as u64;
                lines_way.longest_line.fetch_max(line, Ordering::SeqCst);
                if piece.ends_with(b"\n") {
                    line = 0;
                }
            }
        });
    });
    let (up_way, down_way) = (Arc::clone(way), Arc::clone(way));
    let up_pair = pair.clone();
    thread::spawn(move || write_up(&up_pair, &up_in, &up_way));
    thread::spawn(move || write_down(&pair, &down_in, &down_way, &heard));
    Ok(())
}

type Chunk = (Instant, Vec<u8>);

fn read_all(mut from: &TcpStream, to: &Sender<Chunk>, mut count: impl FnMut(&[u8])) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(size) = from.read(&mut buffer) {
        let Some(bytes) = buffer.get(..size).filter(|bytes| !bytes.is_empty()) else { return };
        count(bytes);
        // What can no longer be passed on is still taken: a client that may talk must not be reset for it.
        drop(to.send((Instant::now(), bytes.to_vec())));
    }
}

fn wait_until_due(read: Instant, way: &Way, ended: &AtomicBool) -> bool {
    thread::sleep(way.latency().saturating_sub(read.elapsed()));
    way.wait_while_stalled(ended)
}

/// Writes `bytes` as the rule of this moment wants it. False: the connection has ended.
fn write_chopped(
    mut to: &TcpStream,
    mut bytes: &[u8],
    (way, ended): (&Way, &AtomicBool),
    rule: impl Fn(Pieces) -> Option<Piece>,
) -> bool {
    while !bytes.is_empty() {
        let piece = rule(*lock(&way.pieces));
        let size = piece.map_or(bytes.len(), |piece| piece.size.min(bytes.len()));
        let (now, later) = bytes.split_at_checked(size).unwrap_or((bytes, &[]));
        if ended.load(Ordering::SeqCst) || to.write_all(now).is_err() {
            return false;
        }
        bytes = later;
        thread::sleep(piece.map_or(Duration::ZERO, |piece| piece.pause));
    }
    true
}

fn write_up(Pair { server, ended, .. }: &Pair, chunks: &Receiver<Chunk>, way: &Way) {
    for (read, bytes) in chunks {
        if !wait_until_due(read, way, ended) || !write_chopped(server, &bytes, (way, ended), |pieces| pieces.up) {
            break;
        }
    }
    drop(server.shutdown(Shutdown::Write));
}

/// How much of `bytes` may pass before all ends, and how it ends.
fn allowed(bytes: &[u8], literals: &mut Literals, way: &Way) -> (usize, Option<Ending>) {
    let all = bytes.len();
    let counted = usize::try_from(take(&way.cut, all as u64)).unwrap_or(usize::MAX);
    let in_literal = literals.position(bytes, way.literal.load(Ordering::SeqCst)).unwrap_or(usize::MAX);
    if in_literal < counted {
        way.literal.store(UNLIMITED, Ordering::SeqCst);
        return (in_literal, Some(Ending::Fin));
    }
    if counted < all {
        way.cut.store(UNLIMITED, Ordering::SeqCst);
        return (counted, Some(*lock(&way.ending)));
    }
    (all, None)
}

fn write_down(Pair { client, ended, .. }: &Pair, chunks: &Receiver<Chunk>, way: &Way, heard: &AtomicBool) {
    let mut literals = Literals::default();
    for (read, bytes) in chunks {
        if !wait_until_due(read, way, ended) {
            return;
        }
        let (size, ending) = allowed(&bytes, &mut literals, way);
        let mut rest = bytes.get(..size).unwrap_or_default();
        while !rest.is_empty() && way.wait_while_stalled(ended) {
            let size = usize::try_from(take(&way.stall, rest.len() as u64)).unwrap_or(usize::MAX);
            let Some((now, later)) = rest.split_at_checked(size) else { break };
            heard.store(true, Ordering::SeqCst);
            way.down.fetch_add(now.len() as u64, Ordering::SeqCst);
            if !write_chopped(client, now, (way, ended), |pieces| pieces.down) {
                return;
            }
            rest = later;
        }
        if let Some(ending) = ending {
            way.end_all(ending);
        }
        if ended.load(Ordering::SeqCst) {
            return;
        }
    }
    if !ended.load(Ordering::SeqCst) {
        drop(client.shutdown(Shutdown::Write));
    }
}
