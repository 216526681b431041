//! Name and content put together: what is said of a file, whether it is opened, how it is shown.

use postroom_types::{FileFacts, FileWarning, OpenRule, PartNumber, Preview};

use crate::archive;
use crate::content::Real;
use crate::names::{self, Danger};
use crate::picture;

/// So much of a file's beginning is enough for most kinds, bytes.
pub const HEAD: usize = 64 << 10;

/// How a file is called.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// Which part it is.
    pub part: PartNumber,
    /// The name that it is saved under.
    pub name: &'a str,
    /// The name as the sender wrote it, decoded and otherwise untouched.
    pub written: &'a str,
}

/// Whether the rest of a file must be seen as well: archives and documents list their contents at the end.
pub fn wants_all(head: &[u8]) -> bool {
    match Real::of(head) {
        Real::Zip | Real::Compound | Real::Other("7z" | "jpg" | "png" | "avif") => true,
        // The mark of a `.dmg` or `.vhd` stands at its end.
        Real::Unknown => true,
        _ => false,
    }
}

/// What can be said of a file by its name alone.
pub fn by_name(file: Named<'_>) -> FileFacts {
    facts(file, name_warnings(file), Real::Unknown, None)
}

/// What can be said of a file; `bytes` may be its beginning only, of [`HEAD`] bytes or more, unless [`wants_all`].
pub fn inspect(file: Named<'_>, bytes: &[u8]) -> FileFacts {
    let real = Real::of(bytes);
    let ending = names::ending(file.name);
    let mut warnings = name_warnings(file);
    warnings.extend(content_warnings(real, bytes));
    if mismatch(&ending, real) {
        warnings.push(FileWarning::Mismatch);
    }
    facts(file, warnings, real, preview(&ending, real, bytes))
}

fn name_warnings(file: Named<'_>) -> Vec<FileWarning> {
    let danger = names::danger(&names::ending(file.name)).map(|danger| match danger {
        Danger::Executable => FileWarning::Executable,
        Danger::Script => FileWarning::Script,
        Danger::Shortcut => FileWarning::Shortcut,
        Danger::DiskImage => FileWarning::DiskImage,
        Danger::Macros => FileWarning::Macros,
        Danger::WebPage => FileWarning::WebPage,
    });
    let double = names::is_double(file.name).then_some(FileWarning::DoubleExtension);
    let reversed = names::is_reversed(file.written).then_some(FileWarning::Reversed);
    danger.into_iter().chain(double).chain(reversed).collect()
}

fn content_warnings(real: Real, bytes: &[u8]) -> Vec<FileWarning> {
    match real {
        Real::Program(_) => vec![FileWarning::Executable],
        Real::Script => vec![FileWarning::Script],
        Real::Shortcut(_) => vec![FileWarning::Shortcut],
        Real::DiskImage(_) => vec![FileWarning::DiskImage],
        Real::WebPage(_) => vec![FileWarning::WebPage],
        Real::Compound => archive::compound(bytes),
        Real::Zip => archive::zip(bytes),
        Real::Other("rar") if archive::rar_is_locked(bytes) => vec![FileWarning::Encrypted],
        Real::Other("7z") if archive::seven_zip_is_locked(bytes) => vec![FileWarning::Encrypted],
        Real::Other(_) | Real::Text | Real::Unknown => Vec::new(),
    }
}

fn facts(file: Named<'_>, mut warnings: Vec<FileWarning>, real: Real, preview: Option<Preview>) -> FileFacts {
    warnings.sort_unstable();
    warnings.dedup();
    let named = matches!(
        names::danger(&names::ending(file.name)),
        Some(Danger::Executable | Danger::Script | Danger::Shortcut)
    );
    // A script that is called `.txt` opens in an editor; a program runs whatever it is called.
    let runs = warnings.contains(&FileWarning::Executable) || warnings.contains(&FileWarning::Shortcut);
    let open = match warnings.as_slice() {
        _ if named || runs => OpenRule::Never,
        [] => OpenRule::Open,
        _ => OpenRule::Ask,
    };
    FileFacts { part: file.part, warnings, real: real.ending().to_owned(), open, preview }
}

/// Whether the content is of another kind than the ending says. What has no mark of its own, or an ending that nobody knows,
/// is given the benefit of the doubt.
fn mismatch(ending: &str, real: Real) -> bool {
    let claims = |list: &[&str]| list.contains(&ending);
    let text = claims(&TEXTS);
    let marked = claims(&MARKED);
    match real {
        Real::Text => marked,
        Real::Unknown => false,
        Real::Script | Real::Shortcut(_) => marked || claims(&["txt", "csv", "log"]),
        Real::Program(_) => text || marked,
        Real::WebPage(_) => marked || claims(&["txt", "csv", "rtf"]),
        Real::DiskImage(_) => text || marked,
        Real::Zip => (text || marked) && !claims(&ZIPS),
        Real::Compound => (text || marked) && !claims(&COMPOUNDS),
        Real::Other(real) => (text || marked) && !same(ending, real),
    }
}

/// Endings of text.
const TEXTS: [&str; 16] =
    ["txt", "csv", "tsv", "log", "md", "ics", "vcf", "eml", "json", "xml", "ini", "yaml", "yml", "html", "htm", "svg"];
/// Endings whose files begin with marks of their own.
const MARKED: [&str; 44] = [
    "pdf", "png", "jpg", "jpeg", "gif", "webp", "bmp", "tif", "tiff", "heic", "heif", "avif", "zip", "7z", "rar", "gz",
    "tgz", "xz", "bz2", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "docm", "xlsm", "pptm", "odt", "ods", "odp",
    "rtf", "wps", "et", "dps", "msg", "mp3", "mp4", "m4a", "mov", "wav", "avi", "epub", "ofd",
];
/// Endings of files that are zips inside.
const ZIPS: [&str; 16] = [
    "zip", "docx", "xlsx", "pptx", "docm", "xlsm", "pptm", "odt", "ods", "odp", "epub", "ofd", "wps", "et", "dps",
    "xlsb",
];
/// Endings of files that are Compound Files inside; a locked `.docx` is one, too.
const COMPOUNDS: [&str; 13] =
    ["doc", "xls", "ppt", "msg", "wps", "et", "dps", "docx", "xlsx", "pptx", "docm", "xlsm", "pptm"];

fn same(ending: &str, real: &str) -> bool {
    let kin: &[&[&str]] = &[
        &["jpg", "jpeg"],
        &["tif", "tiff"],
        &["heic", "heif", "avif"],
        &["gz", "tgz"],
        &["mp4", "m4a", "mov", "m4v"],
        // Word opens RTF by either name, and so do templates of many offices.
        &["doc", "rtf"],
    ];
    ending == real || kin.iter().any(|kin| kin.contains(&ending) && kin.contains(&real))
}

fn preview(ending: &str, real: Real, bytes: &[u8]) -> Option<Preview> {
    match real {
        Real::Other("pdf") => Some(Preview::Pdf),
        Real::Other(kind) if picture::KINDS.contains(&kind) => picture::fits(bytes).then_some(Preview::Picture),
        Real::Text if matches!(ending, "csv" | "tsv") => Some(Preview::Table),
        // As its source: shown so, no script runs.
        Real::Text | Real::Script | Real::Shortcut("url" | "desktop") | Real::WebPage(_) => Some(Preview::Text),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
