//! One function that makes a file name from what a sender wrote.

use postroom_types::clean_text;

/// Longest name in bytes: below the 255 of the file systems, so that " (2)" may still be added.
const MAX_BYTES: usize = 200;
/// Longest extension that is kept when a name is cut.
const MAX_EXTENSION_BYTES: usize = 20;

/// A name that is safe on Windows, macOS and Linux: no path, no control, no mark that turns the direction of writing, none of
/// `< > : " / \ | ? *`, no reserved device name, no dot or space at its ends, at most 200 bytes with the extension kept.
/// Never empty: `attachment` where nothing is left.
pub fn safe_file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).find(|part| !part.trim().is_empty()).unwrap_or_default();
    let clean: String = clean_text(last)
        .chars()
        .filter(|&c| !is_hidden(c))
        .map(|c| if matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\u{2215}' | '\u{2044}') { '_' } else { c })
        .collect();
    let name = shortened(trimmed(&clean));
    let name = trimmed(&name);
    if name.is_empty() {
        return "attachment".to_owned();
    }
    if is_reserved(name) { format!("_{name}") } else { name.to_owned() }
}

/// Characters that show nothing and so make two names look alike.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{ad}' | '\u{61c}' | '\u{206a}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}')
}

fn trimmed(name: &str) -> &str {
    name.trim_matches(|c: char| c == '.' || c.is_whitespace())
}

fn shortened(name: &str) -> String {
    if name.len() <= MAX_BYTES {
        return name.to_owned();
    }
    let extension = name
        .rsplit_once('.')
        .map(|(_, extension)| extension)
        .filter(|extension| extension.len() <= MAX_EXTENSION_BYTES);
    let room = MAX_BYTES - extension.map_or(0, |extension| extension.len() + 1);
    let stem = trimmed(name.get(..name.floor_char_boundary(room)).unwrap_or_default());
    extension.map_or_else(|| stem.to_owned(), |extension| format!("{stem}.{extension}"))
}

/// Windows opens devices by these names, whatever extension follows.
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|rest| {
            let mut digits = rest.chars();
            matches!((digits.next(), digits.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
        })
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" | "CLOCK$")
        || numbered("COM")
        || numbered("LPT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_safe() {
        for (name, expected) in [
            ("报价单 2026.xlsx", "报价单 2026.xlsx"),
            ("../../etc/passwd", "passwd"),
            ("C:\\dir\\a.txt", "a.txt"),
            ("a:stream.txt", "a_stream.txt"),
            ("CON", "_CON"),
            ("nul.txt", "_nul.txt"),
            ("COM1 .txt", "_COM1 .txt"),
            ("COMMON.txt", "COMMON.txt"),
            ("a.txt. . ", "a.txt"),
            (".bashrc", "bashrc"),
            ("..", "attachment"),
            ("", "attachment"),
            ("/", "attachment"),
            ("a\0b\r\nc.txt", "a b c.txt"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("a\u{200b}b", "ab"),
            ("a?*<>|b", "a_____b"),
        ] {
            assert_eq!(safe_file_name(name), expected, "{name:?}");
        }
    }

    #[test]
    fn long_names_keep_their_extension() {
        let name = safe_file_name(&format!("{}.docx", "长".repeat(200)));
        assert!(name.len() <= MAX_BYTES && name.ends_with("长.docx"), "{name}");
        assert!(safe_file_name(&"x".repeat(1_000)).len() <= MAX_BYTES);
    }
}
