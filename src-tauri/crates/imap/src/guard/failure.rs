//! Why a connection is over.

use std::io;

use super::Violation;

/// Why nothing more comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    Violation(Violation),
    Stalled,
    Eof,
    Io(io::ErrorKind),
}

impl From<Violation> for Failure {
    fn from(violation: Violation) -> Self {
        Self::Violation(violation)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::TimedOut => Self::Stalled,
            io::ErrorKind::UnexpectedEof => Self::Eof,
            // Compressed data is all that is decoded below.
            io::ErrorKind::InvalidData => Violation::Malformed("compressed data").into(),
            kind => Self::Io(kind),
        }
    }
}
