//! What the list, the reader and postroomctl are shown.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::{
    AccountId, Address, Flags, FolderId, Invitation, MessageId, PartNumber, SenderMark, ThreadId, Uid, UnixMillis,
    Unsubscribe,
};

/// One row of a message list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MessageRow {
    /// The message.
    pub id: MessageId,
    /// The account that it is in.
    pub account: AccountId,
    /// The folder that shows it.
    pub folder: FolderId,
    /// Its UID on the server; `None` while it moves.
    pub uid: Option<Uid>,
    /// The Date header, else when the server received it.
    pub date: UnixMillis,
    /// Who wrote it; the first is shown.
    pub from: Vec<Address>,
    /// To whom.
    pub to: Vec<Address>,
    /// The subject, decoded; may be empty.
    pub subject: String,
    /// The first words of the text; empty until the body is here.
    pub preview: String,
    /// Flags as shown: the server's with the queued changes on top.
    #[specta(type = Vec<String>)]
    pub flags: Flags,
    /// RFC822.SIZE, bytes.
    #[specta(type = u32)]
    pub size: u64,
    /// Whether it carries files.
    pub has_attachments: bool,
    /// Whether the whole message is on this computer.
    pub has_body: bool,
    /// The conversation that it is part of.
    pub thread: ThreadId,
    /// The conversation as its row shows it; `None` in a list by message.
    pub conversation: Option<Conversation>,
}

/// Whether a list shows each message or each conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum ListBy {
    /// Each message.
    #[default]
    Message,
    /// Each conversation once, at its newest message in the folder.
    Conversation,
}

/// A conversation in one row of a folder's list: what of it is in this folder, and elsewhere but in trash and junk. A message
/// of which there are copies counts once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Conversation {
    /// Its messages.
    pub messages: u32,
    /// Those that are unread.
    pub unread: u32,
    /// Who wrote them, each once, in the order of their first message.
    pub people: Vec<Address>,
    /// Whether one is starred.
    pub flagged: bool,
    /// Whether one carries files.
    pub has_attachments: bool,
}

/// A page of rows, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ListPage {
    /// The rows.
    pub messages: Vec<MessageRow>,
    /// Give this as `before` to get the next page; `None` at the end.
    pub next: Option<String>,
}

/// A folder's whole order without its rows: what a virtual list needs to be scrolled anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ListIndex {
    /// The folder.
    pub folder: FolderId,
    /// Every message, newest first.
    pub ids: Vec<MessageId>,
    /// Their dates, in whole seconds since 1970 UTC, in the same order.
    #[specta(type = Vec<i32>)]
    pub dates: Vec<i64>,
    /// The first rows (at most 60), so that the list paints from one answer.
    pub rows: Vec<MessageRow>,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SearchResult {
    /// The newest matches, up to the limit.
    pub messages: Vec<MessageRow>,
    /// How many match in all.
    pub total: u32,
}

/// How the body is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum BodyKind {
    /// Sanitised HTML.
    Html,
    /// Text.
    Text,
    /// The source, as text: the message could not be read safely.
    Source,
    /// Not on this computer yet.
    Missing,
}

/// What is odd about a message. Shown in the message's details, never hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "kebab-case")]
pub enum DefectKind {
    /// Not MIME, or no header at all: read as text.
    NotMime,
    /// Parts are nested deeper than we follow.
    TooDeep,
    /// More parts than we follow.
    TooManyParts,
    /// The header is larger than we read.
    HeaderTooLarge,
    /// More addresses than we list.
    TooManyAddresses,
    /// No usable From, or several.
    SenderUnclear,
    /// No usable Date.
    DateMissing,
    /// A transfer encoding was broken.
    BrokenEncoding,
    /// A character set is unknown or wrong.
    BrokenCharset,
    /// A multipart without a boundary or without parts; shown as text.
    BrokenStructure,
    /// A container that is no MIME (winmail.dat, .msg) cannot be opened, or only in part.
    ContainerBroken,
    /// A file has several names or types; the most dangerous one is shown.
    NameUnclear,
    /// A text is longer than is shown of a large message; its beginning is.
    TextCut,
    /// The HTML is too large or too deep to be shown safely; shown as text.
    HtmlTooComplex,
    /// The program ended while it read this message; it is shown as source.
    Quarantined,
}

/// A defect and where it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type)]
pub struct Defect {
    /// What is odd.
    pub kind: DefectKind,
    /// More about it, English; never message text.
    pub detail: String,
}

/// A file that a message carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Attachment {
    /// Which part.
    pub part: PartNumber,
    /// A safe file name: no path, no control, never empty.
    pub name: String,
    /// The MIME type in lower case, `type/subtype`.
    pub mime_type: String,
    /// Bytes after decoding.
    #[specta(type = u32)]
    pub size: u64,
    /// Shown inside the HTML (a `cid:` picture), not among the files.
    pub inline: bool,
}

/// A message opened for reading: all but the body, which the frame loads from `mail:` by `token`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OpenedMessage {
    /// The message.
    pub id: MessageId,
    /// Names this opening in `mail:` addresses: random, unguessable, void once closed.
    pub token: String,
    /// The row that the list shows.
    pub row: MessageRow,
    /// Copies.
    pub cc: Vec<Address>,
    /// Where answers go, if elsewhere than From.
    pub reply_to: Vec<Address>,
    /// The Message-ID, without angle brackets; may be empty.
    pub message_id: String,
    /// How the body is shown.
    pub body: BodyKind,
    /// Files.
    pub attachments: Vec<Attachment>,
    /// Remote pictures in the HTML, trackers among them.
    pub remote_pictures: u32,
    /// Those of them that only tell who reads; they are never loaded.
    pub remote_trackers: u32,
    /// Whether they are shown.
    pub remote_allowed: bool,
    /// What makes its sender look like another; mostly empty.
    pub sender_marks: Vec<SenderMark>,
    /// How to leave the list that it came by.
    pub unsubscribe: Option<Unsubscribe>,
    /// What it invites to.
    pub invitation: Option<Invitation>,
    /// What is odd about it.
    pub defects: Vec<Defect>,
    /// How much of it is here; `None`: all.
    pub coming: Option<Coming>,
}

/// A large message whose rest is coming.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Coming {
    /// Bytes that are here, from its beginning.
    #[specta(type = u32)]
    pub bytes: u64,
    /// Bytes that there will be, as far as the server told.
    #[specta(type = u32)]
    pub total: u64,
    /// Parts that are not wholly here. What comes behind them is not known yet.
    pub missing: Vec<PartNumber>,
}

/// What has come by now of a message that is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ComingMessage {
    /// Files, those that are coming among them.
    pub attachments: Vec<Attachment>,
    /// How much of it is here; `None`: all.
    pub coming: Option<Coming>,
    /// The text or its pictures are others than those shown: open it again to see them.
    pub changed: bool,
}

/// How the whole program is doing, for `postroomctl status` and the status line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Status {
    /// The program's version.
    pub version: String,
    /// Where the profile is.
    pub data_dir: String,
    /// How many accounts.
    pub accounts: u32,
    /// Messages known.
    pub messages: u32,
    /// Messages whose whole text is here.
    pub bodies: u32,
    /// Size of all messages whose text is here, bytes before compression.
    #[specta(type = u32)]
    pub raw_bytes: u64,
    /// What the two databases take on disk, bytes.
    #[specta(type = u32)]
    pub stored_bytes: u64,
    /// Queued operations.
    pub pending: u32,
    /// Messages that brought the program down and are shown as source.
    pub quarantined: u32,
}
