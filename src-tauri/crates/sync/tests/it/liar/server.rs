//! A small honest IMAP server in memory, whose every reply may be turned into a lie.
//!
//! It knows what the engine asks: CONDSTORE, QRESYNC, ESEARCH, MOVE, UIDPLUS, LIST-STATUS. It has no TLS and no literals.

mod store;

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use postroom_types::{ServerAddress, TlsMode};

pub(crate) use store::{Folder, Mailboxes};

const CAPABILITIES: &str =
    "IMAP4rev1 SASL-IR ENABLE CONDSTORE QRESYNC ESEARCH LIST-EXTENDED LIST-STATUS MOVE UIDPLUS UNSELECT";

/// Gets the command without its tag, and the honest reply; gives what is said instead. `$TAG` is the command's tag.
pub(crate) type Lie = fn(&str, String) -> Vec<u8>;

pub(crate) struct Liar {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    boxes: Mutex<Mailboxes>,
    lie: Mutex<Option<Lie>>,
    /// Bytes that were taken from us.
    sent: AtomicU64,
    ended: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Liar {
    pub(crate) fn start(boxes: Mailboxes) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            boxes: Mutex::new(boxes),
            lie: Mutex::default(),
            sent: AtomicU64::new(0),
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
                // A client that goes away is what many lies are for.
                std::thread::spawn(move || drop(shared.serve(&stream)));
            }
        });
        Self { port, shared }
    }

    pub(crate) fn address(&self) -> ServerAddress {
        ServerAddress::new("127.0.0.1", self.port, TlsMode::None).unwrap()
    }

    /// Lies from now on; `None`: honest again.
    pub(crate) fn lie(&self, lie: Option<Lie>) {
        *lock(&self.shared.lie) = lie;
        self.shared.sent.store(0, Ordering::SeqCst);
    }

    /// Bytes that the client took since then.
    pub(crate) fn sent(&self) -> u64 {
        self.shared.sent.load(Ordering::SeqCst)
    }

    pub(crate) fn boxes(&self) -> MutexGuard<'_, Mailboxes> {
        lock(&self.shared.boxes)
    }
}

impl Drop for Liar {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        for stream in lock(&self.shared.open).drain(..) {
            drop(stream.shutdown(Shutdown::Both));
        }
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
    }
}

impl Shared {
    fn serve(&self, stream: &TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let mut selected = String::new();
        self.say(stream, "greeting", &format!("* OK [CAPABILITY {CAPABILITIES} AUTH=PLAIN] ready\r\n"), "")?;
        for line in BufReader::new(stream).lines() {
            let line = line?;
            let Some((tag, command)) = line.split_once(' ') else { continue };
            let reply = self.answer(command, &mut selected);
            self.say(stream, command, &reply, tag)?;
            if command.eq_ignore_ascii_case("LOGOUT") {
                break;
            }
        }
        stream.shutdown(Shutdown::Both)
    }

    fn say(&self, mut stream: &TcpStream, command: &str, honest: &str, tag: &str) -> std::io::Result<()> {
        let lie = *lock(&self.lie);
        let said = lie.map_or_else(|| honest.as_bytes().to_vec(), |lie| lie(command, honest.to_owned()));
        // A lie need not be text; then it is short.
        let out = match String::from_utf8(said) {
            Ok(text) => text.replace("$TAG", tag).into_bytes(),
            Err(odd) => odd.into_bytes(),
        };
        for piece in out.chunks(64 << 10) {
            stream.write_all(piece)?;
            self.sent.fetch_add(piece.len() as u64, Ordering::SeqCst);
        }
        Ok(())
    }

    fn answer(&self, command: &str, selected: &mut String) -> String {
        let mut boxes = lock(&self.boxes);
        let words: Vec<&str> = command.split(' ').collect();
        let verb = words[0].to_ascii_uppercase();
        let uid_verb = words.get(1).map(|word| word.to_ascii_uppercase()).unwrap_or_default();
        let data = match (verb.as_str(), uid_verb.as_str()) {
            ("AUTHENTICATE", _) => return format!("$TAG OK [CAPABILITY {CAPABILITIES}] in\r\n"),
            ("LIST", _) => boxes.list(command.contains("STATUS")),
            ("ENABLE", _) => "* ENABLED CONDSTORE QRESYNC\r\n".to_owned(),
            ("SELECT", _) => match boxes.select(words[1].trim_matches('"'), command) {
                Some(data) => {
                    words[1].trim_matches('"').clone_into(selected);
                    data + "$TAG OK [READ-WRITE] selected\r\n"
                }
                None => "$TAG NO [NONEXISTENT] no such folder\r\n".to_owned(),
            },
            ("LOGOUT", _) => "* BYE\r\n".to_owned(),
            ("UID", "SEARCH") => boxes.search(selected, command),
            ("UID", "FETCH") => boxes.fetch(selected, words[2], command, true),
            ("FETCH", _) => boxes.fetch(selected, words[1], command, false),
            ("UID", "STORE") => boxes.store(selected, words[2], command),
            ("UID", "EXPUNGE") => boxes.expunge(selected, words[2]),
            ("UID", "MOVE") => boxes.move_to(selected, words[2], words[3].trim_matches('"')),
            _ => String::new(),
        };
        if data.contains("$TAG") { data } else { data + "$TAG OK done\r\n" }
    }
}
