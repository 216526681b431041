//! What the ending of a file's name says: which kind it claims, and what a system does with such a file.

/// What systems do with files of an ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Danger {
    Executable,
    Script,
    Shortcut,
    DiskImage,
    Macros,
    WebPage,
}

/// Programs, and what installs or loads them, on any of the three systems.
const EXECUTABLES: &[&str] = &[
    "exe",
    "com",
    "scr",
    "pif",
    "cpl",
    "dll",
    "ocx",
    "sys",
    "drv",
    "msi",
    "msp",
    "mst",
    "msix",
    "msixbundle",
    "appx",
    "appxbundle",
    "appinstaller",
    "application",
    "gadget",
    "jar",
    "jnlp",
    "xll",
    "wll",
    "xbap",
    "chm",
    "hlp",
    "diagcab",
    "cab",
    "ade",
    "adp",
    "mda",
    "mde",
    "accde",
    "app",
    "pkg",
    "mpkg",
    "workflow",
    "action",
    "prefpane",
    "deb",
    "rpm",
    "appimage",
    "run",
    "bin",
    "elf",
    "so",
    "apk",
    "ipa",
    "flatpak",
    "flatpakref",
    "snap",
    "vsto",
    "xpi",
    "crx",
];
/// What an interpreter runs.
const SCRIPTS: &[&str] = &[
    "bat",
    "cmd",
    "ps1",
    "ps1xml",
    "ps2",
    "psc1",
    "psc2",
    "psm1",
    "psd1",
    "vb",
    "vbs",
    "vbe",
    "js",
    "jse",
    "mjs",
    "ws",
    "wsf",
    "wsh",
    "wsc",
    "sct",
    "shb",
    "shs",
    "hta",
    "msc",
    "inf",
    "reg",
    "ins",
    "isp",
    "sh",
    "bash",
    "zsh",
    "csh",
    "ksh",
    "fish",
    "command",
    "tool",
    "terminal",
    "scpt",
    "scptd",
    "applescript",
    "py",
    "pyw",
    "pyc",
    "pyz",
    "pl",
    "rb",
    "php",
    "lua",
    "ahk",
    "au3",
    "vxd",
    "osts",
    "one",
];
/// What only points to something else, mostly with a command of its own.
const SHORTCUTS: &[&str] = &[
    "lnk",
    "url",
    "desktop",
    "webloc",
    "inetloc",
    "fileloc",
    "website",
    "scf",
    "library-ms",
    "search-ms",
    "searchconnector-ms",
    "settingcontent-ms",
    "appref-ms",
    "appcontent-ms",
    "mapimail",
    "rdp",
    "ica",
    "iqy",
    "slk",
    "theme",
    "themepack",
    "contact",
    "mobileconfig",
    "mobileprovision",
];
const DISK_IMAGES: &[&str] = &[
    "iso",
    "img",
    "ima",
    "dmg",
    "sparseimage",
    "sparsebundle",
    "vhd",
    "vhdx",
    "avhdx",
    "vmdk",
    "vdi",
    "qcow2",
    "udf",
    "nrg",
    "toast",
    "wim",
];
/// Documents whose ending says that they hold macros.
const MACROS: &[&str] =
    &["docm", "dotm", "xlsm", "xltm", "xlam", "xla", "pptm", "potm", "ppsm", "ppam", "ppa", "sldm", "pub"];
const WEB_PAGES: &[&str] = &["html", "htm", "xhtml", "xht", "shtml", "mht", "mhtml", "svg", "svgz", "xsl", "xslt"];

/// Endings that a reader takes for harmless, and that tricks put before the real one.
const HARMLESS: &[&str] = &[
    "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "odp", "rtf", "txt", "csv", "jpg", "jpeg", "png",
    "gif", "bmp", "webp", "heic", "tif", "tiff", "mp3", "mp4", "wav", "avi", "mov", "zip", "rar", "7z", "eml", "msg",
    "htm", "html", "wps", "et", "dps", "ofd", "dwg",
];

/// The ending in lower case, as Windows sees it: dots and spaces behind it are dropped. Empty where there is none.
pub(crate) fn ending(name: &str) -> String {
    let name = name.trim_end_matches(['.', ' ']);
    match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && ending.len() <= 24 => ending.trim().to_lowercase(),
        _ => String::new(),
    }
}

pub(crate) fn danger(ending: &str) -> Option<Danger> {
    let lists = [
        (EXECUTABLES, Danger::Executable),
        (SCRIPTS, Danger::Script),
        (SHORTCUTS, Danger::Shortcut),
        (DISK_IMAGES, Danger::DiskImage),
        (MACROS, Danger::Macros),
        (WEB_PAGES, Danger::WebPage),
    ];
    lists.iter().find(|(list, _)| list.contains(&ending)).map(|(_, danger)| *danger)
}

/// Whether a file of this name runs, or leads to something that does, once it is opened.
pub(crate) fn runs(name: &str) -> bool {
    matches!(danger(&ending(name)), Some(Danger::Executable | Danger::Script | Danger::Shortcut | Danger::DiskImage))
}

/// Whether a harmless ending stands before a dangerous one.
pub(crate) fn is_double(name: &str) -> bool {
    let name = name.trim_end_matches(['.', ' ']);
    let Some((stem, _)) = name.rsplit_once('.') else { return false };
    danger(&ending(name)).is_some() && HARMLESS.contains(&ending(stem).as_str())
}

/// Whether a name holds marks that turn the direction of writing (the overrides, embeddings and isolates of UAX #9).
pub(crate) fn is_reversed(name: &str) -> bool {
    name.contains(|c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_is_what_systems_see() {
        for (name, expected) in [
            ("a.PDF", "pdf"),
            ("a.exe. ", "exe"),
            ("README", ""),
            (".profile", ""),
            ("报价单.xlsx", "xlsx"),
            ("a.tar.gz", "gz"),
            ("", ""),
            ("a.", ""),
        ] {
            assert_eq!(ending(name), expected, "{name:?}");
        }
    }

    #[test]
    fn two_endings_are_seen_where_the_last_is_dangerous() {
        for name in ["invoice.pdf.exe", "发票.docx.lnk", "a.jpg .js", "a.pdf.html", "scan.pdf.iso", "x.PDF.EXE."] {
            assert!(is_double(name), "{name}");
        }
        for name in ["invoice.pdf", "a.tar.gz", "setup.exe", "v1.2.exe", "scan.pdf.zip", "a.docx.pdf", "exe"] {
            assert!(!is_double(name), "{name}");
        }
    }
}
