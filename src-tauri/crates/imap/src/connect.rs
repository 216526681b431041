//! From a server's address to a logged-in [`Session`]: TLS, STARTTLS, the login, ID and ENABLE.
//!
//! STARTTLS is spoken here, before any state of a session exists: the greeting and what the server can do are asked anew
//! under TLS, and one byte too many before it ends the connection.

mod login;

use std::time::Duration;

use postroom_net::{Stalled, Stream, Trust, start_tls, with_read_timeout};
use postroom_types::{Secret, ServerAddress, TlsMode};
use tokio::io::AsyncWriteExt as _;
use tokio::time::Instant;

use crate::capabilities::{Capabilities, Capability};
use crate::error::ImapError;
use crate::guard::{Failure, Guard, Limits, Violation};
use crate::quirks::Clues;
use crate::session::{Session, Wire};
use crate::wire::{Code, Event, State, Status, Untagged};

/// How long a server may be silent, where nothing else is wanted.
pub const STALL: Duration = postroom_net::STALL;

/// Whom to connect to, and as whom.
#[derive(Debug, Clone, Copy)]
pub struct ConnectOptions<'a> {
    /// The server and how TLS is had.
    pub server: &'a ServerAddress,
    /// Which certificates are believed.
    pub trust: &'a Trust,
    /// The login name.
    pub user: &'a str,
    /// The password.
    pub password: &'a Secret<String>,
    /// How long the server may be silent while it owes us something; usually [`STALL`].
    pub stall: Duration,
}

/// Connects and logs in.
///
/// No credential is ever logged by this crate or given to async-imap. Binaries still filter the log target `async_imap`,
/// which at trace level prints folder names and answers.
///
/// # Errors
/// Each kind of [`ImapError`]; [`ImapError::LoginRefused`] means that the user must act.
pub async fn connect(options: &ConnectOptions<'_>) -> Result<Session, ImapError> {
    let mut session = open(options).await?;
    if session.quirks.hollow_logins && session.noop().await.is_err() {
        session.logout().await;
        session = open(options).await?;
        session.noop().await?;
    }
    Ok(session)
}

async fn open(options: &ConnectOptions<'_>) -> Result<Session, ImapError> {
    let server = options.server;
    let begin = Instant::now();
    let stream = postroom_net::connect(server, options.trust, options.stall).await?;
    let mut opening = Opening::new(stream, options);
    let (mut capabilities, greeting) = opening.greeting().await?;
    let greeted = begin.elapsed();
    if server.tls == TlsMode::StartTls {
        opening = opening.start_tls(options).await?;
        capabilities = None;
    }
    let mut capabilities = match capabilities {
        Some(capabilities) => capabilities,
        None => opening.ask_capabilities().await?,
    };
    let mut clues = Clues::new(&server.host, &greeting);
    if clues.judge(&mut capabilities).id_first {
        opening.introduce(&mut clues).await?;
    }
    let timeout = opening.timeout.clone();
    let begin = Instant::now();
    let conn = login::login(opening.wire, options, &capabilities).await?;
    let logged_in = begin.elapsed();
    let mut session = Session::new(conn.session, server.host.clone(), clues, options.stall, timeout);
    for untagged in conn.untagged {
        session.note(untagged);
    }
    // Several turns, or the time that a password takes: one that is quick still says that the line is.
    session.pace.note_turn(greeted.min(logged_in));
    login::introduce(&mut session).await?;
    Ok(session)
}

/// A connection before the login.
struct Opening<'a> {
    server: &'a ServerAddress,
    wire: Wire,
    timeout: postroom_net::ReadTimeout,
}

impl<'a> Opening<'a> {
    fn new(stream: Stream, options: &ConnectOptions<'a>) -> Self {
        let stalled: Stalled<Stream> = with_read_timeout(stream, options.stall);
        let timeout = stalled.timeout_handle();
        let mut wire = Guard::new(stalled, options.stall);
        // Nothing that a server says before the login is long.
        wire.allow(Limits { keep: 4096, refuse: 4096, ..Limits::default() }, 1 << 20);
        Self { server: options.server, wire, timeout }
    }

