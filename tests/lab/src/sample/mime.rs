//! Writes messages byte by byte: charsets, transfer encodings, encoded words (RFC 2047) and parameters (RFC 2231) exactly as
//! chosen. A builder library would write everything in UTF-8, and the point of these mails is that the world does not.

use std::fmt::Write as _;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use encoding_rs::{BIG5, Encoding, GB18030, GBK, ISO_2022_JP, UTF_8, WINDOWS_1252};

use super::date;

/// A charset by the name that the mail gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charset {
    Utf8,
    Gb18030,
    Gbk,
    /// Labelled gb2312 though it is GBK, as Chinese Outlook does.
    Gb2312,
    Big5,
    Jis,
    Latin1,
}

impl Charset {
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Gb18030 => "GB18030",
            Self::Gbk => "GBK",
            Self::Gb2312 => "gb2312",
            Self::Big5 => "big5",
            Self::Jis => "ISO-2022-JP",
            Self::Latin1 => "windows-1252",
        }
    }

    fn encoding(self) -> &'static Encoding {
        match self {
            Self::Utf8 => UTF_8,
            Self::Gb18030 => GB18030,
            Self::Gbk | Self::Gb2312 => GBK,
            Self::Big5 => BIG5,
            Self::Jis => ISO_2022_JP,
            Self::Latin1 => WINDOWS_1252,
        }
    }

    /// The charset and the text in it; UTF-8 where this charset lacks a character.
    fn encode(self, text: &str) -> (Self, Vec<u8>) {
        let (bytes, _, lossy) = self.encoding().encode(text);
        if lossy { (Self::Utf8, text.as_bytes().to_vec()) } else { (self, bytes.into_owned()) }
    }
}

/// Content-Transfer-Encoding for text that is not plain ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transfer {
    Base64,
    Quoted,
    Eight,
}

/// A body part: its own header lines (each ended by CRLF) and its encoded body.
pub(super) struct Part {
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

/// A display name and an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mailbox {
    pub(super) name: String,
    pub(super) address: String,
}

/// Everything above the body.
pub(super) struct Envelope {
    pub(super) from: Mailbox,
    pub(super) to: Vec<Mailbox>,
    pub(super) cc: Vec<Mailbox>,
    pub(super) subject: String,
    pub(super) date: SystemTime,
    pub(super) zone: i32,
    pub(super) id: String,
    pub(super) references: Vec<String>,
    pub(super) charset: Charset,
    pub(super) extra: Vec<(&'static str, String)>,
}

/// The whole message.
pub(super) fn message(envelope: &Envelope, body: &Part) -> Vec<u8> {
    let charset = envelope.charset;
    let mut out = String::new();
    header(&mut out, "Date", &date::rfc5322(envelope.date, envelope.zone));
    header(&mut out, "From", &mailboxes(std::slice::from_ref(&envelope.from), charset));
    header(&mut out, "To", &mailboxes(&envelope.to, charset));
    if !envelope.cc.is_empty() {
        header(&mut out, "Cc", &mailboxes(&envelope.cc, charset));
    }
    header(&mut out, "Subject", &words(&envelope.subject, charset));
    header(&mut out, "Message-ID", &envelope.id);
    if let Some(parent) = envelope.references.last() {
        header(&mut out, "In-Reply-To", parent);
        header(&mut out, "References", &envelope.references.join("\r\n "));
    }
    for (name, value) in &envelope.extra {
        header(&mut out, name, value);
    }
    header(&mut out, "MIME-Version", "1.0");
    out.push_str(&body.head);
    out.push_str("\r\n");
    let mut bytes = out.into_bytes();
    bytes.extend_from_slice(&body.body);
    bytes
}

fn header(out: &mut String, name: &str, value: &str) {
    out.push_str(name);
    out.push_str(": ");
    out.push_str(value);
    out.push_str("\r\n");
}

fn mailboxes(list: &[Mailbox], charset: Charset) -> String {
    let written: Vec<String> = list
        .iter()
        .map(|one| match (one.name.as_str(), one.name.is_ascii()) {
            ("", _) => one.address.clone(),
            (name, true) if name.contains([',', '.', '(', ')', '@']) => format!("\"{name}\" <{}>", one.address),
            (name, true) => format!("{name} <{}>", one.address),
            (name, false) => format!("{}\r\n <{}>", words(name, charset), one.address),
        })
        .collect();
    written.join(",\r\n ")
}

/// Unstructured text as RFC 2047 encoded words where it is not ASCII; a word never cuts a character.
pub(super) fn words(text: &str, charset: Charset) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let (charset, _) = charset.encode(text);
    let mut done = Vec::new();
    let mut piece = String::new();
    for c in text.chars() {
        piece.push(c);
        // 36 bytes give 48 letters; with the label and the marks that stays under the 75 of section 2.
        if charset.encode(&piece).1.len() > 36 {
            piece.pop();
            done.push(word(&piece, charset));
            piece = c.to_string();
        }
    }
    done.push(word(&piece, charset));
    done.join("\r\n ")
}

