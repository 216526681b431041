//! How to leave a mailing list: List-Unsubscribe (RFC 2369 §3.2) and List-Unsubscribe-Post (RFC 8058).

use postroom_types::clean_text;

use crate::defects::Defects;
use crate::header::{self, Fields};

/// Addresses looked at; a list needs two.
const MAX_TARGETS: usize = 10;
/// Longest address, bytes.
const MAX_TARGET: usize = 4_000;

/// What a message says of leaving its list. Nothing is checked but the form; the addresses are a stranger's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListUnsubscribe {
    /// The first web address, as it stands.
    pub web: Option<String>,
    /// The first mail address, as a `mailto:` link.
    pub mail: Option<String>,
    /// One request by POST to `web` is enough, without a page to look at (RFC 8058 §3.1; only for `https`).
    pub one_click: bool,
}

/// Reads it from a header block; what follows the blank line is not looked at.
pub fn list_unsubscribe(header_bytes: &[u8]) -> ListUnsubscribe {
    let bytes = header::with_line_ends(header_bytes);
    let (len, _) = header::extent(&bytes);
    let fields = Fields::read(bytes.get(..len).unwrap_or_default(), &mut Defects::default());
    let value = fields.first("list-unsubscribe").map(String::from_utf8_lossy).unwrap_or_default();
    let mut found = ListUnsubscribe::default();
    for target in value.split('<').skip(1).take(MAX_TARGETS) {
        let Some((target, _)) = target.split_once('>') else { break };
        // Folding may leave white space inside of an address.
        let target: String = clean_text(target).split(' ').collect();
        if target.len() > MAX_TARGET {
            continue;
        }
        let scheme = target.split(':').next().unwrap_or_default().to_ascii_lowercase();
        match scheme.as_str() {
            "https" | "http" if found.web.is_none() => found.web = Some(target),
            "mailto" if found.mail.is_none() => found.mail = Some(target),
            _ => {}
        }
    }
    let post = fields.first("list-unsubscribe-post").map(String::from_utf8_lossy).unwrap_or_default();
    let secure = found.web.as_ref().is_some_and(|web| web.to_ascii_lowercase().starts_with("https:"));
    found.one_click = secure && post.trim().eq_ignore_ascii_case("List-Unsubscribe=One-Click");
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, web: Option<&str>, mail: Option<&str>, one_click: bool) {
        let found = list_unsubscribe(format!("{header}\r\n\r\nList-Unsubscribe: <https://body.example>").as_bytes());
        let expected = ListUnsubscribe { web: web.map(str::to_owned), mail: mail.map(str::to_owned), one_click };
        assert_eq!(found, expected, "{header}");
    }

    #[test]
    fn both_ways_are_read() {
        let post = "List-Unsubscribe-Post: List-Unsubscribe=One-Click";
        let both = "List-Unsubscribe: <mailto:u@example.com?subject=x>, <https://example.com/u?a=b>";
        let (web, mail) = (Some("https://example.com/u?a=b"), Some("mailto:u@example.com?subject=x"));
        check(both, web, mail, false);
        check(&format!("{both}\r\n{post}"), web, mail, true);
        check("List-Unsubscribe: <https://example.com/a\r\n b>", Some("https://example.com/ab"), None, false);
        check("List-Unsubscribe: (comment) <mailto:a@b>", None, Some("mailto:a@b"), false);
    }

    #[test]
    fn nothing_else_is_taken() {
        let post = "List-Unsubscribe-Post: List-Unsubscribe=One-Click";
        check("Subject: x", None, None, false);
        check("List-Unsubscribe: https://example.com", None, None, false);
        check("List-Unsubscribe: <javascript:alert(1)>, <file:///etc/passwd>", None, None, false);
        // RFC 8058 wants https.
        check(&format!("List-Unsubscribe: <http://example.com>\r\n{post}"), Some("http://example.com"), None, false);
        check(&format!("List-Unsubscribe: <mailto:a@b>\r\n{post}"), None, Some("mailto:a@b"), false);
        check("List-Unsubscribe: <https://a>\r\nList-Unsubscribe-Post: yes", Some("https://a"), None, false);
        check(&format!("List-Unsubscribe: <https://{}>", "a".repeat(5_000)), None, None, false);
    }
}
