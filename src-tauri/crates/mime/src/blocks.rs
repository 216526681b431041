//! Files that stand in the middle of a text, as mail had them before MIME and news has them still: uuencode, `uuencode -m`
//! (POSIX.1-2024) and yEnc 1.3. Only what is whole and sound is taken for a file; everything else stays text.

use std::ops::Range;

use memchr::memmem;

use crate::decode::{lenient_base64, uudecode_line};

/// Files of one text that are taken out of it.
const MOST: usize = 100;
/// Longest line that begins a file.
const FIRST_LINE: usize = 1_000;

/// A file in a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// Its lines, from the first to the last.
    pub(crate) place: Range<usize>,
    pub(crate) name: Vec<u8>,
    pub(crate) bytes: Vec<u8>,
}

/// Whether a look for files is worth it.
pub(crate) fn may_hold(text: &[u8]) -> bool {
    memmem::find(text, b"begin ").is_some() || memmem::find(text, b"begin-base64 ").is_some()
}

/// The files of a text, in order.
pub(crate) fn find(text: &[u8]) -> Vec<Block> {
    let mut blocks = Vec::new();
    let (mut at, mut wasted) = (0, 0);
    // A text of beginnings without ends would be read to its end for each.
    while let (Some(start), true) = (next_begin(text, at), blocks.len() < MOST && wasted < text.len() * 2 + 1_000) {
        let rest = text.get(start..).unwrap_or_default();
        let (first, _) = cut_line(rest);
        match block(rest, first) {
            Ok((len, name, bytes)) => {
                blocks.push(Block { place: start..start + len, name, bytes });
                at = start + len;
            }
            Err(read) => {
                wasted += read;
                at = start + first.len().max(1);
            }
        }
    }
    blocks
}

/// A text without its files.
pub(crate) fn without(text: &[u8], blocks: &[Block]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    for block in blocks {
        out.extend_from_slice(text.get(at..block.place.start).unwrap_or_default());
        at = block.place.end;
    }
    out.extend_from_slice(text.get(at..).unwrap_or_default());
    out
}

/// Where the next line that may begin a file starts.
fn next_begin(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let rest = text.get(at..)?;
        let found = memmem::find(rest, b"begin")? + at;
        // "=ybegin" begins two bytes before.
        let yenc =
            found.checked_sub(2).filter(|start| text.get(*start..found) == Some(b"=y".as_slice()) && *start >= from);
        let start = yenc.unwrap_or(found);
        let after = text.get(found + 5..).unwrap_or_default();
        if (start == 0 || text.get(start - 1) == Some(&b'\n'))
            && (after.starts_with(b" ") || after.starts_with(b"-base64 "))
        {
            return Some(start);
        }
        at = found + 5;
    }
}

/// A line with its end, and what follows it.
fn cut_line(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(memchr::memchr(b'\n', text).map_or(text.len(), |end| end + 1))
}

/// Length, name and content of the file that begins here; or how much was read to see that there is none.
fn block(text: &[u8], first: &[u8]) -> Result<(usize, Vec<u8>, Vec<u8>), usize> {
    if first.len() > FIRST_LINE {
        return Err(1);
    }
    let line = first.trim_ascii_end();
    if let Some(values) = line.strip_prefix(b"=ybegin ") {
        let at = memmem::find(values, b"name=").ok_or(first.len())?;
        let name = values.get(at + 5..).unwrap_or_default().to_vec();
        return lines(text, first, Vec::new(), yenc_line).map(|(len, bytes)| (len, name, bytes));
    }
    let (base64, values) = match line.strip_prefix(b"begin-base64 ") {
        Some(values) => (true, values),
        None => (false, line.strip_prefix(b"begin ").unwrap_or_default()),
    };
    let digits = values.iter().take_while(|byte| matches!(byte, b'0'..=b'7')).count();
    let name = values.get(digits..).and_then(|rest| rest.strip_prefix(b" ")).unwrap_or_default().trim_ascii();
    if !(3..=4).contains(&digits) || name.is_empty() {
        return Err(first.len());
    }
    let read = if base64 { base64_line } else { uu_line };
    let (len, bytes) = lines(text, first, Vec::new(), read)?;
    let bytes = if base64 { lenient_base64(&bytes) } else { bytes };
    if bytes.is_empty() { Err(len) } else { Ok((len, name.to_vec(), bytes)) }
}

/// What a line is to the file that it is in.
enum Line {
    Data,
    End,
    /// None of its own: the file is not sound.
    Foreign,
}

