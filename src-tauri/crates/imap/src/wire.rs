//! The typed responses of a server (RFC 9051 §7 and the extensions that we ask for).
//!
//! We read them ourselves: imap-proto, under async-imap, overflows the stack on nested lists, panics on `INTERNALDATE NIL`
//! and knows neither ESEARCH nor half of the response codes. This reader does not recurse, indexes nothing, bounds nesting
//! and skips what it does not know. It must never decide what a response means for a folder: that is the session's part.

mod code;
mod fetch;
mod list;
mod namespace;
mod quota;
mod scan;
mod search;

use bytes::Bytes;
use postroom_types::clean_text;

pub(crate) use code::Code;
#[cfg(test)]
pub(crate) use fetch::Section;
pub(crate) use fetch::{Fetch, SectionData};
pub(crate) use list::{ListLine, StatusLine};
pub(crate) use namespace::NamespaceLine;
pub(crate) use quota::QuotaLine;
pub(crate) use scan::{MAX_DEPTH, Malformed, Scanner};
pub(crate) use search::{Esearch, Search};

use crate::uid_set::UidSet;

/// How a state or tagged response ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Ok,
    No,
    Bad,
}

/// A status with its response code and text, both from the server; the text is cleaned and short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) status: Status,
    pub(crate) code: Option<Code>,
    pub(crate) text: String,
}

/// One response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    Untagged(Untagged),
    Continue,
    Tagged { tag: String, state: State },
}

/// A response that no command's end is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Untagged {
    State(State),
    PreAuth,
    Bye {
        text: String,
    },
    Capability(Vec<String>),
    Enabled(Vec<String>),
    List(ListLine),
    Status(StatusLine),
    /// The user's own namespace, if there is one.
    Namespace(Option<NamespaceLine>),
    /// Of storage, if it limits that.
    Quota(Option<QuotaLine>),
    Search(Search),
    Esearch(Esearch),
    /// RFC 7162 §3.2.10; `earlier` answers a question and is no news.
    Vanished {
        earlier: bool,
        uids: UidSet,
    },
    Exists(u32),
    Expunge,
    Fetch(Box<Fetch>),
    /// Which program the server is, in its own words (RFC 2971), cleaned and cut.
    Id(String),
    /// RECENT, FLAGS: known, of no use here.
    Unused,
    /// A word that we do not know, cut and cleaned for the log.
    Unknown(String),
}

/// The longest text of a server that is kept, in characters.
const MAX_TEXT: usize = 200;

/// Makes a server's text safe to show and short.
pub(crate) fn server_text(text: &[u8]) -> String {
    // Four bytes a character at most, and white space that is dropped: more need not be looked at.
    let head = text.get(..MAX_TEXT * 8).unwrap_or(text);
    clean_text(&String::from_utf8_lossy(head)).chars().take(MAX_TEXT).collect()
}

/// Reads one response, framed and with its line's end.
pub(crate) fn parse(frame: &Bytes) -> Result<Event, Malformed> {
    let mut s = Scanner::new(frame);
    if s.eat(b'+') {
        return Ok(Event::Continue);
    }
    if s.eat(b'*') {
        s.space();
        return untagged(frame, s).map(Event::Untagged);
    }
    let tag = s.word();
    s.space();
    let tag = match std::str::from_utf8(tag) {
        Ok(tag) if !tag.is_empty() && tag.len() <= 16 => tag.to_owned(),
        _ => return Err(Malformed::NotAResponse),
    };
    let status = status(s.word()).ok_or(Malformed::NotAResponse)?;
    Ok(Event::Tagged { tag, state: state(status, s) })
}

fn status(word: &[u8]) -> Option<Status> {
    [(b"OK".as_slice(), Status::Ok), (b"NO", Status::No), (b"BAD", Status::Bad)]
        .into_iter()
        .find_map(|(name, status)| word.eq_ignore_ascii_case(name).then_some(status))
}

fn state(status: Status, mut s: Scanner<'_>) -> State {
    s.space();
    let (code, text) = code::split(s.rest_of_line());
    State { status, code, text: server_text(text) }
}

fn untagged(frame: &Bytes, mut s: Scanner<'_>) -> Result<Untagged, Malformed> {
    let word = s.word();
    if let Some(status) = status(word) {
        return Ok(Untagged::State(state(status, s)));
    }
    s.space();
    if !word.is_empty() && word.iter().all(u8::is_ascii_digit) {
        return numbered(frame, word, s);
    }
    Ok(match word.to_ascii_uppercase().as_slice() {
        b"PREAUTH" => Untagged::PreAuth,
        b"BYE" => Untagged::Bye { text: server_text(code::split(s.rest_of_line()).1) },
        b"CAPABILITY" => Untagged::Capability(s.words()),
        b"ENABLED" => Untagged::Enabled(s.words()),
        b"LIST" | b"LSUB" | b"XLIST" => Untagged::List(list::parse_list(s)?),
        b"STATUS" => Untagged::Status(list::parse_status(s)?),
        b"SEARCH" => Untagged::Search(search::parse_search(s)?),
        b"ESEARCH" => Untagged::Esearch(search::parse_esearch(s)?),
        b"VANISHED" => vanished(s)?,
        // One that cannot be read tells nothing, and is no reason to hang up.
        b"NAMESPACE" => Untagged::Namespace(namespace::parse_namespace(s).unwrap_or_default()),
        b"QUOTA" => Untagged::Quota(quota::parse_quota(s).unwrap_or_default()),
        b"QUOTAROOT" => Untagged::Unused,
        b"ID" => Untagged::Id(server_text(s.rest_of_line())),
        b"FLAGS" | b"RECENT" => Untagged::Unused,
        _ => Untagged::Unknown(server_text(word).chars().take(24).collect()),
    })
}

fn numbered(frame: &Bytes, number: &[u8], mut s: Scanner<'_>) -> Result<Untagged, Malformed> {
    let number = Scanner::new(number).number_u32().ok();
    Ok(match s.word().to_ascii_uppercase().as_slice() {
        b"EXISTS" => Untagged::Exists(number.ok_or(Malformed::Syntax("EXISTS"))?),
        b"EXPUNGE" => Untagged::Expunge,
        b"FETCH" | b"UIDFETCH" => Untagged::Fetch(Box::new(fetch::parse(frame, s)?)),
        b"RECENT" => Untagged::Unused,
        other => Untagged::Unknown(server_text(other).chars().take(24).collect()),
    })
}

fn vanished(mut s: Scanner<'_>) -> Result<Untagged, Malformed> {
    let earlier = s.eat(b'(');
    if earlier {
        let word = s.word();
        if !word.eq_ignore_ascii_case(b"EARLIER") || !s.eat(b')') {
            return Err(Malformed::Syntax("VANISHED"));
        }
        s.space();
    }
    Ok(Untagged::Vanished { earlier, uids: UidSet::parse(s.word())? })
}

#[cfg(test)]
mod tests;
