//! Rich text (RTF 1.9) as readable text, or as the HTML that Outlook hid in it (MS-OXRTFEX). Pictures, objects and looks are
//! left out. One pass over the bytes; groups are a bounded stack of a few numbers each, so neither depth nor length costs more
//! than the bytes themselves.

use std::collections::BTreeMap;

use crate::charset;
use crate::decode::hex_pair;
use words::{Destination, Token, Tokens, destination, symbol};

mod compressed;
mod words;

pub(crate) use compressed::decompress;

/// Groups that are told apart; deeper ones are read as one.
const DEPTH: usize = 500;
/// Fonts whose charset is kept.
const FONTS: usize = 10_000;

/// What a rich text holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rich {
    Text(String),
    /// The page that it was made of.
    Html(String),
}

impl Rich {
    /// The readable text; the page without its tags.
    pub(crate) fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Html(html) => crate::plain::stripped(&html),
        }
    }
}

/// Whether the bytes begin as a rich text.
pub(crate) fn is_rtf(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"{\\rtf")
}

/// Reads a rich text. Any bytes have a reading.
pub(crate) fn read(bytes: &[u8]) -> Rich {
    let mut reader = Reader { codepage: 1252, ..Reader::default() };
    for token in Tokens::new(bytes) {
        reader.token(&token);
    }
    reader.flush();
    if reader.from_html { Rich::Html(reader.out) } else { Rich::Text(reader.out) }
}

/// What a group inherits and gives back.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "switches of the format, each on its own")]
struct Group {
    destination: Destination,
    /// Characters behind a `\u` that stand for it in programs that do not know it.
    fallback: usize,
    font: i32,
    hidden: bool,
    /// RTF that has no place in the page.
    html_off: bool,
    /// `\*` was read and no word since.
    optional: bool,
}

impl Default for Group {
    fn default() -> Self {
        Self { destination: Destination::Body, fallback: 1, font: -1, hidden: false, html_off: false, optional: false }
    }
}

#[derive(Debug, Default)]
struct Reader {
    out: String,
    now: Group,
    outer: Vec<Group>,
    /// Groups beyond [`DEPTH`] that are open.
    beyond: usize,
    from_html: bool,
    codepage: u32,
    /// Charsets of fonts.
    fonts: BTreeMap<i32, u32>,
    /// The font that the table is at.
    listed: i32,
    /// Characters still to be passed over behind a `\u`.
    skip: usize,
    /// Bytes of a charset, not decoded yet.
    bytes: Vec<u8>,
    /// The first half of a character beyond U+FFFF.
    high: Option<u16>,
}

impl Reader {
    fn token(&mut self, token: &Token<'_>) {
        match *token {
            Token::Open => {
                self.skip = 0;
                self.flush();
                if self.outer.len() < DEPTH {
                    self.outer.push(self.now);
                } else {
                    self.beyond += 1;
                }
                self.now.optional = false;
            }
            Token::Close => {
                self.skip = 0;
                self.flush();
                if self.beyond > 0 {
                    self.beyond -= 1;
                } else if let Some(group) = self.outer.pop() {
                    self.now = group;
                }
            }
            Token::Byte(byte) => self.byte(byte),
            Token::Text(text) => self.text(text),
            Token::Symbol(b'*') => self.now.optional = true,
            Token::Symbol(sign) => {
                if let Some(text) = symbol(sign) {
                    self.write(text);
                }
            }
            Token::Word(name, number) => self.word(name, number),
        }
    }

