//! A server on loopback that plays a script: what it waits for, what it answers.

use std::time::Duration;

use postroom_imap::{ConnectOptions, ImapError, NewMessage, Session, connect};
use postroom_net::Trust;
use postroom_types::{Flags, Secret, ServerAddress, TlsMode};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// How long the tests' sessions wait for a silent server.
pub(crate) const STALL: Duration = Duration::from_millis(300);

/// A message that comes in now.
pub(crate) fn new(flags: Flags, bytes: &[u8]) -> NewMessage<'_> {
    NewMessage { bytes, flags, received_at: None }
}

/// One connection as the server sees it.
pub(crate) struct Peer {
    stream: BufReader<TcpStream>,
    /// Every line that came, without its end.
    pub(crate) lines: Vec<String>,
}

impl Peer {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream: BufReader::new(stream), lines: Vec::new() }
    }

    pub(crate) async fn say(&mut self, bytes: impl AsRef<[u8]>) {
        // The client may have hung up already: that is what some tests are about.
        let _sent = self.stream.get_mut().write_all(bytes.as_ref()).await;
    }

    /// The next line; empty if the client hung up.
    pub(crate) async fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).await.unwrap_or(0);
        let line = line.trim_end_matches(['\r', '\n']).to_owned();
        self.lines.push(line.clone());
        line
    }

    pub(crate) async fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.stream.read_exact(&mut bytes).await.unwrap();
        bytes
    }

    /// Waits for a command that holds `expected` and answers: `{t}` in the answer is its tag.
    pub(crate) async fn answer(&mut self, expected: &str, answer: &str) {
        let line = self.line().await;
        assert!(line.contains(expected), "expected {expected}, got {line:?}");
        let tag = line.split(' ').next().unwrap_or_default();
        self.say(answer.replace("{t}", tag)).await;
    }

    /// Greeting and login, with these capabilities.
    pub(crate) async fn login(&mut self, capabilities: &str) {
        self.say(format!("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR {capabilities}] ready\r\n")).await;
        self.answer("AUTHENTICATE PLAIN ", &format!("{{t}} OK [CAPABILITY IMAP4rev1 {capabilities}] in\r\n")).await;
    }

    /// Waits until the client hangs up.
    pub(crate) async fn until_closed(&mut self) {
        while !self.line().await.is_empty() {}
    }
}

/// A server that plays `play` for its first connection.
pub(crate) struct Script {
    pub(crate) address: ServerAddress,
    task: JoinHandle<Vec<String>>,
}

impl Script {
    pub(crate) async fn start<F>(tls: TlsMode, play: impl FnOnce(Peer) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Peer> + Send,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        #[expect(clippy::disallowed_methods, reason = "joined or dropped with the test's runtime")]
        let task = tokio::task::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            play(Peer::new(stream)).await.lines
        });
        Self { address: ServerAddress::new("127.0.0.1", port, tls).unwrap(), task }
    }

    pub(crate) async fn connect(&self) -> Result<Session, ImapError> {
        self.connect_as("alice@example.test", "geheim").await
    }

    pub(crate) async fn connect_as(&self, user: &str, password: &str) -> Result<Session, ImapError> {
        let (trust, password) = (Trust::platform(), Secret::new(password.to_owned()));
        connect(&ConnectOptions { server: &self.address, trust: &trust, user, password: &password, stall: STALL }).await
    }

    /// The lines that the server got; fails if an expectation in the script did.
    pub(crate) async fn lines(self) -> Vec<String> {
        self.task.await.unwrap()
    }
}

/// A session after the login on a server that then plays `play`.
pub(crate) async fn session<F>(
    capabilities: &'static str,
    play: impl FnOnce(Peer) -> F + Send + 'static,
) -> (Session, Script)
where
    F: Future<Output = Peer> + Send,
{
    let script = Script::start(TlsMode::None, async move |mut peer: Peer| {
        peer.login(capabilities).await;
        play(peer).await
    });
    let script = script.await;
    let session = script.connect().await.unwrap();
    (session, script)
}
