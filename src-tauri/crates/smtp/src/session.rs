//! A session: greeting, EHLO, STARTTLS, and one command after another.
//!
//! Nothing that was said before TLS counts afterwards (RFC 3207 §4.2), and a byte that came before TLS beyond the reply
//! to STARTTLS ends the connection (threats.md 25, 32).

use std::time::Duration;

use postroom_net::{STALL, Stalled, Stream, Trust, connect, start_tls, with_read_timeout};
use postroom_types::{ServerAddress, TlsMode};
use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;

use crate::SmtpError;
use crate::reply::{Reply, ReplyError, ReplyReader};

/// How we introduce ourselves: an address literal that tells nothing (RFC 5321 §4.1.4 allows one where a computer has no
/// public name). The computer's own name would go out in the `Received` of every mail.
const HELLO: &str = "EHLO [127.0.0.1]";

/// How long a session waits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// For a connection, and for TLS.
    pub(crate) connect: Duration,
    /// For the next byte.
    pub(crate) stall: Duration,
    /// For a whole reply: a server that sends a byte now and then never stalls.
    pub(crate) reply: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(30), stall: STALL, reply: Duration::from_mins(2) }
    }
}

/// What the server said it can do (EHLO), keywords in upper case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Extensions(Vec<Vec<String>>);

impl Extensions {
    /// Reads a reply to EHLO (RFC 5321 §4.1.1.1); its first line is the server's name.
    fn read(reply: &Reply) -> Self {
        let words = |line: &String| -> Vec<String> {
            // `AUTH=PLAIN` is what some servers said before AUTH was a standard, and some still do.
            line.replacen("AUTH=", "AUTH ", 1).split_ascii_whitespace().map(str::to_ascii_uppercase).collect()
        };
        Self(reply.lines.iter().skip(1).map(words).filter(|words| !words.is_empty()).collect())
    }

    /// Whether a keyword is among them.
    pub(crate) fn has(&self, keyword: &str) -> bool {
        self.0.iter().any(|words| words.first().is_some_and(|first| first == keyword))
    }

    /// Whether `AUTH` names a mechanism.
    pub(crate) fn has_login(&self, mechanism: &str) -> bool {
        let auth = self.0.iter().filter(|words| words.first().is_some_and(|first| first == "AUTH"));
        auth.flat_map(|words| words.iter().skip(1)).any(|word| word == mechanism)
    }
}

/// A session after EHLO, private where the address asks for it.
#[derive(Debug)]
pub(crate) struct Session {
    wire: Wire,
    pub(crate) extensions: Extensions,
}

impl Session {
    /// Connects, greets, and makes the connection private.
    pub(crate) async fn open(server: &ServerAddress, trust: &Trust, limits: Limits) -> Result<Self, SmtpError> {
        let stream = connect(server, trust, limits.connect).await?;
        let mut wire = Wire::new(stream, server, limits);
        let greeting = wire.reply("greeting").await?;
        if greeting.code != 220 {
            return Err(wire.refused("greeting", &greeting));
        }
        let mut extensions = wire.hello().await?;
        if server.tls == TlsMode::StartTls {
            wire = wire.start_tls(&extensions, trust).await?;
            extensions = wire.hello().await?;
        }
        Ok(Self { wire, extensions })
    }

    /// The server's host, for errors.
    pub(crate) fn server(&self) -> String {
        self.wire.server.host.clone()
    }

    /// Sends a line and reads the reply; `name` goes into logs and errors, the line never does.
    pub(crate) async fn command(&mut self, name: &'static str, line: &str) -> Result<Reply, SmtpError> {
        self.wire.command(name, line).await
    }

    /// The error for a reply that is not what was hoped for.
    pub(crate) fn refused(&self, command: &'static str, reply: &Reply) -> SmtpError {
        self.wire.refused(command, reply)
    }

    /// Takes leave. What the server says to it changes nothing, so it is not waited for long.
    pub(crate) async fn quit(mut self) {
        let leave = timeout(Duration::from_secs(2), self.wire.command("QUIT", "QUIT")).await;
        if !matches!(leave, Ok(Ok(_))) {
            tracing::debug!("the server did not answer QUIT");
        }
    }
}

/// The connection and what has been read from it.
#[derive(Debug)]
struct Wire {
    stream: Stalled<Stream>,
    reader: ReplyReader,
    server: ServerAddress,
    limits: Limits,
}

