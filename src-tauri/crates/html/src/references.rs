//! Character references: numbers, and the names that mail uses. Others stay as they are written.

/// The reference that begins behind an `&`, and how many bytes it takes with its semicolon.
pub(crate) fn reference(after: &str) -> Option<(char, usize)> {
    let end = after.bytes().take(12).position(|byte| byte == b';')?;
    let name = after.get(..end)?;
    let character = match name.strip_prefix('#') {
        Some(number) => numbered(number)?,
        None => named(name)?,
    };
    Some((character, end + 1))
}

fn numbered(number: &str) -> Option<char> {
    let hex = number.strip_prefix(['x', 'X']);
    let code = hex.map_or_else(|| number.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok())?;
    // Numbers of this range mean Windows-1252, by the standard.
    if let Some(byte) = u8::try_from(code).ok().filter(|byte| (0x80..=0x9f).contains(byte)) {
        const WINDOWS: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";
        return WINDOWS.chars().nth(usize::from(byte - 0x80));
    }
    char::from_u32(code).filter(|&c| c != '\0')
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn named(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "ensp" | "emsp" | "thinsp" => '\u{2002}',
        "ndash" => '–',
        "mdash" => '—',
        "hellip" => '…',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        "laquo" => '«',
        "raquo" => '»',
        "bull" => '•',
        "middot" => '·',
        "copy" => '©',
        "reg" => '®',
        "trade" => '™',
        "euro" => '€',
        "pound" => '£',
        "yen" => '¥',
        "sect" => '§',
        "deg" => '°',
        "times" => '×',
        "larr" => '←',
        "rarr" => '→',
        "auml" => 'ä',
        "ouml" => 'ö',
        "uuml" => 'ü',
        "Auml" => 'Ä',
        "Ouml" => 'Ö',
        "Uuml" => 'Ü',
        "szlig" => 'ß',
        "eacute" => 'é',
        "egrave" => 'è',
        "agrave" => 'à',
        "ccedil" => 'ç',
        "zwnj" => '\u{200c}',
        "shy" => '\u{ad}',
        "Aacute" => 'Á',
        "aacute" => 'á',
        "acirc" => 'â',
        "aring" => 'å',
        "aelig" => 'æ',
        "atilde" => 'ã',
        "ecirc" => 'ê',
        "euml" => 'ë',
        "Eacute" => 'É',
        "iacute" => 'í',
        "icirc" => 'î',
        "iuml" => 'ï',
        "ntilde" => 'ñ',
        "oacute" => 'ó',
        "ocirc" => 'ô',
        "ograve" => 'ò',
        "oslash" => 'ø',
        "otilde" => 'õ',
        "uacute" => 'ú',
        "ucirc" => 'û',
        "ugrave" => 'ù',
        "iexcl" => '¡',
        "iquest" => '¿',
        "ordm" => 'º',
        "ordf" => 'ª',
        "para" => '¶',
        "plusmn" => '±',
        "frac12" => '½',
        "frac14" => '¼',
        "frac34" => '¾',
        "sup2" => '²',
        "sup3" => '³',
        "micro" => 'µ',
        "cent" => '¢',
        "not" => '¬',
        "divide" => '÷',
        "sbquo" => '‚',
        "bdquo" => '„',
        "lsaquo" => '‹',
        "rsaquo" => '›',
        "dagger" => '†',
        "permil" => '‰',
        "uarr" => '↑',
        "darr" => '↓',
        "harr" => '↔',
        "check" => '✓',
        "star" => '☆',
        "starf" => '★',
        "hearts" => '♥',
        "le" => '≤',
        "ge" => '≥',
        "ne" => '≠',
        "minus" => '−',
        "infin" => '∞',
        "zwj" => '\u{200d}',
        "lrm" | "rlm" => '\u{200b}',
        "colon" => ':',
        "Tab" | "NewLine" => ' ',
        "lpar" => '(',
        "rpar" => ')',
        "sol" => '/',
        "period" => '.',
        "comma" => ',',
        "quest" => '?',
        "excl" => '!',
        "num" => '#',
        "equals" => '=',
        "commat" => '@',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read() {
        assert_eq!(reference("amp;x"), Some(('&', 4)));
        assert_eq!(reference("#20013;"), Some(('中', 7)));
        assert_eq!(reference("#x4e2D;"), Some(('中', 7)));
        assert_eq!(reference("#150;"), Some(('–', 5)));
        for none in ["", "amp", "copy=1;", "#;", "#0;", "#xd800;", "#1114112;", "nothing;", "a b;"] {
            assert_eq!(reference(none), None, "{none}");
        }
    }
}
