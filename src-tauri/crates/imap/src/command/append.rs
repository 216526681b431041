//! APPEND (RFC 9051 §6.3.12): a message goes into a folder. Sent raw, since async-imap loses step when something untagged
//! comes before the `+`.

use postroom_types::{Flags, Uid, UidValidity};
use tokio::io::AsyncWriteExt as _;

use crate::capabilities::Capability;
use crate::encode::flag_list;
use crate::error::ImapError;
use crate::guard::{Failure, Limits};
use crate::session::{SHORT, Session};
use crate::wire::Code;

const COMMAND: &str = "APPEND";

impl Session {
    /// Puts a message (CRLF line ends) into a folder. `None` if the server does not say under which UID it is there.
    ///
    /// # Errors
    /// [`ImapError`]. After a cut the message may be there or not: look for it before doing it again.
    pub async fn append(
        &mut self,
        raw: &str,
        flags: Flags,
        message: &[u8],
    ) -> Result<Option<(UidValidity, Uid)>, ImapError> {
        let at_once = self.capabilities.has(Capability::LiteralPlus);
        let plus = if at_once { "+" } else { "" };
        let after = format!(" {} {{{}{plus}}}", flag_list(flags), message.len());
        let line = self.folder_line("APPEND ", raw, &after)?;
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
            for chunk in message.chunks(64 << 10) {
                wire.write_all(chunk).await?;
                wire.flush().await?;
            }
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
