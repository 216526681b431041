//! NAMESPACE (RFC 2342 §5).

use super::scan::{Malformed, Scanner, Value};

/// The user's own namespace: the first, which is where new folders go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamespaceLine {
    /// As on the wire; mostly empty.
    pub(crate) prefix: Vec<u8>,
    pub(crate) delimiter: Option<char>,
}

/// `((prefix delimiter …) …) others shared`; only the first description of the first list is read. `None` where the user
/// has no namespace (NIL).
pub(super) fn parse_namespace(mut s: Scanner<'_>) -> Result<Option<NamespaceLine>, Malformed> {
    if s.peek() != Some(b'(') {
        // NIL, or nothing.
        return Ok(None);
    }
    s.expect(b'(', "NAMESPACE")?;
    s.space();
    if s.peek() != Some(b'(') {
        return Ok(None);
    }
    s.expect(b'(', "NAMESPACE")?;
    s.space();
    let Value::Text(prefix) = s.value()? else { return Ok(None) };
    s.space();
    let delimiter = match s.value()? {
        Value::Text(text) => std::str::from_utf8(&text).ok().and_then(|text| text.chars().next()),
        Value::Nil | Value::Oversize => None,
    };
    Ok(Some(NamespaceLine { prefix: prefix.into_owned(), delimiter }))
}
