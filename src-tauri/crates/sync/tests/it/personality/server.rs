//! A provider's server in memory: it keeps mail as that provider does, and is odd where that provider is odd.
//!
//! It is strict: what its capabilities do not list is answered with BAD and remembered, and so is every refusal that is
//! the provider's own. It has no TLS, and takes no literals but the message of an APPEND.

mod answer;
mod fetch;

pub(crate) use fetch::number_of;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use postroom_types::{ServerAddress, TlsMode};

use super::mailbox::Mailbox;
use super::table::Personality;

pub(crate) struct Server {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    personality: Personality,
    mailbox: Mutex<Mailbox>,
    commands: Mutex<Vec<String>>,
    refused: Mutex<Vec<String>>,
    logged_in: AtomicU32,
    most_logged_in: AtomicU32,
    was_hollow: AtomicBool,
    ended: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

/// One connection.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "facts that do not depend on each other")]
struct Visit {
    logged_in: bool,
    /// Logged in, and of no use.
    hollow: bool,
    /// The client has said who it is.
    introduced: bool,
    selected: String,
    /// UTF8=ACCEPT is enabled: names are UTF-8, and modified UTF-7 is none.
    utf8: bool,
    idling: Option<String>,
    /// Of the selected folder, as it was when it was selected.
    snapshot: Mailbox,
    /// A message that was asked for once and answered without a value.
    stubborn: bool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Server {
    pub(crate) fn start(personality: &Personality) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            personality: *personality,
            mailbox: Mutex::new(Mailbox::new(personality)),
            commands: Mutex::default(),
            refused: Mutex::default(),
            logged_in: AtomicU32::new(0),
            most_logged_in: AtomicU32::new(0),
            was_hollow: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            open: Mutex::default(),
        });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if accepting.ended.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                lock(&accepting.open).push(stream.try_clone().unwrap());
                let shared = Arc::clone(&accepting);
                std::thread::spawn(move || {
                    let mut visit = Visit::default();
                    // A client may go away at any time.
                    drop(shared.serve(&stream, &mut visit));
                    if visit.logged_in {
                        shared.logged_in.fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
        });
        Self { port, shared }
    }

    pub(crate) fn address(&self) -> ServerAddress {
        ServerAddress::new("127.0.0.1", self.port, TlsMode::None).unwrap()
    }

    pub(crate) fn mailbox(&self) -> MutexGuard<'_, Mailbox> {
        lock(&self.shared.mailbox)
    }

    /// Every command that came, without its tag.
    pub(crate) fn commands(&self) -> Vec<String> {
        lock(&self.shared.commands).clone()
    }

    /// Connections that were logged in at the same time.
    pub(crate) fn most_logged_in(&self) -> u32 {
        self.shared.most_logged_in.load(Ordering::SeqCst)
    }

    /// What was answered with NO or BAD, and why.
    pub(crate) fn refused(&self) -> Vec<String> {
        lock(&self.shared.refused).clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        for stream in lock(&self.shared.open).drain(..) {
            drop(stream.shutdown(Shutdown::Both));
        }
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
    }
}

impl Shared {
    fn serve(&self, mut stream: &TcpStream, visit: &mut Visit) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        stream.write_all(format!("* OK {}\r\n", self.personality.greeting).as_bytes())?;
        let mut reader = BufReader::new(stream);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                break;
            }
            let line = line.trim_end();
            if let Some(tag) = visit.idling.take() {
                stream.write_all(format!("{tag} OK IDLE done\r\n").as_bytes())?;
                continue;
            }
            let Some((tag, command)) = line.split_once(' ') else { continue };
            let shown = if command.starts_with("AUTHENTICATE") { "AUTHENTICATE PLAIN" } else { command };
            lock(&self.commands).push(shown.to_owned());
            let message = literal(command, stream, &mut reader)?;
            let (data, end) = match &message {
                Some(message) => self.append(command, message, visit),
                None => self.reply(tag, command, visit),
            };
            if !end.starts_with("OK") && !end.is_empty() {
                lock(&self.refused).push(format!("{shown}: {end}"));
            }
            stream.write_all(&data)?;
            if !end.is_empty() {
                stream.write_all(format!("{tag} {end}\r\n").as_bytes())?;
            }
            if command.eq_ignore_ascii_case("LOGOUT") {
                break;
            }
        }
        stream.shutdown(Shutdown::Both)
    }
}

/// The message behind an APPEND, and the end of its line.
fn literal(
    command: &str,
    mut stream: &TcpStream,
    reader: &mut BufReader<&TcpStream>,
) -> std::io::Result<Option<Vec<u8>>> {
    let Some((_, size)) = command.strip_prefix("APPEND ").and_then(|rest| rest.rsplit_once('{')) else {
        return Ok(None);
    };
    let size = size.trim_end_matches('}');
    if !size.ends_with('+') {
        stream.write_all(b"+ go on\r\n")?;
    }
    let mut literal = vec![0; size.trim_end_matches('+').parse().unwrap()];
    reader.read_exact(&mut literal)?;
    reader.read_line(&mut String::new())?;
    Ok(Some(literal))
}
