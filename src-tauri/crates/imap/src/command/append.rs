//! APPEND (RFC 9051 §6.3.12): a message goes into a folder. Sent raw, since async-imap loses step when something untagged
//! comes before the `+`.

use jiff::Timestamp;
use postroom_types::{Flags, Uid, UidValidity, UnixMillis};
use tokio::io::AsyncWriteExt as _;

use crate::capabilities::Capability;
use crate::encode::flag_list;
use crate::error::ImapError;
use crate::guard::{Failure, Limits};
use crate::session::{SHORT, Session};
use crate::wire::{Code, Untagged};

const COMMAND: &str = "APPEND";
/// Bytes that LITERAL- sends without waiting (RFC 7888 §5).
const AT_ONCE: usize = 4096;
/// The first second of the year 1.
const YEAR_ONE: i64 = -62_135_596_800;

/// A message to be put into a folder.
#[derive(Debug, Clone, Copy)]
pub struct NewMessage<'a> {
    /// Its bytes, lines ending in CRLF.
    pub bytes: &'a [u8],
    /// The flags that it is to have.
    pub flags: Flags,
    /// When it was received; `None`: now.
    pub received_at: Option<UnixMillis>,
}

impl Session {
    /// How large a message this folder takes, bytes (APPENDLIMIT, RFC 7889); `None`: the server does not say. Not for the
    /// selected folder, where the server has a limit of its own for each.
    ///
    /// # Errors
    /// [`ImapError`].
    pub async fn append_limit(&mut self, raw: &str) -> Result<Option<u64>, ImapError> {
        let word = self.capabilities.words().find_map(|word| word.strip_prefix("APPENDLIMIT"));
        match word {
            None => Ok(None),
            Some(value) if !value.is_empty() => Ok(value.strip_prefix('=').and_then(|number| number.parse().ok())),
            Some(_) => {
                let line = self.folder_line("STATUS ", raw, " (APPENDLIMIT)").await?;
                let mut limit = None;
                let asked = self.run("STATUS", line, |untagged| match untagged {
                    Untagged::Status(status) => {
                        limit = status.append_limit;
                        None
                    }
                    other => Some(other),
                });
                match asked.await {
                    // Proton Bridge lists it so before the login only; no limit is known then.
                    Err(ImapError::Refused { .. }) => Ok(None),
                    result => result.map(|_| limit),
                }
            }
        }
    }

    /// Puts a message into a folder. `None` if the server does not say under which UID it is there.
    ///
    /// # Errors
    /// [`ImapError`]. After a cut the message may be there or not: look for it before doing it again.
    pub async fn append(
        &mut self,
        raw: &str,
        message: NewMessage<'_>,
    ) -> Result<Option<(UidValidity, Uid)>, ImapError> {
        self.settle_utf8().await?;
        let size = message.bytes.len();
        let at_once = self.capabilities.has(Capability::LiteralPlus)
            || (self.capabilities.has(Capability::LiteralMinus) && size <= AT_ONCE);
        let plus = if at_once { "+" } else { "" };
        // A header in UTF-8 must be announced where both sides speak it (RFC 9755 §4).
        let (open, end) = if self.utf8 && has_wide_header(message.bytes) { ("UTF8 (~", ")") } else { ("", "") };
        let date = message.received_at.and_then(date_time).unwrap_or_default();
        let after = format!(" {}{date} {open}{{{size}{plus}}}", flag_list(message.flags));
        let line = self.folder_line("APPEND ", raw, &after).await?;
        self.begin(Limits::default(), SHORT)?;
        let mut pieces = line.into_pieces().into_iter();
        let tag = self.send(COMMAND, &pieces.next().unwrap_or_default()).await?;
        for piece in pieces {
            self.wait_for_continuation(COMMAND, &tag).await?;
            self.send_more(COMMAND, &piece).await?;
        }
        if !at_once {
            self.wait_for_continuation(COMMAND, &tag).await?;
        }
        // The stream gives up by itself if the server takes nothing for the time of a stall.
        let write = async {
            let wire = self.raw();
            for chunk in message.bytes.chunks(64 << 10) {
                wire.write_all(chunk).await?;
                wire.flush().await?;
            }
            wire.write_all(end.as_bytes()).await?;
            wire.write_all(b"\r\n").await?;
            wire.flush().await
        };
        let written: std::io::Result<()> = write.await;
        written.map_err(|error| ImapError::from_failure(self.server(), COMMAND, Failure::from(error)))?;
        Ok(match self.finish(COMMAND, &tag, Some).await? {
            Some(Code::AppendUid { validity, uid }) if validity > 0 && uid > 0 => {
                Some((UidValidity(validity), Uid(uid)))
            }
            _ => None,
        })
    }
}

/// ` "03-Feb-2026 10:00:00 +0000"` (RFC 9051 §9, date-time). `None` for years that it cannot write.
fn date_time(at: UnixMillis) -> Option<String> {
    let time = Timestamp::from_millisecond(at.0).ok().filter(|time| time.as_second() >= YEAR_ONE)?;
    Some(format!(" \"{}\"", time.strftime("%d-%b-%Y %H:%M:%S +0000")))
}

/// Whether the header holds bytes that are not ASCII.
fn has_wide_header(message: &[u8]) -> bool {
    let end = message.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap_or(message.len());
    message.get(..end).is_some_and(|header| !header.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_written_as_the_protocol_wants_it() {
        assert_eq!(date_time(UnixMillis(1_770_112_805_999)).as_deref(), Some(" \"03-Feb-2026 10:00:05 +0000\""));
        assert_eq!(date_time(UnixMillis(-1_000)).as_deref(), Some(" \"31-Dec-1969 23:59:59 +0000\""));
        assert_eq!(date_time(UnixMillis(i64::MAX)), None);
    }

    #[test]
    fn only_a_header_in_utf8_is_announced_as_such() {
        assert!(has_wide_header("Subject: 你好\r\n\r\nHello".as_bytes()));
        assert!(!has_wide_header("Subject: Hello\r\n\r\n你好".as_bytes()));
    }
}
