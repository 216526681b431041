//! Standard output: one JSON document, or lines for people.

use std::fmt::Write as _;
use std::io::{self, BufWriter, IsTerminal as _, Write};

use serde::Serialize;

use crate::failure::Failure;

/// In which form a command answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    /// One JSON document.
    Json,
    /// Lines and tables.
    Lines,
}

impl Output {
    /// Prints the document, or what `lines` writes.
    pub(crate) fn print(
        self,
        document: &impl Serialize,
        lines: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        print_written(|out| match self {
            Self::Json => writeln!(out, "{}", to_json(document)?),
            Self::Lines => lines(out),
        })
    }
}

/// Prints what `write` writes, in whatever form: what is too large to be a document first.
pub(crate) fn print_written(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    write(&mut out)?;
    Ok(out.flush()?)
}

/// Whether a person reads stdout, rather than a program or a file.
pub(crate) fn to_terminal() -> bool {
    io::stdout().is_terminal()
}

/// One line of JSON. DEL and the controls above ASCII are escaped like the others: JSON would let them through, and a
/// terminal may obey them.
pub(crate) fn to_json(document: &impl Serialize) -> io::Result<String> {
    let json = serde_json::to_string(document)?;
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if matches!(c, '\u{7f}'..='\u{9f}') {
            write!(out, "\\u{:04x}", u32::from(c)).map_err(io::Error::other)?;
        } else {
            out.push(c);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_holds_no_control_and_means_the_same() {
        let text = "a\u{1b}[0m\u{7f}\u{9b}示\"\\";
        let json = to_json(&text).unwrap();
        assert!(!json.chars().any(char::is_control), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
