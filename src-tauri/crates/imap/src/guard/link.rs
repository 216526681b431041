//! The stream under the adapter, with or without COMPRESS=DEFLATE (RFC 4978).
//!
//! What is decompressed goes out in reads as large as the reader has room for, so that a few bytes which stand for
//! gigabytes are counted and stopped by the reader's bounds like any others. Nothing is ever decompressed ahead.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, BytesMut};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::io::poll_read_buf;

/// Compressed bytes that are read or gathered at a time.
const CHUNK: usize = 16 << 10;

/// A stream that may begin to be compressed.
pub(super) struct Link<S> {
    stream: S,
    deflate: Option<Box<Deflate>>,
}

struct Deflate {
    inflate: Decompress,
    compress: Compress,
    /// Compressed, from the server.
    incoming: BytesMut,
    /// Compressed, for the server.
    outgoing: BytesMut,
    /// Something was compressed and may still be held back by the compressor.
    unflushed: bool,
}

impl<S> fmt::Debug for Link<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("compressed", &self.deflate.is_some()).finish_non_exhaustive()
    }
}

impl<S> Link<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, deflate: None }
    }

    pub(super) fn into_inner(self) -> S {
        self.stream
    }

    /// Both directions are compressed from here on; `received` came behind the server's agreement.
    pub(super) fn compress(&mut self, received: BytesMut) {
        self.deflate = Some(Box::new(Deflate {
            // Without zlib's header (RFC 4978 §3).
            inflate: Decompress::new(false),
            compress: Compress::new(Compression::default(), false),
            incoming: received,
            outgoing: BytesMut::new(),
            unflushed: false,
        }));
    }
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "broken compressed data")
}

impl Deflate {
    /// Decompresses what is here into `buf`. `false`: more has to be read first.
    fn inflate(&mut self, buf: &mut ReadBuf<'_>) -> io::Result<bool> {
        let (from, to) = (self.inflate.total_in(), self.inflate.total_out());
        let room = buf.initialize_unfilled();
        let status = self.inflate.decompress(&self.incoming, room, FlushDecompress::None).map_err(|_error| broken())?;
        let taken = usize::try_from(self.inflate.total_in() - from).map_err(|_error| broken())?;
        let made = usize::try_from(self.inflate.total_out() - to).map_err(|_error| broken())?;
        self.incoming.advance(taken.min(self.incoming.len()));
        buf.advance(made);
        // The end of the compressed stream is the end of the connection.
        Ok(made > 0 || status == Status::StreamEnd)
    }

    fn deflate(&mut self, bytes: &[u8], flush: FlushCompress) -> io::Result<()> {
        let mut rest = bytes;
        let mut room = vec![0; CHUNK];
        loop {
            let (from, to) = (self.compress.total_in(), self.compress.total_out());
            self.compress.compress(rest, &mut room, flush).map_err(|_error| broken())?;
            let taken = usize::try_from(self.compress.total_in() - from).map_err(|_error| broken())?;
            let made = usize::try_from(self.compress.total_out() - to).map_err(|_error| broken())?;
            self.outgoing.extend_from_slice(room.get(..made).unwrap_or_default());
            rest = rest.get(taken..).unwrap_or_default();
            // Room that was left says that nothing is held back.
            if rest.is_empty() && made < room.len() {
                return Ok(());
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> Link<S> {
    fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(deflate) = &mut self.deflate else { return Poll::Ready(Ok(())) };
        while !deflate.outgoing.is_empty() {
            let bytes = ready!(Pin::new(&mut self.stream).poll_write(cx, &deflate.outgoing))?;
            if bytes == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            deflate.outgoing.advance(bytes);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Link<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let Some(deflate) = &mut this.deflate else { return Pin::new(&mut this.stream).poll_read(cx, buf) };
        loop {
            if buf.remaining() == 0 || deflate.inflate(buf)? {
                return Poll::Ready(Ok(()));
            }
            deflate.incoming.reserve(CHUNK);
            if ready!(poll_read_buf(Pin::new(&mut this.stream), cx, &mut deflate.incoming))? == 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Link<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.deflate.as_ref().is_some_and(|deflate| deflate.outgoing.len() >= CHUNK) {
            ready!(this.poll_drain(cx))?;
        }
        let Some(deflate) = &mut this.deflate else { return Pin::new(&mut this.stream).poll_write(cx, buf) };
        deflate.deflate(buf, FlushCompress::None)?;
        deflate.unflushed = true;
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let Some(deflate) = &mut this.deflate
            && std::mem::take(&mut deflate.unflushed)
        {
            deflate.deflate(&[], FlushCompress::Sync)?;
        }
        ready!(this.poll_drain(cx))?;
        Pin::new(&mut this.stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_drain(cx))?;
        Pin::new(&mut this.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    /// Two links that speak to each other, compressed, through a narrow pipe.
    fn pair(pipe: usize) -> (Link<tokio::io::DuplexStream>, Link<tokio::io::DuplexStream>) {
        let (a, b) = duplex(pipe);
        let (mut a, mut b) = (Link::new(a), Link::new(b));
        a.compress(BytesMut::new());
        b.compress(BytesMut::new());
        (a, b)
    }

    #[tokio::test]
    async fn what_goes_in_comes_out_whatever_the_pieces() {
        let text: Vec<u8> = (0..200_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
        for (pipe, room) in [(1, 1), (7, 64), (1 << 20, 1 << 16)] {
            let text = if pipe == 1 { text.get(..3000).unwrap_or_default() } else { &text };
            let (mut a, mut b) = pair(pipe);
            let write = async {
                for piece in text.chunks(999) {
                    a.write_all(piece).await.unwrap();
                    a.flush().await.unwrap();
                }
                drop(a);
            };
            let read = async {
                let (mut got, mut buffer) = (Vec::new(), vec![0; room]);
                loop {
                    let bytes = b.read(&mut buffer).await.unwrap();
                    if bytes == 0 {
                        return got;
                    }
                    got.extend_from_slice(buffer.get(..bytes).unwrap_or_default());
                }
            };
            let ((), got) = tokio::join!(write, read);
            assert!(got == text, "{pipe} {room}");
        }
    }

    #[tokio::test]
    async fn a_line_arrives_once_it_is_flushed() {
        let (mut a, mut b) = pair(1 << 16);
        for line in [&b"A1 NOOP\r\n"[..], b"* OK\r\nA1 OK\r\n"] {
            a.write_all(line).await.unwrap();
            a.flush().await.unwrap();
            let mut got = vec![0; line.len()];
            b.read_exact(&mut got).await.unwrap();
            assert_eq!(got, line);
        }
    }

    #[tokio::test]
    async fn what_is_no_compressed_data_is_an_error() {
        let (mut a, b) = duplex(100);
        let mut b = Link::new(b);
        b.compress(BytesMut::new());
        a.write_all(b"* OK in clear, after all\r\n").await.unwrap();
        let error = b.read(&mut [0; 100]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
