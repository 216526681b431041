//! What the bytes of a file say that it is.

use memchr::memmem;

/// What a file is by its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Real {
    /// A program for any system.
    Program(&'static str),
    /// Begins with `#!`.
    Script,
    /// A Windows shortcut, an internet shortcut or a desktop entry.
    Shortcut(&'static str),
    /// A disk image.
    DiskImage(&'static str),
    /// HTML or SVG.
    WebPage(&'static str),
    /// A zip, which Office documents, Java programs and many more are.
    Zip,
    /// A Compound File: old Office documents, Outlook messages, Windows installers.
    Compound,
    /// A format that has marks of its own: its usual ending.
    Other(&'static str),
    /// Text, or at least nothing that no text has.
    Text,
    /// Anything else.
    Unknown,
}

impl Real {
    /// The usual ending; empty where the bytes do not tell.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Program(ending)
            | Self::Shortcut(ending)
            | Self::DiskImage(ending)
            | Self::WebPage(ending)
            | Self::Other(ending) => ending,
            Self::Script => "sh",
            Self::Zip => "zip",
            Self::Text => "txt",
            Self::Compound | Self::Unknown => "",
        }
    }

    /// What the beginning of a file (some 64 KiB) and, where it is at hand, its end say.
    pub fn of(bytes: &[u8]) -> Self {
        if let Some(real) = by_mark(bytes) {
            return real;
        }
        if let Some(real) = by_words(bytes) {
            return real;
        }
        match infer::get(bytes).map(|kind| kind.extension()) {
            // Found above where it is true; the library takes any `MZ`.
            Some("sh" | "html" | "xml" | "exe" | "dll") | None => {}
            Some(program @ ("elf" | "mach" | "class" | "dex" | "deb" | "rpm" | "wasm" | "coff" | "crx")) => {
                return Self::Program(program);
            }
            Some("zip" | "jar" | "epub" | "docx" | "xlsx" | "pptx" | "odt" | "ods" | "odp" | "apk") => {
                return Self::Zip;
            }
            Some("doc" | "xls" | "ppt" | "msi") => return Self::Compound,
            Some(ending) => return Self::Other(ending),
        }
        if is_text(bytes) { Self::Text } else { Self::Unknown }
    }
}

fn by_mark(bytes: &[u8]) -> Option<Real> {
    let begins = |mark: &[u8]| bytes.starts_with(mark);
    let at = |offset: usize, mark: &[u8]| bytes.get(offset..).is_some_and(|rest| rest.starts_with(mark));
    let ends = |mark: &[u8], distance: usize| {
        bytes.len().checked_sub(distance).and_then(|from| bytes.get(from..)).is_some_and(|rest| rest.starts_with(mark))
    };
    Some(if begins(b"MZ") && is_dos(bytes) {
        Real::Program("exe")
    } else if begins(b"\x7fELF") {
        Real::Program("elf")
    } else if [b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"]
        .iter()
        .any(|mark| begins(*mark))
    {
        Real::Program("mach")
    } else if begins(b"MSCF") {
        Real::Program("cab")
    } else if begins(b"xar!") {
        Real::Program("pkg")
    } else if begins(b"L\0\0\0\x01\x14\x02\0") {
        Real::Shortcut("lnk")
    } else if at(0x8001, b"CD001") || at(0x8801, b"CD001") || at(0x9001, b"CD001") || at(0x8001, b"BEA01") {
        Real::DiskImage("iso")
    } else if begins(b"vhdxfile") {
        Real::DiskImage("vhdx")
    } else if begins(b"conectix") || ends(b"conectix", 512) {
        Real::DiskImage("vhd")
    } else if ends(b"koly", 512) {
        Real::DiskImage("dmg")
    } else if begins(b"KDMV") || begins(b"QFI\xfb") {
        Real::DiskImage("vmdk")
    } else if begins(b"PK\x03\x04") || begins(b"PK\x05\x06") {
        Real::Zip
    } else if begins(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        Real::Compound
    } else if begins(b"Rar!\x1a\x07") {
        Real::Other("rar")
    } else if memmem::find(bytes.get(..1024).unwrap_or(bytes), b"%PDF-").is_some() {
        // Readers take the mark anywhere in the first kilobyte, and so does who hides one.
        Real::Other("pdf")
    } else if begins(b"{\\rtf") {
        Real::Other("rtf")
    } else {
        return None;
    })
}

/// `MZ` alone may begin a text.
fn is_dos(bytes: &[u8]) -> bool {
    let field = bytes.get(0x3c..0x40).and_then(|field| field.try_into().ok()).map(u32::from_le_bytes);
    let header = field.and_then(|offset| usize::try_from(offset).ok()).and_then(|offset| bytes.get(offset..));
    header.is_some_and(|header| header.starts_with(b"PE\0\0") || header.starts_with(b"NE") || header.starts_with(b"LE"))
        || !is_text(bytes)
}

/// What is told by the first words of a text.
fn by_words(bytes: &[u8]) -> Option<Real> {
    if bytes.starts_with(b"#!") {
        return Some(Real::Script);
    }
    let head = opening(bytes.get(..4096).unwrap_or(bytes));
    let head = head.as_str();
    let begins = |words: &[&str]| words.iter().any(|word| head.starts_with(word));
    if begins(&["[internetshortcut", "[{000214a0"]) {
        Some(Real::Shortcut("url"))
    } else if begins(&["[desktop entry]"]) {
        Some(Real::Shortcut("desktop"))
    } else if begins(&["<svg"]) || (begins(&["<!doctype svg"])) {
        Some(Real::WebPage("svg"))
    } else if begins(&["<!doctype html", "<html", "<head", "<body", "<script", "<iframe", "<meta", "<title", "<table"])
    {
        Some(Real::WebPage("html"))
    } else {
        None
    }
}

/// The beginning of a text in lower case, without what may stand before the first element: marks of byte order, white space,
/// comments, an XML declaration.
fn opening(head: &[u8]) -> String {
    // Wide characters show as letters between NULs.
    let wide = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    let bytes: Vec<u8> = if wide { head.iter().copied().filter(|&byte| byte != 0).collect() } else { head.to_vec() };
    let text = String::from_utf8_lossy(&bytes).to_lowercase();
    let mut rest = text.trim_start_matches(['\u{feff}', '\u{fffd}']).trim_start();
    loop {
        let skipped = match rest {
            _ if rest.starts_with("<!--") => rest.split_once("-->"),
            _ if rest.starts_with("<?xml") => rest.split_once("?>"),
            _ => None,
        };
        let Some((_, after)) = skipped else { break };
        rest = after.trim_start();
    }
    rest.chars().take(100).collect()
}

/// Whether nothing stands here that no text has. The sample may end amid a character.
pub(crate) fn is_text(bytes: &[u8]) -> bool {
    let sample = bytes.get(..65_536).unwrap_or(bytes);
    if sample.starts_with(b"\xff\xfe") || sample.starts_with(b"\xfe\xff") {
        return true;
    }
    let odd =
        sample.iter().filter(|&&byte| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b)).count();
    !sample.contains(&0) && odd * 200 <= sample.len()
}
