//! The tree of parts (RFC 2046 §5), found in one pass: linear in the bytes, no recursion, bounded depth and number.
//!
//! Forgiving as mail needs it: missing closing boundaries, missing blank lines, boundaries that come back after they were
//! closed, and multiparts without a boundary all give parts. Nothing is decoded here.

use std::ops::Range;
use std::sync::Arc;

use memchr::memmem;
use postroom_types::DefectKind;

use crate::decode::TransferEncoding;
use crate::defects::Defects;
use crate::file_name::danger;
use crate::header::{self, Fields};
use crate::limits::{DEPTH, PARTS};
use crate::parameters::Parameterised;
use crate::words::Hint;

/// Fields of one name in the header of a part that are looked at.
const SAME: usize = 4;

/// What a part is to the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Shape {
    /// Holds bytes.
    #[default]
    Leaf,
    /// Holds parts between boundaries.
    Multipart,
    /// Holds one whole message, the next node.
    Message,
}

/// One part; its index in the list is its [`postroom_types::PartNumber`].
#[derive(Debug, Default)]
pub(crate) struct Node<'a> {
    pub(crate) parent: Option<usize>,
    pub(crate) depth: u32,
    pub(crate) shape: Shape,
    pub(crate) fields: Fields<'a>,
    pub(crate) body: Range<usize>,
    pub(crate) content_type: Parameterised,
    pub(crate) disposition: Parameterised,
    pub(crate) encoding: TransferEncoding,
    /// The name that it carries, as written; of several the most dangerous.
    pub(crate) name: Option<String>,
    /// Its bytes, where they are no part of the message but came out of a container in it.
    pub(crate) made: Option<Made>,
    /// What was in it stands in the tree: a winmail.dat, a text with files in it.
    pub(crate) opened: bool,
    /// What is odd about this part.
    pub(crate) defects: Defects,
}

/// A part that came out of a container ([`crate::containers`]).
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) content_id: Option<String>,
    pub(crate) role: Role,
}

