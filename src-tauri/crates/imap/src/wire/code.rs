//! Response codes (RFC 9051 §7.1 and the IANA registry): the `[…]` before a state's text.

use postroom_types::{ModSeq, Uid, UidValidity};

use super::list::object_id;
use super::scan::Scanner;
use crate::error::RefusalCode;
use crate::uid_set::{UidSet, parse_in_order};

/// A code with what it carries, if we use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Code {
    Capability(Vec<String>),
    PermanentFlags(Vec<String>),
    ReadOnly,
    ReadWrite,
    UidNext(Option<Uid>),
    UidValidity(Option<UidValidity>),
    HighestModSeq(Option<ModSeq>),
    NoModSeq,
    Closed,
    /// NOTIFY is off from now on (RFC 5465 §5.8).
    NotificationOverflow,
    /// The two sets in the order written, for they correspond member by member.
    CopyUid {
        validity: u32,
        from: Vec<(u32, u32)>,
        to: Vec<(u32, u32)>,
    },
    AppendUid {
        validity: u32,
        uid: u32,
    },
    Modified(UidSet),
    /// The open folder's own number (RFC 8474 §4.2); `None` for what is none.
    MailboxId(Option<String>),
    Refusal(RefusalCode),
}

/// Parts `[CODE …] text`. A code that is broken, or that we do not use, is dropped; the text is kept.
pub(super) fn split(line: &[u8]) -> (Option<Code>, &[u8]) {
    let Some(inside) = line.strip_prefix(b"[") else { return (None, line) };
    let Some(end) = end_of_code(inside) else { return (None, line) };
    let (code, rest) = inside.split_at_checked(end).unwrap_or((inside, &[]));
    (parse(code), rest.get(1..).unwrap_or_default().trim_ascii_start())
}

/// Where the closing bracket is. Flags in parentheses may hold brackets of their own (Gmail), and so may strings.
fn end_of_code(inside: &[u8]) -> Option<usize> {
    let (mut quoted, mut escaped, mut list) = (false, false, false);
    for (at, byte) in inside.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'(' if !quoted => list = true,
            b')' if !quoted => list = false,
            b']' if !quoted && !list => return Some(at),
            _ => {}
        }
    }
    inside.iter().position(|byte| *byte == b']')
}

fn parse(code: &[u8]) -> Option<Code> {
    let mut s = Scanner::new(code);
    let name = s.word();
    s.space();
    Some(match name.to_ascii_uppercase().as_slice() {
        b"CAPABILITY" => Code::Capability(s.words()),
        b"PERMANENTFLAGS" => {
            let flags = s.list("PERMANENTFLAGS").ok()?;
            Code::PermanentFlags(flags.iter().map(|flag| String::from_utf8_lossy(flag).into_owned()).collect())
        }
        b"READ-ONLY" => Code::ReadOnly,
        b"READ-WRITE" => Code::ReadWrite,
        b"UIDNEXT" => Code::UidNext(s.number_u32().ok().filter(|n| *n > 0).map(Uid)),
        b"UIDVALIDITY" => Code::UidValidity(s.number_u32().ok().filter(|n| *n > 0).map(UidValidity)),
        b"HIGHESTMODSEQ" => {
            let number = s.lenient_number().filter(|n| *n > 0 && *n <= i64::MAX.cast_unsigned());
            Code::HighestModSeq(number.map(ModSeq))
        }
        b"NOMODSEQ" => Code::NoModSeq,
        b"CLOSED" => Code::Closed,
        b"NOTIFICATIONOVERFLOW" => Code::NotificationOverflow,
        b"COPYUID" => copy_uid(s)?,
        b"APPENDUID" => {
            let validity = s.number_u32().ok()?;
            s.space();
            let uid = s.number_u32().ok()?;
            Code::AppendUid { validity, uid }
        }
        b"MAILBOXID" => {
            let ids = s.list("MAILBOXID").ok()?;
            Code::MailboxId(ids.first().and_then(|id| object_id(id)))
        }
        b"MODIFIED" => Code::Modified(UidSet::parse(s.word()).ok()?),
        name => Code::Refusal(RefusalCode::from_word(std::str::from_utf8(name).ok()?)),
    })
}

/// Outlook sends `[COPYUID n  ]` where nothing was copied: no code.
fn copy_uid(mut s: Scanner<'_>) -> Option<Code> {
    let validity = s.number_u32().ok()?;
    s.space();
    let from = parse_in_order(s.word()).ok()?;
    s.space();
    let to = parse_in_order(s.word()).ok()?;
    (!from.is_empty() && !to.is_empty()).then_some(Code::CopyUid { validity, from, to })
}
