//! A way to the lab that ends at a chosen reply of the server, and that hides what the server can do.
//!
//! It reads the server's lines, so it serves connections without TLS only. Replies are counted over all connections.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use postroom_types::ServerAddress;

/// Names of extensions that the lab's server never shows here: the lines would not be readable any more.
const ALWAYS_HIDDEN: &str = "COMPRESS";

/// The proxy; it ends when dropped.
pub(crate) struct Gate {
    address: ServerAddress,
    shared: Arc<Shared>,
}

struct Shared {
    target: u16,
    hidden: &'static [&'static str],
    /// Tagged replies so far.
    replies: AtomicU64,
    /// Twice the number of the reply at which all ends, plus one if it is to pass.
    cut_at: AtomicU64,
    /// Everything has ended, and nothing new is let in.
    closed: AtomicBool,
    ended: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

impl Gate {
    /// To this server. What is `hidden` is a word of CAPABILITY, or a response code.
    pub(crate) fn start(target: &ServerAddress, hidden: &'static [&'static str]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = ServerAddress { port: listener.local_addr().unwrap().port(), ..target.clone() };
        let shared = Arc::new(Shared {
            target: target.port,
            hidden,
            replies: AtomicU64::new(0),
            cut_at: AtomicU64::new(u64::MAX),
            closed: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            open: Mutex::default(),
        });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                if accepting.ended.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(client) = client else { continue };
                if !accepting.closed.load(Ordering::SeqCst) {
                    accepting.clone().connect(client);
                }
            }
        });
        Self { address, shared }
    }

    pub(crate) fn address(&self) -> ServerAddress {
        self.address.clone()
    }

    /// Counts from now on.
    pub(crate) fn count(&self) {
        self.shared.replies.store(0, Ordering::SeqCst);
    }

    /// Tagged replies since then.
    pub(crate) fn replies(&self) -> u64 {
        self.shared.replies.load(Ordering::SeqCst)
    }

    /// Counts from now on, and ends everything at the reply of this number (from 1): before it passes, or behind it.
    pub(crate) fn cut_at(&self, reply: u64, behind: bool) {
        self.count();
        self.shared.cut_at.store(reply * 2 + u64::from(behind), Ordering::SeqCst);
    }

    /// Lets everything through again.
    pub(crate) fn heal(&self) {
        self.shared.cut_at.store(u64::MAX, Ordering::SeqCst);
        self.shared.closed.store(false, Ordering::SeqCst);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        self.shared.close();
        // Wakes the thread that accepts.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.address.port)));
    }
}

impl Shared {
    fn connect(self: Arc<Self>, client: TcpStream) {
        let server = TcpStream::connect((Ipv4Addr::LOCALHOST, self.target)).unwrap();
        for stream in [&client, &server] {
            stream.set_nodelay(true).unwrap();
            self.open.lock().unwrap_or_else(PoisonError::into_inner).push(stream.try_clone().unwrap());
        }
        let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        std::thread::spawn(move || {
            drop(std::io::copy(&mut from, &mut to));
            drop(to.shutdown(Shutdown::Write));
        });
        std::thread::spawn(move || {
            // An error is the end of the connection.
            drop(self.answer(BufReader::new(server), &client));
            drop(client.shutdown(Shutdown::Both));
        });
    }

    fn answer(&self, mut server: BufReader<TcpStream>, mut client: &TcpStream) -> std::io::Result<()> {
        let mut begins = true;
        loop {
            let mut line = Vec::new();
            if server.read_until(b'\n', &mut line)? == 0 {
                return Ok(());
            }
            let literal = literal(&line);
            for hidden in self.hidden.iter().copied().chain([ALWAYS_HIDDEN]) {
                hide(&mut line, hidden);
            }
            let mut behind = false;
            if begins && is_tagged(&line) {
                let number = self.replies.fetch_add(1, Ordering::SeqCst) + 1;
                let cut_at = self.cut_at.load(Ordering::SeqCst);
                if cut_at / 2 == number && cut_at.is_multiple_of(2) {
                    self.closed.store(true, Ordering::SeqCst);
                }
                behind = cut_at / 2 == number && cut_at % 2 == 1;
            }
            if self.closed.load(Ordering::SeqCst) {
                self.close();
                return Ok(());
            }
            client.write_all(&line)?;
            if behind {
                self.closed.store(true, Ordering::SeqCst);
                // Both sides are closed for writing only: what has passed is read.
                self.close();
                return Ok(());
            }
            begins = literal == 0;
            std::io::copy(&mut server.by_ref().take(literal), &mut client)?;
        }
    }

    fn close(&self) {
        for stream in self.open.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            drop(stream.shutdown(Shutdown::Write));
        }
    }
}

/// The size of the literal that follows a line.
fn literal(line: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(line);
    let size = text.trim_end().strip_suffix('}').and_then(|text| text.rsplit('{').next()?.parse().ok());
    size.unwrap_or(0)
}

/// Whether a line ends a command: our tags are a letter and digits.
fn is_tagged(line: &[u8]) -> bool {
    let word = line.split(|byte| *byte == b' ').next().unwrap_or_default();
    word.len() > 1 && word[0].is_ascii_alphabetic() && word[1..].iter().all(u8::is_ascii_digit)
}

/// Makes a word unknown without changing the line's length.
fn hide(line: &mut [u8], word: &str) {
    let is_code = line.windows(word.len() + 1).any(|found| found[0] == b'[' && &found[1..] == word.as_bytes());
    let is_capability = line.windows(10).any(|found| found == b"CAPABILITY");
    for at in (0..line.len().saturating_sub(word.len())).filter(|_| is_code || is_capability).collect::<Vec<_>>() {
        let before = at == 0 || !line[at - 1].is_ascii_alphanumeric();
        if before && line[at..].starts_with(word.as_bytes()) {
            line[at] = b'X';
        }
    }
}
