//! A small honest IMAP server in memory, whose every reply may be turned into a lie.
//!
//! It knows what the engine asks: CONDSTORE, QRESYNC, ESEARCH, MOVE, UIDPLUS, LIST-STATUS. It has no TLS, and no literals
//! but the message of an APPEND.

mod store;

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use postroom_types::{ServerAddress, TlsMode};

pub(crate) use store::{Folder, Mailboxes};

const CAPABILITIES: &str =
    "IMAP4rev1 SASL-IR ENABLE CONDSTORE QRESYNC ESEARCH LIST-EXTENDED LIST-STATUS MOVE UIDPLUS UNSELECT";

/// Gets the command without its tag, and the honest reply; gives what is said instead. `$TAG` is the command's tag.
pub(crate) type Lie = fn(&str, String) -> Vec<u8>;

/// What becomes of the next command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Honest,
    /// Not done, and refused in these words.
    Refuses(&'static str),
    /// Done, and denied.
    Denies,
    /// Not done; the connection ends.
    HangsUpBefore,
    /// Done; the connection ends without a word.
    HangsUpAfter,
    /// Done; the connection ends in the middle of the reply.
    HangsUpWithin,
}

/// Gets a message that is appended; gives what is stored, or nothing, which it denies.
pub(crate) type Clerk = fn(&str) -> Option<String>;

pub(crate) struct Liar {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    boxes: Mutex<Mailboxes>,
    lie: Mutex<Option<Lie>>,
    clerk: Mutex<Option<Clerk>>,
    moods: Mutex<VecDeque<Mood>>,
    /// Every APPEND that came whole.
    appends: Mutex<Vec<String>>,
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
            clerk: Mutex::default(),
            moods: Mutex::default(),
            appends: Mutex::default(),
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

    /// Stores what is appended in its own way from now on.
    pub(crate) fn employ(&self, clerk: Option<Clerk>) {
        *lock(&self.shared.clerk) = clerk;
    }

    /// How the commands to come are taken, one after the other; those after them honestly.
    pub(crate) fn moods(&self, moods: impl IntoIterator<Item = Mood>) {
        *lock(&self.shared.moods) = moods.into_iter().collect();
    }

    /// Every APPEND that came whole, without the word.
    pub(crate) fn appends(&self) -> Vec<String> {
        lock(&self.shared.appends).clone()
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

/// Not with its literal on the way; and a body that is refused by itself is not asked for again until somebody opens it.
fn may_be_refused(command: &str) -> bool {
    !command.starts_with("APPEND ") && !command.contains("BODY.PEEK[]")
}

impl Shared {
    fn serve(&self, stream: &TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let mut selected = String::new();
        self.say(stream, "greeting", &format!("* OK [CAPABILITY {CAPABILITIES} AUTH=PLAIN] ready\r\n"), "")?;
        let mut reader = BufReader::new(stream);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                break;
            }
            let Some((tag, command)) = line.trim_end().split_once(' ') else { continue };
            let mood = lock(&self.moods).pop_front().unwrap_or(Mood::Honest);
            match mood {
                Mood::HangsUpBefore => break,
                Mood::Refuses(words) if may_be_refused(command) => {
                    self.say(stream, command, &format!("$TAG {words}\r\n"), tag)?;
                    continue;
                }
                _ => {}
            }
            let reply = match command.strip_prefix("APPEND ") {
                Some(rest) => self.append(rest, stream, &mut reader)?,
                None => self.answer(command, &mut selected),
            };
            let reply = match mood {
                Mood::HangsUpAfter => break,
                Mood::HangsUpWithin => {
                    self.say(stream, command, reply.get(..reply.len() / 2).unwrap_or_default(), tag)?;
                    break;
                }
                Mood::Denies if may_be_refused(command) => "$TAG NO not today\r\n".to_owned(),
                _ => reply,
            };
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

    /// Takes a message whose literal waits to be asked for, and keeps it unless it is to lose it.
    fn append(
        &self,
        rest: &str,
        mut stream: &TcpStream,
        reader: &mut BufReader<&TcpStream>,
    ) -> std::io::Result<String> {
        stream.write_all(b"+ go on\r\n")?;
        let size = rest.rsplit_once('{').and_then(|(_, size)| size.trim_end_matches('}').parse().ok()).unwrap_or(0);
        let mut raw = vec![0; size];
        reader.read_exact(&mut raw)?;
        reader.read_line(&mut String::new())?;
        lock(&self.appends).push(rest.to_owned());
        let raw = String::from_utf8_lossy(&raw).into_owned();
        let Some(raw) = lock(&self.clerk).map_or_else(|| Some(raw.clone()), |clerk| clerk(&raw)) else {
            return Ok("$TAG OK [APPENDUID 8 4000] done\r\n".to_owned());
        };
        let name = rest.split(' ').next().unwrap_or_default().trim_matches('"').to_owned();
        let mut boxes = lock(&self.boxes);
        let folder = boxes.get(&name);
        let uid = folder.append(raw);
        Ok(format!("$TAG OK [APPENDUID {} {uid}] done\r\n", folder.validity))
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
