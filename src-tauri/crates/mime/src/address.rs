//! Address fields (RFC 5322 §3.4) through mail-parser, after encoded words were made sound and the number was bounded.

use mail_parser::HeaderValue;
use mail_parser::parsers::MessageStream;
use postroom_types::{Address, DefectKind};

use crate::defects::Defects;
use crate::header::Fields;
use crate::limits::ADDRESSES;
use crate::words::{self, Hint};

/// All addresses of all fields of a name; groups are opened.
pub(crate) fn addresses(fields: &Fields<'_>, name: &str, hint: &Hint, defects: &mut Defects) -> Vec<Address> {
    let mut found = Vec::new();
    for value in fields.all(name) {
        let normal = words::normalise(value, hint, defects);
        let bounded = bounded(&normal, defects);
        read(&bounded, &mut found);
        if found.len() >= ADDRESSES {
            defects.add(DefectKind::TooManyAddresses, "more than 10,000 addresses; the rest is left out");
            found.truncate(ADDRESSES);
            break;
        }
    }
    found
}

fn read(value: &str, found: &mut Vec<Address>) {
    if let HeaderValue::Address(list) = MessageStream::new(value.as_bytes()).parse_address() {
        for one in list.iter() {
            let address =
                Address::new(one.name.as_deref().unwrap_or_default(), one.address.as_deref().unwrap_or_default());
            // "root" alone, and "a@b" in quotes, come out as a name.
            if address.email.is_empty() && address.name.contains('@') && !address.name.contains(char::is_whitespace) {
                found.push(Address::new("", &address.name));
            } else if !address.name.is_empty() || !address.email.is_empty() {
                found.push(address);
            }
        }
    }
}

/// Cuts behind as many separators outside quotes as there may be addresses, and unfolds: the parser takes a line end for the end
/// of the field, and without one it loses the last word.
fn bounded(value: &str, defects: &mut Defects) -> String {
    let (mut quoted, mut escaped, mut separators) = (false, false, 0);
    let mut end = value.len();
    for (at, byte) in value.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' | b';' if !quoted => separators += 1,
            _ => {}
        }
        if separators >= ADDRESSES {
            defects.add(DefectKind::TooManyAddresses, "more than 10,000 addresses; the rest is left out");
            end = at;
            break;
        }
    }
    let mut line = value.get(..end).unwrap_or(value).replace(['\r', '\n'], " ");
    line.push('\n');
    line
}

/// Why the sender cannot be told, if so. What is shown is never trusted then.
pub(crate) fn unclear_sender(fields: &Fields<'_>, from: &[Address]) -> Option<&'static str> {
    let mut values = fields.all("from");
    let value = values.next();
    if values.next().is_some() {
        return Some("several From fields");
    }
    match from {
        [] => Some("no usable From"),
        [_, _, ..] => Some("several senders"),
        [one] if !is_plain(&one.email) => Some("the sender's address is not well formed"),
        // The parser merges `<a@b> <c@d>`; a NUL or other control in an address is a trick.
        [_] => {
            let value = value.unwrap_or_default();
            let outside = without_quotes(value).filter(|&byte| byte == b'<').count();
            let control = value.contains(&0);
            (control || outside > 1).then_some("the From field can be read in several ways")
        }
    }
}

fn without_quotes(value: &[u8]) -> impl Iterator<Item = u8> {
    let (mut quoted, mut escaped) = (false, false);
    value.iter().copied().filter(move |&byte| {
        let was_escaped = std::mem::take(&mut escaped);
        match byte {
            b'\\' if quoted && !was_escaped => escaped = true,
            b'"' if !was_escaped => quoted = !quoted,
            _ => {}
        }
        !quoted
    })
}

/// One `@`, something on both sides, no white space, brackets or quotes.
fn is_plain(email: &str) -> bool {
    email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && !domain.is_empty()
            && !domain.contains('@')
            && !email.contains(|c: char| {
                c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '(' | ')' | ',' | '\\')
            })
    })
}
