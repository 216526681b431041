//! The mails under `tests/data`.

use std::path::{Path, PathBuf};

use crate::system::must;

/// The folder `tests/data`, or a copy of it that `POSTROOM_TEST_DATA` names.
pub fn dir() -> PathBuf {
    if let Some(copy) = std::env::var_os("POSTROOM_TEST_DATA") {
        return PathBuf::from(copy);
    }
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).join("data")
}

/// Every message under `tests/data/mail`, sorted by path: all sorts of real, odd and broken mails. The expected
/// results and licences that lie beside them are left out.
#[track_caller]
pub fn mail_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    must(collect(&dir().join("mail"), &mut files));
    files.sort();
    files
}

/// As a mail goes over the wire: a line feed without its carriage return gets one.
pub fn with_crlf(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 40);
    let mut last = 0;
    for byte in bytes {
        if *byte == b'\n' && last != b'\r' {
            out.push(b'\r');
        }
        out.push(*byte);
        last = *byte;
    }
    out
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if is_message(&path) {
            files.push(path);
        }
    }
    Ok(())
}

fn is_message(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("eml" | "raw" | "msg" | "1" | "2"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_corpus_is_there() {
        let files = super::mail_files();
        assert!(files.len() > 300, "{}", files.len());
    }
}
