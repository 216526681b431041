//! Messages that come from elsewhere than the server: files that the user puts into a folder.

use postroom_mime::{parse_envelope, summarise};
use postroom_store::NewAppend;
use postroom_sync::Wish;
use postroom_types::{Event, Fault, FaultCode, Flags, FolderId, MessageId, UnixMillis};

use crate::Postroom;
use crate::fault::{fault, invalid, not_found};

/// A larger file is no mail, bytes: no provider takes half of it. It is held in memory, and once more while it is packed.
const MOST: u64 = 256 << 20;

/// A message to be put into a folder.
#[derive(Debug, Clone)]
pub struct NewMail {
    /// The message as it stands in an `.eml` file; lines may end in LF.
    pub bytes: Vec<u8>,
    /// The flags that it is to have.
    pub flags: Flags,
    /// When it was received; `None`: on the date that it bears, or now.
    pub received_at: Option<UnixMillis>,
}

impl Postroom {
    /// Whether a file of so many bytes may be a mail at all: to be asked before it is read.
    ///
    /// Faults: `invalid-input` with `size` and `limit`, bytes.
    pub fn message_size_check(size: u64) -> Result<(), Fault> {
        if size <= MOST {
            return Ok(());
        }
        let fault = Fault::new(FaultCode::InvalidInput, "the file is larger than any mail may be (256 MiB)");
        Err(fault.with("reason", "too large").with("size", size.to_string()).with("limit", MOST.to_string()))
    }

    /// Whether these bytes are a mail that could be put into a folder.
    ///
    /// Faults: `invalid-input`.
    pub fn message_check(bytes: &[u8]) -> Result<(), Fault> {
        Self::message_size_check(bytes.len() as u64)?;
        // IMAP cannot carry it (RFC 9051 §4.3), and no mail has one.
        if bytes.contains(&0) {
            return Err(invalid("the file is no mail: it holds a NUL byte"));
        }
        let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let name = first.split(|byte| *byte == b':').next().unwrap_or_default();
        // A field's name and a colon (RFC 5322 §2.2).
        let is_field = name.len() < first.len() && !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
        if is_field { Ok(()) } else { Err(invalid("the file is no mail: it does not begin with a header")) }
    }

    /// Puts a message into a folder: it shows at once, and reaches the server with the next sync.
    ///
    /// Faults: `not-found` for a folder that is not there or holds no mail; `invalid-input`; `storage`.
    pub async fn message_append(&self, folder: FolderId, mail: NewMail) -> Result<MessageId, Fault> {
        Self::message_check(&mail.bytes)?;
        let folders = self.folders().await?;
        let target = folders.iter().find(|one| one.id == folder && one.selectable);
        let account = target.ok_or_else(|| not_found("folder"))?.account;
        let (store, now) = (self.store().clone(), self.now());
        let new = tokio::task::spawn_blocking(move || {
            let bytes = with_crlf(mail.bytes);
            let envelope = parse_envelope(&bytes);
            // Whatever reading does, the message itself is kept.
            let summary = std::panic::catch_unwind(|| summarise(&bytes)).ok();
            let received_at = mail.received_at.or(envelope.date.filter(|date| *date <= now)).unwrap_or(now);
            let raw = store.packer()?.pack(&bytes)?;
            Ok(NewAppend { folder, raw, envelope, summary, flags: mail.flags, received_at })
        });
        let new = new.await.map_err(fault)?.map_err(|error: postroom_store::StoreError| fault(error))?;
        let id = self.store().append_queue(new, now).await.map_err(fault)?;
        self.tell(Event::Messages { account, folder });
        self.tell(Event::Folders { account });
        let count = self.store().pending_count().await.map_err(fault)?;
        self.tell(Event::Pending { count });
        self.wish(Some(account), Wish::Replay);
        Ok(id)
    }
}

/// Lines ending in CRLF, as mail has them on the wire.
fn with_crlf(bytes: Vec<u8>) -> Vec<u8> {
    let mut before = b'\n';
    let bare = bytes.iter().filter(|byte| std::mem::replace(&mut before, **byte) != b'\r' && **byte == b'\n').count();
    if bare == 0 {
        return bytes;
    }
    let mut out = Vec::with_capacity(bytes.len() + bare);
    let mut before = 0;
    for byte in bytes {
        if byte == b'\n' && before != b'\r' {
            out.push(b'\r');
        }
        out.push(byte);
        before = byte;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_mail(bytes: &[u8]) -> bool {
        Postroom::message_check(bytes).is_ok()
    }

    #[test]
    fn only_mail_is_taken() {
        assert!(is_mail(b"Subject: x\r\n\r\ny") && is_mail(b"Subject: x\n") && is_mail(b"X-1:\n"));
        for other in [&b""[..], b"\x89PNG\r\n", b"Hello world\n", b"Subject: x\n\n\0", b"two words: x\n", b": x\n"] {
            assert!(!is_mail(other), "{other:?}");
        }
    }

    #[test]
    fn lines_end_in_crlf_and_nothing_else_changes() {
        let check = |from: &[u8], to: &[u8]| assert_eq!(with_crlf(from.to_vec()), to);
        check(b"a: b\n\nc\r\nd\re\n", b"a: b\r\n\r\nc\r\nd\re\r\n");
        check(b"a: b\r\n", b"a: b\r\n");
        check(b"\n\r\n", b"\r\n\r\n");
        check(b"", b"");
    }
}
