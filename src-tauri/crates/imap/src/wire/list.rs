//! LIST with its extensions, and STATUS.

use postroom_types::{ModSeq, Uid, UidValidity};

use super::scan::{Malformed, Scanner, Value};

/// A folder as listed, not yet judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListLine {
    /// `\Noselect`, `\Sent`… as written.
    pub(crate) attributes: Vec<String>,
    pub(crate) delimiter: Option<char>,
    /// The name's bytes as on the wire.
    pub(crate) name: Vec<u8>,
}

/// STATUS of a folder; what the server left out, or sent as 0 where 0 means nothing, is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct StatusLine {
    pub(crate) name: Vec<u8>,
    pub(crate) messages: Option<u32>,
    pub(crate) uid_next: Option<Uid>,
    pub(crate) uid_validity: Option<UidValidity>,
    pub(crate) highest_modseq: Option<ModSeq>,
    /// The server's own number of it (RFC 8474 §4.1).
    pub(crate) mailbox_id: Option<String>,
    /// The largest message that can be put there, bytes (RFC 7889).
    pub(crate) append_limit: Option<u64>,
}

/// `(attributes) delimiter name`, and after it extended data (RFC 5258 §3.5), which we never ask for and skip.
pub(super) fn parse_list(mut s: Scanner<'_>) -> Result<ListLine, Malformed> {
    let attributes = s.list("LIST")?.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect();
    s.space();
    let delimiter = match s.value()? {
        Value::Text(text) => std::str::from_utf8(&text).ok().and_then(|text| text.chars().next()),
        Value::Nil | Value::Oversize => None,
    };
    s.space();
    Ok(ListLine { attributes, delimiter, name: name(&mut s)? })
}

/// A folder's name. `NIL` is a name here, and an unquoted one may hold spaces and parentheses on servers that do not quote.
fn name(s: &mut Scanner<'_>) -> Result<Vec<u8>, Malformed> {
    if matches!(s.peek(), Some(b'"' | b'{')) {
        return match s.value()? {
            Value::Text(name) => Ok(name.into_owned()),
            Value::Nil | Value::Oversize => Err(Malformed::Syntax("a folder name")),
        };
    }
    Ok(s.word().to_vec())
}

/// An objectid (RFC 8474 §7): up to 255 letters, digits, `_` and `-`.
pub(super) fn object_id(id: &[u8]) -> Option<String> {
    let fits = |id: &&str| {
        (1..=255).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    };
    std::str::from_utf8(id).ok().filter(fits).map(str::to_owned)
}

pub(super) fn parse_status(mut s: Scanner<'_>) -> Result<StatusLine, Malformed> {
    let mut status = StatusLine { name: name(&mut s)?, ..StatusLine::default() };
    s.space();
    s.expect(b'(', "STATUS")?;
    loop {
        s.space();
        if s.eat(b')') {
            return Ok(status);
        }
        let item = s.word().to_ascii_uppercase();
        if item.is_empty() {
            return Err(if s.at_end() { Malformed::End } else { Malformed::Syntax("STATUS") });
        }
        s.space();
        if s.peek() == Some(b'(') {
            let mut list = s;
            // Whatever else comes in parentheses.
            s.skip_value()?;
            if item == b"MAILBOXID" {
                status.mailbox_id = list.list("MAILBOXID").ok().and_then(|ids| object_id(ids.first()?));
            }
            continue;
        }
        let number = s.lenient_number();
        let small = number.and_then(|number| u32::try_from(number).ok());
        let positive = small.filter(|number| *number > 0);
        match item.as_slice() {
            b"MESSAGES" => status.messages = small,
            b"APPENDLIMIT" => status.append_limit = number,
            b"UIDNEXT" => status.uid_next = positive.map(Uid),
            b"UIDVALIDITY" => status.uid_validity = positive.map(UidValidity),
            b"HIGHESTMODSEQ" => {
                status.highest_modseq = number.filter(|n| *n > 0 && *n <= i64::MAX.cast_unsigned()).map(ModSeq);
            }
            _ => {}
        }
    }
}
