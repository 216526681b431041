//! Builds a command's line. Text of ours goes in as it is; everything else goes through [`CommandLine::string`], which quotes
//! it, sends it as a literal, or refuses it. Nothing from outside can end a line or a string.

use postroom_types::{Flags, Secret};

use crate::capabilities::{Capabilities, Capability};

/// Longer strings go as literals, for some servers read lines of 1,000 octets only.
const MAX_QUOTED: usize = 500;

/// A string with CR, LF or NUL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CannotSend;

/// A command in the making. Where a literal must wait for the server's `+` (RFC 9051 §4.3) the line is cut in pieces.
#[derive(Debug, Clone)]
pub(crate) struct CommandLine {
    pieces: Vec<String>,
    at_once: usize,
    /// Whether quoted strings may hold UTF-8 (RFC 9755 §3).
    wide: bool,
}

impl CommandLine {
    pub(crate) fn new(text: &str, capabilities: &Capabilities) -> Self {
        let at_once = if capabilities.has(Capability::LiteralPlus) {
            usize::MAX
        } else if capabilities.has(Capability::LiteralMinus) {
            4096
        } else {
            0
        };
        Self { pieces: vec![text.to_owned()], at_once, wide: false }
    }

    /// Whether the server agreed to UTF-8 in quoted strings.
    pub(crate) fn wide(self, wide: bool) -> Self {
        Self { wide, ..self }
    }

    fn last(&mut self) -> &mut String {
        if self.pieces.is_empty() {
            self.pieces.push(String::new());
        }
        let at = self.pieces.len() - 1;
        #[expect(clippy::indexing_slicing, reason = "at least one piece, see above")]
        &mut self.pieces[at]
    }

    /// Text of ours, never of anyone else.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.last().push_str(text);
        self
    }

    /// Any string: a user's name, a folder, words to search.
    pub(crate) fn string(&mut self, value: &str) -> Result<&mut Self, CannotSend> {
        if value.contains(['\r', '\n', '\0']) {
            return Err(CannotSend);
        }
        let fits = |c: char| matches!(c, ' '..='~') || (self.wide && !c.is_ascii() && !c.is_control());
        if value.len() <= MAX_QUOTED && value.chars().all(fits) {
            let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
            self.text("\"").text(&quoted).text("\"");
        } else if value.len() <= self.at_once {
            self.text(&format!("{{{}+}}\r\n{value}", value.len()));
        } else {
            self.text(&format!("{{{}}}", value.len()));
            self.pieces.push(value.to_owned());
        }
        Ok(self)
    }

    /// The pieces; all but the last end where the server's `+` is waited for.
    pub(crate) fn into_pieces(self) -> Vec<String> {
        self.pieces
    }

    /// The pieces of a line that holds a password.
    pub(crate) fn into_secret(self) -> impl Iterator<Item = Secret<Vec<u8>>> {
        self.pieces.into_iter().map(|piece| Secret::new(piece.into_bytes()))
    }
}

/// `(\Seen $Junk)`: names of our own table, so nothing needs quoting.
pub(crate) fn flag_list(flags: Flags) -> String {
    format!("({})", flags.names().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_is_quoted_once_the_server_agreed() {
        let mut line = CommandLine::new("X ", &Capabilities::default()).wide(true);
        line.string("密\"码&").unwrap();
        assert_eq!(line.into_pieces(), ["X \"密\\\"码&\""]);
    }

    fn check(value: &str, capabilities: &str, expected: &[&str]) {
        let words: Vec<String> = capabilities.split(' ').map(str::to_owned).collect();
        let mut line = CommandLine::new("X ", &Capabilities::from_words(&words));
        line.string(value).unwrap();
        assert_eq!(line.into_pieces(), expected);
    }

    #[test]
    fn strings_are_quoted_or_literals() {
        check("INBOX", "", &["X \"INBOX\""]);
        check("a\"b\\ (%*) {3}", "", &["X \"a\\\"b\\\\ (%*) {3}\""]);
        check("", "", &["X \"\""]);
        check("密码", "", &["X {6}", "密码"]);
        check("密码", "LITERAL+", &["X {6+}\r\n密码"]);
        check(&"密".repeat(2000), "LITERAL-", &["X {6000}", &"密".repeat(2000)]);
    }

    #[test]
    fn what_would_end_a_line_is_refused() {
        let none = Capabilities::default();
        for value in ["a\rb", "a\nA2 LOGOUT", "a\0b"] {
            assert_eq!(CommandLine::new("X ", &none).string(value).err(), Some(CannotSend));
        }
    }
}
