//! What went wrong, in a form that the user interface can put into words.

use std::collections::BTreeMap;
use std::io::ErrorKind;

use serde::{Deserialize, Serialize};
use specta::Type;

/// A code for each failure that a user can do something about. Prose belongs to the UI's catalogue and to postroomctl.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "kebab-case")]
pub enum FaultCode {
    /// The server refused the user name or password.
    LoginRefused,
    /// The host name has no address.
    HostUnknown,
    /// The host did not take the connection.
    ConnectionRefused,
    /// The connection was cut or could not be made.
    ConnectionLost,
    /// Nothing was heard for too long.
    TimedOut,
    /// The certificate is not one we trust for this host.
    CertificateUntrusted,
    /// The server offers no STARTTLS although it is required.
    TlsUnavailable,
    /// The server broke the protocol.
    ServerNonsense,
    /// The server said no.
    ServerRefused,
    /// No keychain, and no key for the file vault.
    VaultUnavailable,
    /// The file vault's key is wrong.
    VaultKeyWrong,
    /// No such account, folder, message or part.
    NotFound,
    /// An account with this address is there already.
    AccountExists,
    /// Something the user typed cannot be used.
    InvalidInput,
    /// The message is larger than the server takes.
    TooLarge,
    /// The mailbox on the server is full.
    OverQuota,
    /// The account has no folder of the role that is needed.
    NoSuchRole,
    /// The message's body is not on this computer yet.
    BodyMissing,
    /// The profile is in use by another Postroom.
    ProfileInUse,
    /// The profile was written by a newer Postroom.
    ProfileTooNew,
    /// There is no room left on this computer's disk.
    DiskFull,
    /// The profile, or its disk, may only be read.
    ReadOnly,
    /// The database or a file could not be read or written.
    Storage,
    /// Anything else of ours.
    Internal,
}

impl FaultCode {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LoginRefused => "login-refused",
            Self::HostUnknown => "host-unknown",
            Self::ConnectionRefused => "connection-refused",
            Self::ConnectionLost => "connection-lost",
            Self::TimedOut => "timed-out",
            Self::CertificateUntrusted => "certificate-untrusted",
            Self::TlsUnavailable => "tls-unavailable",
            Self::ServerNonsense => "server-nonsense",
            Self::ServerRefused => "server-refused",
            Self::VaultUnavailable => "vault-unavailable",
            Self::VaultKeyWrong => "vault-key-wrong",
            Self::NotFound => "not-found",
            Self::AccountExists => "account-exists",
            Self::InvalidInput => "invalid-input",
            Self::TooLarge => "too-large",
            Self::OverQuota => "over-quota",
            Self::NoSuchRole => "no-such-role",
            Self::BodyMissing => "body-missing",
            Self::ProfileInUse => "profile-in-use",
            Self::ProfileTooNew => "profile-too-new",
            Self::DiskFull => "disk-full",
            Self::ReadOnly => "read-only",
            Self::Storage => "storage",
            Self::Internal => "internal",
        }
    }

    /// What to do about it, in English, for postroomctl; the app's own words stand in its catalogue.
    pub fn hint(self) -> &'static str {
        match self {
            Self::LoginRefused => "Check the user name and password. Many providers need an app password.",
            Self::HostUnknown => "Check the spelling of the server's name and that you are online.",
            Self::ConnectionRefused => "Check the port, and that the server is running.",
            Self::ConnectionLost | Self::TimedOut => "It is tried again by itself. Check your network.",
            Self::CertificateUntrusted => {
                "If the server uses your company's own certificate authority, give its file with --ca."
            }
            Self::TlsUnavailable => "Use the port with TLS from the start (993, 465), or ask your administrator.",
            Self::ServerNonsense => "The server broke the protocol; other folders and accounts go on.",
            Self::ServerRefused => "The server's own words say why.",
            Self::VaultUnavailable => "Unlock the keychain, or set POSTROOM_VAULT_KEY to keep passwords in a file.",
            Self::VaultKeyWrong => "Set POSTROOM_VAULT_KEY to the key that the vault was made with.",
            Self::NotFound => "It may have been removed meanwhile. List again.",
            Self::AccountExists => "Remove the account first, or use another address.",
            Self::InvalidInput => "Correct it and try again.",
            Self::TooLarge => "The server takes smaller messages only. Ask your provider for a higher limit.",
            Self::OverQuota => "Remove mail from the server, or ask your provider for more room.",
            Self::NoSuchRole => "Create such a folder on the server, or move the message by hand.",
            Self::BodyMissing => "Connect, and it is loaded.",
            Self::ProfileInUse => "Close the other Postroom, or use another --data-dir.",
            Self::ProfileTooNew => "Update Postroom, or use another --data-dir.",
            Self::DiskFull => "Make room on the disk, then try again. What was saved before is kept.",
            Self::ReadOnly => "Give yourself the right to write the profile's folder, or use another --data-dir.",
            Self::Storage => "Check that the disk is not full and that the folder can be written.",
            Self::Internal => "This is a fault of Postroom; please report it.",
        }
    }

    /// What an error of the system with a file of ours means.
    pub fn of_io(error: &std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => Self::DiskFull,
            ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => Self::ReadOnly,
            _ => Self::Storage,
        }
    }

    /// Whether trying the same again later may help without the user.
    pub fn is_temporary(self) -> bool {
        matches!(
            self,
            Self::HostUnknown
                | Self::ConnectionRefused
                | Self::ConnectionLost
                | Self::TimedOut
                | Self::ServerNonsense
                | Self::ServerRefused
        )
    }
}

/// A failure: its code, a line of English for logs and postroomctl (never a secret, never message text), and the values
/// that the UI's sentence needs (`server`, `account`, `folder`, `command`, `reason`…).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// Which failure.
    pub code: FaultCode,
    /// One line, English.
    pub message: String,
    /// Named values for the UI's sentence.
    pub params: BTreeMap<String, String>,
}

impl Fault {
    /// A fault without values.
    pub fn new(code: FaultCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), params: BTreeMap::new() }
    }

    /// Adds a value for the UI's sentence.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
    }
}
