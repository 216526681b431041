//! A message too large for memory, read once from its beginning to its end as it comes: what is kept of it is its outline,
//! a much shorter message of the same structure.
//!
//! Kept are all headers, all boundaries, and the beginning of every text; the bulk of everything else is left out, and it
//! is noted where and how much. So the outline is read by the same code as any message, and finds the same parts
//! ([`crate::Skeleton`]). Whatever the message is, no more than [`KEPT`] bytes and a line are held.

use std::collections::BTreeSet;

use crate::defects::Defects;
use crate::header::{self, Fields};
use crate::limits::{HEADER_BYTES, PARTS};
use crate::parameters::Parameterised;
use crate::skeleton::{Cut, Skeleton};
use crate::words::Hint;

/// Bytes that are kept of a message. Where its headers and texts alone are more, what is behind them is one opaque part.
pub const KEPT: usize = 8 << 20;
/// Bytes that are kept of a text: 4 MiB.
pub const TEXT: usize = 4 << 20;
/// And of anything else: enough to see what it is.
const OTHER: usize = 1 << 10;
/// A longer line is looked at in pieces; no boundary and no field that matters is so long.
const LINE: usize = 64 << 10;

/// See the module's page.
#[derive(Debug, Clone)]
pub struct Outline {
    bytes: Vec<u8>,
    cuts: Vec<Cut>,
    /// What was left out since the last kept line.
    dropped: Option<Dropped>,
    /// The beginning of a line.
    carry: Vec<u8>,
    /// Whether `carry` begins a line, or goes on with one that was too long.
    at_start: bool,
    state: State,
    boundaries: BTreeSet<Vec<u8>>,
    /// Parts without a type may be messages.
    digest: bool,
    /// Bytes of the message so far.
    size: u64,
    limits: Limits,
}

#[derive(Debug, Clone, Copy)]
struct Limits {
    kept: usize,
    text: usize,
    other: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// In a header that begins here, with or without a field so far.
    Header { from: usize, found: bool },
    /// In a body of which so many bytes are kept.
    Body { left: usize },
    /// No more is kept at all.
    Full,
}

#[derive(Debug, Clone, Default)]
struct Dropped {
    cut: Cut,
    in_header: bool,
    line_end: Vec<u8>,
}

impl Default for Outline {
    fn default() -> Self {
        Self::with(Limits { kept: KEPT, text: TEXT, other: OTHER })
    }
}

impl Outline {
    fn with(limits: Limits) -> Self {
        Self {
            bytes: Vec::new(),
            cuts: Vec::new(),
            dropped: None,
            carry: Vec::new(),
            at_start: true,
            state: State::Header { from: 0, found: false },
            boundaries: BTreeSet::new(),
            digest: false,
            size: 0,
            limits,
        }
    }

    /// Bytes of the message that were read.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Reads what comes next.
    pub fn push(&mut self, mut bytes: &[u8]) {
        self.size += bytes.len() as u64;
        while !bytes.is_empty() {
            let end = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
            let (piece, rest) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
            bytes = rest;
            let whole = piece.ends_with(b"\n");
            if self.carry.is_empty() && (whole || piece.len() >= LINE) {
                self.line(piece, self.at_start);
                self.at_start = whole;
                continue;
            }
            self.carry.extend_from_slice(piece);
            if whole || self.carry.len() >= LINE {
                let line = std::mem::take(&mut self.carry);
                self.line(&line, self.at_start);
                self.at_start = whole;
            }
        }
    }

    /// What is known so far; `whole`: nothing more comes.
    pub fn skeleton(&self, whole: bool) -> Skeleton {
        let mut end = self.clone();
        let carry = std::mem::take(&mut end.carry);
        if !carry.is_empty() {
            end.line(&carry, end.at_start);
        }
        if let Some(dropped) = end.dropped.take() {
            end.cuts.push(Cut { at: end.bytes.len(), ..dropped.cut });
        }
        let cut_short = end.state == State::Full;
        Skeleton { bytes: end.bytes, cuts: end.cuts, size: end.size, whole, cut_short }
    }

