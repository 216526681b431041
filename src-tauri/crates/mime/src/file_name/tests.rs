use std::collections::BTreeSet;

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

/// Names that harm on one of the three systems, each way of writing each trick.
fn hostile() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let devices = [
        "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$", "COM0", "COM1", "COM9", "COM¹", "COM³", "LPT1",
        "LPT9", "LPT²",
    ];
    for device in devices {
        let lower = device.to_lowercase();
        let forms = ["{}", "{}.txt", "{}.tar.gz", "{} .txt", "{}.", "{}:", "dir/{}", "..\\{}.pdf"];
        names.extend(forms.iter().flat_map(|form| [form.replace("{}", device), form.replace("{}", &lower)]));
    }
    for (from, to) in [("/", "/"), ("\\", "\\"), ("/", "\\"), ("\u{2215}", "\u{2044}"), ("\u{ff0f}", "\u{ff3c}")] {
        for path in [
            "..{}..{}etc{}passwd",
            "{}etc{}passwd",
            "C:{}Windows{}win.ini",
            "..{}",
            "a{}{}b",
            "~{}.ssh{}id",
            "{}{}host{}share{}a.exe",
        ] {
            names.insert(path.replacen("{}", from, 1).replace("{}", to));
        }
    }
    for c in (0..0x20).chain([0x7f, 0x80, 0x85, 0x9f, 0xad]).filter_map(char::from_u32) {
        names.insert(format!("in{c}voice.pdf"));
    }
    for c in "<>:\"|?*".chars() {
        names.extend([format!("a{c}b.txt"), format!("{c}"), format!("a.txt{c}")]);
    }
    for mark in [
        '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}',
        '\u{2068}', '\u{2069}', '\u{61c}', '\u{feff}', '\u{200b}', '\u{2028}', '\u{2029}',
    ] {
        names.extend([format!("invoice{mark}fdp.exe"), format!("{mark}a.txt"), format!("a.txt{mark}")]);
    }
    for end in [".", "..", " ", ". .", "\u{3000}", "\u{a0}", "\t"] {
        names.extend([format!("a.exe{end}"), format!("{end}a.exe"), end.to_owned()]);
    }
    for long in ["x", "长", "😀", "e\u{301}", "."] {
        names.extend([long.repeat(300), format!("{}.docx", long.repeat(300)), format!("a.{}", long.repeat(300))]);
    }
    names.extend(
        ["a:stream", "a.txt:Zone.Identifier", "a::$DATA", "desktop.ini", "$MFT", "-rf", "~", "%00.pdf", "%2e%2e%2f"]
            .map(str::to_owned),
    );
    names
}

#[test]
fn two_hundred_hostile_names_are_safe_on_three_systems() {
    let names = hostile();
    assert!(names.len() >= 200, "{}", names.len());
    let folder = std::env::temp_dir();
    for name in names {
        let safe = safe_file_name(&name);
        assert!(!safe.is_empty() && safe.len() <= 200, "{name:?}");
        // Windows: no character of its paths, no device, no dot or space at the end.
        assert!(!safe.contains(['<', '>', ':', '"', '/', '\\', '|', '?', '*']), "{name:?} is {safe:?}");
        assert!(!safe.ends_with(['.', ' ']) && !safe.starts_with(['.', ' ']), "{name:?} is {safe:?}");
        assert!(!is_reserved(&safe), "{name:?} is {safe:?}");
        // HFS and APFS count 255 UTF-16 units, the file systems of Linux 255 bytes.
        assert!(safe.encode_utf16().count() <= 255, "{name:?}");
        let shows = |c: char| {
            !c.is_control()
                && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{61c}' | '\u{feff}' | '\u{ad}')
        };
        assert!(safe.chars().all(shows), "{name:?} is {safe:?}");
        // One level and no more, and stable: a safe name stays as it is.
        assert_eq!(folder.join(&safe).parent(), Some(folder.as_path()), "{name:?} is {safe:?}");
        assert_eq!(safe_file_name(&safe), safe, "{name:?}");
    }
}