impl Wire {
    fn new(stream: Stream, server: &ServerAddress, limits: Limits) -> Self {
        let stream = with_read_timeout(stream, limits.stall);
        Self { stream, reader: ReplyReader::default(), server: server.clone(), limits }
    }

    async fn hello(&mut self) -> Result<Extensions, SmtpError> {
        let reply = self.command("EHLO", HELLO).await?;
        if reply.code == 250 { Ok(Extensions::read(&reply)) } else { Err(self.refused("EHLO", &reply)) }
    }

    async fn start_tls(mut self, extensions: &Extensions, trust: &Trust) -> Result<Self, SmtpError> {
        if !extensions.has("STARTTLS") {
            return Err(SmtpError::TlsUnavailable { server: self.server.host });
        }
        let reply = self.command("STARTTLS", "STARTTLS").await?;
        if reply.code != 220 {
            // 4xx and 5xx alike: whoever says it, without TLS nothing more is said.
            return Err(SmtpError::TlsUnavailable { server: self.server.host });
        }
        if self.reader.has_rest() {
            return Err(self.nonsense("STARTTLS", "it sent bytes before TLS that belong to no reply"));
        }
        let Self { stream, server, limits, .. } = self;
        let stream = start_tls(stream.into_inner(), &server, trust, limits.connect).await?;
        // A new reader: nothing read before TLS is kept.
        Ok(Self::new(stream, &server, limits))
    }

    async fn command(&mut self, name: &'static str, line: &str) -> Result<Reply, SmtpError> {
        if self.reader.has_rest() {
            return Err(self.nonsense(name, "it answered before it was asked"));
        }
        let bytes = [line.as_bytes(), b"\r\n"].concat();
        let sent = async {
            self.stream.write_all(&bytes).await?;
            self.stream.flush().await
        };
        if let Err(error) = sent.await {
            return Err(self.failed(name, ReplyError::Io(error)));
        }
        self.reply(name).await
    }

    async fn reply(&mut self, command: &'static str) -> Result<Reply, SmtpError> {
        let read = timeout(self.limits.reply, self.reader.read(&mut self.stream)).await;
        match read {
            Ok(Ok(reply)) => {
                tracing::debug!(command, code = reply.code, "smtp reply");
                Ok(reply)
            }
            Ok(Err(error)) => Err(self.failed(command, error)),
            Err(_elapsed) => Err(SmtpError::TimedOut { server: self.server.host.clone(), command }),
        }
    }

    fn failed(&self, command: &'static str, error: ReplyError) -> SmtpError {
        let server = self.server.host.clone();
        match error {
            ReplyError::Nonsense(what) => SmtpError::Nonsense { server, command, what },
            ReplyError::Io(source) if source.kind() == std::io::ErrorKind::TimedOut => {
                SmtpError::TimedOut { server, command }
            }
            ReplyError::Io(source) => SmtpError::Lost { server, command, source },
        }
    }

    fn refused(&self, command: &'static str, reply: &Reply) -> SmtpError {
        let server = self.server.host.clone();
        if (400..600).contains(&reply.code) {
            SmtpError::Refused { server, command, code: reply.code, text: reply.text() }
        } else {
            SmtpError::Nonsense { server, command, what: "its reply has a code that does not belong here" }
        }
    }

    fn nonsense(&self, command: &'static str, what: &'static str) -> SmtpError {
        SmtpError::Nonsense { server: self.server.host.clone(), command, what }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extensions(lines: &[&str]) -> Extensions {
        Extensions::read(&Reply { code: 250, lines: lines.iter().map(|&line| line.to_owned()).collect() })
    }

    #[test]
    fn ehlo_is_read_whatever_its_case() {
        let said = extensions(&["mail.example.com", "starttls", "Auth plain LOGIN", "SIZE 1000"]);
        assert!(said.has("STARTTLS") && said.has("SIZE") && !said.has("PIPELINING"));
        assert!(said.has_login("PLAIN") && said.has_login("LOGIN") && !said.has_login("XOAUTH2"));
        assert!(extensions(&["mail", "AUTH=PLAIN"]).has_login("PLAIN"));
    }

    #[test]
    fn the_server_s_name_is_no_extension_and_blank_lines_are_none() {
        assert_eq!(extensions(&["STARTTLS", "", "   ", "\t"]), Extensions::default());
        assert_eq!(extensions(&[]), Extensions::default());
    }
}