fn lines(
    text: &[u8],
    first: &[u8],
    mut out: Vec<u8>,
    read: fn(&[u8], &mut Vec<u8>) -> Line,
) -> Result<(usize, Vec<u8>), usize> {
    let mut at = first.len();
    loop {
        let (line, rest) = cut_line(text.get(at..).unwrap_or_default());
        at += line.len();
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match read(line, &mut out) {
            Line::End => return Ok((at, out)),
            Line::Foreign => return Err(at),
            Line::Data if rest.is_empty() => return Err(at),
            Line::Data => {}
        }
    }
}

fn uu_line(line: &[u8], out: &mut Vec<u8>) -> Line {
    if line.trim_ascii_end() == b"end" {
        return Line::End;
    }
    let Some((&length, digits)) = line.split_first() else { return Line::Data };
    let length = usize::from(length.wrapping_sub(32) & 63);
    let needed = length.div_ceil(3) * 4;
    // Blanks at the end may have been lost; some programs add a check sum.
    let sound = line.iter().all(|byte| (0x20..=0x60).contains(byte)) && digits.len() <= needed + 2;
    if !sound || (length > 0 && digits.is_empty()) {
        return Line::Foreign;
    }
    uudecode_line(line, out);
    Line::Data
}

fn base64_line(line: &[u8], out: &mut Vec<u8>) -> Line {
    if line == b"====" {
        return Line::End;
    }
    if !line.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')) {
        return Line::Foreign;
    }
    out.extend_from_slice(line);
    Line::Data
}

fn yenc_line(line: &[u8], out: &mut Vec<u8>) -> Line {
    if line.starts_with(b"=yend ") {
        return Line::End;
    }
    if line.starts_with(b"=ybegin ") {
        return Line::Foreign;
    }
    if line.starts_with(b"=ypart ") {
        return Line::Data;
    }
    let mut escaped = false;
    for &byte in line {
        if byte == b'=' && !escaped {
            escaped = true;
            continue;
        }
        out.push(byte.wrapping_sub(if escaped { 106 } else { 42 }));
        escaped = false;
    }
    Line::Data
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(text: &[u8]) -> (Vec<(String, Vec<u8>)>, String) {
        let blocks = find(text);
        let rest = String::from_utf8_lossy(&without(text, &blocks)).into_owned();
        let named = |block: Block| (String::from_utf8_lossy(&block.name).into_owned(), block.bytes);
        (blocks.into_iter().map(named).collect(), rest)
    }

    #[test]
    fn files_are_found_in_a_text() {
        let text = b"See:\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\nand\r\nbegin-base64 755 b.bin\r\nSGVsbG8=\r\n====\r\nbye\r\n";
        let (found, rest) = files(text);
        assert_eq!(found, [("cat.txt".into(), b"Cat".to_vec()), ("b.bin".into(), b"Hello".to_vec())]);
        assert_eq!(rest, "See:\r\nand\r\nbye\r\n");
        let coded: Vec<u8> = (0..=255_u8)
            .map(|byte| byte.wrapping_add(42))
            .flat_map(|byte| match byte {
                0 | b'\n' | b'\r' | b'=' => vec![b'=', byte.wrapping_add(64)],
                byte => vec![byte],
            })
            .collect();
        let text =
            [b"=ybegin line=300 size=256 name=all bytes.bin\r\n", coded.as_slice(), b"\r\n=yend size=256\r\n"].concat();
        let (found, rest) = files(&text);
        assert_eq!(found, [("all bytes.bin".into(), (0..=255_u8).collect())]);
        assert_eq!(rest, "");
    }

    #[test]
    fn what_only_looks_like_a_file_stays_text() {
        for text in [
            "we begin 644 times\nend\n",
            "begin 644 x\nend\n",
            "begin 644 x\nThis is a sentence of prose.\nend\n",
            "begin the work\nend\n",
            "begin 644 \n#0V%T\nend\n",
            "begin 644 cat\n#0V%T\n`\n",
            "=ybegin name=x\nabc",
            "begin",
        ] {
            assert_eq!(files(text.as_bytes()), (Vec::new(), text.to_owned()));
        }
    }

    #[test]
    fn beginnings_without_end_cost_no_more_than_their_bytes() {
        for piece in ["begin 644 a\n", "begin 644 a\n#0V%T\n", "=ybegin name=a\n", "begin-base64 644 a\nAAAA\n"] {
            assert_eq!(find(piece.repeat(20_000).as_bytes()), []);
        }
        let many = "begin 644 a\n#0V%T\n`\nend\n".repeat(1_000);
        assert_eq!(find(many.as_bytes()).len(), MOST);
    }
}
