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
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    for c in text.chars() {
        if matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{feff}') {
            continue;
        }
        if c.is_control() || c.is_whitespace() || matches!(c, '\u{2028}' | '\u{2029}') {
            space = true;
            continue;
        }
        if space && !out.is_empty() {
            out.push(' ');
        }
        space = false;
        out.push(c);
    }
    out
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
    }
}
