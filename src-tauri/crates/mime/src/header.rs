//! Header blocks: where they end and which fields they hold (RFC 5322 §2.2), as bytes, bounded.

use std::borrow::Cow;

use postroom_types::DefectKind;

use crate::defects::Defects;
use crate::limits::{HEADER_BYTES, HEADER_FIELDS};

/// One field: its name, and its value as it stands, line breaks of folding included.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) value: &'a [u8],
}

/// The fields of one header block.
#[derive(Debug, Default, Clone)]
pub(crate) struct Fields<'a>(Vec<Field<'a>>);

impl<'a> Fields<'a> {
    /// Reads the fields of a block. Lines that are no field are passed over, as every mail program does.
    pub(crate) fn read(block: &'a [u8], defects: &mut Defects) -> Self {
        let cut = block.get(..HEADER_BYTES).unwrap_or(block);
        if cut.len() < block.len() {
            defects.add(DefectKind::HeaderTooLarge, "more than 1 MiB of header; the rest is left out");
        }
        let mut fields: Vec<Field<'a>> = Vec::new();
        let (mut at, mut open) = (0, None::<(&'a [u8], usize, usize)>);
        for line in cut.split_inclusive(|&byte| byte == b'\n') {
            let start = at;
            at += line.len();
            if is_folded(line) {
                if let Some((_, _, end)) = &mut open {
                    *end = at;
                }
                continue;
            }
            // A parameter on a line of its own that nobody folded.
            if field_name(line).is_none()
                && let Some((_, start, end)) = &mut open
                && cut.get(*start..*end).is_some_and(|value| value.trim_ascii_end().ends_with(b";"))
            {
                *end = at;
                continue;
            }
            close(&mut fields, open.take(), cut);
            if fields.len() >= HEADER_FIELDS {
                defects.add(DefectKind::HeaderTooLarge, "more than 10,000 header fields; the rest is left out");
                break;
            }
            if let Some((name, skip)) = field_name(line) {
                open = Some((name, start + skip, at));
            }
        }
        close(&mut fields, open, cut);
        Self(fields)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every value of a field, in order; `name` in lower case.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.0.iter().filter(move |field| field.name.eq_ignore_ascii_case(name.as_bytes())).map(|field| field.value)
    }

    /// The first value of a field; `name` in lower case.
    pub(crate) fn first(&self, name: &str) -> Option<&'a [u8]> {
        self.all(name).next()
    }

    /// All values that hold bytes beyond ASCII and are no UTF-8, one after the other: what a guess of their charset is made from.
    pub(crate) fn raw_bytes(&self) -> Vec<u8> {
        let mut raw = Vec::new();
        for field in self.0.iter().filter(|field| std::str::from_utf8(field.value).is_err()) {
            raw.extend_from_slice(field.value);
        }
        raw
    }
}

fn close<'a>(fields: &mut Vec<Field<'a>>, open: Option<(&'a [u8], usize, usize)>, block: &'a [u8]) {
    if let Some((name, start, end)) = open {
        fields.push(Field { name, value: block.get(start..end).unwrap_or_default().trim_ascii() });
    }
}

/// Whether a line continues the one before it.
pub(crate) fn is_folded(line: &[u8]) -> bool {
    matches!(line.first(), Some(b' ' | b'\t')) && !is_blank(line)
}

/// Whether a line holds nothing but its end.
pub(crate) fn is_blank(line: &[u8]) -> bool {
    matches!(line, b"\n" | b"\r\n" | b"\r\r\n")
}

/// The name of a field and how many bytes it takes with its colon; `None` where the line is no field.
pub(crate) fn field_name(line: &[u8]) -> Option<(&[u8], usize)> {
    let colon = line.iter().take(1_000).position(|&byte| byte == b':')?;
    let name = line.get(..colon)?.trim_ascii_end();
    let valid = !name.is_empty() && name.iter().all(|&byte| byte.is_ascii_graphic());
    valid.then_some((name, colon + 1))
}

/// How many bytes at the start of `bytes` are header, blank line included, and whether a field was among them.
///
/// Without a field there is no header: the text begins at once. A line that begins with `--` ends the header too, because
/// boundaries without the blank line before them are common.
pub(crate) fn extent(bytes: &[u8]) -> (usize, bool) {
    let (mut at, mut found) = (0, false);
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        if is_blank(line) {
            return (at + line.len(), found);
        }
        if line.starts_with(b"--") {
            return (at, found);
        }
        if field_name(line).is_some() {
            found = true;
        } else if !found && !is_folded(line) && !is_mbox_line(line) {
            return (at, false);
        }
        at += line.len();
    }
    (at, found)
}

/// The line that mbox files put before a message.
pub(crate) fn is_mbox_line(line: &[u8]) -> bool {
    line.starts_with(b"From ") || line.starts_with(b">From ")
}

/// Line ends: bare CR, which old programs write, becomes LF where there is no LF at all.
pub(crate) fn with_line_ends(raw: &[u8]) -> Cow<'_, [u8]> {
    if raw.contains(&b'\r') && !raw.contains(&b'\n') {
        return raw.iter().map(|&byte| if byte == b'\r' { b'\n' } else { byte }).collect::<Vec<_>>().into();
    }
    raw.into()
}