/// What such a part is to the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A file of the message.
    File,
    /// A text that is shown if the message has no other.
    Text,
    /// A part of a message that is a file.
    Inner,
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
        let Scan { mut nodes, hint, mut defects, .. } = scan;
        empty_multiparts_are_text(&mut nodes, &mut defects);
        Self { raw, nodes, hint, defects }
    }

    /// As [`Structure::scan`], with the containers opened that are no MIME.
    pub(crate) fn open(raw: &'a [u8]) -> Self {
        let mut structure = Self::scan(raw);
        crate::containers::open(&mut structure);
        structure
    }

    /// The bytes of a part as they stand.
    pub(crate) fn body<'s>(&'s self, node: &'s Node<'_>) -> &'s [u8] {
        let bytes = node.made.as_ref().map_or(self.raw, |made| &*made.bytes);
        bytes.get(node.body.clone()).unwrap_or_default()
    }

    /// Notes what is odd about a part.
    pub(crate) fn add(&mut self, index: usize, kind: DefectKind, detail: &str) {
        self.defects.add(kind, detail);
        if let Some(node) = self.nodes.get_mut(index) {
            node.defects.add(kind, detail);
        }
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
        let read = |name: &str| -> Vec<Parameterised> {
            fields.all(name).take(SAME).map(|value| Parameterised::read(value, &self.hint)).collect()
        };
        let mut types = read("content-type");
        // Raw names are in the charset of the texts beside them.
        let label = types.first().and_then(|value| value.get("charset"));
        let telling =
            label.filter(|label| !matches!(label.to_ascii_lowercase().as_str(), "utf-8" | "us-ascii" | "utf8"));
        let label = telling.filter(|_| self.hint.label.is_none()).map(str::to_owned);
        let dispositions = read("content-disposition");
        let mut odd = Defects::default();
        let name = name_of(&dispositions, &types, &mut odd);
        if types.iter().any(|other| types.first().is_some_and(|first| first.value != other.value)) {
            odd.add(DefectKind::NameUnclear, "a part has several types; the first is taken");
        }
        let mut content_type = if types.is_empty() { Parameterised::default() } else { types.swap_remove(0) };
        if !content_type.value.contains('/') {
            let digest = self.frames.last().is_some_and(|frame| frame.digest);
            if digest { "message/rfc822" } else { "text/plain" }.clone_into(&mut content_type.value);
        }
        let disposition = dispositions.into_iter().next().unwrap_or_default();
        let encoding = fields.first("content-transfer-encoding").map(TransferEncoding::from_header).unwrap_or_default();
        let shape = self.shape(&content_type, encoding, &mut odd);
        self.defects.extend(odd.list());
        self.hint.label = self.hint.label.take().or(label);
        Node {
            parent: self.frames.last().map(|frame| frame.node),
            depth: u32::try_from(self.frames.len()).unwrap_or(u32::MAX),
            shape,
            disposition,
            fields,
            body: self.at..self.raw.len(),
            content_type,
            encoding,
            name,
            defects: odd,
            ..Node::default()
        }
    }

    fn shape(&self, content_type: &Parameterised, encoding: TransferEncoding, odd: &mut Defects) -> Shape {
        let multipart = content_type.value.starts_with("multipart/");
        let bounded = content_type.get("boundary").is_some_and(|boundary| !boundary.trim_end().is_empty());
        let message = is_message(&content_type.value) && encoding == TransferEncoding::Identity;
        let shape = match (multipart && bounded, message) {
            (true, _) => Shape::Multipart,
            (_, true) => Shape::Message,
            _ => {
                if multipart {
                    odd.add(DefectKind::BrokenStructure, "a multipart has no boundary; it is shown as text");
                }
                return Shape::Leaf;
            }
        };
        if self.frames.len() >= DEPTH {
            odd.add(DefectKind::TooDeep, "parts are nested deeper than 50 levels; what is deeper is one part");
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
        // Behind the last line nothing begins: the end of the message is missing, no part of it.
        if !closing && self.at < self.raw.len() {
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

    /// The innermost open multipart that the line is a boundary of, and whether it closes it. Behind the boundary there may be
    /// white space and, as RFC 2046 §5.1.2 tells readers, words; boundaries that stand alone come first.
    fn matching(&self, line: &[u8]) -> Option<(usize, bool)> {
        let text = line.strip_prefix(b"--")?;
        let rest = |frame: &'_ Frame| text.strip_prefix(frame.boundary.as_deref()?);
        let exact = self.frames.iter().enumerate().rev().find_map(|(index, frame)| match rest(frame)? {
            b"" => Some((index, false)),
            b"--" => Some((index, true)),
            _ => None,
        });
        exact.or_else(|| {
            self.frames.iter().enumerate().rev().find_map(|(index, frame)| match rest(frame)? {
                [b'-', b'-', b' ' | b'\t', ..] => Some((index, true)),
                rest @ [b' ' | b'\t', ..] => Some((index, rest.trim_ascii_start() == b"--")),
                _ => None,
            })
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

/// The name of a part: of its disposition, else of its type. Where it has several, the most dangerous, for that is the one
/// that another program may take.
fn name_of(dispositions: &[Parameterised], types: &[Parameterised], odd: &mut Defects) -> Option<String> {
    let first = dispositions.iter().filter_map(|value| value.get("filename"));
    let first = first.chain(types.iter().filter_map(|value| value.get("name")));
    let others = dispositions.iter().chain(types).flat_map(Parameterised::other_names);
    let mut names = first.chain(others).filter(|name| !name.is_empty());
    let first = names.next()?;
    let taken = names.fold(first, |taken, name| if danger(name) > danger(taken) { name } else { taken });
    if taken != first {
        odd.add(DefectKind::NameUnclear, "a file has several names; the most dangerous is taken");
    }
    Some(taken.to_owned())
}

/// A multipart without a part is shown as the text that it holds.
fn empty_multiparts_are_text(nodes: &mut [Node<'_>], defects: &mut Defects) {
    for index in 0..nodes.len() {
        let empty = nodes.get(index + 1).is_none_or(|next| next.parent != Some(index));
        if let Some(node) = nodes.get_mut(index).filter(|node| node.is_multipart() && empty) {
            node.shape = Shape::Leaf;
            "text/plain".clone_into(&mut node.content_type.value);
            // The last one that is read has none because no more are read.
            if index + 1 < PARTS {
                node.defects.add(DefectKind::BrokenStructure, "a multipart has no parts; it is shown as text");
                defects.extend(node.defects.list());
            }
        }
    }
    for node in
        nodes.iter_mut().filter(|node| node.shape == Shape::Leaf && node.content_type.value.starts_with("multipart/"))
    {
        "text/plain".clone_into(&mut node.content_type.value);
    }
}