    fn line(&mut self, line: &[u8], starts: bool) {
        if starts && self.state != State::Full {
            if line.starts_with(b"--")
                && let Some(closing) = self.boundary(line)
            {
                self.keep(line);
                let from = self.bytes.len();
                self.set(if closing { State::Body { left: 0 } } else { State::Header { from, found: false } });
                return;
            }
            self.header_line(line);
        }
        match self.state {
            State::Header { from, .. } => {
                let room = self.bytes.len().saturating_sub(from) + line.len() <= HEADER_BYTES;
                // The line that ends a header is always kept.
                if room || header::is_blank(line) {
                    self.keep(line);
                } else {
                    self.drop(line, true);
                }
                if starts && header::is_blank(line) {
                    self.header_ended();
                }
            }
            State::Body { left } if left > 0 => {
                let kept = line.len().min(left);
                self.set(State::Body { left: left - kept });
                let (here, rest) = line.split_at_checked(kept).unwrap_or((line, &[]));
                self.keep(here);
                self.drop(rest, false);
            }
            State::Body { .. } | State::Full => self.drop(line, false),
        }
    }

    /// Whether a line is a boundary of any multipart seen so far, and then whether it closes it.
    fn boundary(&self, line: &[u8]) -> Option<bool> {
        let text = line.strip_prefix(b"--")?.trim_ascii_end();
        if self.boundaries.contains(text) {
            return Some(false);
        }
        text.strip_suffix(b"--").filter(|text| self.boundaries.contains(*text)).map(|_| true)
    }

    /// Notes what a line is to the header that is open, as [`header::extent`] has it.
    fn header_line(&mut self, line: &[u8]) {
        let State::Header { from, found } = self.state else { return };
        if header::is_blank(line) {
            return;
        }
        let field = header::field_name(line).is_some();
        let text = !found && !field && !header::is_folded(line) && !header::is_mbox_line(line);
        if line.starts_with(b"--") || text {
            self.header_ended();
        } else if field {
            self.set(State::Header { from, found: true });
        }
    }

    fn header_ended(&mut self) {
        let State::Header { from, .. } = self.state else { return };
        let block = self.bytes.get(from..).unwrap_or_default();
        let fields = Fields::read(block, &mut Defects::default());
        let kind = fields.first("content-type").map(|value| Parameterised::read(value, &Hint::default()));
        let kind = kind.unwrap_or_default();
        let boundary = kind.get("boundary").map(|boundary| boundary.trim_end().as_bytes().to_vec());
        if let Some(boundary) = boundary.filter(|boundary| !boundary.is_empty() && self.boundaries.len() < PARTS) {
            self.boundaries.insert(boundary);
        }
        let kind = kind.value;
        self.digest |= kind == "multipart/digest";
        if kind.starts_with("message/") || (self.digest && !kind.contains('/')) {
            self.set(State::Header { from: self.bytes.len(), found: false });
            return;
        }
        let text = kind.starts_with("text/") || kind.starts_with("multipart/") || !kind.contains('/');
        self.set(State::Body { left: if text { self.limits.text } else { self.limits.other } });
    }

    fn set(&mut self, state: State) {
        if self.state != State::Full {
            self.state = state;
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        if let Some(Dropped { mut cut, in_header, line_end }) = self.dropped.take() {
            cut.at = self.bytes.len();
            // The line end before a boundary belongs to the boundary, so the last of them stays.
            if !in_header {
                cut.bytes = cut.bytes.saturating_sub(line_end.len() as u64);
            }
            self.cuts.push(cut);
            if !in_header {
                self.bytes.extend_from_slice(&line_end);
            }
        }
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() >= self.limits.kept {
            self.state = State::Full;
        }
    }

    fn drop(&mut self, line: &[u8], in_header: bool) {
        if line.is_empty() {
            return;
        }
        let dropped = self.dropped.get_or_insert_default();
        dropped.in_header = in_header;
        dropped.cut.bytes += line.len() as u64;
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        line.get(text.len()..).unwrap_or_default().clone_into(&mut dropped.line_end);
        let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
        dropped.cut.digits += (text.len() - padding) as u64;
        if memchr::memchr(b'=', text).is_some() {
            let (mut escapes, mut rest) = (0, text);
            while let Some(at) = memchr::memchr(b'=', rest) {
                rest = rest.get(at + 1..).unwrap_or_default();
                escapes += u64::from(matches!(rest, [a, b, ..] if crate::decode::hex_pair(*a, *b).is_some()));
            }
            let soft = if text.ends_with(b"=") { 1 + dropped.line_end.len() } else { 0 };
            dropped.cut.escaped += 2 * escapes + soft as u64;
        }
    }
}

#[cfg(test)]
mod tests;
