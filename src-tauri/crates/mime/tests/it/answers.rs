//! The collected messages whose right reading stands beside them, and where we read otherwise on purpose. A difference that is
//! not listed is a fault; so is one that is listed and is none any more.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use postroom_mime::{Message, PartInfo};

mod made;
mod mime4j;
mod outlook;
mod parser;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/data")
}

/// The files of a folder with this ending, by their names.
fn with_ending(folder: &str, ending: &str) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(data().join(folder)).unwrap();
    let mut found: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|own| own == ending))
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), path))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "nothing in {folder}");
    found
}

/// Compares what differs (name → how) with what is known to (name, why).
#[track_caller]
fn settle(differing: &BTreeMap<String, String>, known: &[(&str, &str)]) {
    let unknown: Vec<_> = differing.iter().filter(|(name, _)| !known.iter().any(|(own, _)| own == name)).collect();
    let gone: Vec<_> = known.iter().filter(|(name, _)| !differing.contains_key(*name)).collect();
    let list: String = unknown.iter().map(|(name, how)| format!("{name}: {how}\n")).collect();
    assert!(unknown.is_empty() && gone.is_empty(), "not as the answer says:\n{list}no longer different: {gone:?}");
}

/// The tree in one line: `m[…]` a message, `p[…]` a multipart, `l` anything else.
fn shape(message: &Message) -> String {
    format!("m[{}]", below(message, None))
}

fn below(message: &Message, parent: Option<usize>) -> String {
    let children = message.parts.iter().enumerate().filter(|(_, part)| part.parent.map(|one| one.0 as usize) == parent);
    children
        .map(|(index, part)| {
            let inside = below(message, Some(index));
            match part.mime_type.split('/').next() {
                Some("multipart") => format!("p[{inside}]"),
                Some("message") if !inside.is_empty() => format!("m[{inside}]"),
                _ => "l".to_owned(),
            }
        })
        .collect()
}

fn without_cr(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().filter(|byte| *byte != b'\r').collect()
}

/// The parts in the tree's order.
fn in_order(message: &Message) -> Vec<&PartInfo> {
    let (mut found, mut open) = (Vec::new(), vec![&message.parts[0]]);
    while let Some(part) = open.pop() {
        found.push(part);
        open.extend(message.parts.iter().filter(|other| other.parent == Some(part.part)).rev());
    }
    found
}

fn has_parts(message: &Message, part: &PartInfo) -> bool {
    let container = part.mime_type.starts_with("multipart/") || part.mime_type.starts_with("message/");
    container && message.parts.iter().any(|other| other.parent == Some(part.part))
}
