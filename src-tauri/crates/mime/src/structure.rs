//! The tree of parts (RFC 2046 §5), found in one pass: linear in the bytes, no recursion, bounded depth and number.
//!
//! Forgiving as mail needs it: missing closing boundaries, missing blank lines, boundaries that come back after they were
//! closed, and multiparts without a boundary all give parts. Nothing is decoded here.

use std::ops::Range;

use memchr::memmem;
use postroom_types::DefectKind;

use crate::decode::TransferEncoding;
use crate::defects::Defects;
use crate::header::{self, Fields};
use crate::limits::{DEPTH, PARTS};
use crate::parameters::Parameterised;
use crate::words::Hint;

/// What a part is to the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Holds bytes.
    Leaf,
    /// Holds parts between boundaries.
    Multipart,
    /// Holds one whole message, the next node.
    Message,
}

/// One part; its index in the list is its [`postroom_types::PartNumber`].
#[derive(Debug)]
pub(crate) struct Node<'a> {
    pub(crate) parent: Option<usize>,
    pub(crate) depth: u32,
    pub(crate) shape: Shape,
    pub(crate) fields: Fields<'a>,
    pub(crate) body: Range<usize>,
    pub(crate) content_type: Parameterised,
    pub(crate) disposition: Parameterised,
    pub(crate) encoding: TransferEncoding,
}

impl Node<'_> {
    /// The MIME type; `text/plain` or, in a digest, `message/rfc822` where the header names none.
    pub(crate) fn mime_type(&self) -> &str {
        &self.content_type.value
    }

    pub(crate) fn is_multipart(&self) -> bool {
        self.shape == Shape::Multipart
    }
}

/// The parts of a message, depth first; never empty.
#[derive(Debug)]
pub(crate) struct Structure<'a> {
    pub(crate) raw: &'a [u8],
    pub(crate) nodes: Vec<Node<'a>>,
    pub(crate) hint: Hint,
    pub(crate) defects: Defects,
}

impl<'a> Structure<'a> {
    pub(crate) fn scan(raw: &'a [u8]) -> Self {
        let mut scan = Scan {
            raw,
            at: 0,
            frames: Vec::new(),
            leaf: None,
            hint: Hint::default(),
            nodes: Vec::new(),
            defects: Defects::default(),
        };
        scan.open();
        while scan.next_boundary() {}
        scan.close_down_to(0, raw.len());
        let Scan { mut nodes, hint, defects, .. } = scan;
        empty_multiparts_are_text(&mut nodes);
        Self { raw, nodes, hint, defects }
    }

    /// The bytes of a part as they stand.
    pub(crate) fn body(&self, node: &Node<'_>) -> &'a [u8] {
        self.raw.get(node.body.clone()).unwrap_or_default()
    }
}

/// An open multipart or message.
struct Frame {
    node: usize,
    /// `None` for a message, which ends with what it is in.
    boundary: Option<Vec<u8>>,
    digest: bool,
}

struct Scan<'a> {
    raw: &'a [u8],
    at: usize,
    frames: Vec<Frame>,
    leaf: Option<usize>,
    hint: Hint,
    nodes: Vec<Node<'a>>,
    defects: Defects,
}

impl<'a> Scan<'a> {
    /// Opens the part that begins here, and the messages that begin with it.
    fn open(&mut self) {
        loop {
            if self.nodes.len() >= PARTS {
                self.defects.add(DefectKind::TooManyParts, "more than 1,000 parts; the rest is left out");
                return;
            }
            let node = self.read_header();
            let index = self.nodes.len();
            let shape = node.shape;
            let boundary = node.content_type.get("boundary").map(|boundary| boundary.trim_end().as_bytes().to_vec());
            let digest = node.mime_type() == "multipart/digest";
            self.nodes.push(node);
            match shape {
                Shape::Leaf => self.leaf = Some(index),
                Shape::Multipart => self.frames.push(Frame { node: index, boundary, digest }),
                Shape::Message => self.frames.push(Frame { node: index, boundary: None, digest: false }),
            }
            if shape != Shape::Message {
                return;
            }
        }
    }

