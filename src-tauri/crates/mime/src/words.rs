//! Header values: raw 8-bit bytes and encoded words (RFC 2047) → Unicode.
//!
//! Chinese programs cut encoded words in the middle of a character, so neighbours of one charset are joined before they are
//! decoded. Every search stops at the next `=?`, so the work is linear in the value.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail_parser::decoders::base64::base64_decode;
use postroom_types::{DefectKind, clean_text};

use crate::charset;
use crate::decode::hex_pair;
use crate::defects::Defects;

/// What raw bytes of a header are probably written in.
#[derive(Debug, Default, Clone)]
pub(crate) struct Hint {
    /// The charset of the message's own Content-Type.
    pub(crate) label: Option<String>,
    /// All raw header bytes of the message.
    pub(crate) sample: Vec<u8>,
}

/// A piece of a value.
enum Piece<'a> {
    Plain(&'a str),
    Encoded(String),
}

/// Decodes an unstructured value (Subject) to one clean line.
pub(crate) fn text(value: &[u8], hint: &Hint, defects: &mut Defects) -> String {
    clean_text(&decoded(value, hint, defects))
}

/// Decodes a parameter to one line in which the marks that turn the direction of writing still stand: a file name that has
/// them tells something of its writer. Whoever shows it cleans it.
pub(crate) fn marked_text(value: &[u8], hint: &Hint, defects: &mut Defects) -> String {
    let line = decoded(value, hint, defects);
    line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

fn decoded(value: &[u8], hint: &Hint, defects: &mut Defects) -> String {
    let value = to_utf8(value, hint);
    let mut out = String::with_capacity(value.len());
    for piece in pieces(&value, defects) {
        match piece {
            Piece::Plain(plain) => out.push_str(plain),
            Piece::Encoded(decoded) => out.push_str(&decoded),
        }
    }
    out
}

/// Rewrites a structured value so that it is UTF-8 and every encoded word in it is sound UTF-8 in base64; quotes, commas and
/// angle brackets inside encoded words stay hidden from whoever parses the structure (RFC 2047 §6.2).
pub(crate) fn normalise<'a>(value: &'a [u8], hint: &Hint, defects: &mut Defects) -> Cow<'a, str> {
    let value = to_utf8(value, hint);
    if !value.contains("=?") {
        return value;
    }
    let mut out = String::with_capacity(value.len() * 2);
    for piece in pieces(&value, defects) {
        match piece {
            Piece::Plain(plain) => push_plain(&mut out, plain),
            Piece::Encoded(decoded) => push_word(&mut out, &decoded),
        }
    }
    out.into()
}

/// A `=?` that begins no encoded word is wrapped in one, or a parser would look for its end again and again.
fn push_plain(out: &mut String, plain: &str) {
    let mut parts = plain.split("=?");
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        push_word(out, "=?");
        out.push_str(part);
    }
}

fn push_word(out: &mut String, decoded: &str) {
    out.push_str("=?utf-8?B?");
    STANDARD.encode_string(decoded, out);
    out.push_str("?=");
}

fn to_utf8<'a>(value: &'a [u8], hint: &Hint) -> Cow<'a, str> {
    match std::str::from_utf8(value) {
        Ok(text) if !text.contains('\u{1b}') => text.into(),
        _ => {
            let sample = if hint.sample.is_empty() { value } else { &hint.sample };
            charset::guess_like(value, sample, hint.label.as_deref()).into()
        }
    }
}

/// One encoded word.
struct Word<'a> {
    charset: &'a str,
    bytes: Vec<u8>,
}

fn pieces<'a>(value: &'a str, defects: &mut Defects) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    let mut run: Option<Word<'a>> = None;
    let mut rest = value;
    while let Some((before, _)) = rest.split_once("=?") {
        let at = before.len();
        let Some((word, len)) = rest.get(at..).and_then(encoded_word) else {
            flush(&mut pieces, run.take(), defects);
            let (plain, after) = rest.split_at_checked(at + 2).unwrap_or((rest, ""));
            pieces.push(Piece::Plain(plain));
            rest = after;
            continue;
        };
        // White space between two encoded words is no part of the text.
        let joined = run.is_some() && before.trim().is_empty();
        if !joined {
            flush(&mut pieces, run.take(), defects);
            pieces.push(Piece::Plain(before));
        }
        run = match run.take() {
            Some(mut open) if open.charset.eq_ignore_ascii_case(word.charset) => {
                open.bytes.extend_from_slice(&word.bytes);
                Some(open)
            }
            other => {
                flush(&mut pieces, other, defects);
                Some(word)
            }
        };
        rest = rest.get(at + len..).unwrap_or_default();
    }
    flush(&mut pieces, run, defects);
    pieces.push(Piece::Plain(rest));
    pieces
}

