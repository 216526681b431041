//! Content-Type and Content-Disposition: the type and its parameters, with RFC 2231's pieces and charsets and the habits of
//! programs that do not know it. Bounded: the first [`crate::limits::PARAMETERS`].

use std::collections::BTreeMap;

use crate::charset;
use crate::decode::hex_pair;
use crate::defects::Defects;
use crate::limits::PARAMETERS;
use crate::words::{self, Hint};

/// Names of one file that are looked at.
const NAMES: usize = 8;

/// A value with parameters, all names in lower case.
#[derive(Debug, Default, Clone)]
pub(crate) struct Parameterised {
    /// What stands before the first `;`, lower case, without comments and white space.
    pub(crate) value: String,
    parameters: BTreeMap<String, String>,
    /// What else a name may be read as: a plain twin, a second one.
    others: Vec<String>,
}

impl Parameterised {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// A value that no header holds.
    pub(crate) fn made(value: &str, parameter: Option<(&str, &str)>) -> Self {
        let parameters = parameter.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
        Self { value: value.to_ascii_lowercase(), parameters, others: Vec::new() }
    }

    pub(crate) fn read(value: &[u8], hint: &Hint) -> Self {
        let mut segments = segments(value);
        // "multipart/mixed boundary=x", the semicolon forgotten.
        if let Some(first) = segments.first().copied()
            && let Some(blank) = first.trim_ascii_start().iter().position(u8::is_ascii_whitespace)
            && let Some((kind, rest)) = first.trim_ascii_start().split_at_checked(blank)
            && rest.contains(&b'=')
            && kind.contains(&b'/')
        {
            segments.splice(..1, [kind, rest]);
        }
        let head = without_comments(segments.first().copied().unwrap_or_default());
        let head = head.to_ascii_lowercase();
        let mut pieces: BTreeMap<String, Vec<Piece>> = BTreeMap::new();
        // "Content-Type: charset=utf-8", without a type.
        let skip = usize::from(!head.contains('='));
        for segment in segments.drain(..).skip(skip).take(PARAMETERS) {
            if let Some((name, piece)) = parameter(segment) {
                pieces.entry(name).or_default().push(piece);
            }
        }
        let (mut parameters, mut others) = (BTreeMap::new(), Vec::new());
        for (name, pieces) in pieces {
            let is_name = matches!(name.as_str(), "filename" | "name");
            // A boundary is compared byte by byte: it is no text.
            let mut readings = if name == "boundary" && pieces.iter().all(|piece| !piece.extended && !piece.numbered) {
                pieces.into_iter().take(1).map(|piece| String::from_utf8_lossy(&piece.bytes).into_owned()).collect()
            } else {
                readings(pieces, hint, if is_name { NAMES } else { 1 })
            }
            .into_iter();
            parameters.insert(name, readings.next().unwrap_or_default());
            others.extend(readings);
        }
        Self { value: if skip == 0 { String::new() } else { head }, parameters, others }
    }

    /// Other readings of `filename` and `name`.
    pub(crate) fn other_names(&self) -> impl Iterator<Item = &str> {
        self.others.iter().map(String::as_str)
    }
}

/// A parameter, or a piece of one.
struct Piece {
    /// 0 where it is whole.
    index: u32,
    /// `name*=`, `name*0*=`: percent-encoded, and better than its plain twin.
    extended: bool,
    /// `name*0=`, `name*0*=`.
    numbered: bool,
    bytes: Vec<u8>,
}

/// Whether a value is raw text of two-byte characters, whose second half may look like a backslash.
fn is_double(value: &[u8]) -> bool {
    std::str::from_utf8(value).is_err()
}

/// Whether the byte and the one behind it are one character of GBK, Big5 or Shift-JIS.
fn is_pair(byte: u8, next: Option<u8>) -> bool {
    matches!(byte, 0x81..=0xfe) && next.is_some_and(|next| next >= 0x40)
}

