//! FETCH (RFC 9051 §7.5.2): the items that we ask for; all others are skipped.

use std::borrow::Cow;

use bytes::Bytes;
use jiff::fmt::strtime;
use postroom_types::{Flags, ModSeq, Uid, UnixMillis};

use super::scan::{Malformed, Scanner, Value};
use super::server_text;

/// What a FETCH said. An item that was not in it is `None`, which never means "empty".
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Fetch {
    pub(crate) uid: Option<Uid>,
    pub(crate) flags: Option<Flags>,
    pub(crate) modseq: Option<ModSeq>,
    pub(crate) size: Option<u64>,
    pub(crate) internal_date: Option<UnixMillis>,
    /// X-GM-MSGID, in digits.
    pub(crate) email_id: Option<String>,
    /// PREVIEW, cleaned and cut to the 200 characters that it may have (RFC 8970 §3.1); `None` for NIL and for nothing.
    pub(crate) preview: Option<String>,
    pub(crate) sections: Vec<Section>,
}

impl Fetch {
    /// Drops the texts: what is kept as news needs none.
    pub(crate) fn drop_sections(&mut self) {
        self.sections.clear();
    }
}

/// `BODY[section]<origin>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Section {
    /// In upper case; empty for the whole message.
    pub(crate) name: Vec<u8>,
    pub(crate) origin: Option<u64>,
    pub(crate) data: SectionData,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SectionData {
    Nil,
    Bytes(Bytes),
    Oversize,
}

/// More sections than we ever ask for in one FETCH.
const MAX_SECTIONS: usize = 16;

pub(super) fn parse(frame: &Bytes, mut s: Scanner<'_>) -> Result<Fetch, Malformed> {
    let mut fetch = Fetch::default();
    s.space();
    s.expect(b'(', "FETCH")?;
    loop {
        s.blank();
        if s.eat(b')') {
            return Ok(fetch);
        }
        let name = item_name(&mut s)?;
        s.space();
        match name.as_slice() {
            b"UID" => fetch.uid = s.lenient_number().and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0).map(Uid),
            b"FLAGS" => fetch.flags = Some(flags(&mut s)?),
            b"MODSEQ" => fetch.modseq = modseq(&mut s)?,
            b"RFC822.SIZE" => fetch.size = s.lenient_number(),
            b"INTERNALDATE" => {
                fetch.internal_date = match s.value()? {
                    Value::Text(text) => internal_date(&text),
                    Value::Nil | Value::Oversize => None,
                };
            }
            b"X-GM-MSGID" => fetch.email_id = s.lenient_number().filter(|n| *n > 0).map(|n| n.to_string()),
            b"PREVIEW" if s.peek() != Some(b'(') => {
                fetch.preview = match s.value()? {
                    Value::Text(text) => Some(server_text(&text)).filter(|text| !text.is_empty()),
                    Value::Nil | Value::Oversize => None,
                };
            }
            b"BODY" if s.peek() == Some(b'[') => {
                let section = section(frame, &mut s)?;
                if fetch.sections.len() >= MAX_SECTIONS {
                    return Err(Malformed::Syntax("FETCH"));
                }
                fetch.sections.push(section);
            }
            _ => {
                // An unknown item may have a section of its own, such as BINARY[1].
                if s.eat(b'[') {
                    s.until(b']', "FETCH")?;
                }
                s.skip_value()?;
            }
        }
    }
}

fn item_name(s: &mut Scanner<'_>) -> Result<Vec<u8>, Malformed> {
    let mut name = Vec::new();
    while let Some(byte) = s.peek() {
        if matches!(byte, b' ' | b'(' | b')' | b'[' | b'\r' | b'\n' | b'"' | b'{') {
            break;
        }
        s.eat(byte);
        name.push(byte.to_ascii_uppercase());
    }
    match s.peek() {
        _ if !name.is_empty() => Ok(name),
        None | Some(b'\r' | b'\n') => Err(Malformed::End),
        Some(_) => Err(Malformed::Syntax("FETCH")),
    }
}

fn section(frame: &Bytes, s: &mut Scanner<'_>) -> Result<Section, Malformed> {
    s.eat(b'[');
    let name = s.until(b']', "BODY[")?.to_ascii_uppercase();
    let origin = if s.eat(b'<') {
        let origin = s.number_u64()?;
        s.until(b'>', "BODY[")?;
        Some(origin)
    } else {
        None
    };
    s.space();
    // `BODY[]` without a value: Yandex, for a message that it cannot read.
    if s.peek() == Some(b')') {
        return Ok(Section { name, origin, data: SectionData::Nil });
    }
    let data = match s.value()? {
        Value::Nil => SectionData::Nil,
        Value::Oversize => SectionData::Oversize,
        Value::Text(Cow::Borrowed(text)) => SectionData::Bytes(frame.slice_ref(text)),
        Value::Text(Cow::Owned(text)) => SectionData::Bytes(Bytes::from(text)),
    };
    Ok(Section { name, origin, data })
}

fn flags(s: &mut Scanner<'_>) -> Result<Flags, Malformed> {
    let names = s.list("FLAGS")?;
    Ok(names.iter().filter_map(|name| Flags::from_wire(std::str::from_utf8(name).ok()?)).collect())
}

/// `(n)`; servers send 0 or -1 where they keep none.
fn modseq(s: &mut Scanner<'_>) -> Result<Option<ModSeq>, Malformed> {
    s.expect(b'(', "MODSEQ")?;
    let number = s.lenient_number().filter(|n| *n > 0 && *n <= i64::MAX.cast_unsigned());
    s.expect(b')', "MODSEQ")?;
    Ok(number.map(ModSeq))
}

/// `" 1-Feb-2024 08:09:10 +0800"` (RFC 9051 §9, date-time).
fn internal_date(text: &[u8]) -> Option<UnixMillis> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let time = strtime::parse("%d-%b-%Y %H:%M:%S %z", text).ok()?.to_timestamp().ok()?;
    Some(UnixMillis(time.as_millisecond()))
}
