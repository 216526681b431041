//! The message as it stands, as text that can be read.

use crate::charset;
use crate::header;
use crate::limits::HEADER_BYTES;
use crate::parameters::Parameterised;
use crate::words::Hint;

/// The raw header fields, undecoded, with LF line ends; bytes beyond ASCII by a guess of their charset. At most 1 MiB.
pub fn header_block(raw: &[u8]) -> String {
    let raw = header::with_line_ends(raw);
    let (len, _) = header::extent(&raw);
    readable(raw.get(..len.min(HEADER_BYTES)).unwrap_or_default(), label(&raw).as_deref())
}

/// The first `max` bytes of a message as text. Nothing is parsed but lines, so it is safe for a message that nothing else could read.
pub fn source_text(raw: &[u8], max: usize) -> String {
    let raw = raw.get(..max).unwrap_or(raw);
    let raw = header::with_line_ends(raw);
    readable(&raw, label(&raw).as_deref())
}

/// A file of text as text: its charset guessed where the part's label does not fit, its line ends LF, its controls replaced.
pub fn plain_text(bytes: &[u8], label: &str) -> String {
    readable(bytes, Some(label).filter(|label| !label.is_empty()))
}

fn label(raw: &[u8]) -> Option<String> {
    let (len, _) = header::extent(raw);
    let fields = header::Fields::read(raw.get(..len)?, &mut crate::defects::Defects::default());
    let value = Parameterised::read(fields.first("content-type")?, &Hint::default());
    value.get("charset").map(str::to_owned)
}

fn readable(bytes: &[u8], hint: Option<&str>) -> String {
    // A cut may have hit the middle of a character.
    let whole = match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => bytes.get(..error.valid_up_to()).unwrap_or(bytes),
        _ => bytes,
    };
    let text = charset::guess(whole, hint);
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' => out.push('\n'),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => out.push(char::REPLACEMENT_CHARACTER),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_is_readable_text() {
        assert_eq!(source_text(b"A: b\r\n\r\nc\0d", 100), "A: b\n\nc\u{fffd}d");
        assert_eq!(source_text("ab长".as_bytes(), 4), "ab");
        assert_eq!(header_block(b"A: b\r\n c\r\n\r\nbody"), "A: b\n c\n\n");
        assert_eq!(source_text(b"\xb9\xd8\xd3\xda\xba\xcf\xcd\xac", 100), "关于合同");
    }
}
