//! Accounts: where they log in and how they are.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::{AccountId, Fault};

/// How a connection is made private.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum TlsMode {
    /// TLS from the first byte (RFC 8314): ports 993 and 465.
    Implicit,
    /// `STARTTLS`, required: without it nothing is sent.
    StartTls,
    /// No TLS. Only to this machine itself (loopback).
    None,
}

impl TlsMode {
    /// The word stored in the database and given to postroomctl.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Implicit => "implicit",
            Self::StartTls => "starttls",
            Self::None => "none",
        }
    }
}

impl FromStr for TlsMode {
    type Err = ServerAddressError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        [Self::Implicit, Self::StartTls, Self::None]
            .into_iter()
            .find(|mode| mode.as_str() == s)
            .ok_or(ServerAddressError::TlsMode)
    }
}

/// Which of an account's two servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// Reading mail.
    Imap,
    /// Submitting mail.
    Smtp,
}

/// A server's host, port and TLS mode. Build it by [`ServerAddress::new`], which checks all three.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
pub struct ServerAddress {
    /// A host name or an IP address, as the user wrote it, without brackets.
    pub host: String,
    /// TCP port, never 0.
    pub port: u16,
    /// How the connection is made private.
    pub tls: TlsMode,
}

/// Why a server address cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ServerAddressError {
    /// Empty, or with a character that no host name has.
    #[error("the host name is empty or holds a character that no host name has")]
    Host,
    /// Not a number from 1 to 65535.
    #[error("the port must be a number from 1 to 65535, as in imap.example.com:993")]
    Port,
    /// None of the three words.
    #[error("TLS is one of implicit, starttls, none")]
    TlsMode,
    /// `none` to another machine.
    #[error("a connection without TLS is allowed to this machine only")]
    PlainToOtherHost,
}

impl ServerAddress {
    /// Checks host, port and that `none` stays on this machine.
    pub fn new(host: &str, port: u16, tls: TlsMode) -> Result<Self, ServerAddressError> {
        let host = host.trim().trim_start_matches('[').trim_end_matches(']');
        let known = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
        if host.is_empty() || host.len() > 253 || !host.chars().all(known) {
            return Err(ServerAddressError::Host);
        }
        if port == 0 {
            return Err(ServerAddressError::Port);
        }
        let address = Self { host: host.to_owned(), port, tls };
        if tls == TlsMode::None && !address.is_loopback() {
            return Err(ServerAddressError::PlainToOtherHost);
        }
        Ok(address)
    }

    /// Reads `host:port` or `[::1]:port`.
    pub fn parse(host_port: &str, tls: TlsMode) -> Result<Self, ServerAddressError> {
        let (host, port) = host_port.rsplit_once(':').ok_or(ServerAddressError::Port)?;
        Self::new(host, port.parse().map_err(|_| ServerAddressError::Port)?, tls)
    }

    /// Whether this is the machine itself: `localhost` or a loopback address.
    pub fn is_loopback(&self) -> bool {
        self.host.eq_ignore_ascii_case("localhost")
            || self.host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

/// What the user fills in to add an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AccountDraft {
    /// Shown beside the address in what is sent; may be empty.
    pub name: String,
    /// The mail address.
    pub email: String,
    /// Where mail is read.
    pub imap: ServerAddress,
    /// Where mail is submitted.
    pub smtp: ServerAddress,
    /// The login name; the address where the user gave none.
    pub user: String,
    /// A private certificate authority (PEM) to trust for this account alone.
    pub ca_pem: Option<String>,
}

/// How an account is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum AccountState {
    /// Not connected and not trying (before the first sync, or postroomctl).
    Idle,
    /// Opening a connection.
    Connecting,
    /// Connected; what the server pushes arrives.
    Online,
    /// Not reachable for now; tried again by itself.
    Offline {
        /// Why.
        fault: Fault,
    },
    /// Needs the user: a refused password, an untrusted certificate.
    Blocked {
        /// Why, and what to do.
        fault: Fault,
    },
}

/// An account as the sidebar and postroomctl show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Account {
    /// Its row.
    pub id: AccountId,
    /// The user's own name; may be empty.
    pub name: String,
    /// The mail address; unique.
    pub email: String,
    /// Where mail is read.
    pub imap: ServerAddress,
    /// Where mail is submitted.
    pub smtp: ServerAddress,
    /// The login name.
    pub user: String,
    /// Whether a private certificate authority is trusted.
    pub private_ca: bool,
    /// How it is doing.
    pub state: AccountState,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_address_is_checked() {
        let parse = |s: &str, tls| ServerAddress::parse(s, tls);
        assert_eq!(parse("imap.example.com:993", TlsMode::Implicit).unwrap().port, 993);
        assert_eq!(parse("[::1]:143", TlsMode::None).unwrap().host, "::1");
        assert_eq!(parse("imap.example.com", TlsMode::Implicit), Err(ServerAddressError::Port));
        assert_eq!(parse("imap.example.com:0", TlsMode::Implicit), Err(ServerAddressError::Port));
        assert_eq!(parse("a b:993", TlsMode::Implicit), Err(ServerAddressError::Host));
        assert_eq!(parse("a\r\nb:993", TlsMode::Implicit), Err(ServerAddressError::Host));
        assert_eq!(parse("imap.example.com:143", TlsMode::None), Err(ServerAddressError::PlainToOtherHost));
        assert!(parse("127.0.0.1:143", TlsMode::None).is_ok());
    }
}
