//! A server that follows a script: it says what no real server would, at the worst moment.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use postroom_types::{ServerAddress, TlsMode};

use crate::system::must;

/// How long a client may be silent before the server gives it up.
const PATIENCE: Duration = Duration::from_mins(1);

/// One step of a script. Each connection goes through the whole script; the connection closes after the last step.
#[derive(Debug, Clone)]
pub enum Step {
    /// Sends these bytes. `$TAG` becomes the first word of the line that the client sent last.
    Send(Vec<u8>),
    /// Waits for a line that contains this text, in any case of letters. Lines without it are recorded and passed over.
    Expect(String),
    /// Answers every line by the first rule whose text the line contains (in any case of letters; the empty text fits
    /// all), until the client closes. A line without a rule gets no answer. `$TAG` as in [`Step::Send`].
    Answer(Vec<(String, Vec<u8>)>),
    /// Takes this many bytes (an APPEND's literal, say) without looking for lines.
    Take(usize),
    /// Waits.
    Pause(Duration),
    /// Says nothing more, but keeps the connection until the client closes it.
    Hang,
    /// Sends these bytes again and again until the client closes.
    Flood(Vec<u8>),
}

impl Step {
    /// [`Step::Send`] of text.
    pub fn send(text: &str) -> Self {
        Self::Send(text.as_bytes().to_vec())
    }

    /// [`Step::Expect`].
    pub fn expect(text: &str) -> Self {
        Self::Expect(text.to_owned())
    }

    /// [`Step::Answer`] with text.
    pub fn answer(rules: &[(&str, &str)]) -> Self {
        Self::Answer(rules.iter().map(|(line, reply)| ((*line).to_owned(), reply.as_bytes().to_vec())).collect())
    }
}

/// A scripted server on 127.0.0.1, without TLS. It ends when dropped.
#[derive(Debug)]
pub struct ScriptedServer {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    ended: AtomicBool,
    lines: Mutex<Vec<String>>,
    open: Mutex<Vec<TcpStream>>,
}

impl ScriptedServer {
    /// Starts a server with this script.
    pub fn start(script: Vec<Step>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("a port for the scripted server")?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared::default());
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if accepting.ended.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let (script, shared) = (script.clone(), Arc::clone(&accepting));
                thread::spawn(move || {
                    // A client that goes away in the middle is what many scripts are for.
                    Conversation::start(stream, shared).and_then(|mut talk| talk.follow(&script)).ok();
                });
            }
        });
        Ok(Self { port, shared })
    }

    /// The address without TLS.
    #[track_caller]
    pub fn address(&self) -> ServerAddress {
        self.with_tls(TlsMode::None)
    }

    /// The address with a TLS mode that the script must play (a broken `STARTTLS`, say).
    #[track_caller]
    pub fn with_tls(&self, tls: TlsMode) -> ServerAddress {
        must(ServerAddress::new("127.0.0.1", self.port, tls).map_err(anyhow::Error::from))
    }

    /// The lines received so far, from all connections.
    pub fn received(&self) -> Vec<String> {
        self.shared.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for ScriptedServer {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        for stream in self.shared.open.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            stream.shutdown(Shutdown::Both).ok();
        }
        // Wakes the thread that accepts.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
    }
}

struct Conversation {
    stream: BufReader<TcpStream>,
    shared: Arc<Shared>,
    tag: String,
}

impl Conversation {
    fn start(stream: TcpStream, shared: Arc<Shared>) -> std::io::Result<Self> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        shared.open.lock().unwrap_or_else(PoisonError::into_inner).push(stream.try_clone()?);
        Ok(Self { stream: BufReader::new(stream), shared, tag: String::new() })
    }

    fn follow(&mut self, script: &[Step]) -> std::io::Result<()> {
        for step in script {
            match step {
                Step::Send(bytes) => self.send(bytes)?,
                Step::Expect(text) => {
                    let text = text.to_ascii_lowercase();
                    while !self.line()?.to_ascii_lowercase().contains(&text) {}
                }
                Step::Answer(rules) => loop {
                    let line = self.line()?.to_ascii_lowercase();
                    if let Some((_, reply)) = rules.iter().find(|(text, _)| line.contains(&text.to_ascii_lowercase())) {
                        self.send(reply)?;
                    }
                },
                Step::Take(size) => {
                    std::io::copy(&mut self.stream.by_ref().take(*size as u64), &mut std::io::sink())?;
                }
                Step::Pause(time) => thread::sleep(*time),
                Step::Hang => {
                    std::io::copy(&mut self.stream, &mut std::io::sink())?;
                }
                Step::Flood(bytes) => loop {
                    self.send(bytes)?;
                },
            }
        }
        self.stream.get_ref().shutdown(Shutdown::Both)
    }

    fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        const MARK: &[u8] = b"$TAG";
        let mut out = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while let Some((first, others)) = rest.split_first() {
            if let Some(after) = rest.strip_prefix(MARK) {
                out.extend_from_slice(self.tag.as_bytes());
                rest = after;
            } else {
                out.push(*first);
                rest = others;
            }
        }
        self.stream.get_mut().write_all(&out)
    }

    fn line(&mut self) -> std::io::Result<String> {
        let mut bytes = Vec::new();
        if self.stream.read_until(b'\n', &mut bytes)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let line = String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned();
        line.split(' ').next().unwrap_or_default().clone_into(&mut self.tag);
        self.shared.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line.clone());
        Ok(line)
    }
}
