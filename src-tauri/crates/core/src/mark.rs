//! The mark that a file came from outside, which systems ask about before they run it.
//!
//! Windows keeps it in a second stream of the file, macOS and Linux in an extended attribute. A file system that has no
//! place for it gets the file without.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use postroom_types::UnixMillis;

/// Where a file came from, and when it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    /// A `mid:` address.
    pub(crate) origin: String,
    pub(crate) at: UnixMillis,
}

impl Mark {
    /// Marks a file.
    pub(crate) fn set(&self, path: &Path) {
        if let Err(error) = self.write(path) {
            tracing::debug!(kind = ?error.kind(), "the file system takes no mark of origin");
        }
    }

    /// Zone 3 is the internet ([MS-FSCC] 5.6.1).
    #[cfg(windows)]
    fn write(&self, path: &Path) -> io::Result<()> {
        let mut stream = path.as_os_str().to_owned();
        stream.push(":Zone.Identifier");
        std::fs::write(stream, "[ZoneTransfer]\r\nZoneId=3\r\n")
    }

    /// Flags (downloaded, not yet approved), seconds in hex, who wrote it; Gatekeeper asks before it runs.
    #[cfg(target_os = "macos")]
    fn write(&self, path: &Path) -> io::Result<()> {
        let value = format!("0081;{:x};Postroom;", self.at.0 / 1_000);
        xattr::set(path, "com.apple.quarantine", value.as_bytes())
    }

    /// The attribute that freedesktop.org names for it.
    #[cfg(all(unix, not(target_os = "macos")))]
    fn write(&self, path: &Path) -> io::Result<()> {
        xattr::set(path, "user.xdg.origin.url", self.origin.as_bytes())
    }
}

/// A message's address (RFC 2392); `mid:` alone where it has no id.
pub(crate) fn origin(message_id: &str) -> String {
    let mut origin = "mid:".to_owned();
    for byte in message_id.bytes().take(900) {
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte) {
            origin.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            write!(origin, "%{byte:02X}").ok();
        }
    }
    origin
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_id_becomes_an_address() {
        assert_eq!(origin("a.b@c"), "mid:a.b@c");
        assert_eq!(origin("a b%/<>"), "mid:a%20b%25%2F%3C%3E");
        assert_eq!(origin(""), "mid:");
    }

    #[test]
    fn the_mark_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        std::fs::write(&path, "x").unwrap();
        let mark = Mark { origin: origin("a@b"), at: UnixMillis(1_000) };
        let written = mark.write(&path);
        #[cfg(windows)]
        {
            written.unwrap();
            let mut stream = path.into_os_string();
            stream.push(":Zone.Identifier");
            assert!(std::fs::read_to_string(stream).unwrap().contains("ZoneId=3"));
        }
        #[cfg(target_os = "macos")]
        {
            written.unwrap();
            assert_eq!(xattr::get(&path, "com.apple.quarantine").unwrap().unwrap(), b"0081;1;Postroom;");
        }
        #[cfg(all(unix, not(target_os = "macos")))]
        match written {
            Ok(()) => assert_eq!(xattr::get(&path, "user.xdg.origin.url").unwrap().unwrap(), b"mid:a@b"),
            // The one excuse: a file system without attributes.
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::Unsupported, "{error}"),
        }
    }
}
