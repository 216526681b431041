//! A part decoded as it is read, whatever its size: the streaming twin of [`crate::part_bytes`].

use std::io::{self, BufRead, Read};

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::decode::{TransferEncoding, lenient_quoted_printable, uudecode_line};

/// Digits as they come, bits left over at the end passed over, as the whole-message decoder does.
const DIGITS: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
/// Bytes taken from the message at a time.
const STEP: usize = 64 << 10;
/// A longer line of quoted-printable or uuencode is cut.
const LINE: usize = 1 << 20;

/// Where a part stands in a message, and how it is wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartPlace {
    /// Its first byte.
    pub start: u64,
    /// Its bytes as they stand there.
    pub len: u64,
    /// Whether all of it is here.
    pub whole: bool,
    pub(crate) encoding: TransferEncoding,
}

/// Reads a part decoded.
#[derive(Debug)]
pub struct PartReader<R> {
    source: R,
    left: u64,
    encoding: TransferEncoding,
    /// Digits or a line that is not whole.
    carry: Vec<u8>,
    /// Base64 has ended in padding; uuencode: between `begin` and `end`.
    inside: bool,
    ended: bool,
    out: Vec<u8>,
    at: usize,
}

impl<R: BufRead> PartReader<R> {
    /// `source` stands at [`PartPlace::start`].
    pub fn new(source: R, place: &PartPlace) -> Self {
        Self {
            source,
            left: place.len,
            encoding: place.encoding,
            carry: Vec::new(),
            inside: false,
            ended: false,
            out: Vec::new(),
            at: 0,
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        self.out.clear();
        self.at = 0;
        while self.out.is_empty() && !self.ended {
            let here = self.source.fill_buf()?;
            let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(STEP);
            let bytes = here.get(..most).unwrap_or(here).to_vec();
            self.source.consume(bytes.len());
            self.left -= bytes.len() as u64;
            if bytes.is_empty() && self.left > 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.ended |= self.left == 0;
            match self.encoding {
                TransferEncoding::Identity | TransferEncoding::Unknown => self.out = bytes,
                TransferEncoding::Base64 => self.base64(&bytes)?,
                TransferEncoding::QuotedPrintable | TransferEncoding::Uuencode => self.lines(&bytes),
            }
        }
        Ok(())
    }

    fn base64(&mut self, bytes: &[u8]) -> io::Result<()> {
        for byte in bytes {
            match byte {
                b'=' if self.carry.len() % 4 > 1 => {
                    // Lists add their footer behind the padding.
                    self.ended = true;
                    break;
                }
                byte if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/') => self.carry.push(*byte),
                _ => {}
            }
        }
        let whole = if self.ended { self.carry.len() } else { self.carry.len() / 4 * 4 };
        // A single digit left over is no byte.
        let usable = if whole % 4 == 1 { whole - 1 } else { whole };
        let digits = self.carry.get(..usable).unwrap_or_default();
        DIGITS.decode_vec(digits, &mut self.out).map_err(io::Error::other)?;
        self.carry.drain(..whole);
        Ok(())
    }

    fn lines(&mut self, bytes: &[u8]) {
        self.carry.extend_from_slice(bytes);
        let end = if self.ended || self.carry.len() > LINE {
            self.carry.len()
        } else {
            memchr::memrchr(b'\n', &self.carry).map_or(0, |at| at + 1)
        };
        let lines: Vec<u8> = self.carry.drain(..end).collect();
        if self.encoding == TransferEncoding::QuotedPrintable {
            self.out = lenient_quoted_printable(&lines);
            return;
        }
        for line in lines.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end) {
            if !self.inside {
                self.inside = line.starts_with(b"begin ");
            } else if line == b"end" {
                self.ended = true;
                return;
            } else {
                uudecode_line(line, &mut self.out);
            }
        }
    }
}

impl<R: BufRead> Read for PartReader<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.out.len() {
            self.refill()?;
        }
        let here = self.out.get(self.at..).unwrap_or_default();
        let bytes = here.len().min(buf.len());
        for (target, source) in buf.iter_mut().zip(here) {
            *target = *source;
        }
        self.at += bytes;
        Ok(bytes)
    }
}