fn flush<'a>(pieces: &mut Vec<Piece<'a>>, word: Option<Word<'a>>, defects: &mut Defects) {
    if let Some(word) = word {
        let decoded = charset::decode(&word.bytes, Some(word.charset));
        if decoded.broken {
            defects.add(DefectKind::BrokenCharset, "a header's character set is unknown or wrong");
        }
        pieces.push(Piece::Encoded(decoded.text));
    }
}

/// Reads `=?charset*language?B or Q?text?=` at the start of `value`; gives its length too.
fn encoded_word(value: &str) -> Option<(Word<'_>, usize)> {
    let body = value.strip_prefix("=?")?;
    let (charset, rest) = body.split_once('?').filter(|(charset, _)| (1..=60).contains(&charset.len()))?;
    let plain = charset.split('*').next().unwrap_or_default();
    if plain.is_empty() || !plain.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'=') {
        return None;
    }
    let (encoding, text) = rest.split_once('?').filter(|(encoding, _)| encoding.len() == 1)?;
    let end = text_end(text)?;
    let text = text.get(..end)?;
    let bytes = match encoding {
        "b" | "B" => base64_words(text.as_bytes()),
        "q" | "Q" => q_decode(text.as_bytes()),
        _ => return None,
    };
    let len = 2 + charset.len() + 3 + end + 2;
    Some((Word { charset: plain, bytes }, len))
}

/// Where the closing `?=` is; `None` where another word begins first.
fn text_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let at = bytes.windows(2).position(|two| two == b"?=" || two == b"=?")?;
    match bytes.get(at..at + 3) {
        // A text that ends in "=": the mark begins one byte later.
        Some(b"=?=") => Some(at + 1),
        _ if bytes.get(at) == Some(&b'?') => Some(at),
        _ => None,
    }
}

/// Base64, also where a program padded each piece before joining them.
fn base64_words(text: &[u8]) -> Vec<u8> {
    base64_decode(text).unwrap_or_else(|| {
        let digits: Vec<u8> = text
            .iter()
            .copied()
            .filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
            .collect();
        base64_decode(&digits).unwrap_or_default()
    })
}

fn q_decode(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        match (first, tail) {
            (b'_', _) => out.push(b' '),
            (b'=', [high, low, after @ ..]) if let Some(byte) = hex_pair(*high, *low) => {
                out.push(byte);
                rest = after;
            }
            _ => out.push(first),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &[u8], expected: &str) {
        assert_eq!(text(value, &Hint::default(), &mut Defects::default()), expected);
    }

    #[test]
    fn encoded_words_become_text() {
        check(b"=?utf-8?Q?a_b=3F?= c", "a b? c");
        check(b"x =?gb2312?B?udjT2rrPzaw=?=", "x 关于合同");
        // Cut in the middle of a character.
        check(b"=?gb2312?B?udjT?=\r\n =?gb2312?B?2rrPzaw=?=", "关于合同");
        check(b"=?utf-8?B?5YWz?= =?utf-8?B?5LqO?=", "关于");
        check(b"=?iso-8859-1*de?Q?Gr=FC=DFe?=", "Grüße");
        check(b"Re: =?utf-8?Q?caf=C3=A9?=!", "Re: café!");
        check(b"=?utf-8?Q?a=0D=0ABcc:_b?=", "a Bcc: b");
    }

    #[test]
    fn what_is_no_encoded_word_stays() {
        check(b"a =? b =?x?= c =?utf-8?X?d?=", "a =? b =?x?= c =?utf-8?X?d?=");
        check(b"=?utf-8?Q?open", "=?utf-8?Q?open");
        check(b"", "");
    }

    #[test]
    fn raw_bytes_are_guessed() {
        check(b"\xb9\xd8\xd3\xda\xba\xcf\xcd\xac", "关于合同");
        check("Grüße".as_bytes(), "Grüße");
    }

    #[test]
    fn structure_stays_hidden_in_encoded_words() {
        let normal = normalise(b"=?utf-8?Q?a=2C_=3Cb=40c=3E?= <d@e>", &Hint::default(), &mut Defects::default());
        assert!(normal.starts_with("=?utf-8?B?") && normal.ends_with("?= <d@e>"), "{normal}");
        assert_eq!(normal.matches('<').count(), 1);
    }
}
