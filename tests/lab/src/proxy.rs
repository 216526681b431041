//! A way to a server that can be slow, cut or stuck, and that counts what passes.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use postroom_types::ServerAddress;

/// "No limit" in the two byte limits.
const UNLIMITED: u64 = u64::MAX;
/// How often a stuck way looks whether it is free again.
const POLL: Duration = Duration::from_millis(5);

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
}

/// A TCP proxy on 127.0.0.1. Rules may be changed at any time and hold for all connections. It ends when dropped, and
/// its connections with it.
#[derive(Debug)]
pub struct Proxy {
    address: ServerAddress,
    way: Arc<Way>,
}

#[derive(Debug)]
struct Way {
    target: SocketAddr,
    latency_micros: AtomicU64,
    /// Bytes that may still go down before every connection is cut.
    cut: AtomicU64,
    /// Bytes that may still go down before everything stands still.
    stall: AtomicU64,
    refuse: AtomicBool,
    ended: AtomicBool,
    connections: AtomicU64,
    up: AtomicU64,
    down: AtomicU64,
    turns: AtomicU64,
    open: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    /// Starts a proxy to `target`, one of the lab's addresses.
    pub fn start(target: &ServerAddress) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("a port for the proxy")?;
        let port = listener.local_addr()?.port();
        let way = Arc::new(Way {
            target: SocketAddr::from((Ipv4Addr::LOCALHOST, target.port)),
            latency_micros: AtomicU64::new(0),
            cut: AtomicU64::new(UNLIMITED),
            stall: AtomicU64::new(UNLIMITED),
            refuse: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            connections: AtomicU64::new(0),
            up: AtomicU64::new(0),
            down: AtomicU64::new(0),
            turns: AtomicU64::new(0),
            open: Mutex::new(Vec::new()),
        });
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

    /// Cuts every connection after `bytes` more bytes from the server, once.
    pub fn cut_after(&self, bytes: u64) {
        self.way.cut.store(bytes, Ordering::SeqCst);
    }

    /// Lets `bytes` more bytes from the server pass, then nothing in either direction, until [`Proxy::heal`].
    /// Connections stay open.
    pub fn stall_after(&self, bytes: u64) {
        self.way.stall.store(bytes, Ordering::SeqCst);
    }

    /// Cuts all connections now; new ones are accepted.
    pub fn cut_now(&self) {
        self.way.cut_all();
    }

    /// Closes each new connection at once, until [`Proxy::heal`].
    pub fn refuse(&self) {
        self.way.refuse.store(true, Ordering::SeqCst);
    }

    /// Takes back all rules but the latency.
    pub fn heal(&self) {
        self.way.refuse.store(false, Ordering::SeqCst);
        self.way.cut.store(UNLIMITED, Ordering::SeqCst);
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
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.way.ended.store(true, Ordering::SeqCst);
        self.way.cut_all();
        // Wakes the thread that accepts.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.address.port)));
    }
}

impl Way {
    fn cut_all(&self) {
        for stream in self.open.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            // One that is closed already is as good as cut.
            stream.shutdown(Shutdown::Both).ok();
        }
    }

    fn latency(&self) -> Duration {
        Duration::from_micros(self.latency_micros.load(Ordering::SeqCst))
    }

    /// Waits while the way stands still.
    fn wait_while_stalled(&self) {
        while self.stall.load(Ordering::SeqCst) == 0 && !self.ended.load(Ordering::SeqCst) {
            thread::sleep(POLL);
        }
    }
}

/// Takes up to `wanted` from a limit and returns how much it gave.
fn take(limit: &AtomicU64, wanted: u64) -> u64 {
    let before = limit.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
        Some(if left == UNLIMITED { left } else { left.saturating_sub(wanted) })
    });
    before.unwrap_or_else(|left| left).min(wanted)
}

fn accept(listener: &TcpListener, way: &Arc<Way>) {
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
    {
        let mut open = way.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.push(client.try_clone()?);
        open.push(server.try_clone()?);
    }
    let heard = Arc::new(AtomicBool::new(true));
    let (up_out, up_in) = channel();
    let (down_out, down_in) = channel();
    let (from_client, from_server) = (client.try_clone()?, server.try_clone()?);
    let (up_way, up_heard) = (Arc::clone(way), Arc::clone(&heard));
    thread::spawn(move || {
        read_all(from_client, &up_out, |size| {
            up_way.up.fetch_add(size, Ordering::SeqCst);
            if up_heard.swap(false, Ordering::SeqCst) {
                up_way.turns.fetch_add(1, Ordering::SeqCst);
            }
        });
    });
    thread::spawn(move || read_all(from_server, &down_out, |_| {}));
    let (up_way, down_way) = (Arc::clone(way), Arc::clone(way));
    thread::spawn(move || write_up(server, &up_in, &up_way));
    thread::spawn(move || write_down(client, &down_in, &down_way, &heard));
    Ok(())
}

type Chunk = (Instant, Vec<u8>);

fn read_all(mut from: TcpStream, to: &Sender<Chunk>, count: impl Fn(u64)) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(size) = from.read(&mut buffer) {
        let Some(bytes) = buffer.get(..size).filter(|bytes| !bytes.is_empty()) else { return };
        count(bytes.len() as u64);
        if to.send((Instant::now(), bytes.to_vec())).is_err() {
            return;
        }
    }
}

fn wait_until_due(read: Instant, way: &Way) {
    thread::sleep(way.latency().saturating_sub(read.elapsed()));
    way.wait_while_stalled();
}

fn write_up(mut server: TcpStream, chunks: &Receiver<Chunk>, way: &Way) {
    for (read, bytes) in chunks {
        wait_until_due(read, way);
        if server.write_all(&bytes).is_err() {
            break;
        }
    }
    server.shutdown(Shutdown::Write).ok();
}

fn write_down(mut client: TcpStream, chunks: &Receiver<Chunk>, way: &Way, heard: &AtomicBool) {
    for (read, bytes) in chunks {
        wait_until_due(read, way);
        let allowed = usize::try_from(take(&way.cut, bytes.len() as u64)).unwrap_or(usize::MAX);
        let cut = allowed < bytes.len();
        let mut rest = bytes.get(..allowed).unwrap_or_default();
        while !rest.is_empty() {
            way.wait_while_stalled();
            let size = usize::try_from(take(&way.stall, rest.len() as u64)).unwrap_or(usize::MAX);
            let Some((now, later)) = rest.split_at_checked(size) else { break };
            heard.store(true, Ordering::SeqCst);
            way.down.fetch_add(now.len() as u64, Ordering::SeqCst);
            if client.write_all(now).is_err() {
                return;
            }
            rest = later;
        }
        if cut {
            way.cut.store(UNLIMITED, Ordering::SeqCst);
            way.cut_all();
            return;
        }
    }
    client.shutdown(Shutdown::Write).ok();
}
