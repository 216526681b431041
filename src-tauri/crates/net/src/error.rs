//! What can go wrong on the way to a server.

use std::io;

use postroom_types::{Fault, FaultCode};
use rustls::CertificateError;

/// Why a certificate is not trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateReason {
    /// No authority that we trust signed it.
    #[error("no trusted authority signed it")]
    UnknownIssuer,
    /// It was made out for another host.
    #[error("it is for another host name")]
    WrongName,
    /// Its time is over.
    #[error("it has expired")]
    Expired,
    /// Its time has not begun, here: this computer's clock may be wrong.
    #[error("it is not valid yet; check this computer's clock")]
    NotYetValid,
    /// Withdrawn by its authority.
    #[error("it has been revoked")]
    Revoked,
    /// Anything else, in the TLS library's words.
    #[error("{0}")]
    Other(String),
}

impl CertificateReason {
    /// The word given to the user interface as the parameter `reason`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::UnknownIssuer => "unknown-issuer",
            Self::WrongName => "wrong-name",
            Self::Expired => "expired",
            Self::NotYetValid => "not-yet-valid",
            Self::Revoked => "revoked",
            Self::Other(_) => "other",
        }
    }
}

impl From<&CertificateError> for CertificateReason {
    fn from(error: &CertificateError) -> Self {
        match error {
            CertificateError::UnknownIssuer => Self::UnknownIssuer,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Self::WrongName,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Self::NotYetValid,
            CertificateError::Revoked => Self::Revoked,
            other => Self::Other(other.to_string()),
        }
    }
}

/// What can go wrong on the way to a server. Each names the host.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// The name has no address (or no resolver answers).
    #[error("the host {host} is unknown")]
    HostUnknown {
        /// As the user wrote it.
        host: String,
    },
    /// The machine is there, nothing listens on the port.
    #[error("{host} refused the connection on port {port}")]
    Refused {
        /// As the user wrote it.
        host: String,
        /// TCP.
        port: u16,
    },
    /// A step took too long.
    #[error("{host}:{port} did not answer in time ({what})")]
    TimedOut {
        /// As the user wrote it.
        host: String,
        /// TCP.
        port: u16,
        /// Which step: "looking up the name", "connecting", "TLS handshake"…
        what: &'static str,
    },
    /// The certificate is not one that we trust for this host. Nothing was sent.
    #[error("the certificate of {host} is not trusted: {reason}")]
    CertificateUntrusted {
        /// As the user wrote it.
        host: String,
        /// Why.
        reason: CertificateReason,
    },
    /// The server does not speak TLS on this port, or only versions before 1.2.
    #[error("{host} does not speak TLS 1.2 or 1.3 on this port: {detail}")]
    TlsUnavailable {
        /// As the user wrote it.
        host: String,
        /// The TLS library's words.
        detail: String,
    },
    /// The TLS handshake failed for another reason.
    #[error("TLS with {host} failed: {detail}")]
    Tls {
        /// As the user wrote it.
        host: String,
        /// The TLS library's words.
        detail: String,
    },
    /// The connection broke or could not be made.
    #[error("the connection to {host} was lost: {source}")]
    Lost {
        /// As the user wrote it.
        host: String,
        /// What the system says.
        source: io::Error,
    },
    /// A connection without TLS to another machine was asked for.
    #[error("{host} is another machine: without TLS nothing is sent to it")]
    PlainRefused {
        /// As the user wrote it.
        host: String,
    },
    /// `start_tls` on a connection that has TLS already.
    #[error("the connection to {host} has TLS already")]
    AlreadyTls {
        /// As the user wrote it.
        host: String,
    },
    /// The private certificate authority cannot be read.
    #[error("the certificate authority cannot be used: {reason}")]
    InvalidCa {
        /// What is wrong with it.
        reason: String,
    },
    /// This system has no certificate authorities at all.
    #[error("this system trusts no certificate authority: {detail}")]
    NoRoots {
        /// The TLS library's words.
        detail: String,
    },
    /// A picture's address is not one that we fetch: not http(s), not public, or an odd port.
    #[error("the picture's address is not allowed: {reason}")]
    PictureAddress {
        /// Which rule it breaks.
        reason: &'static str,
    },
    /// A picture is larger than the limit.
    #[error("the picture is larger than {max_bytes} bytes")]
    PictureTooLarge {
        /// The limit.
        max_bytes: usize,
    },
    /// What came is not a picture of a kind that we show.
    #[error("what {host} sent is not a picture")]
    PictureType {
        /// Who sent it.
        host: String,
    },
    /// The server did not give the picture.
    #[error("{host} answered with status {status} instead of the picture")]
    PictureStatus {
        /// Who answered.
        host: String,
        /// HTTP status.
        status: u16,
    },
    /// The server of a mailing list did not take the request to leave it.
    #[error("{host} answered with status {status}")]
    ListStatus {
        /// Who answered.
        host: String,
        /// HTTP status.
        status: u16,
    },
}

impl NetError {
    /// The failure in the form that the user interface puts into words: `server`, and where there is one `port` and `reason`.
    pub fn fault(&self) -> Fault {
        let fault = Fault::new(self.code(), self.to_string());
        match self {
            Self::Refused { host, port } => fault.with("server", host).with("port", port.to_string()),
            Self::TimedOut { host, port, what } => {
                fault.with("server", host).with("port", port.to_string()).with("reason", *what)
            }
            Self::CertificateUntrusted { host, reason } => {
                fault.with("server", host).with("reason", reason.as_str()).with("detail", reason.to_string())
            }
            Self::Tls { host, detail } => {
                fault.with("server", host).with("command", "TLS").with("reason", detail.as_str())
            }
            Self::TlsUnavailable { host, detail } => fault.with("server", host).with("reason", detail.as_str()),
            Self::Lost { host, source } => fault.with("server", host).with("reason", source.to_string()),
            Self::PictureStatus { host, status } => {
                fault.with("server", host).with("reason", status.to_string()).with("command", "GET")
            }
            Self::ListStatus { host, status } => fault.with("server", host).with("reason", status.to_string()),
            Self::HostUnknown { host }
            | Self::PlainRefused { host }
            | Self::AlreadyTls { host }
            | Self::PictureType { host } => fault.with("server", host),
            Self::InvalidCa { reason } => fault.with("reason", reason.as_str()),
            Self::NoRoots { detail } => fault.with("reason", detail.as_str()),
            Self::PictureAddress { reason } => fault.with("reason", *reason),
            Self::PictureTooLarge { .. } => fault,
        }
    }

    fn code(&self) -> FaultCode {
        match self {
            Self::HostUnknown { .. } => FaultCode::HostUnknown,
            Self::Refused { .. } => FaultCode::ConnectionRefused,
            Self::TimedOut { .. } => FaultCode::TimedOut,
            Self::CertificateUntrusted { .. } | Self::NoRoots { .. } => FaultCode::CertificateUntrusted,
            Self::TlsUnavailable { .. } => FaultCode::TlsUnavailable,
            Self::Tls { .. } | Self::PictureType { .. } => FaultCode::ServerNonsense,
            Self::Lost { .. } => FaultCode::ConnectionLost,
            Self::PlainRefused { .. } | Self::InvalidCa { .. } => FaultCode::InvalidInput,
            Self::AlreadyTls { .. } => FaultCode::Internal,
            Self::PictureAddress { .. } | Self::PictureTooLarge { .. } => FaultCode::InvalidInput,
            Self::PictureStatus { .. } | Self::ListStatus { .. } => FaultCode::ServerRefused,
        }
    }
}
