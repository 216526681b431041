//! One function that makes a file name from what a sender wrote.

use postroom_types::clean_text;

mod danger;

pub(crate) use danger::danger;

/// Longest name in bytes: below the 255 of the file systems, so that " (2)" may still be added.
const MAX_BYTES: usize = 200;
/// Longest extension that is kept when a name is cut.
const MAX_EXTENSION_BYTES: usize = 20;

/// A name that is safe on Windows, macOS and Linux: no path, no control, no mark that turns the direction of writing, none of
/// `< > : " / \ | ? *`, no reserved device name, no dot or space at its ends, at most 200 bytes with the extension kept.
/// Never empty: `attachment` where nothing is left.
pub fn safe_file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).find(|part| !part.trim().is_empty()).unwrap_or_default();
    // Hidden marks go first: what they stand between closes up.
    let visible: String = last.chars().filter(|&c| !is_hidden(c)).collect();
    let clean: String = clean_text(&visible)
        .chars()
        .map(|c| if matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\u{2215}' | '\u{2044}') { '_' } else { c })
        .collect();
    let name = trimmed(&clean);
    let name = if is_reserved(name) { format!("_{name}") } else { name.to_owned() };
    let name = shortened(&name);
    let name = trimmed(&name);
    if name.is_empty() { "attachment".to_owned() } else { name.to_owned() }
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
mod tests;
