//! Who listens while attacks are opened: TCP and UDP ports of this machine, and a list of what the processes of the web
//! view look up and connect to.

use std::io::{ErrorKind, Read as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, ensure};

/// So long a connection is waited for to say what it wants; a preconnect never does.
const WORDS: Duration = Duration::from_millis(300);

/// Something that was heard.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Heard {
    /// A request that names the vector.
    Request(u32),
    /// A connection that said nothing, or nothing of a vector.
    Connection,
    /// A packet.
    Packet,
    /// A process looked up a vector's name.
    Name(u32),
    /// A process of the web view reached out for this address or name.
    Reached(String),
}

/// Open ears. Everything that was heard since the last [`Ears::take`] is kept.
pub(crate) struct Ears {
    /// Where TCP is heard, with the port.
    pub(crate) host: String,
    /// Where UDP is heard, with the port.
    pub(crate) udp: String,
    heard: Arc<Mutex<Vec<Heard>>>,
    /// What the preloaded library writes.
    list: PathBuf,
    read: Mutex<usize>,
    _folder: tempfile::TempDir,
}

impl Ears {
    pub(crate) fn open() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let heard = Arc::new(Mutex::new(Vec::new()));
        let tcp = TcpListener::bind("127.0.0.1:0")?;
        let udp = UdpSocket::bind("127.0.0.1:0")?;
        let (host, packets) = (tcp.local_addr()?.to_string(), udp.local_addr()?.to_string());
        let ear = Arc::clone(&heard);
        std::thread::spawn(move || {
            for stream in tcp.incoming().flatten() {
                let ear = Arc::clone(&ear);
                std::thread::spawn(move || note(&ear, request(stream)));
            }
        });
        let ear = Arc::clone(&heard);
        std::thread::spawn(move || {
            let mut packet = [0; 2048];
            while udp.recv(&mut packet).is_ok() {
                note(&ear, Heard::Packet);
            }
        });
        let list = folder.path().join("reached");
        Ok(Self { host, udp: packets, heard, list, read: Mutex::new(0), _folder: folder })
    }

    /// What the app's environment needs for its processes to be heard.
    pub(crate) fn environment(&self) -> anyhow::Result<Vec<(&'static str, PathBuf)>> {
        // Built with the tests, as one of their examples.
        let tests = std::env::current_exe()?;
        let target = tests.parent().and_then(|deps| deps.parent()).context("where tests are built")?;
        let library = target.join("examples/libears.so");
        ensure!(library.exists(), "{} is missing: cargo test builds it", library.display());
        Ok(vec![("LD_PRELOAD", library), ("POSTROOM_TEST_EARS", self.list.clone())])
    }

    /// All that was heard since the last time, each once.
    pub(crate) fn take(&self) -> Vec<Heard> {
        let mut all = std::mem::take(&mut *self.heard.lock().unwrap_or_else(PoisonError::into_inner));
        let text = std::fs::read_to_string(&self.list).unwrap_or_default();
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        for line in text.get(*read..whole).unwrap_or_default().lines() {
            let mut fields = line.split('\t');
            let (Some(process), Some(what), Some(value)) = (fields.next(), fields.next(), fields.next()) else {
                continue;
            };
            if what == "name" && value.ends_with(DOMAIN) {
                all.push(Heard::Name(number(value.trim_start_matches('v'))));
            } else if process.starts_with("WebKit") && process != "WebKitWebDriver" && value != NOWHERE {
                all.push(Heard::Reached(format!("{what} {value}")));
            }
        }
        *read = whole;
        all.sort();
        all.dedup();
        all
    }
}

/// The domain of the vectors' names.
pub(crate) const DOMAIN: &str = ".vector.example";

/// The proxy's port, where nobody listens.
const NOWHERE: &str = "127.0.0.1:1";

fn note(heard: &Mutex<Vec<Heard>>, what: Heard) {
    heard.lock().unwrap_or_else(PoisonError::into_inner).push(what);
}

/// Reads what a connection wants, and hangs up.
fn request(mut stream: TcpStream) -> Heard {
    let mut text = Vec::new();
    let mut piece = [0; 1024];
    drop(stream.set_read_timeout(Some(WORDS)));
    loop {
        match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(len) => text.extend(piece.get(..len).unwrap_or_default()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_silent) => break,
        }
        if text.windows(4).any(|end| end == b"\r\n\r\n") {
            break;
        }
    }
    let text = String::from_utf8_lossy(&text);
    text.split_once("/v/").map_or(Heard::Connection, |(_, rest)| Heard::Request(number(rest)))
}

fn number(text: &str) -> u32 {
    text.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap_or_default()
}
