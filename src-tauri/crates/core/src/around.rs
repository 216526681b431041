//! What the reader shows around a message's text, read from its header and its calendar part.

use postroom_calendar::invitation;
use postroom_mime::{ListUnsubscribe, Message, list_unsubscribe, part_bytes, plain_text};
use postroom_types::{Invitation, OpenedMessage, Unsubscribe};
use url::Url;

use crate::api::content::{Content, Reading};
use crate::sender::marks;

/// A longer calendar part is no invitation, bytes.
const MAX_CALENDAR: u64 = 512 << 10;

/// Adds to an opened message what is known beside its text.
pub(crate) fn fill(shown: &mut OpenedMessage, message: &Message, reading: &Reading) {
    shown.sender_marks = marks(&message.envelope.from);
    shown.unsubscribe = way(&list_unsubscribe(reading.head()));
    shown.invitation = calendar(message, reading);
}

/// The best way to leave a list: one request, else a page, else a mail. Addresses that nothing may be sent to are passed over.
pub(crate) fn way(list: &ListUnsubscribe) -> Option<Unsubscribe> {
    let host = list.web.as_deref().and_then(web_host);
    if let Some(host) = host {
        return Some(if list.one_click { Unsubscribe::OneClick { host } } else { Unsubscribe::Web { host } });
    }
    let mail = Url::parse(list.mail.as_deref()?).ok()?;
    let address = postroom_types::clean_text(mail.path());
    address.contains('@').then_some(Unsubscribe::Mail { address })
}

/// Who stands behind a web address, as a browser shows it: never what stands before an `@`, never what only looks like another.
fn web_host(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let plain = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
    url.host_str().filter(|host| plain && !host.is_empty()).map(str::to_owned)
}

fn calendar(message: &Message, reading: &Reading) -> Option<Invitation> {
    // Of a message too large for the memory nothing but its text is read ahead.
    let Content::Memory(raw) = &reading.content else { return None };
    let part = message.parts.iter().find(|part| {
        matches!(part.mime_type.as_str(), "text/calendar" | "application/ics") && part.size <= MAX_CALENDAR
    })?;
    let bytes = part_bytes(raw, part.part)?;
    let text = plain_text(&bytes, &part.charset);
    // What the parser cannot take is no invitation; the message itself is read all the same.
    std::panic::catch_unwind(|| invitation(&text, part.part)).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_safest_way_to_leave_is_taken() {
        let check = |header: &str, expected: Option<Unsubscribe>| {
            assert_eq!(way(&list_unsubscribe(format!("{header}\r\n\r\n").as_bytes())), expected, "{header}");
        };
        let (web, mail) = ("https://lists.example.com/u?x=1", "mailto:leave@example.com?subject=no%20more");
        let post = "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click";
        let host = || "lists.example.com".to_owned();
        check(&format!("List-Unsubscribe: <{mail}>, <{web}>{post}"), Some(Unsubscribe::OneClick { host: host() }));
        check(&format!("List-Unsubscribe: <{mail}>, <{web}>"), Some(Unsubscribe::Web { host: host() }));
        check(
            &format!("List-Unsubscribe: <{mail}>"),
            Some(Unsubscribe::Mail { address: "leave@example.com".to_owned() }),
        );
        // What a browser would show: the true host, in its true letters.
        check(
            "List-Unsubscribe: <https://p\u{0430}ypal.com/>",
            Some(Unsubscribe::Web { host: "xn--pypal-4ve.com".to_owned() }),
        );
        check(&format!("List-Unsubscribe: <https://paypal.com@evil.example/>{post}"), None);
        check("List-Unsubscribe: <https://>", None);
        check("List-Unsubscribe: <mailto:nobody>", None);
        check("Subject: x", None);
    }
}
