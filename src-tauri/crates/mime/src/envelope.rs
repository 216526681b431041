//! What the list needs of a header. Called once for every message of a mailbox, so it looks at nothing else.

use mail_parser::DateTime;
use postroom_types::{Address, Defect, DefectKind, UnixMillis, clean_text};

use crate::address::{addresses, unclear_sender};
use crate::defects::Defects;
use crate::header::{self, Fields};
use crate::limits::REFERENCES;
use crate::parameters::Parameterised;
use crate::words::{self, Hint};

/// Who wrote what to whom, and when. Every string is one clean line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Envelope {
    /// From; empty where it is missing. Several, or a malformed one, come with [`DefectKind::SenderUnclear`].
    pub from: Vec<Address>,
    /// To.
    pub to: Vec<Address>,
    /// Cc.
    pub cc: Vec<Address>,
    /// Reply-To.
    pub reply_to: Vec<Address>,
    /// Subject, decoded; may be empty.
    pub subject: String,
    /// Date; `None` (and a defect) where it is missing or nonsense.
    pub date: Option<UnixMillis>,
    /// Message-ID without angle brackets; may be empty.
    pub message_id: String,
    /// In-Reply-To, likewise.
    pub in_reply_to: Vec<String>,
    /// References, oldest first, likewise.
    pub references: Vec<String>,
    /// A guess from Content-Type alone: multipart/mixed, or a single part that is no text. [`crate::summarise`] knows.
    pub maybe_attachments: bool,
    /// What is odd.
    pub defects: Vec<Defect>,
}

/// Reads a header block, as `BODY.PEEK[HEADER]` gives it; what follows the blank line is not looked at.
pub fn parse_envelope(header_bytes: &[u8]) -> Envelope {
    let bytes = header::with_line_ends(header_bytes);
    let (len, found) = header::extent(&bytes);
    let mut defects = Defects::default();
    if !found {
        defects.add(DefectKind::NotMime, "no header; read as text");
    }
    let fields = Fields::read(bytes.get(..len).unwrap_or_default(), &mut defects);
    let content_type = fields.first("content-type").map(|value| Parameterised::read(value, &Hint::default()));
    let label = content_type.as_ref().and_then(|value| value.get("charset").map(str::to_owned));
    let hint = Hint { label, sample: fields.raw_bytes() };
    let kind = content_type.map(|value| value.value).unwrap_or_default();
    Envelope { maybe_attachments: maybe_attachments(&kind), ..from_fields(&fields, &hint, defects) }
}

/// The same from fields that were read already.
pub(crate) fn from_fields(fields: &Fields<'_>, hint: &Hint, mut defects: Defects) -> Envelope {
    let from = addresses(fields, "from", hint, &mut defects);
    if !fields.is_empty()
        && let Some(why) = unclear_sender(fields, &from)
    {
        defects.add(DefectKind::SenderUnclear, why);
    }
    let date = fields.first("date").and_then(date);
    if date.is_none() {
        defects.add(DefectKind::DateMissing, "no usable Date");
    }
    let mut references = message_ids(fields.first("references").unwrap_or_default());
    if references.len() > REFERENCES {
        references.drain(1..=references.len() - REFERENCES);
    }
    Envelope {
        to: addresses(fields, "to", hint, &mut defects),
        cc: addresses(fields, "cc", hint, &mut defects),
        reply_to: addresses(fields, "reply-to", hint, &mut defects),
        subject: fields.first("subject").map(|value| words::text(value, hint, &mut defects)).unwrap_or_default(),
        message_id: fields
            .first("message-id")
            .and_then(|value| message_ids(value).into_iter().next())
            .unwrap_or_default(),
        in_reply_to: message_ids(fields.first("in-reply-to").unwrap_or_default()),
        maybe_attachments: false,
        from,
        date,
        references,
        defects: defects.into_vec(),
    }
}

fn maybe_attachments(mime_type: &str) -> bool {
    match mime_type.split_once('/') {
        Some(("multipart", subtype)) => subtype == "mixed",
        Some(("text" | "message", _)) | None => false,
        Some(_) => true,
    }
}

fn date(value: &[u8]) -> Option<UnixMillis> {
    let text = String::from_utf8_lossy(value.get(..200).unwrap_or(value)).replace(['\r', '\n'], " ");
    // The parser wants a line end to know that the value is over.
    let mut line = text.trim().to_owned();
    let iso = line.bytes().take(4).filter(u8::is_ascii_digit).count() == 4 && line.as_bytes().get(4) == Some(&b'-');
    let read = if iso {
        DateTime::parse_rfc3339(&line.replacen(' ', "T", 1))
    } else {
        line.push('\n');
        DateTime::parse_rfc822(&line)
    }?;
    // A leap second is written 60.
    let read = DateTime { second: read.second.min(59), ..read };
    read.is_valid().then(|| UnixMillis(read.to_timestamp() * 1_000))
}

/// The ids between angle brackets; where there are none, the words themselves. Longer than a line may be: none.
pub(crate) fn message_ids(value: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(value);
    let mut ids = Vec::new();
    let mut rest = text.as_ref();
    while let Some((_, open)) = rest.split_once('<') {
        let Some((id, after)) = open.split_once('>') else { break };
        push_id(&mut ids, id);
        rest = after;
    }
    if ids.is_empty() {
        for word in text.split_whitespace().filter(|word| word.contains('@')) {
            push_id(&mut ids, word.trim_matches(['<', '>', ',', '"']));
        }
    }
    if ids.is_empty() && !text.contains('<') {
        push_id(&mut ids, text.split_whitespace().next().unwrap_or_default());
    }
    ids
}

fn push_id(ids: &mut Vec<String>, id: &str) {
    // Folding may leave white space in the middle of an id.
    let id: String = clean_text(id).split(' ').collect();
    if !id.is_empty() && id.len() <= 990 {
        ids.push(id);
    }
}

#[cfg(test)]
mod tests;
