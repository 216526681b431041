//! SEARCH and ESEARCH (RFC 9051 §7.3.4, RFC 3501 §7.2.5).

use super::scan::{Malformed, Scanner, Value};
use crate::uid_set::UidSet;

/// The numbers of a SEARCH, already made compact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Search {
    pub(crate) ids: UidSet,
}

/// An ESEARCH: whose, and what `ALL` said. Without `ALL` nothing was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Esearch {
    pub(crate) tag: Option<String>,
    pub(crate) uid: bool,
    pub(crate) all: UidSet,
}

pub(super) fn parse_search(mut s: Scanner<'_>) -> Result<Search, Malformed> {
    let mut ids = Vec::new();
    loop {
        s.space();
        if s.at_end() || s.peek() == Some(b'(') {
            // `(MODSEQ n)` ends the list (RFC 7162 §3.1.5).
            return Ok(Search { ids: UidSet::from_ranges(ids) });
        }
        let id = s.number_u32()?;
        ids.push((id, id));
    }
}

pub(super) fn parse_esearch(mut s: Scanner<'_>) -> Result<Esearch, Malformed> {
    let mut result = Esearch::default();
    if s.peek() == Some(b'(') {
        s.eat(b'(');
        s.word();
        s.space();
        if let Value::Text(tag) = s.value()? {
            result.tag = Some(String::from_utf8_lossy(&tag).into_owned());
        }
        s.expect(b')', "ESEARCH")?;
    }
    loop {
        s.space();
        if s.at_end() {
            return Ok(result);
        }
        let item = s.word().to_ascii_uppercase();
        s.space();
        match item.as_slice() {
            b"UID" => result.uid = true,
            b"ALL" => result.all = UidSet::parse(s.word())?,
            b"" => return Err(Malformed::Syntax("ESEARCH")),
            _ => s.skip_value()?,
        }
    }
}