/// Cuts at the semicolons outside quotes.
fn segments(value: &[u8]) -> Vec<&[u8]> {
    let mut segments = Vec::new();
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    let double = is_double(value);
    for (at, &byte) in value.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            byte if double && is_pair(byte, value.get(at + 1).copied()) => escaped = true,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b';' if !quoted => {
                segments.push(value.get(start..at).unwrap_or_default());
                start = at + 1;
                if segments.len() > PARAMETERS {
                    return segments;
                }
            }
            _ => {}
        }
    }
    segments.push(value.get(start..).unwrap_or_default());
    segments
}

fn without_comments(value: &[u8]) -> String {
    let mut out = String::new();
    let mut depth = 0_u32;
    for &byte in value.iter().take(1_000) {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ if depth == 0 && byte.is_ascii_graphic() && byte != b'"' => out.push(char::from(byte)),
            _ => {}
        }
    }
    out
}

fn parameter(segment: &[u8]) -> Option<(String, Piece)> {
    let equals = segment.iter().position(|&byte| byte == b'=')?;
    let name = segment.get(..equals)?.trim_ascii();
    let name = std::str::from_utf8(name).ok()?.to_ascii_lowercase();
    let bytes = unquoted(segment.get(equals + 1..)?.trim_ascii());
    let mut parts = name.split('*');
    let base = parts.next().filter(|base| !base.is_empty() && base.len() <= 100)?.trim_end().to_owned();
    let (index, extended, numbered) = match (parts.next(), parts.next()) {
        (None, _) => (0, false, false),
        (Some(""), _) => (0, true, false),
        (Some(number), star) => (number.trim().parse().ok()?, star.is_some(), true),
    };
    Some((base, Piece { index, extended, numbered, bytes }))
}

fn unquoted(value: &[u8]) -> Vec<u8> {
    let Some(inner) = value.strip_prefix(b"\"") else { return value.to_vec() };
    let mut out = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter().copied().peekable();
    let double = is_double(inner);
    while let Some(byte) = bytes.next() {
        match byte {
            byte if double && is_pair(byte, bytes.peek().copied()) => {
                out.push(byte);
                out.extend(bytes.next());
            }
            b'"' => break,
            b'\\' => match bytes.next() {
                Some(next @ (b'"' | b'\\')) => out.push(next),
                Some(next) => out.extend([b'\\', next]),
                None => {}
            },
            b'\r' | b'\n' => {}
            _ => out.push(byte),
        }
    }
    out
}

/// What the pieces of a parameter may be read as, the best first, at most so many. The extended form wins over its plain twin
/// (RFC 2231 §4 is what newer programs write with care).
fn readings(pieces: Vec<Piece>, hint: &Hint, most: usize) -> Vec<String> {
    let (mut numbered, whole): (Vec<_>, Vec<_>) = pieces.into_iter().partition(|piece| piece.numbered);
    let (extended, plain): (Vec<_>, Vec<_>) = whole.into_iter().partition(|piece| piece.extended);
    numbered.sort_by_key(|piece| piece.index);
    numbered.dedup_by_key(|piece| piece.index);
    let numbered = Some(numbered).filter(|pieces| !pieces.is_empty());
    let extended = extended.into_iter().map(|piece| vec![piece]);
    let plain = plain.into_iter().map(|piece| vec![piece]);
    extended.chain(numbered).chain(plain).take(most).map(|pieces| join(pieces, hint)).collect()
}