    fn read_header(&mut self) -> Node<'a> {
        let rest = self.raw.get(self.at..).unwrap_or_default();
        let (len, found) = header::extent(rest);
        let fields = Fields::read(rest.get(..len).unwrap_or_default(), &mut self.defects);
        if self.nodes.is_empty() {
            self.hint.sample = fields.raw_bytes();
            let label = fields.first("content-type").map(|value| Parameterised::read(value, &Hint::default()));
            self.hint.label = label.and_then(|label| label.get("charset").map(str::to_owned));
            if !found {
                self.defects.add(DefectKind::NotMime, "no header; read as text");
            }
        }
        self.at += len;
        let read = |name: &str| fields.first(name).map(|value| Parameterised::read(value, &self.hint));
        let mut content_type = read("content-type").unwrap_or_default();
        if !content_type.value.contains('/') {
            let digest = self.frames.last().is_some_and(|frame| frame.digest);
            if digest { "message/rfc822" } else { "text/plain" }.clone_into(&mut content_type.value);
        }
        let disposition = read("content-disposition").unwrap_or_default();
        let encoding = fields.first("content-transfer-encoding").map(TransferEncoding::from_header).unwrap_or_default();
        let shape = self.shape(&content_type, encoding);
        Node {
            parent: self.frames.last().map(|frame| frame.node),
            depth: u32::try_from(self.frames.len()).unwrap_or(u32::MAX),
            shape,
            disposition,
            fields,
            body: self.at..self.raw.len(),
            content_type,
            encoding,
        }
    }

    fn shape(&mut self, content_type: &Parameterised, encoding: TransferEncoding) -> Shape {
        let multipart = content_type.value.starts_with("multipart/");
        let bounded = content_type.get("boundary").is_some_and(|boundary| !boundary.trim_end().is_empty());
        let message = is_message(&content_type.value) && encoding == TransferEncoding::Identity;
        let shape = match (multipart && bounded, message) {
            (true, _) => Shape::Multipart,
            (_, true) => Shape::Message,
            _ => return Shape::Leaf,
        };
        if self.frames.len() >= DEPTH {
            self.defects.add(DefectKind::TooDeep, "parts are nested deeper than 50 levels; what is deeper is one part");
            return Shape::Leaf;
        }
        shape
    }

    /// Goes to the next line that is a boundary of an open multipart; `false` at the end.
    fn next_boundary(&mut self) -> bool {
        let Some(start) = self.next_dashes() else { return false };
        let rest = self.raw.get(start..).unwrap_or_default();
        let len = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
        let line = rest.get(..len).unwrap_or_default().trim_ascii_end();
        self.at = start + len;
        let Some((frame, closing)) = self.matching(line) else { return true };
        self.close_down_to(frame + 1, self.before_line_end(start));
        if !closing {
            self.open();
        }
        true
    }

    /// Where the next line that begins with `--` starts.
    fn next_dashes(&self) -> Option<usize> {
        let rest = self.raw.get(self.at..)?;
        let at_start = self.at == 0 || self.raw.get(self.at - 1) == Some(&b'\n');
        if at_start && rest.starts_with(b"--") {
            return Some(self.at);
        }
        memmem::find(rest, b"\n--").map(|found| self.at + found + 1)
    }

    /// The innermost open multipart that the line is a boundary of, and whether it closes it.
    fn matching(&self, line: &[u8]) -> Option<(usize, bool)> {
        let text = line.strip_prefix(b"--")?;
        self.frames.iter().enumerate().rev().find_map(|(index, frame)| {
            let rest = text.strip_prefix(frame.boundary.as_deref()?)?;
            match rest {
                b"" => Some((index, false)),
                b"--" => Some((index, true)),
                _ => None,
            }
        })
    }

    /// The line end before a boundary belongs to the boundary.
    fn before_line_end(&self, start: usize) -> usize {
        let before = self.raw.get(..start).unwrap_or_default();
        let text = before.strip_suffix(b"\n").unwrap_or(before);
        text.strip_suffix(b"\r").unwrap_or(text).len()
    }

    /// Ends the open leaf and every container from the given level on.
    fn close_down_to(&mut self, level: usize, end: usize) {
        let containers = self.frames.drain(level.min(self.frames.len())..).map(|frame| frame.node);
        for index in containers.chain(self.leaf.take()) {
            if let Some(node) = self.nodes.get_mut(index) {
                node.body.end = end.max(node.body.start);
            }
        }
    }
}

fn is_message(mime_type: &str) -> bool {
    matches!(mime_type, "message/rfc822" | "message/global" | "message/news")
}

/// A multipart without a part is shown as the text that it holds.
fn empty_multiparts_are_text(nodes: &mut [Node<'_>]) {
    for index in 0..nodes.len() {
        let empty = nodes.get(index + 1).is_none_or(|next| next.parent != Some(index));
        if let Some(node) = nodes.get_mut(index).filter(|node| node.is_multipart() && empty) {
            node.shape = Shape::Leaf;
            "text/plain".clone_into(&mut node.content_type.value);
        }
    }
    for node in
        nodes.iter_mut().filter(|node| node.shape == Shape::Leaf && node.content_type.value.starts_with("multipart/"))
    {
        "text/plain".clone_into(&mut node.content_type.value);
    }
}
