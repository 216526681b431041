//! Whether a message on the server is the one that was put there.
//!
//! Outlook.com gives every message a Message-ID of its own, Exchange changes sizes, some add fields to the header; so there
//! is more than one key. Only messages that came in since an append began are ever compared, which makes a weak key enough.

use postroom_imap::HeaderItem;
use postroom_mime::parse_envelope;

/// What is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    header: Vec<u8>,
    size: u64,
    keys: Keys,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Keys {
    /// Without angle brackets; may be empty.
    message_id: String,
    /// The Message-ID that Outlook.com replaced, as written.
    original_id: String,
    /// Date, From, To and Subject as written.
    written: [String; 4],
}

/// As far as a header is looked at, bytes.
const MOST: usize = 1 << 20;

impl Identity {
    /// Of a whole message, lines ending in CRLF.
    pub(super) fn of(message: &[u8]) -> Self {
        let head = message.get(..MOST).unwrap_or(message);
        let end = head.windows(4).position(|bytes| bytes == b"\r\n\r\n").map_or(head.len(), |at| at + 4);
        let header = head.get(..end).unwrap_or(head).to_vec();
        Self { keys: Keys::of(&header), header, size: message.len() as u64 }
    }

    /// Whether this is the message.
    pub(super) fn is_of(&self, item: &HeaderItem) -> bool {
        // A message that is all header has no empty line; servers add one.
        if item.header.trim_ascii_end() == self.header.trim_ascii_end() && !self.header.is_empty() {
            return true;
        }
        let (ours, theirs) = (&self.keys, Keys::of(&item.header));
        if !ours.message_id.is_empty() {
            let id = ours.message_id.as_str();
            if theirs.message_id == id || theirs.original_id.contains(id) {
                return true;
            }
        }
        let same = ours.written == theirs.written && ours.written.iter().any(|value| !value.is_empty());
        // An id that the server gave it is a reason for another size, if we gave it none.
        let dated = ours.message_id.is_empty() && ours.written.first().is_some_and(|date| !date.is_empty());
        same && (item.size == self.size || dated)
    }

    /// The Message-ID of a message that the server did not store as it was sent.
    pub(super) fn rewritten(&self, item: &HeaderItem) -> Option<String> {
        let same = item.header.trim_ascii_end() == self.header.trim_ascii_end() && [0, self.size].contains(&item.size);
        (!same).then(|| parse_envelope(&item.header).message_id)
    }
}

impl Keys {
    fn of(header: &[u8]) -> Self {
        Self {
            message_id: parse_envelope(header).message_id,
            original_id: field(header, "X-Microsoft-Original-Message-ID"),
            written: ["Date", "From", "To", "Subject"].map(|name| field(header, name)),
        }
    }
}

/// A field's text, its lines joined and its white space evened; empty where it is missing.
fn field(header: &[u8], name: &str) -> String {
    let text = String::from_utf8_lossy(header);
    let mut words: Vec<&str> = Vec::new();
    let mut within = false;
    for line in text.lines() {
        if line.starts_with([' ', '\t']) {
            if within {
                words.extend(line.split_whitespace());
            }
            continue;
        }
        if within {
            break;
        }
        if let Some((found, value)) = line.split_once(':')
            && found.trim_end().eq_ignore_ascii_case(name)
        {
            within = true;
            words.extend(value.split_whitespace());
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use postroom_types::Uid;

    use super::*;

    const MAIL: &str = "Message-ID: <1@a.test>\r\nDate: Tue, 03 Feb 2026 10:00:00 +0000\r\nFrom: ann@a.test\r\n\
                        To: bo@a.test\r\nSubject: One\r\n\r\nText.\r\n";

    fn check(ours: &str, theirs: &str, size: u64, expected: bool) {
        let header = theirs.split_inclusive("\r\n\r\n").next().unwrap_or_default().as_bytes().to_vec();
        let item = HeaderItem {
            uid: Uid(1),
            flags: None,
            modseq: None,
            size,
            internal_date: None,
            header,
            truncated: false,
            email_id: None,
            preview: None,
        };
        assert_eq!(Identity::of(ours.as_bytes()).is_of(&item), expected, "{theirs}");
    }

    #[test]
    fn a_message_is_known_again_whatever_the_server_did_to_it() {
        let size = MAIL.len() as u64;
        check(MAIL, MAIL, size, true);
        check(MAIL, &format!("Received: from x\r\n\tby y\r\n{MAIL}"), size + 30, true);
        let replaced = MAIL.replace("<1@a.test>", "<9@outlook.test>");
        check(MAIL, &replaced, size + 6, false);
        check(MAIL, &format!("X-Microsoft-Original-Message-ID: <1@a.test>\r\n{replaced}"), size + 90, true);
        check(MAIL, &replaced.replace("9@outlook", "9@a"), size, true);
        check(MAIL, &MAIL.replace("1@a.test", "2@a.test").replace("One", "Two"), size, false);
    }

    #[test]
    fn one_without_an_id_is_known_by_what_is_written() {
        let bare = MAIL.split_once("\r\n").map(|(_, rest)| rest).unwrap_or_default();
        check(bare, MAIL, MAIL.len() as u64, true);
        check(bare, &MAIL.replace("10:00:00", "10:00:01"), bare.len() as u64, false);
        check("a: b\r\n", "a: b\r\n\r\n", 8, true);
        check("Subject: x\r\n\r\ny\r\n", "Subject: x\r\nX-More: 1\r\n\r\n", 99, false);
        check("", "", 0, false);
    }
}
