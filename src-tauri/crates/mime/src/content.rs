//! The little that must be known of HTML here: its charset, and which parts it names. Making it safe is `postroom-html`'s.

use std::collections::BTreeSet;

/// How far into a page its charset may be declared.
const PRESCAN_BYTES: usize = 4_096;

/// The charset that HTML without a label of its own declares in a `<meta>`.
pub(crate) fn html_label(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(bytes.get(..PRESCAN_BYTES).unwrap_or(bytes)).to_ascii_lowercase();
    let meta = head
        .split("<meta")
        .skip(1)
        .find_map(|meta| meta.split('>').next()?.split_once("charset=").map(|(_, rest)| rest))?;
    let label: String = meta
        .trim_start_matches(['"', '\'', ' '])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.'))
        .take(60)
        .collect();
    // A page that could be read this far is in none of these.
    (!label.is_empty() && !label.starts_with("utf-16")).then_some(label)
}

/// Every `cid:` in a page, decoded, lower case.
pub(crate) fn cid_references(html: &str) -> BTreeSet<String> {
    let lower = html.to_lowercase();
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '>' | ')' | '<' | '&');
    lower
        .split("cid:")
        .skip(1)
        .filter_map(|rest| rest.split(ends).next())
        .filter(|id| !id.is_empty() && id.len() < 1_000)
        .map(percent_decoded)
        .collect()
}

fn percent_decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        match tail {
            [high, low, after @ ..]
                if first == b'%'
                    && let Some(byte) = crate::decode::hex_pair(*high, *low) =>
            {
                out.push(byte);
                rest = after;
            }
            _ => out.push(first),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
