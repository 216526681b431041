//! Outlook's own form of a message (MAPI, MS-OXPROPS): what winmail.dat and .msg hold, one wrapped in a stream of attributes
//! ([`crate::tnef`]), the other in a compound file ([`crate::outlook`]).

use std::collections::BTreeMap;

use crate::charset;
use crate::limits::TEXT_BYTES;
use crate::rtf::{self, Rich};
use postroom_types::UnixMillis;

/// The properties that are read, by their numbers.
pub(crate) mod id {
    pub(crate) const SUBJECT: u16 = 0x0037;
    pub(crate) const SUBMITTED: u16 = 0x0039;
    pub(crate) const SENT_FOR_NAME: u16 = 0x0042;
    pub(crate) const SENT_FOR_EMAIL: u16 = 0x0065;
    pub(crate) const RECIPIENT_KIND: u16 = 0x0c15;
    pub(crate) const SENDER_NAME: u16 = 0x0c1a;
    pub(crate) const SENDER_EMAIL: u16 = 0x0c1f;
    pub(crate) const DELIVERED: u16 = 0x0e06;
    pub(crate) const BODY: u16 = 0x1000;
    pub(crate) const RTF: u16 = 0x1009;
    pub(crate) const HTML: u16 = 0x1013;
    pub(crate) const MESSAGE_ID: u16 = 0x1035;
    pub(crate) const REFERENCES: u16 = 0x1039;
    pub(crate) const IN_REPLY_TO: u16 = 0x1042;
    pub(crate) const DISPLAY_NAME: u16 = 0x3001;
    pub(crate) const EMAIL: u16 = 0x3003;
    pub(crate) const SMTP: u16 = 0x39fe;
    pub(crate) const DATA: u16 = 0x3701;
    pub(crate) const FILE_NAME: u16 = 0x3704;
    pub(crate) const METHOD: u16 = 0x3705;
    pub(crate) const LONG_FILE_NAME: u16 = 0x3707;
    pub(crate) const FILE_TYPE: u16 = 0x370e;
    pub(crate) const CONTENT_ID: u16 = 0x3712;
    pub(crate) const SENDER_SMTP: u16 = 0x5d01;
    pub(crate) const SENT_FOR_SMTP: u16 = 0x5d02;
    pub(crate) const INTERNET_PAGE: u16 = 0x3fde;
    pub(crate) const MESSAGE_PAGE: u16 = 0x3ffd;
}

/// What a property holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Number(i64),
    /// Text in Unicode.
    Text(String),
    /// Text in the message's code page, without its NUL.
    Narrow(Vec<u8>),
    Bytes(Vec<u8>),
}

/// Properties by their numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Properties(BTreeMap<u16, Value>);

impl Properties {
    /// Keeps a property. Unicode wins over its narrow twin.
    pub(crate) fn add(&mut self, id: u16, value: Value) {
        let better = !matches!((&value, self.0.get(&id)), (Value::Narrow(_), Some(Value::Text(_))));
        if better {
            self.0.insert(id, value);
        }
    }

    pub(crate) fn number(&self, id: u16) -> Option<i64> {
        if let Some(Value::Number(number)) = self.0.get(&id) { Some(*number) } else { None }
    }

    pub(crate) fn take_bytes(&mut self, id: u16) -> Option<Vec<u8>> {
        match self.0.remove(&id)? {
            Value::Bytes(bytes) | Value::Narrow(bytes) => Some(bytes),
            Value::Text(text) => Some(text.into_bytes()),
            Value::Number(_) => None,
        }
    }

    /// A text that is not empty.
    pub(crate) fn text(&self, id: u16, page: u32) -> Option<String> {
        let text = match self.0.get(&id)? {
            Value::Text(text) => text.clone(),
            Value::Narrow(bytes) => charset::decode_page(bytes, page),
            Value::Bytes(_) | Value::Number(_) => return None,
        };
        let text = text.trim_end_matches('\0');
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The code page of narrow text.
    pub(crate) fn page(&self, fallback: u32) -> u32 {
        let pages = [id::MESSAGE_PAGE, id::INTERNET_PAGE].into_iter().filter_map(|id| self.number(id));
        let mut pages = pages.filter_map(|page| u32::try_from(page).ok()).filter(|page| *page > 0 && *page != 1200);
        pages.next().unwrap_or(fallback)
    }
}

/// A file of such a message.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) mime_type: String,
    pub(crate) content_id: Option<String>,
    pub(crate) data: Data,
}

/// What a file holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Data {
    Bytes(Vec<u8>),
    Item(Box<Item>),
}

impl Default for Data {
    fn default() -> Self {
        Self::Bytes(Vec::new())
    }
}