    fn failed(&self, command: &'static str, failure: Failure) -> ImapError {
        ImapError::from_failure(&self.server.host, command, failure)
    }

    fn closed(&self, command: &'static str, text: String) -> ImapError {
        ImapError::Closed { server: self.server.host.clone(), command, text }
    }

    async fn next(&mut self, command: &'static str) -> Result<Event, ImapError> {
        match self.wire.next_event().await {
            Ok(Event::Untagged(Untagged::Bye { text })) => Err(self.closed(command, text)),
            Ok(event) => Ok(event),
            Err(failure) => Err(self.failed(command, failure)),
        }
    }

    /// Reads the greeting and gives its text, too; some tell their capabilities in it.
    async fn greeting(&mut self) -> Result<(Option<Capabilities>, String), ImapError> {
        const COMMAND: &str = "greeting";
        match self.next(COMMAND).await? {
            Event::Untagged(Untagged::State(State { status: Status::Ok, code, text })) => Ok(match code {
                Some(Code::Capability(words)) => (Some(Capabilities::from_words(&words)), text),
                _ => (None, text),
            }),
            // Logged in as whom? Under STARTTLS it is the known attack that keeps a client from asking for TLS.
            Event::Untagged(Untagged::PreAuth) => Err(self.failed(COMMAND, Violation::PreAuth.into())),
            _ => Err(self.failed(COMMAND, Violation::NoGreeting.into())),
        }
    }

    /// Sends a command before the login, and gives what it answered.
    async fn ask(&mut self, command: &'static str) -> Result<(State, Vec<Untagged>), ImapError> {
        let write = async {
            self.wire.write_all(format!("P1 {command}\r\n").as_bytes()).await?;
            self.wire.flush().await
        };
        write.await.map_err(|error| self.failed(command, error.into()))?;
        let mut untagged = Vec::new();
        loop {
            match self.next(command).await? {
                Event::Untagged(response) if untagged.len() < 100 => untagged.push(response),
                Event::Tagged { tag, state } if tag == "P1" => return Ok((state, untagged)),
                Event::Untagged(_) => return Err(self.failed(command, Violation::TooMuch(1 << 20).into())),
                Event::Tagged { .. } => return Err(self.failed(command, Violation::UnknownTag.into())),
                Event::Continue => return Err(self.failed(command, Violation::UnexpectedContinuation.into())),
            }
        }
    }

    /// Says who we are, and hears who the server is. A refusal is no reason to stop.
    async fn introduce(&mut self, clues: &mut Clues) -> Result<(), ImapError> {
        let (_, untagged) = self.ask(login::ID).await?;
        for response in untagged {
            if let Untagged::Id(text) = response {
                clues.hear_id(&text);
            }
        }
        Ok(())
    }

    async fn ask_capabilities(&mut self) -> Result<Capabilities, ImapError> {
        let (state, untagged) = self.ask("CAPABILITY").await?;
        if state.status != Status::Ok {
            return Err(ImapError::Refused {
                server: self.server.host.clone(),
                command: "CAPABILITY",
                text: state.text,
                code: None,
            });
        }
        let words = untagged.into_iter().find_map(|response| match response {
            Untagged::Capability(words) => Some(words),
            _ => None,
        });
        Ok(Capabilities::from_words(&words.unwrap_or_default()))
    }

    /// RFC 9051 §6.2.1. Whatever was said in clear is forgotten, and nothing may follow the answer.
    async fn start_tls(mut self, options: &ConnectOptions<'a>) -> Result<Self, ImapError> {
        let unavailable = || ImapError::TlsUnavailable { server: options.server.host.clone() };
        // The greeting's own list may be of an attacker's making too, but leaving STARTTLS out only ends the connection.
        if !self.ask_capabilities().await?.has(Capability::StartTls) {
            return Err(unavailable());
        }
        let (state, _) = self.ask("STARTTLS").await?;
        if state.status != Status::Ok {
            return Err(unavailable());
        }
        let host = &options.server.host;
        let stream = self.wire.into_stream().map_err(|failure| ImapError::from_failure(host, "STARTTLS", failure))?;
        let stream = start_tls(stream.into_inner(), options.server, options.trust, options.stall).await?;
        Ok(Self::new(stream, options))
    }
}