/// One value from its pieces.
fn join(pieces: Vec<Piece>, hint: &Hint) -> String {
    if !pieces.iter().any(|piece| piece.extended) {
        let whole: Vec<u8> = pieces.into_iter().flat_map(|piece| piece.bytes).collect();
        return words::marked_text(&whole, hint, &mut Defects::default());
    }
    let (mut label, mut bytes) = (String::new(), Vec::new());
    for (at, piece) in pieces.iter().enumerate() {
        let mut text = piece.bytes.as_slice();
        if at == 0 && piece.extended {
            let mut quotes = text.splitn(3, |&byte| byte == b'\'');
            if let (Some(charset), Some(_), Some(rest)) = (quotes.next(), quotes.next(), quotes.next()) {
                label = String::from_utf8_lossy(charset).into_owned();
                text = rest;
            }
        }
        if piece.extended { percent_decode(text, &mut bytes) } else { bytes.extend_from_slice(text) }
    }
    // Some programs put an encoded word into the extended form.
    let text = charset::decode(&bytes, Some(&label)).text;
    words::marked_text(text.as_bytes(), hint, &mut Defects::default())
}

fn percent_decode(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        match tail {
            [high, low, after @ ..]
                if first == b'%'
                    && let Some(byte) = hex_pair(*high, *low) =>
            {
                out.push(byte);
                rest = after;
            }
            _ => out.push(first),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &str, kind: &str, name: &str, expected: Option<&str>) {
        let read = Parameterised::read(value.as_bytes(), &Hint::default());
        assert_eq!((read.value.as_str(), read.get(name)), (kind, expected), "{value}");
    }

    #[test]
    fn parameters_are_read() {
        check("Text/Plain; charset=\"UTF-8\"", "text/plain", "charset", Some("UTF-8"));
        check("text/plain (a comment); charset = us-ascii ; x=y", "text/plain", "charset", Some("us-ascii"));
        check("a/b; name=\"a;\\\"b\\\" c.txt\"", "a/b", "name", Some("a;\"b\" c.txt"));
        check("a/b; name=two words.pdf", "a/b", "name", Some("two words.pdf"));
        check("a/b; name=\"never closed", "a/b", "name", Some("never closed"));
        check("a/b\r\n\tname=c", "a/b", "name", Some("c"));
        check("charset=utf-8", "", "charset", Some("utf-8"));
        check("a/b; boundary=\"a  b=?utf-8?Q?c?=\"", "a/b", "boundary", Some("a  b=?utf-8?Q?c?="));
        check("a/b; name=\"=?gb2312?B?udjT2rrPzaw=?=.doc\"", "a/b", "name", Some("关于合同.doc"));
        check("attachment; filename=\"C:\\dir\\f.txt\"", "attachment", "filename", Some("C:\\dir\\f.txt"));
    }

    #[test]
    fn rfc_2231_pieces_are_joined() {
        check("a; filename*=utf-8''%E5%90%88%E5%90%8C.pdf", "a", "filename", Some("合同.pdf"));
        check("a; filename*=gb2312'zh'%BA%CF%CD%AC.pdf; filename=x", "a", "filename", Some("合同.pdf"));
        check("a; f*1=b; f*0=\"a\"; f*2=c", "a", "f", Some("abc"));
        // Cut in the middle of a character.
        check("a; f*0*=utf-8''%E5%90; f*1*=%88; f*2=.x", "a", "f", Some("合.x"));
        check("a; f*=%zz", "a", "f", Some("%zz"));
    }

    #[test]
    fn raw_names_may_hold_what_looks_like_a_backslash() {
        for (name, raw) in [
            ("功課.doc", b"a; filename=\"\xa5\x5c\xbd\xd2.doc\"; x=y".as_slice()),
            ("許功.doc", b"a; filename=\"\xb3\x5c\xa5\x5c.doc\"; x=y"),
        ] {
            let hint = Hint { label: Some("big5".to_owned()), sample: Vec::new() };
            let read = Parameterised::read(raw, &hint);
            assert_eq!((read.get("filename"), read.get("x")), (Some(name), Some("y")));
        }
        check("a; name=\"caf\u{e9}\"; x=y", "a", "x", Some("y"));
        let latin = Parameterised::read(b"a; name=\"caf\xe9\"; x=y", &Hint::default());
        assert_eq!((latin.get("name"), latin.get("x")), (Some("caf\u{e9}"), Some("y")));
    }
}
