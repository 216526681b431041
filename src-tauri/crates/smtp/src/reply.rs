//! One reply of the server (RFC 5321 §4.2), read with limits and parsed by lettre.

use std::io;

use lettre::transport::smtp::response::Response;
use postroom_types::clean_text;
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Bytes of one line with its end. The standard says 512; providers write web addresses into their refusals.
pub(crate) const MAX_LINE: usize = 4096;
/// Lines of one reply. A long EHLO has some 30.
pub(crate) const MAX_LINES: usize = 128;

/// Characters of a reply's text that an error carries.
const MAX_TEXT: usize = 300;

/// Why no reply could be read.
#[derive(Debug)]
pub(crate) enum ReplyError {
    /// The connection failed, or the other end closed it.
    Io(io::Error),
    /// What came is no reply.
    Nonsense(&'static str),
}

/// A reply: its code and its lines without codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) code: u16,
    pub(crate) lines: Vec<String>,
}

impl Reply {
    fn parse(bytes: &[u8]) -> Result<Self, ReplyError> {
        // Lossy: RFC 6531 allows UTF-8, and older servers write whatever their administrator typed.
        let response: Response = String::from_utf8_lossy(bytes)
            .parse()
            .map_err(|_error| ReplyError::Nonsense("it sent what is not an SMTP reply"))?;
        Ok(Self { code: response.code().into(), lines: response.message().map(str::to_owned).collect() })
    }

    /// The text for a person: one line, no controls, not long.
    pub(crate) fn text(&self) -> String {
        clean_text(&self.lines.join(" ")).chars().take(MAX_TEXT).collect()
    }
}

/// Reads replies and keeps what came after one.
#[derive(Debug, Default)]
pub(crate) struct ReplyReader {
    buffer: Vec<u8>,
}

impl ReplyReader {
    /// Whether bytes have been read that no reply asked for.
    pub(crate) fn has_rest(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// Reads one whole reply.
    pub(crate) async fn read<S: AsyncRead + Unpin>(&mut self, stream: &mut S) -> Result<Reply, ReplyError> {
        let mut begin = 0;
        for _ in 0..MAX_LINES {
            let end = self.line_end(stream, begin).await?;
            let line = self.buffer.get(begin..end).unwrap_or_default();
            begin = end;
            if !line.ends_with(b"\r\n") {
                return Err(ReplyError::Nonsense("it ended a line without CR"));
            }
            match line {
                [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'-', ..] => {}
                [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b' ' | b'\r', ..] => return self.take(end),
                _ => return Err(ReplyError::Nonsense("it sent what is not an SMTP reply")),
            }
        }
        Err(ReplyError::Nonsense("its reply has too many lines"))
    }

    fn take(&mut self, end: usize) -> Result<Reply, ReplyError> {
        let rest = self.buffer.split_off(end);
        let mut bytes = std::mem::replace(&mut self.buffer, rest);
        // `250` alone is a reply too (RFC 5321 §4.2.1: the client must take it); lettre wants the blank.
        if let [.., a, b, c, b'\r', b'\n'] = *bytes.as_slice()
            && [a, b, c].iter().all(u8::is_ascii_digit)
            && (bytes.len() == 5 || bytes.get(bytes.len() - 6) == Some(&b'\n'))
        {
            bytes.truncate(bytes.len() - 2);
            bytes.extend_from_slice(b" \r\n");
        }
        Reply::parse(&bytes)
    }

    /// Where the line that starts at `begin` ends, after reading as much as it takes.
    async fn line_end<S: AsyncRead + Unpin>(&mut self, stream: &mut S, begin: usize) -> Result<usize, ReplyError> {
        let mut searched = begin;
        loop {
            let fresh = self.buffer.get(searched..).unwrap_or_default();
            if let Some(at) = fresh.iter().position(|byte| *byte == b'\n') {
                let end = searched + at + 1;
                return if end - begin > MAX_LINE { Err(too_long()) } else { Ok(end) };
            }
            searched = self.buffer.len();
            if searched - begin > MAX_LINE {
                return Err(too_long());
            }
            let mut chunk = [0; 1024];
            let count = stream.read(&mut chunk).await.map_err(ReplyError::Io)?;
            if count == 0 {
                return Err(ReplyError::Io(io::ErrorKind::UnexpectedEof.into()));
            }
            self.buffer.extend_from_slice(chunk.get(..count).unwrap_or_default());
        }
    }
}

fn too_long() -> ReplyError {
    ReplyError::Nonsense("its line is too long")
}

#[cfg(test)]
mod tests;
