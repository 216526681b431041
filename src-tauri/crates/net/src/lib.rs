//! Every socket that Postroom opens: TCP, TLS and whom it trusts, and the fetching of remote pictures.
//!
//! - [`connect`] opens a connection to a mail server, with TLS from the first byte where the address says so;
//!   [`start_tls`] upgrades one after the caller spoke `STARTTLS`.
//! - [`Trust`] is the platform's certificate authorities and, per account, a private one.
//! - [`with_read_timeout`] ends a connection on which nothing is heard.
//! - [`unsubscribe_one_click`] leaves a mailing list.
//! - [`fetch_picture`] loads one remote picture of a mail without cookies or referrer, from public addresses only.
//!
//! It knows no mail protocol and keeps no connection. Nothing that goes over a connection is ever logged. TLS is 1.2 or
//! 1.3, and there is no way to switch the check of a certificate off.

mod connect;
mod error;
mod one_click;
mod picture;
mod stalled;
mod stream;
mod trust;

pub use connect::{connect, start_tls};
pub use error::{CertificateReason, NetError};
pub use one_click::unsubscribe_one_click;
pub use picture::{Picture, PictureLimits, fetch_picture};
pub use stalled::{ReadTimeout, STALL, Stalled, with_read_timeout};
pub use stream::Stream;
pub use trust::{Trust, install_crypto_provider};
