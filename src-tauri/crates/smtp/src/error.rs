//! What can go wrong in a session.

use std::io;

use postroom_net::NetError;
use postroom_types::{Fault, FaultCode};

/// What can go wrong in a session. `command` is the command's name, "greeting" before the first; never its arguments.
#[derive(Debug, thiserror::Error)]
pub enum SmtpError {
    /// No connection, or no TLS that we trust.
    #[error(transparent)]
    Net(#[from] NetError),
    /// STARTTLS is required and not offered, or refused.
    #[error("{server} does not offer STARTTLS")]
    TlsUnavailable {
        /// The host.
        server: String,
    },
    /// The user name or the password is not taken.
    #[error("{server} refused the login: {code} {text}")]
    LoginRefused {
        /// The host.
        server: String,
        /// The reply's code.
        code: u16,
        /// The reply's text, cleaned and shortened.
        text: String,
    },
    /// The server offers no way to log in that we speak, on a connection that is private.
    #[error("{server} offers neither AUTH PLAIN nor AUTH LOGIN")]
    NoLogin {
        /// The host.
        server: String,
    },
    /// The user name or the password holds NUL, which no server takes.
    #[error("the user name or the password holds a character that cannot be sent")]
    InvalidCredentials,
    /// The server said no to something else, or "not now" to the login.
    #[error("{server} refused {command}: {code} {text}")]
    Refused {
        /// The host.
        server: String,
        /// The command's name.
        command: &'static str,
        /// The reply's code.
        code: u16,
        /// The reply's text, cleaned and shortened.
        text: String,
    },
    /// The server broke the protocol; the connection is closed.
    #[error("{server} broke the protocol at {command}: {what}")]
    Nonsense {
        /// The host.
        server: String,
        /// The command's name.
        command: &'static str,
        /// What it did.
        what: &'static str,
    },
    /// No whole reply in time.
    #[error("{server} did not answer {command} in time")]
    TimedOut {
        /// The host.
        server: String,
        /// The command's name.
        command: &'static str,
    },
    /// The connection broke.
    #[error("the connection to {server} was lost at {command}: {source}")]
    Lost {
        /// The host.
        server: String,
        /// The command's name.
        command: &'static str,
        /// What the system says.
        source: io::Error,
    },
}

impl SmtpError {
    /// The failure in the form that the user interface puts into words.
    pub fn fault(&self) -> Fault {
        let new = |code| Fault::new(code, self.to_string());
        match self {
            Self::Net(error) => error.fault(),
            Self::TlsUnavailable { server } => new(FaultCode::TlsUnavailable).with("server", server),
            Self::LoginRefused { server, code, text } => {
                new(FaultCode::LoginRefused).with("server", server).with("reason", format!("{code} {text}"))
            }
            Self::NoLogin { server } => {
                new(FaultCode::ServerRefused).with("server", server).with("command", "AUTH").with("reason", "no-login")
            }
            Self::InvalidCredentials => new(FaultCode::InvalidInput),
            Self::Refused { server, command, code, text } => new(FaultCode::ServerRefused)
                .with("server", server)
                .with("command", *command)
                .with("reason", format!("{code} {text}")),
            Self::Nonsense { server, command, what } => {
                new(FaultCode::ServerNonsense).with("server", server).with("command", *command).with("reason", *what)
            }
            Self::TimedOut { server, command } => {
                new(FaultCode::TimedOut).with("server", server).with("command", *command)
            }
            Self::Lost { server, command, source } => new(FaultCode::ConnectionLost)
                .with("server", server)
                .with("command", *command)
                .with("reason", source.to_string()),
        }
    }
}
