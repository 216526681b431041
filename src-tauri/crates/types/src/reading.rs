//! What the reader shows around a message's text: what is odd about its sender, how to leave its list, what it invites to.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::{Address, PartNumber, UnixMillis};

/// What makes a sender look like another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "kebab-case")]
pub enum SenderMark {
    /// The display name holds a mail address, and not the one that the message is from.
    OtherAddress,
    /// The name or the address has letters of one script that look like those of another.
    LookAlike,
}

/// How to leave the list that a message came by. The addresses stay in the core: the page names the opened message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "way", rename_all = "kebab-case")]
pub enum Unsubscribe {
    /// One request is enough (RFC 8058).
    OneClick {
        /// Who is told, as a browser shows it.
        host: String,
    },
    /// On a web page.
    Web {
        /// Where it is, as a browser shows it.
        host: String,
    },
    /// By a mail.
    Mail {
        /// To whom.
        address: String,
    },
}

/// What a calendar part says (RFC 5545, RFC 5546); of several events, the first that is not an exception of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Invitation {
    /// Which part it stands in.
    pub part: PartNumber,
    /// What is wanted.
    pub kind: InvitationKind,
    /// What it is about; may be empty.
    pub summary: String,
    /// Where; may be empty.
    pub place: String,
    /// Who invites; both fields may be empty.
    pub organiser: Address,
    /// How many are invited.
    pub attendees: u32,
    /// When it begins.
    pub start: Option<EventTime>,
    /// When it ends; of a whole day, the day after the last.
    pub end: Option<EventTime>,
    /// How it repeats.
    pub repeats: Option<Repeats>,
    /// Further events in the same part, exceptions of this one not counted.
    pub more: u32,
}

/// What a calendar part wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "kebab-case")]
pub enum InvitationKind {
    /// An invitation, or a change of one.
    Request,
    /// It does not take place.
    Cancel,
    /// Somebody's answer.
    Reply,
    /// For information.
    Publish,
    /// Anything else.
    Other,
}

/// A moment, or a day, of a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EventTime {
    /// When it is; `None` where the time zone is unknown or there is none.
    pub at: Option<UnixMillis>,
    /// As written, without a zone: `2026-03-03T10:00:00`; a whole day is `2026-03-03`.
    pub local: String,
    /// The time zone as written; empty for UTC, a whole day, and a time that is wherever one is.
    pub zone: String,
}

/// How often an event repeats, as far as it is told here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "kebab-case")]
pub enum Repeats {
    /// Every day.
    Daily,
    /// Every week.
    Weekly,
    /// Every month.
    Monthly,
    /// Every year.
    Yearly,
    /// By a rule that takes more words.
    Other,
}
