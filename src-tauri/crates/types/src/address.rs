//! Addresses and the cleaning of text that came from outside.

use serde::{Deserialize, Serialize};
use specta::Type;

/// Someone who wrote or is written to. Both fields are cleaned by [`clean_text`]: no CR, LF, NUL or other control.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, Type)]
pub struct Address {
    /// The display name; empty where there is none.
    pub name: String,
    /// `local@domain` as written; empty where the header held none.
    pub email: String,
}

impl Address {
    /// Cleans both parts.
    pub fn new(name: &str, email: &str) -> Self {
        Self { name: clean_text(name), email: clean_text(email) }
    }

    /// What a list shows: the name, else the address.
    pub fn label(&self) -> &str {
        if self.name.is_empty() { &self.email } else { &self.name }
    }
}

/// Makes one safe line of text from outside: controls (CR, LF, NUL, …) become spaces, runs of white space one space,
/// and the marks that turn the direction of writing (U+202A–202E, U+2066–2069, U+200E, U+200F) are dropped.
pub fn clean_text(text: &str) -> String {
    if is_clean(text) { text.to_owned() } else { clean_chars(text.chars(), usize::MAX) }
}

/// As [`clean_text`], of characters one by one, and no more than `most` of the result.
pub fn clean_chars(chars: impl Iterator<Item = char>, most: usize) -> String {
    let mut out = String::new();
    let mut count = 0;
    let mut space = false;
    for c in chars {
        if matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{feff}') {
            continue;
        }
        if c.is_control() || c.is_whitespace() || matches!(c, '\u{2028}' | '\u{2029}') {
            space = true;
            continue;
        }
        let gap = space && !out.is_empty();
        if count + usize::from(gap) >= most {
            break;
        }
        if gap {
            out.push(' ');
        }
        count += 1 + usize::from(gap);
        space = false;
        out.push(c);
    }
    out
}

/// Whether nothing is to be cleaned, seen by the bytes alone, as nearly always. Bytes that begin a control, a white space or
/// a mark in UTF-8 (C2, E1, E2, E3 80, EF) count as not clean, whatever follows.
fn is_clean(text: &str) -> bool {
    let mut before = b' ';
    for &byte in text.as_bytes() {
        let harmless = match byte {
            b' ' => before != b' ',
            0x21..=0x7e => true,
            0x7f | 0xc2 | 0xe1 | 0xe2 | 0xef => false,
            0x80 => before != 0xe3,
            _ => byte > 0x80,
        };
        if !harmless {
            return false;
        }
        before = byte;
    }
    text.is_empty() || before != b' '
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn controls_and_direction_marks_go() {
        assert_eq!(clean_text(" a\r\nBcc: b\0 \u{202e}c  d "), "a Bcc: b c d");
        assert_eq!(clean_text("张\u{3000}伟"), "张 伟");
    }

    proptest! {
        #[test]
        fn no_control_is_left(text in any::<String>()) {
            prop_assert!(!clean_text(&text).chars().any(char::is_control));
        }

        #[test]
        fn the_short_way_gives_the_same(text in "[ -~\t\u{7f}-\u{a1}\u{1680}\u{2000}-\u{2069}\u{3000}-\u{3002}\u{feff}张伟é]{0,12}") {
            prop_assert_eq!(clean_text(&text), clean_chars(text.chars(), usize::MAX));
        }

        #[test]
        fn a_limit_cuts_the_end_off(text in "[ab张 \n\u{202e}]{0,20}", most in 0_usize..12) {
            let cut: String = clean_text(&text).chars().take(most).collect();
            prop_assert_eq!(clean_chars(text.chars(), most), cut.trim_end());
        }
    }
}
