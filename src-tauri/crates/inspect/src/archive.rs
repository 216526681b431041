//! What archives and Office documents say of their contents without being unpacked.
//!
//! The marks of entries are searched for, wherever they stand: a reader that repairs a damaged archive sees no more than this.

use memchr::memmem;
use postroom_types::FileWarning;

use crate::names;

/// Entries looked at; an archive with more is odd enough.
const MAX_ENTRIES: usize = 20_000;

/// What was found, each with whether it was.
fn found(marks: [(bool, FileWarning); 3]) -> Vec<FileWarning> {
    marks.into_iter().filter_map(|(is, warning)| is.then_some(warning)).collect()
}

/// A zip (APPNOTE 4.3.12): its central directory names every entry, in clear even where the content is locked.
pub(crate) fn zip(bytes: &[u8]) -> Vec<FileWarning> {
    const HEADER: usize = 46;
    let (mut encrypted, mut macros, mut program) = (false, false, false);
    for at in memmem::find_iter(bytes, b"PK\x01\x02").take(MAX_ENTRIES) {
        let Some(header) = bytes.get(at..at + HEADER) else { break };
        let number = |offset: usize| {
            let pair = header.get(offset..offset + 2).and_then(|pair| pair.try_into().ok());
            pair.map(u16::from_le_bytes).unwrap_or_default()
        };
        let name = bytes.get(at + HEADER..at + HEADER + usize::from(number(28))).unwrap_or_default();
        let name = String::from_utf8_lossy(name).to_lowercase();
        // Bit 0: encrypted; bit 13: the directory itself is masked.
        encrypted |= number(8) & 0x2001 != 0;
        macros |= is_macro_part(&name);
        // The parts of a document are none of its reader's business.
        program |= names::runs(&name) && !is_document_part(&name);
    }
    found([(program, FileWarning::HoldsProgram), (macros, FileWarning::Macros), (encrypted, FileWarning::Encrypted)])
}

fn is_macro_part(name: &str) -> bool {
    name.ends_with("vbaproject.bin")
        || name.starts_with("xl/macrosheets/")
        || name.starts_with("basic/")
        || name.starts_with("scripts/")
}

/// Office and `OpenDocument` files hold parts called `.bin` and the like.
fn is_document_part(name: &str) -> bool {
    ["word/", "xl/", "ppt/", "visio/", "object", "_rels/", "customxml/", "docprops/", "meta-inf/"]
        .iter()
        .any(|folder| name.starts_with(folder))
}

/// A Compound File ([MS-CFB]): the names of its streams stand in UTF-16.
pub(crate) fn compound(bytes: &[u8]) -> Vec<FileWarning> {
    let holds = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        memmem::find(bytes, &wide).is_some()
    };
    found([
        // [MS-OVBA]; the second is of Excel before 97.
        (holds("_VBA_PROJECT") || holds("_VBA_PROJECT_CUR"), FileWarning::Macros),
        // [MS-OFFCRYPTO]: a whole document, locked.
        (holds("EncryptedPackage"), FileWarning::Encrypted),
        (is_installer(bytes), FileWarning::Executable),
    ])
}

/// An installer of Windows: a Compound File of tables.
fn is_installer(bytes: &[u8]) -> bool {
    // The root storage's class: 000C1084-0000-0000-C000-000000000046 (package), …1086 (patch).
    [0x84_u8, 0x86].iter().any(|kind| {
        let class = [*kind, 0x10, 0x0c, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46];
        memmem::find(bytes, &class).is_some()
    })
}

/// A RAR of version 4 or 5.
pub(crate) fn rar_is_locked(bytes: &[u8]) -> bool {
    if bytes.starts_with(b"Rar!\x1a\x07\x01\0") {
        // Version 5: after a checksum (4) and a size (one byte here) stands the header's type; 4 is encryption.
        // A locked file in a readable archive has an extra record of type 1 in its header, near the beginning.
        bytes.get(13) == Some(&4)
    } else {
        // Version 4: the main header's flags (0x80: all headers), else the first file's (0x04).
        let flags = |at: usize| {
            let pair = bytes.get(at..at + 2).and_then(|pair| pair.try_into().ok());
            pair.map(u16::from_le_bytes).unwrap_or_default()
        };
        flags(10) & 0x80 != 0 || (bytes.get(22) == Some(&0x74) && flags(23) & 0x04 != 0)
    }
}

/// A 7z: the method of AES stands in its header at the end.
pub(crate) fn seven_zip_is_locked(bytes: &[u8]) -> bool {
    let end = bytes.get(bytes.len().saturating_sub(1 << 16)..).unwrap_or_default();
    memmem::find(end, &[0x06, 0xf1, 0x07, 0x01]).is_some()
}
