//! Real mail servers for tests: Dovecot, Postfix and Cyrus with their own ports, folders and certificate authority.
//!
//! A test gets a fresh user from the shared [`Lab`], fills its mailbox by LMTP, IMAP or straight on the disk, lets the
//! program under test work over TLS, and looks at the result with [`LabImap`], which shares no code with it.
//!
//! ```no_run
//! let lab = postroom_lab::Lab::shared();
//! let user = lab.user("anna");
//! lab.deliver(&user, b"Subject: Hello\r\n\r\nText\r\n").unwrap();
//! let server = lab.imap_implicit(); // give this, user.user, user.password and lab.ca_pem() to the program
//! assert_eq!(lab.imap(&user).uids("INBOX").len(), 1);
//! ```
//!
//! A test that takes an [`ImapServer`] runs on [`Cyrus`], too. [`LabOptions`] changes what Dovecot is like.
//!
//! [`Proxy`] makes the way to a server slow, chopped, short or broken; [`ScriptedServer`] says what no real server would.
//! The servers end with the process, even if it is killed. They run as root and as an ordinary user.
//!
//! The crate knows `postroom-types` and no other crate of ours: a test's judge must not share the accused's code. What
//! goes wrong in the lab itself ends the test by a panic where a value is returned, and is an error elsewhere.

pub mod bombs;
mod bulk;
mod ca;
mod company;
mod cyrus;
pub mod data;
mod dovecot;
pub mod fuzz;
mod imap;
mod lab;
mod lmtp;
mod options;
mod postfix;
mod proxy;
pub mod sample;
mod scripted;
mod server;
mod system;
mod user;
mod watchdog;

pub use bulk::MaildirMail;
pub use company::Company;
pub use cyrus::{Cyrus, CyrusOptions};
pub use imap::LabImap;
pub use lab::{DOMAIN, Lab};
pub use options::{LabOptions, Namespace};
pub use proxy::{Proxy, Traffic};
pub use scripted::{ScriptedServer, Step};
pub use server::{ImapPorts, ImapServer};
pub use user::LabUser;
