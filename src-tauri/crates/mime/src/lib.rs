//! Bytes of a message → what can be read of it, and a list of what is odd about it.
//!
//! Reading never fails, never panics and never overflows the stack, whatever the bytes are. The structure (RFC 2045, RFC 2046)
//! is found by one pass over the lines with an explicit, bounded stack ([`limits`]); mail-parser is given only single header
//! values that were cut to size before, so neither nesting nor repetition reaches it. No I/O, no clock, no state.
//!
//! What is no MIME but comes in mail is opened too, behind the same limits: winmail.dat, Outlook's .msg, rich text, uuencode
//! and yEnc (`containers`).
//!
//! Everything that comes out of a header is one line without controls ([`postroom_types::clean_text`]).

mod address;
mod blocks;
mod charset;
mod containers;
mod content;
mod decode;
mod defects;
mod eml;
mod enriched;
mod envelope;
mod file_name;
#[cfg(test)]
mod fuzz;
mod header;
mod layout;
pub mod limits;
mod mapi;
mod message;
pub mod outline;
mod outlook;
mod parameters;
mod plain;
mod rtf;
mod skeleton;
mod source;
mod stream;
mod structure;
mod subject;
mod summary;
mod tnef;
mod unsubscribe;
mod words;

pub use envelope::{Envelope, parse_envelope};
pub use file_name::safe_file_name;
pub use message::{InlinePart, Message, PartInfo, parse, part_bytes};
pub use outline::Outline;
pub use plain::unflowed;
pub use skeleton::Skeleton;
pub use source::{header_block, plain_text, source_text};
pub use stream::{PartPlace, PartReader};
pub use subject::{BaseSubject, base_subject};
pub use summary::{Summary, summarise};
pub use unsubscribe::{ListUnsubscribe, list_unsubscribe};
