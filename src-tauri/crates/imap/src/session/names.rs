//! Folder names on the wire. Everywhere else a name is modified UTF-7, whatever the server speaks: what is stored of a
//! folder stays good when the server begins or ceases to offer UTF8=ACCEPT.
//!
//! Once UTF8=ACCEPT is enabled names are UTF-8 in both directions, and `&` is a letter (RFC 9755 §3, RFC 6855 before it).

use super::Session;
use crate::capabilities::Capability;
use crate::encode::CommandLine;
use crate::error::ImapError;
use crate::utf7;
use crate::wire::Untagged;

pub(crate) const ENABLE: &str = "ENABLE";

impl Session {
    /// A command line that names a folder.
    pub(crate) async fn folder_line(&mut self, before: &str, raw: &str, after: &str) -> Result<CommandLine, ImapError> {
        if raw.contains('&') || !raw.is_ascii() {
            self.settle_utf8().await?;
        }
        let decoded = if self.utf8 { utf7::decode(raw) } else { None };
        let mut line = self.line(before);
        // What is not modified UTF-7 was listed in 8 bits before, and is UTF-8 as it stands.
        line.string(decoded.as_deref().unwrap_or(raw)).map_err(|_cannot| self.unsendable("the folder name"))?;
        line.text(after);
        Ok(line)
    }

    /// Waits until it is known whether UTF-8 is on: ENABLE goes out along with the first command, and a name in the wrong
    /// encoding is another folder's.
    pub(crate) async fn settle_utf8(&mut self) -> Result<(), ImapError> {
        if self.capabilities.has(Capability::Utf8Accept) && self.is_ahead(ENABLE) {
            self.settle_ahead().await?;
        }
        Ok(())
    }

    /// Names in a response as the rest of this crate knows them. Bytes that are no UTF-8 stay, and are rejected later.
    pub(super) fn translate(&self, untagged: &mut Untagged) {
        if !self.utf8 {
            return;
        }
        let name = match untagged {
            Untagged::List(line) => &mut line.name,
            Untagged::Status(line) => &mut line.name,
            Untagged::Namespace(Some(line)) => &mut line.prefix,
            _ => return,
        };
        if let Ok(text) = std::str::from_utf8(name) {
            *name = utf7::encode(text).into_bytes();
        }
    }
}