    fn word(&mut self, name: &[u8], number: Option<i32>) {
        let optional = std::mem::take(&mut self.now.optional);
        if let Some(destination) = destination(name) {
            self.flush();
            // What is inside something left out stays out.
            if self.now.destination != Destination::Nowhere {
                self.now.destination = destination;
            }
            return;
        }
        if optional {
            self.now.destination = Destination::Nowhere;
        }
        match name {
            b"fromhtml" => self.from_html = number != Some(0),
            b"htmlrtf" => {
                self.flush();
                self.now.html_off = number != Some(0);
            }
            b"ansicpg" => self.codepage = number.and_then(|page| u32::try_from(page).ok()).unwrap_or(1252),
            b"mac" => self.codepage = 10_000,
            b"f" if self.now.destination == Destination::Fonts => self.listed = number.unwrap_or_default(),
            b"fcharset" if self.now.destination == Destination::Fonts => {
                if let (Some(page), true) = (number.and_then(words::codepage), self.fonts.len() < FONTS) {
                    self.fonts.insert(self.listed, page);
                }
            }
            b"f" => {
                self.flush();
                self.now.font = number.unwrap_or(-1);
            }
            b"plain" => {
                self.flush();
                (self.now.font, self.now.hidden) = (-1, false);
            }
            b"v" => {
                self.flush();
                self.now.hidden = number != Some(0);
            }
            b"uc" => self.now.fallback = number.and_then(|count| usize::try_from(count).ok()).unwrap_or(1).min(32),
            b"u" => self.unicode(number.unwrap_or_default()),
            _ => {
                if let Some(text) = words::text_of(name) {
                    self.write(text);
                }
            }
        }
    }

    /// A UTF-16 unit, written as a signed number.
    fn unicode(&mut self, number: i32) {
        self.flush_bytes();
        let unit = u16::try_from(number & 0xffff).unwrap_or_default();
        let decoded: String = match self.high.take() {
            Some(high) => char::decode_utf16([high, unit]).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect(),
            None if (0xd800..0xdc00).contains(&unit) => {
                self.high = Some(unit);
                String::new()
            }
            None => char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER).to_string(),
        };
        self.put(&decoded);
        self.skip = self.now.fallback;
    }

    fn text(&mut self, text: &[u8]) {
        let skipped = self.skip.min(text.len());
        self.skip -= skipped;
        let mut text = text.get(skipped..).unwrap_or_default();
        if self.half_character()
            && let Some((first, rest)) = text.split_first()
        {
            self.bytes.push(*first);
            text = rest;
        }
        if text.is_ascii() {
            if !text.is_empty() {
                self.flush();
                self.put(&String::from_utf8_lossy(text));
            }
            return;
        }
        for byte in text {
            self.push(*byte);
        }
    }

    fn byte(&mut self, byte: u8) {
        if self.skip > 0 {
            self.skip -= 1;
        } else {
            self.push(byte);
        }
    }

    fn push(&mut self, byte: u8) {
        if self.is_shown() {
            self.bytes.push(byte);
        }
    }

    /// Whether the bytes so far end in the middle of a two-byte character, whose second half may be ASCII.
    fn half_character(&self) -> bool {
        if self.bytes.is_empty() || !matches!(self.page(), 932 | 936 | 949 | 950) {
            return false;
        }
        let mut lead = false;
        for byte in &self.bytes {
            lead = !lead && *byte >= 0x81;
        }
        lead
    }

    fn page(&self) -> u32 {
        self.fonts.get(&self.now.font).copied().filter(|page| *page != 0).unwrap_or(self.codepage)
    }

    fn is_shown(&self) -> bool {
        match self.now.destination {
            Destination::Tag => self.from_html,
            Destination::Body => !(self.now.hidden || self.from_html && self.now.html_off),
            Destination::Fonts | Destination::Nowhere => false,
        }
    }

    fn flush(&mut self) {
        self.flush_bytes();
        if self.high.take().is_some() {
            self.put("\u{fffd}");
        }
    }

    fn flush_bytes(&mut self) {
        if self.bytes.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut self.bytes);
        let text = charset::decode_page(&bytes, self.page());
        self.put(&text);
    }

    fn write(&mut self, text: &str) {
        if self.skip > 0 {
            self.skip -= 1;
            return;
        }
        self.flush();
        self.put(text);
    }

    fn put(&mut self, text: &str) {
        if self.is_shown() {
            self.out.push_str(text);
        }
    }
}

#[cfg(test)]
mod tests;