fn word(text: &str, charset: Charset) -> String {
    let (_, bytes) = charset.encode(text);
    if charset != Charset::Latin1 {
        return format!("=?{}?B?{}?=", charset.label(), STANDARD.encode(bytes));
    }
    let mut out = format!("=?{}?Q?", charset.label());
    for byte in bytes {
        match byte {
            b' ' => out.push('_'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'/' => out.push(char::from(byte)),
            _ => hex(&mut out, '=', byte),
        }
    }
    out.push_str("?=");
    out
}

fn hex(out: &mut String, mark: char, byte: u8) {
    out.push(mark);
    for half in [byte >> 4, byte & 15] {
        out.push(char::from_digit(u32::from(half), 16).unwrap_or('0').to_ascii_uppercase());
    }
}

/// A `text/…` part; `kind` is the subtype with any further parameters (`calendar; method=REQUEST`). Lines of `text` end in LF.
pub(super) fn text(kind: &str, text: &str, charset: Charset, transfer: Transfer) -> Part {
    let text = text.replace('\n', "\r\n");
    let short = text.split("\r\n").all(|line| line.len() < 200);
    if text.is_ascii() && short {
        let head = format!("Content-Type: text/{kind}; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n");
        return Part { head, body: text.into_bytes() };
    }
    let (charset, bytes) = charset.encode(&text);
    // Lines of more than 998 octets are not mail, and ISO-2022-JP is seven bits by itself.
    let (name, body) = match transfer {
        _ if charset == Charset::Jis => ("7bit", bytes),
        Transfer::Eight if text.split("\r\n").all(|line| line.len() < 900) => ("8bit", bytes),
        Transfer::Quoted => ("quoted-printable", quoted(&bytes)),
        Transfer::Base64 | Transfer::Eight => ("base64", base64_lines(&bytes)),
    };
    let label = charset.label();
    let head = format!("Content-Type: text/{kind}; charset={label}\r\nContent-Transfer-Encoding: {name}\r\n");
    Part { head, body }
}

fn base64_lines(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() * 3 / 2);
    for line in bytes.chunks(57) {
        out.extend_from_slice(STANDARD.encode(line).as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// Quoted-printable of text whose lines end in CRLF (RFC 2045 section 6.7).
fn quoted(bytes: &[u8]) -> Vec<u8> {
    let mut out = String::with_capacity(bytes.len() * 2);
    let mut column = 0;
    let mut rest = bytes.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        let at_end = matches!(rest.peek(), None | Some(b'\r'));
        match byte {
            b'\r' => continue,
            b'\n' => {
                out.push_str("\r\n");
                column = 0;
                continue;
            }
            _ => {}
        }
        if column > 72 {
            out.push_str("=\r\n");
            column = 0;
        }
        match byte {
            b'=' => {
                out.push_str("=3D");
                column += 3;
            }
            b' ' | b'\t' if !at_end => {
                out.push(char::from(byte));
                column += 1;
            }
            33..=126 => {
                out.push(char::from(byte));
                column += 1;
            }
            _ => {
                hex(&mut out, '=', byte);
                column += 3;
            }
        }
    }
    out.into_bytes()
}

/// Several parts as one; `kind` is the subtype with any further parameters.
pub(super) fn multipart(kind: &str, boundary: &str, parts: &[Part]) -> Part {
    let head = format!("Content-Type: multipart/{kind};\r\n boundary=\"{boundary}\"\r\n");
    let mut body = Vec::new();
    for part in parts {
        body.extend_from_slice(format!("--{boundary}\r\n{}\r\n", part.head).as_bytes());
        body.extend_from_slice(&part.body);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Part { head, body }
}

/// A file, attached.
pub(super) fn attachment(media: &str, name: &str, bytes: &[u8]) -> Part {
    let mut head = format!("Content-Type: {media};\r\n name=\"{}\"\r\n", words(name, Charset::Utf8));
    head.push_str("Content-Disposition: attachment");
    head.push_str(&parameter("filename", name));
    head.push_str("\r\nContent-Transfer-Encoding: base64\r\n");
    Part { head, body: base64_lines(bytes) }
}

/// A picture that the HTML beside it shows by `cid:`.
pub(super) fn inline(media: &str, name: &str, id: &str, bytes: &[u8]) -> Part {
    let head = format!(
        "Content-Type: {media}; name=\"{name}\"\r\nContent-ID: <{id}>\r\nContent-Disposition: inline; filename=\"{name}\"\r\n\
         Content-Transfer-Encoding: base64\r\n"
    );
    Part { head, body: base64_lines(bytes) }
}

/// A parameter by RFC 2231: plain where ASCII, else percent-encoded UTF-8, in numbered pieces where long (section 4.1).
fn parameter(name: &str, value: &str) -> String {
    if value.is_ascii() {
        return format!(";\r\n {name}=\"{value}\"");
    }
    let mut pieces = vec![String::new()];
    for c in value.chars() {
        let mut one = String::new();
        for byte in c.to_string().bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
                one.push(char::from(byte));
            } else {
                hex(&mut one, '%', byte);
            }
        }
        match pieces.last_mut() {
            Some(last) if last.len() + one.len() <= 54 => last.push_str(&one),
            _ => pieces.push(one),
        }
    }
    if let [only] = pieces.as_slice() {
        return format!(";\r\n {name}*=UTF-8''{only}");
    }
    let mut out = String::new();
    for (at, piece) in pieces.iter().enumerate() {
        let start = if at == 0 { "UTF-8''" } else { "" };
        // Writing into a String does not fail.
        write!(out, ";\r\n {name}*{at}*={start}{piece}").unwrap_or_default();
    }
    out
}
