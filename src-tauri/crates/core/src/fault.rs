//! From the rooms' errors to what the user is told.

use postroom_types::{Fault, FaultCode};

/// Turns a room's error into a fault; `?` with `.map_err(fault)` reads the same everywhere.
pub(crate) trait IntoFault {
    /// As the user is told.
    fn into_fault(self) -> Fault;
}

macro_rules! by_method {
    ($($error:ty),+) => {
        $(impl IntoFault for $error {
            fn into_fault(self) -> Fault {
                self.fault()
            }
        })+
    };
}

by_method!(
    postroom_store::StoreError,
    postroom_sync::SyncError,
    postroom_imap::ImapError,
    postroom_smtp::SmtpError,
    postroom_net::NetError,
    postroom_accounts::CredentialError
);

impl IntoFault for std::io::Error {
    fn into_fault(self) -> Fault {
        Fault::new(FaultCode::of_io(&self), self.to_string()).with("reason", self.to_string())
    }
}

impl IntoFault for tokio::task::JoinError {
    fn into_fault(self) -> Fault {
        Fault::new(FaultCode::Internal, "a worker ended early")
    }
}

pub(crate) fn fault<E: IntoFault>(error: E) -> Fault {
    error.into_fault()
}

/// Something asked for is not there.
pub(crate) fn not_found(what: &'static str) -> Fault {
    Fault::new(FaultCode::NotFound, format!("no such {what}")).with("what", what)
}

/// Something the user gave cannot be used.
pub(crate) fn invalid(reason: impl Into<String>) -> Fault {
    let reason = reason.into();
    Fault::new(FaultCode::InvalidInput, reason.clone()).with("reason", reason)
}
