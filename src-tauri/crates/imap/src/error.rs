//! What can go wrong on an IMAP connection, always with the server and the command.

use postroom_net::NetError;
use postroom_types::{Fault, FaultCode};

use crate::guard::{Failure, Violation};

/// Why a command, or the whole connection, failed. Texts of the server are cleaned and cut to 200 characters.
///
/// After [`Refused`](Self::Refused), [`LoginRefused`](Self::LoginRefused), [`TooLarge`](Self::TooLarge) and
/// [`Unsendable`](Self::Unsendable) the session goes on; after every other one it is over (see [`is_fatal`](Self::is_fatal)).
#[derive(Debug, thiserror::Error)]
pub enum ImapError {
    /// The connection could not be made.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The server does not take this user and password.
    #[error("{server} refused the login: {text}")]
    LoginRefused {
        /// Which server.
        server: String,
        /// Its words.
        text: String,
    },
    /// The server takes no password on this connection: LOGINDISABLED and no AUTH=PLAIN.
    #[error("{server} offers no login by password")]
    LoginUnavailable {
        /// Which server.
        server: String,
    },
    /// STARTTLS is required and the server offers none, or refused it.
    #[error("{server} offers no STARTTLS")]
    TlsUnavailable {
        /// Which server.
        server: String,
    },
    /// The server answered NO or BAD.
    #[error("{server} refused {command}: {text}")]
    Refused {
        /// Which server.
        server: String,
        /// What it was asked.
        command: &'static str,
        /// Its words.
        text: String,
        /// Its response code, if it gave one.
        code: Option<RefusalCode>,
    },
    /// The server broke the protocol or our bounds.
    #[error("{server} answered {command} with nonsense: {detail}")]
    Nonsense {
        /// Which server.
        server: String,
        /// What it was asked.
        command: &'static str,
        /// What was wrong.
        detail: String,
    },
    /// The server was silent, or took nothing, for too long.
    #[error("{server} did not answer {command} in time")]
    TimedOut {
        /// Which server.
        server: String,
        /// What it was asked.
        command: &'static str,
    },
    /// The server said BYE or closed the connection.
    #[error("{server} closed the connection during {command}{}", Tail(text))]
    Closed {
        /// Which server.
        server: String,
        /// What it was asked.
        command: &'static str,
        /// What it said in parting, or the system's word for it; may be empty.
        text: String,
    },
    /// A value holds characters that the command cannot carry: CR, LF or NUL. Nothing was sent.
    #[error("{what} holds a character that {server} cannot be sent")]
    Unsendable {
        /// Which server.
        server: String,
        /// Which value.
        what: &'static str,
    },
    /// A message is larger than the server takes (APPENDLIMIT, RFC 7889). Nothing was sent.
    #[error("{server} takes no message of {size} bytes, only up to {limit}")]
    TooLarge {
        /// Which server.
        server: String,
        /// The message's bytes.
        size: u64,
        /// The server's limit, bytes.
        limit: u64,
    },
    /// An earlier command on this session failed or was given up half-way, so no answer can be trusted. Connect again.
    #[error("the connection to {server} cannot be used any more")]
    Unusable {
        /// Which server.
        server: String,
    },
}

/// Writes `: text` where there is one.
struct Tail<'a>(&'a str);

impl std::fmt::Display for Tail<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, ": {}", self.0) }
    }
}

impl ImapError {
    /// Whether the connection is over.
    pub fn is_fatal(&self) -> bool {
        !matches!(
            self,
            Self::Refused { .. } | Self::LoginRefused { .. } | Self::TooLarge { .. } | Self::Unsendable { .. }
        )
    }

    /// The response code of a refusal.
    pub fn refusal(&self) -> Option<&RefusalCode> {
        match self {
            Self::Refused { code, .. } => code.as_ref(),
            _ => None,
        }
    }

