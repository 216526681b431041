//! QUOTA (RFC 9208 §5.1).

use super::scan::{Malformed, Scanner, Value};

/// The longest name of a quota that is kept, bytes.
const MAX_NAME: usize = 200;

/// What a quota root says of its storage. One that limits something else tells nothing of use here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QuotaLine {
    pub(crate) name: String,
    /// Bytes.
    pub(crate) used: u64,
    pub(crate) limit: u64,
}

/// `name (STORAGE used limit MESSAGE used limit …)`, storage in units of 1,024 octets (RFC 9208 §5.1).
pub(super) fn parse_quota(mut s: Scanner<'_>) -> Result<Option<QuotaLine>, Malformed> {
    let Value::Text(name) = s.value()? else { return Ok(None) };
    let name = super::server_text(&name).chars().take(MAX_NAME).collect();
    s.space();
    s.expect(b'(', "QUOTA")?;
    loop {
        s.space();
        if s.eat(b')') || s.at_end() {
            return Ok(None);
        }
        let resource = s.word().to_ascii_uppercase();
        s.space();
        let used = s.lenient_number();
        s.space();
        let limit = s.lenient_number();
        if resource.is_empty() {
            return Err(Malformed::Syntax("QUOTA"));
        }
        if resource == b"STORAGE"
            && let (Some(used), Some(limit)) = (used, limit)
        {
            return Ok(Some(QuotaLine { name, used: used.saturating_mul(1024), limit: limit.saturating_mul(1024) }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Option<(&str, u64, u64)>) {
        let parsed = parse_quota(Scanner::new(line.as_bytes())).unwrap_or_default();
        let expected = expected.map(|(name, used, limit)| QuotaLine { name: name.to_owned(), used, limit });
        assert_eq!(parsed, expected, "{line}");
    }

    #[test]
    fn storage_is_read_and_the_rest_is_skipped() {
        check("\"User quota\" (STORAGE 12 2097152)\r\n", Some(("User quota", 12_288, 2_147_483_648)));
        check("\"\" (MESSAGE 3 100 STORAGE 1 2)\r\n", Some(("", 1024, 2048)));
        check("INBOX (storage 1 2 X-9 1 1)\r\n", Some(("INBOX", 1024, 2048)));
        check("x (MESSAGE 3 100)\r\n", None);
        check("x ()\r\n", None);
        check("x (STORAGE)\r\n", None);
        check("x (STORAGE -1 -1)\r\n", None);
        check("x (STORAGE 99999999999999999999 1)\r\n", None);
        check("x ((STORAGE 1 2))\r\n", None);
        check("", None);
    }
}