impl File {
    /// A file by its properties.
    pub(crate) fn of(properties: &mut Properties, page: u32, data: Data) -> Self {
        let text = |id| properties.text(id, page);
        let name = [id::LONG_FILE_NAME, id::FILE_NAME, id::DISPLAY_NAME].into_iter().find_map(text);
        Self {
            name: name.unwrap_or_default(),
            mime_type: text(id::FILE_TYPE).unwrap_or_default().to_ascii_lowercase(),
            content_id: text(id::CONTENT_ID).map(|id| id.trim_matches(['<', '>', ' ']).to_owned()),
            data,
        }
    }
}

/// Somebody, and whether the message went to them (1), as a copy (2) or as a blind copy (3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) kind: i64,
    pub(crate) name: String,
    pub(crate) email: String,
}

impl Person {
    pub(crate) fn of(properties: &Properties, page: u32) -> Self {
        let text = |id| properties.text(id, page);
        Self {
            kind: properties.number(id::RECIPIENT_KIND).unwrap_or(1) & 3,
            name: text(id::DISPLAY_NAME).unwrap_or_default(),
            email: text(id::SMTP).or_else(|| text(id::EMAIL)).filter(|email| email.contains('@')).unwrap_or_default(),
        }
    }
}

/// A message.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) subject: String,
    pub(crate) from: Person,
    pub(crate) people: Vec<Person>,
    pub(crate) date: Option<UnixMillis>,
    pub(crate) message_id: String,
    pub(crate) in_reply_to: String,
    pub(crate) references: String,
    pub(crate) text: Option<String>,
    /// In UTF-8.
    pub(crate) html: Option<String>,
    /// Rich text that is neither of these.
    pub(crate) rtf: Option<Vec<u8>>,
    pub(crate) files: Vec<File>,
}

impl Item {
    /// A message by its properties.
    pub(crate) fn of(properties: &mut Properties, fallback: u32) -> Self {
        let page = properties.page(fallback);
        let text = |id| properties.text(id, page);
        let either = |first, second| text(first).or_else(|| text(second)).unwrap_or_default();
        let email = [id::SENT_FOR_SMTP, id::SENDER_SMTP, id::SENT_FOR_EMAIL, id::SENDER_EMAIL].into_iter();
        let email = email.filter_map(text).find(|email| email.contains('@')).unwrap_or_default();
        let dates = [id::SUBMITTED, id::DELIVERED].into_iter().filter_map(|id| properties.number(id));
        let mut item = Self {
            subject: text(id::SUBJECT).unwrap_or_default(),
            from: Person { kind: 0, name: either(id::SENT_FOR_NAME, id::SENDER_NAME), email },
            date: dates.map(from_filetime).next(),
            message_id: text(id::MESSAGE_ID).unwrap_or_default(),
            in_reply_to: text(id::IN_REPLY_TO).unwrap_or_default(),
            references: text(id::REFERENCES).unwrap_or_default(),
            text: text(id::BODY),
            ..Self::default()
        };
        item.read_html(properties, page);
        item.read_rtf(properties);
        item
    }

    fn read_html(&mut self, properties: &mut Properties, page: u32) {
        // The page is in the charset of the Internet, whatever the other texts are in.
        let html_page = properties.number(id::INTERNET_PAGE).and_then(|page| u32::try_from(page).ok());
        let wide = matches!(properties.0.get(&id::HTML), Some(Value::Text(_)));
        let Some(bytes) = properties.take_bytes(id::HTML).filter(|bytes| !bytes.is_empty()) else { return };
        let bytes = bytes.get(..TEXT_BYTES).unwrap_or(&bytes);
        let html = if wide {
            String::from_utf8_lossy(bytes).into_owned()
        } else {
            charset::decode_page(bytes, html_page.filter(|page| *page > 0).unwrap_or(page))
        };
        self.html = Some(html.trim_end_matches('\0').to_owned());
    }

    fn read_rtf(&mut self, properties: &mut Properties) {
        let Some(packed) = properties.take_bytes(id::RTF).filter(|_| self.html.is_none()) else { return };
        let Some(rich) = rtf::decompress(&packed, TEXT_BYTES).filter(|rich| rtf::is_rtf(rich)) else { return };
        match rtf::read(&rich) {
            Rich::Html(html) => self.html = Some(html),
            Rich::Text(_) => self.rtf = Some(rich),
        }
    }
}

/// Hundreds of nanoseconds since 1601 (MS-DTYP §2.3.3) → milliseconds since 1970.
pub(crate) fn from_filetime(ticks: i64) -> UnixMillis {
    UnixMillis(ticks / 10_000 - 11_644_473_600_000)
}

/// UTF-16LE without the NUL at its end.
pub(crate) fn wide(bytes: &[u8]) -> String {
    let units =
        bytes.chunks_exact(2).map(|pair| pair.iter().rev().fold(0_u16, |unit, byte| unit << 8 | u16::from(*byte)));
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    text.trim_end_matches('\0').to_owned()
}