    /// This error for the user interface, with `server`, `command` and `reason` where they are known.
    pub fn fault(&self) -> Fault {
        let fault = |code, server: &str| Fault::new(code, self.to_string()).with("server", server);
        match self {
            Self::Net(error) => error.fault(),
            Self::LoginRefused { server, text } => {
                fault(FaultCode::LoginRefused, server).with("command", "LOGIN").with("reason", text)
            }
            Self::LoginUnavailable { server } => fault(FaultCode::LoginRefused, server)
                .with("command", "LOGIN")
                .with("reason", "the server offers no login by password"),
            Self::TlsUnavailable { server } => fault(FaultCode::TlsUnavailable, server).with("command", "STARTTLS"),
            Self::TooLarge { server, size, limit } => {
                fault(FaultCode::TooLarge, server).with("size", size.to_string()).with("limit", limit.to_string())
            }
            Self::Refused { server, command, text, code: Some(RefusalCode::OverQuota) } => {
                fault(FaultCode::OverQuota, server).with("command", *command).with("reason", text)
            }
            Self::Refused { server, command, text, .. } => {
                fault(FaultCode::ServerRefused, server).with("command", *command).with("reason", text)
            }
            Self::Nonsense { server, command, detail } => {
                fault(FaultCode::ServerNonsense, server).with("command", *command).with("reason", detail)
            }
            Self::TimedOut { server, command } => fault(FaultCode::TimedOut, server).with("command", *command),
            Self::Closed { server, command, text } => {
                fault(FaultCode::ConnectionLost, server).with("command", *command).with("reason", text)
            }
            Self::Unsendable { server, what } => fault(FaultCode::InvalidInput, server).with("reason", *what),
            Self::Unusable { server } => fault(FaultCode::ConnectionLost, server),
        }
    }

    pub(crate) fn from_failure(server: &str, command: &'static str, failure: Failure) -> Self {
        let server = server.to_owned();
        match failure {
            Failure::Violation(violation) => Self::Nonsense { server, command, detail: violation.to_string() },
            Failure::Stalled => Self::TimedOut { server, command },
            Failure::Eof => Self::Closed { server, command, text: String::new() },
            Failure::Io(kind) => Self::Closed { server, command, text: kind.to_string() },
        }
    }

    pub(crate) fn nonsense(server: &str, command: &'static str, violation: &Violation) -> Self {
        Self::Nonsense { server: server.to_owned(), command, detail: violation.to_string() }
    }
}

/// Why a server refused, by its response code (RFC 9051 §7.1, RFC 5530).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefusalCode {
    /// The folder to be made is there.
    AlreadyExists,
    /// No such folder.
    NonExistent,
    /// Make the target folder first.
    TryCreate,
    /// No space left.
    OverQuota,
    /// No right to do so.
    NoPerm,
    /// The server will never do this.
    Cannot,
    /// A limit of the server.
    Limit,
    /// A part of the server is down: later.
    Unavailable,
    /// In use by another connection: later.
    InUse,
    /// The server stumbled over itself: later.
    ServerBug,
    /// Somebody removed one of the messages meanwhile: again.
    ExpungeIssued,
    /// User or password wrong.
    AuthenticationFailed,
    /// This user may not log in so.
    AuthorizationFailed,
    /// The password has expired.
    Expired,
    /// The server wants TLS.
    PrivacyRequired,
    /// Ask the administrator.
    ContactAdmin,
    /// The user must be told the text.
    Alert,
    /// The folder has children.
    HasChildren,
    /// Any other, in upper case, cut to 40 characters.
    Other(String),
}

impl RefusalCode {
    pub(crate) fn from_word(word: &str) -> Self {
        let word = word.to_ascii_uppercase();
        match word.as_str() {
            "ALREADYEXISTS" => Self::AlreadyExists,
            "NONEXISTENT" => Self::NonExistent,
            "TRYCREATE" => Self::TryCreate,
            "OVERQUOTA" => Self::OverQuota,
            "NOPERM" => Self::NoPerm,
            "CANNOT" => Self::Cannot,
            "LIMIT" => Self::Limit,
            "UNAVAILABLE" => Self::Unavailable,
            "INUSE" => Self::InUse,
            "SERVERBUG" => Self::ServerBug,
            "EXPUNGEISSUED" => Self::ExpungeIssued,
            "AUTHENTICATIONFAILED" => Self::AuthenticationFailed,
            "AUTHORIZATIONFAILED" => Self::AuthorizationFailed,
            "EXPIRED" => Self::Expired,
            "PRIVACYREQUIRED" => Self::PrivacyRequired,
            "CONTACTADMIN" => Self::ContactAdmin,
            "ALERT" => Self::Alert,
            "HASCHILDREN" => Self::HasChildren,
            _ => Self::Other(crate::wire::server_text(word.as_bytes()).chars().take(40).collect()),
        }
    }

    /// Whether the same may work later without the user.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Limit | Self::Unavailable | Self::InUse | Self::ServerBug | Self::ExpungeIssued)
    }
}
