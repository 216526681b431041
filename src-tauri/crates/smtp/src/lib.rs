//! Submitting mail: a session with a submission server (RFC 6409) over a connection that `net` made.
//!
//! [`check_login`] proves that a server, its certificate, the user name and the password are right. Submission itself is
//! built on the same session.
//!
//! The few commands are spoken by hand and lettre reads the replies. lettre's own connection does not serve:
//! - after a STARTTLS of ours it would wait for a greeting that the server does not repeat, and its own STARTTLS keeps
//!   plaintext received before TLS;
//! - it looks for the end of a line without a limit, so an endless line fills the memory;
//! - its reading of EHLO panics on a line of blanks (`250- `), its `AsyncTokioStream` hides from it that we use TLS;
//! - it writes every command into the log, `AUTH` with the password among them.
//!
//! That last is why binaries must filter the tracing target `lettre` (threats.md 44) although nothing here calls what
//! logs. This crate logs the command's name and the reply's code, no more.

mod check;
mod error;
mod login;
mod reply;
mod session;

pub use check::check_login;
pub use error::SmtpError;
