//! Makes text out of mails fit for a terminal: no escape sequence, no control character, columns that line up.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use postroom_types::{Address, UnixMillis, clean_text};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// One line: controls become spaces, marks that turn the direction of writing go.
pub(crate) fn line(text: &str) -> String {
    clean_text(text)
}

/// The same text with `\n` at each line's end, however the mail's encoding wrote it.
pub(crate) fn line_ends(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Several lines: as [`line`], but line ends and tabs stay.
pub(crate) fn lines(text: &str) -> String {
    line_ends(text).chars().filter(|&c| matches!(c, '\n' | '\t') || !(c.is_control() || turns_direction(c))).collect()
}

/// Raw bytes for a terminal: what is no text becomes U+FFFD.
pub(crate) fn bytes(raw: &[u8]) -> String {
    lines(&String::from_utf8_lossy(raw))
}

/// Cuts or fills to a width in columns; a Chinese character takes two.
pub(crate) fn fit(text: &str, columns: usize) -> String {
    let text = line(text);
    let width = text.width();
    if width <= columns {
        return text + &" ".repeat(columns - width);
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let width = c.width().unwrap_or_default();
        if used + width >= columns {
            break;
        }
        out.push(c);
        used += width;
    }
    out.push('…');
    out + &" ".repeat(columns.saturating_sub(used + 1))
}

/// A moment in the machine's own time zone, to the minute.
pub(crate) fn local(date: UnixMillis) -> String {
    timestamp(date).to_zoned_datetime(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// A moment in UTC after RFC 3339, as JSON has it.
pub(crate) fn rfc3339(date: UnixMillis) -> String {
    timestamp(date).to_string()
}

/// A mail's date may lie outside of what a calendar holds: the nearest that it does.
fn timestamp(date: UnixMillis) -> Timestamp {
    // RFC 3339 has no year before 0000; a later day than the last but one of 9999 is none in every time zone.
    const FIRST: i64 = -62_167_219_200_000;
    const LAST: i64 = 253_402_207_200_000;
    let millis = date.0.clamp(FIRST, LAST);
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// `Name <address>, …` on one line.
pub(crate) fn addresses(addresses: &[Address]) -> String {
    let one = |address: &Address| match (address.name.is_empty(), address.email.is_empty()) {
        (true, _) => address.email.clone(),
        (false, true) => address.name.clone(),
        (false, false) => format!("{} <{}>", address.name, address.email),
    };
    line(&addresses.iter().map(one).collect::<Vec<_>>().join(", "))
}

/// Bytes as people read them: powers of 1,000.
pub(crate) fn size(bytes: u64) -> String {
    let scaled = |unit: u64, name: &str| format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit);
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => scaled(1_000, "kB"),
        1_000_000..1_000_000_000 => scaled(1_000_000, "MB"),
        _ => scaled(1_000_000_000, "GB"),
    }
}

fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_moves_a_cursor_is_left() {
        assert_eq!(line("a\u{1b}[2Jb\u{9b}1mc\u{7}\r\nd"), "a [2Jb 1mc d");
        assert_eq!(lines("a\u{1b}]0;x\u{7}\r\n\tb\rc\u{202e}\u{9b}\0"), "a]0;x\n\tb\nc");
        assert_eq!(bytes(b"\xff\x1b[31mred\r\n"), "\u{fffd}[31mred\n");
    }

    #[test]
    fn columns_line_up() {
        for text in ["", "abc", "示例公司的报价单", "a示b例c公d司e", "e\u{301}\u{301}\u{301}clair"] {
            assert_eq!(fit(text, 8).width(), 8, "{text}");
        }
        assert_eq!(fit("示例公司的报价单", 8), "示例公… ");
    }

    #[test]
    fn dates_are_utc_and_bounded() {
        assert_eq!(rfc3339(UnixMillis(1_790_000_000_000)), "2026-09-21T14:13:20Z");
        assert_eq!(rfc3339(UnixMillis(-1_000)), "1969-12-31T23:59:59Z");
        assert_eq!(rfc3339(UnixMillis(i64::MIN)), "0000-01-01T00:00:00Z");
        assert_eq!(rfc3339(UnixMillis(i64::MAX)), "9999-12-30T22:00:00Z");
    }

    #[test]
    fn sizes_are_short() {
        assert_eq!([0, 999, 1_234, 5_600_000, 7_890_000_000].map(size), ["0 B", "999 B", "1.2 kB", "5.6 MB", "7.8 GB"]);
    }
}
