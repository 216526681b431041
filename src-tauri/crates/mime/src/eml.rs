//! Outlook's form of a message written as MIME, so that it is read, shown and saved as any other message.
//!
//! The same item gives the same bytes. Every body is in base64, in which no boundary can stand.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postroom_types::{UnixMillis, clean_text};

use crate::mapi::{Data, File, Item, Person};

/// Characters of one encoded word's text: 45 bytes are 60 digits.
const WORD_BYTES: usize = 45;

/// The message as MIME.
pub(crate) fn written(item: &Item) -> Vec<u8> {
    let mut writer = Writer { out: Vec::new(), boundaries: 0 };
    writer.message(item);
    writer.out
}

struct Writer {
    out: Vec<u8>,
    boundaries: usize,
}

impl Writer {
    fn line(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
        self.out.extend_from_slice(b"\r\n");
    }

    fn field(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.line(&format!("{name}: {value}"));
        }
    }

    fn message(&mut self, item: &Item) {
        self.field("From", &person(&item.from));
        for (kind, name) in [(1, "To"), (2, "Cc"), (3, "Bcc")] {
            let people: Vec<_> = item.people.iter().filter(|one| one.kind == kind).map(person).collect();
            self.field(name, &people.join(",\r\n "));
        }
        self.field("Subject", &words(&item.subject));
        self.field("Date", &item.date.map(date).unwrap_or_default());
        for (name, ids) in
            [("Message-ID", &item.message_id), ("In-Reply-To", &item.in_reply_to), ("References", &item.references)]
        {
            self.field(name, &ids_of(ids).join("\r\n "));
        }
        self.line("MIME-Version: 1.0");
        let inner = |file: &&File| item.html.is_some() && file.content_id.is_some();
        let (inside, beside): (Vec<&File>, Vec<&File>) = item.files.iter().partition(inner);
        if beside.is_empty() {
            self.texts(item, &inside);
            return;
        }
        let mixed = self.multipart("mixed");
        self.boundary(&mixed);
        self.texts(item, &inside);
        for file in beside {
            self.boundary(&mixed);
            self.file(file);
        }
        self.end(&mixed);
    }

    fn texts(&mut self, item: &Item, inside: &[&File]) {
        let text = item.text.as_deref().filter(|text| !text.trim().is_empty());
        let rich = item.rtf.as_deref().filter(|_| item.html.is_none() && text.is_none());
        match (text, item.html.as_deref()) {
            (_, None) if rich.is_some() => self.leaf("text/rtf", "", rich.unwrap_or_default()),
            (text, None) => self.leaf("text/plain; charset=utf-8", "", text.unwrap_or_default().as_bytes()),
            (None, Some(html)) => self.page(html, inside),
            (Some(text), Some(html)) => {
                let choice = self.multipart("alternative");
                self.boundary(&choice);
                self.leaf("text/plain; charset=utf-8", "", text.as_bytes());
                self.boundary(&choice);
                self.page(html, inside);
                self.end(&choice);
            }
        }
    }

    fn page(&mut self, html: &str, inside: &[&File]) {
        if inside.is_empty() {
            return self.leaf("text/html; charset=utf-8", "", html.as_bytes());
        }
        let related = self.multipart("related");
        self.boundary(&related);
        self.leaf("text/html; charset=utf-8", "", html.as_bytes());
        for file in inside {
            self.boundary(&related);
            self.file(file);
        }
        self.end(&related);
    }

    fn file(&mut self, file: &File) {
        match &file.data {
            Data::Item(item) => {
                self.line("Content-Type: message/rfc822");
                self.line("");
                self.message(item);
            }
            Data::Bytes(bytes) => {
                let name = words(&file.name);
                let mut fields = String::new();
                if !name.is_empty() {
                    fields = format!("Content-Disposition: attachment;\r\n filename=\"{name}\"\r\n");
                }
                if let Some(id) = file.content_id.as_deref().map(token).filter(|id| !id.is_empty()) {
                    fields = format!("{fields}Content-ID: <{id}>\r\n");
                }
                self.leaf(&mime_type(&file.mime_type), &fields, bytes);
            }
        }
    }

    fn leaf(&mut self, mime_type: &str, fields: &str, bytes: &[u8]) {
        self.line(&format!("Content-Type: {mime_type}\r\n{fields}Content-Transfer-Encoding: base64\r\n"));
        for piece in bytes.chunks(57) {
            self.line(&STANDARD.encode(piece));
        }
    }

    fn multipart(&mut self, kind: &str) -> String {
        self.boundaries += 1;
        let boundary = format!("=_outlook_{}", self.boundaries);
        self.line(&format!("Content-Type: multipart/{kind}; boundary=\"{boundary}\"\r\n"));
        boundary
    }

    fn boundary(&mut self, boundary: &str) {
        self.line(&format!("--{boundary}"));
    }

    fn end(&mut self, boundary: &str) {
        self.line(&format!("--{boundary}--"));
    }
}

fn person(person: &Person) -> String {
    let email = token(&person.email);
    match (words(&person.name).as_str(), email.as_str()) {
        ("", "") => String::new(),
        ("", email) => format!("<{email}>"),
        // Somebody of the company's own directory: only a name.
        (name, "") => format!("{name} <>"),
        (name, email) => format!("{name} <{email}>"),
    }
}

/// Text as encoded words (RFC 2047), whatever it holds; letters, digits and blanks alone stay as they are.
fn words(text: &str) -> String {
    let text = clean_text(text);
    if text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '-')) && text.len() < 60 {
        return text;
    }
    let mut words: Vec<String> = Vec::new();
    let mut piece = String::new();
    for c in text.chars() {
        if piece.len() + c.len_utf8() > WORD_BYTES {
            words.push(word(&piece));
            piece.clear();
        }
        piece.push(c);
    }
    words.push(word(&piece));
    words.join("\r\n ")
}

fn word(text: &str) -> String {
    format!("=?utf-8?B?{}?=", STANDARD.encode(text))
}

/// What may stand between angle brackets.
fn token(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | '(' | ')' | ',' | ';' | '\\'))
        .collect()
}

fn ids_of(text: &str) -> Vec<String> {
    let ids = crate::envelope::message_ids(text.as_bytes());
    ids.iter().map(|id| token(id)).filter(|id| !id.is_empty()).map(|id| format!("<{id}>")).collect()
}

fn mime_type(written: &str) -> String {
    let valid = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.' | b'_'))
    };
    let sound = written.split_once('/').is_some_and(|(kind, sub)| valid(kind) && valid(sub));
    // A container that the sender only says is one would be opened as such.
    let container = written.starts_with("multipart/") || written.starts_with("message/");
    if sound && !container { written.to_owned() } else { "application/octet-stream".to_owned() }
}

/// A date as RFC 5322 §3.3 writes it, in UTC.
fn date(at: UnixMillis) -> String {
    mail_parser::DateTime::from_timestamp(at.0.div_euclid(1_000)).to_rfc822()
}
