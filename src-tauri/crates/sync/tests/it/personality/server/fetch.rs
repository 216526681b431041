//! FETCH, with all that providers do wrong there.

use std::fmt::Write as _;

use super::super::mailbox::{Mail, chosen};
use super::super::table::Odd;
use super::{Shared, Visit, lock};

/// UIDs that one command may span where the provider limits it.
const WIDEST: u32 = 2000;

impl Shared {
    pub(super) fn fetch(&self, set: &str, command: &str, by_uid: bool, visit: &mut Visit) -> (Vec<u8>, String) {
        if self.is(Odd::NarrowRanges) && by_uid && widest(set) > WIDEST {
            return (Vec::new(), "NO [LIMIT] UID FETCH range too wide".to_owned());
        }
        let mailbox = lock(&self.mailbox);
        let folder = &mailbox.folders[&visit.selected];
        let uids: Vec<u32> = folder.places.keys().copied().collect();
        let numbers: Vec<u32> = (1..).take(uids.len()).collect();
        let wanted = chosen(set, if by_uid { &uids } else { &numbers });
        let since: u64 = command.split_once("CHANGEDSINCE ").map_or(0, |(_, rest)| {
            rest.trim_end_matches(')').split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
        });
        let mut out = Vec::new();
        for (number, (uid, place)) in (1..).zip(&folder.places) {
            let told = place.modseq > since && !(since > 0 && self.is(Odd::DeafModSeq));
            if !wanted.contains(if by_uid { uid } else { &number }) || !told {
                continue;
            }
            let mail = &mailbox.mails[&place.mail];
            // What another session changed since this one looked is not seen.
            let stale = visit.snapshot.mail(&visit.selected, *uid).filter(|_| self.is(Odd::StaleSession));
            let flags = &stale.unwrap_or(mail).flags;
            let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
            let mut line = format!("* {number} FETCH (UID {uid}");
            if command.contains("FLAGS") {
                write!(line, " FLAGS ({})", flags.join(" ")).unwrap();
            }
            if command.contains("MODSEQ") || since > 0 {
                let modseq = if self.is(Odd::DeafModSeq) { "-1".to_owned() } else { place.modseq.to_string() };
                write!(line, " MODSEQ ({modseq})").unwrap();
            }
            if command.contains("X-GM-MSGID") {
                write!(line, " X-GM-MSGID {}", number_of(place.mail)).unwrap();
            }
            if command.contains("PREVIEW (LAZY)") {
                // Of each third the server has none at hand.
                let preview = if uid % 3 == 0 { "NIL".to_owned() } else { format!("\"Told of {uid}\"") };
                write!(line, " PREVIEW {preview}").unwrap();
            }
            out.extend_from_slice(line.as_bytes());
            self.texts(&mut out, mail, command, &mut visit.stubborn);
            out.extend_from_slice(b")\r\n");
        }
        (out, "OK done".to_owned())
    }

    fn texts(&self, out: &mut Vec<u8>, mail: &Mail, command: &str, stubborn: &mut bool) {
        if command.contains("INTERNALDATE") {
            out.extend_from_slice(b" INTERNALDATE \"03-Feb-2026 10:00:00 +0000\"");
        }
        if command.contains("RFC822.SIZE") {
            out.extend_from_slice(format!(" RFC822.SIZE {}", mail.raw.len()).as_bytes());
        }
        let end = mail.raw.windows(4).position(|four| four == b"\r\n\r\n").map_or(mail.raw.len(), |at| at + 4);
        let header = &mail.raw[..end];
        let id: Vec<u8> = header
            .split_inclusive(|byte| *byte == b'\n')
            .find(|line| line.to_ascii_lowercase().starts_with(b"message-id:"))
            .map_or(b"\r\n".to_vec(), |line| [line, b"\r\n"].concat());
        let mut text = |name: &str, data: &[u8]| {
            out.extend_from_slice(format!(" BODY[{name} {{{}}}\r\n", data.len()).as_bytes());
            out.extend_from_slice(data);
        };
        if command.contains("BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]") {
            text("HEADER.FIELDS (MESSAGE-ID)]", &id);
        } else if command.contains("BODY.PEEK[HEADER]") {
            text("HEADER]", header);
        } else if let Some((_, piece)) = command.split_once("BODY.PEEK[]<") {
            let (from, length) = piece.split_once('>').and_then(|(piece, _)| piece.split_once('.')).unwrap();
            let from: usize = from.parse().unwrap();
            let rest = mail.raw.get(from..).unwrap_or_default();
            let length = rest.len().min(length.parse().unwrap());
            text(&format!("]<{from}>"), &rest[..length]);
        } else if command.contains("BODY.PEEK[]")
            && self.is(Odd::BodyWithoutValue)
            && !std::mem::replace(stubborn, true)
        {
            out.extend_from_slice(b" BODY[] ");
        } else if command.contains("BODY.PEEK[]") {
            text("]", &mail.raw);
        }
    }
}

/// A message's number as Gmail makes them: 64 bits, the same in every folder that shows it.
pub(crate) fn number_of(mail: u64) -> u64 {
    u64::MAX - mail
}

fn widest(set: &str) -> u32 {
    let width = |member: &str| {
        let (low, high) = member.split_once(':')?;
        Some(high.parse::<u32>().ok()?.abs_diff(low.parse().ok()?).saturating_add(1))
    };
    set.split(',').filter_map(width).max().unwrap_or(1)
}
