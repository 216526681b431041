//! Containers that are no MIME: winmail.dat, Outlook's .msg, messages wrapped in base64, and files that stand in a text. What
//! is in them becomes parts of the tree, behind all parts that MIME knows, so that a part's number does not depend on them.
//!
//! What they hold together is bounded ([`OPENED_BYTES`]), and so are their number and depth ([`crate::limits`]).

use std::sync::Arc;

use postroom_types::DefectKind;

use crate::decode::{TransferEncoding, decode};
use crate::layout::{file_name, text_label};
use crate::limits::{DEPTH, OPENED_BYTES, OPENED_LEVELS, PARTS};
use crate::mapi::{Data, File, Item};
use crate::parameters::Parameterised;
use crate::structure::{Made, Node, Role, Shape, Structure};
use crate::words::{self, Hint};
use crate::{blocks, eml, outlook, rtf, tnef};

/// Opens what can be opened.
pub(crate) fn open(structure: &mut Structure<'_>) {
    let mut opener = Opener { budget: OPENED_BYTES };
    let mut index = 0;
    // What was in a container may be one too.
    while index < structure.nodes.len() {
        opener.look(structure, index);
        index += 1;
    }
}

struct Opener {
    /// Bytes that may still be taken out.
    budget: usize,
}

/// What a part may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Tnef,
    Outlook,
    Message,
    Text,
}

impl Opener {
    fn look(&mut self, structure: &mut Structure<'_>, index: usize) {
        let Some(node) = structure.nodes.get(index) else { return };
        let Some(kind) = kind(node, structure.body(node)) else { return };
        let levels = levels(structure, index);
        if node.body.len() > self.budget || levels >= OPENED_LEVELS || node.depth as usize + 2 > DEPTH {
            structure.add(index, DefectKind::TooDeep, "too much is packed into each other; it is left packed");
            return;
        }
        let bytes = decode(structure.body(node), node.encoding).0.into_owned();
        self.budget = self.budget.saturating_sub(bytes.len());
        match kind {
            Kind::Tnef if tnef::is_tnef(&bytes) => match tnef::read(&bytes) {
                Some((item, sound)) => self.tnef(structure, index, item, sound),
                None => broken(structure, index, "winmail.dat cannot be opened"),
            },
            Kind::Tnef => broken(structure, index, "winmail.dat cannot be opened"),
            Kind::Outlook if outlook::is_compound(&bytes) => match outlook::read(&bytes) {
                Some((item, sound)) => {
                    drop(bytes);
                    self.item(structure, index, &item);
                    if !sound {
                        broken(
                            structure,
                            index,
                            "an Outlook message is damaged or too large; what could be read is shown",
                        );
                    }
                }
                None => broken(structure, index, "an Outlook message cannot be opened"),
            },
            Kind::Outlook => broken(structure, index, "an Outlook message cannot be opened"),
            Kind::Message => message(structure, index, bytes),
            Kind::Text => self.text(structure, index, &bytes),
        }
    }

    /// The files of a winmail.dat, and its texts, which are shown where the message has none.
    fn tnef(&mut self, structure: &mut Structure<'_>, index: usize, item: Item, sound: bool) {
        let Item { text, html, rtf, files, .. } = item;
        let before = structure.nodes.len();
        let html_there = html.is_some();
        if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
            self.push(structure, index, Part::text("text/plain", text.into_bytes()));
        }
        if let Some(html) = html.filter(|html| !html.trim().is_empty()) {
            self.push(structure, index, Part::text("text/html", html.into_bytes()));
        }
        // Rich text is what is left of a message whose other texts were taken out.
        let texts = structure.nodes.len() > before;
        if let Some(rich) = rtf.filter(|_| !html_there && !texts) {
            self.push(structure, index, Part { role: Role::Text, ..Part::file("text/rtf", String::new(), rich) });
        }
        for file in files {
            self.file(structure, index, file);
        }
        // A damaged one stays among the files: another program may read more of it.
        if let Some(node) = structure.nodes.get_mut(index) {
            node.opened = sound;
        }
        if !sound {
            broken(structure, index, "winmail.dat is damaged; what could be read is shown");
        }
    }

    fn file(&mut self, structure: &mut Structure<'_>, index: usize, file: File) {
        match file.data {
            Data::Item(item) => self.item(structure, index, &item),
            Data::Bytes(bytes) if bytes.is_empty() && file.name.is_empty() => {}
            Data::Bytes(bytes) => {
                let mime_type = if file.mime_type.is_empty() { type_of(&file.name) } else { &file.mime_type };
                let part = Part { content_id: file.content_id, ..Part::file(mime_type, file.name, bytes) };
                self.push(structure, index, part);
            }
        }
    }

    /// A message in Outlook's form, as a message in MIME's.
    fn item(&mut self, structure: &mut Structure<'_>, index: usize, item: &Item) {
        let bytes = eml::written(item);
        self.budget = self.budget.saturating_sub(bytes.len());
        let subject = words::text(item.subject.as_bytes(), &Hint::default(), &mut crate::defects::Defects::default());
        let subject = if subject.is_empty() { "message" } else { &subject };
        let part = Part { shape: Shape::Message, ..Part::file("message/rfc822", format!("{subject}.eml"), bytes) };
        if let Some((at, bytes)) = self.push(structure, index, part) {
            graft(structure, at, &bytes);
        }
    }

    fn text(&mut self, structure: &mut Structure<'_>, index: usize, bytes: &[u8]) {
        let blocks = blocks::find(bytes);
        let hint = Hint { label: structure.nodes.get(index).and_then(text_label), sample: Vec::new() };
        for block in blocks {
            let name = words::text(&block.name, &hint, &mut crate::defects::Defects::default());
            self.push(structure, index, Part::file("application/octet-stream", name, block.bytes));
            if let Some(node) = structure.nodes.get_mut(index) {
                node.opened = true;
            }
        }
    }

    /// Adds a part below another; gives its index and its bytes.
    fn push(&mut self, structure: &mut Structure<'_>, parent: usize, part: Part) -> Option<(usize, Arc<[u8]>)> {
        let depth = structure.nodes.get(parent)?.depth + 1;
        let index = structure.nodes.len();
        if index >= PARTS {
            structure.defects.add(DefectKind::TooManyParts, "more than 1,000 parts; the rest is left out");
            return None;
        }
        let bytes: Arc<[u8]> = part.bytes.into();
        self.budget = self.budget.saturating_sub(bytes.len());
        structure.nodes.push(Node {
            parent: Some(parent),
            depth,
            shape: part.shape,
            body: 0..bytes.len(),
            content_type: Parameterised::made(&part.mime_type, part.charset.then_some(("charset", "utf-8"))),
            disposition: Parameterised::made(if part.role == Role::File { "attachment" } else { "" }, None),
            name: Some(part.name).filter(|name| !name.is_empty()),
            made: Some(Made { bytes: Arc::clone(&bytes), content_id: part.content_id, role: part.role }),
            ..Node::default()
        });
        Some((index, bytes))
    }
}

/// A part to be added.
struct Part {
    mime_type: String,
    name: String,
    content_id: Option<String>,
    charset: bool,
    role: Role,
    shape: Shape,
    bytes: Vec<u8>,
}

impl Part {
    fn file(mime_type: &str, name: String, bytes: Vec<u8>) -> Self {
        let mime_type = mime_type.to_owned();
        Self { mime_type, name, content_id: None, charset: false, role: Role::File, shape: Shape::Leaf, bytes }
    }

    fn text(mime_type: &str, bytes: Vec<u8>) -> Self {
        Self { charset: true, role: Role::Text, ..Self::file(mime_type, String::new(), bytes) }
    }
}

/// A message wrapped in base64, which MIME forbids (RFC 2046 §5.2.1) and programs write.
fn message(structure: &mut Structure<'_>, index: usize, bytes: Vec<u8>) {
    graft(structure, index, &bytes.into());
}

/// Adds the parts of a message that stands in a part.
fn graft(structure: &mut Structure<'_>, index: usize, bytes: &Arc<[u8]>) {
    let inner = Structure::scan(bytes);
    let Some(depth) = structure.nodes.get(index).map(|node| node.depth + 1) else { return };
    let first = structure.nodes.len();
    for (at, node) in inner.nodes.iter().enumerate() {
        if structure.nodes.len() >= PARTS {
            structure.defects.add(DefectKind::TooManyParts, "more than 1,000 parts; the rest is left out");
            return;
        }
        let depth = depth.saturating_add(node.depth);
        if depth as usize > DEPTH {
            structure.add(
                index,
                DefectKind::TooDeep,
                "parts are nested deeper than 50 levels; the inner ones are left out",
            );
            return;
        }
        let content_id = crate::layout::content_id(node);
        // Its subject is its name, as for any forwarded message; what is told of the parts below it comes from itself.
        structure.nodes.push(Node {
            parent: Some(if at == 0 { index } else { node.parent.unwrap_or_default() + first }),
            depth,
            shape: node.shape,
            body: node.body.clone(),
            content_type: node.content_type.clone(),
            disposition: node.disposition.clone(),
            encoding: node.encoding,
            name: node.name.clone(),
            made: Some(Made { bytes: Arc::clone(bytes), content_id, role: Role::Inner }),
            ..Node::default()
        });
    }
}

fn broken(structure: &mut Structure<'_>, index: usize, detail: &str) {
    structure.add(index, DefectKind::ContainerBroken, detail);
}

/// The type of a file that tells none: a picture that the page shows must be one.
fn type_of(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).as_deref() {
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("bmp") => "image/bmp",
        Some("webp") => "image/webp",
        _ => "application/octet-stream",
    }
}

/// In how many opened containers a part is.
fn levels(structure: &Structure<'_>, index: usize) -> usize {
    let (mut levels, mut at) = (0, Some(index));
    while let Some(node) = at.and_then(|at| structure.nodes.get(at)) {
        levels += usize::from(node.made.as_ref().is_some_and(|made| made.role != Role::Inner));
        // A parent stands before its children.
        at = node.parent.filter(|parent| at.is_some_and(|at| *parent < at));
    }
    levels
}

fn kind(node: &Node<'_>, body: &[u8]) -> Option<Kind> {
    if node.shape != Shape::Leaf || body.is_empty() {
        return None;
    }
    let named = |ending: &str| {
        file_name(node).is_some_and(|name| name.len() >= ending.len() && name.to_ascii_lowercase().ends_with(ending))
    };
    let vague = matches!(node.mime_type(), "application/octet-stream" | "application/x-msg" | "application/msoutlook");
    match node.mime_type() {
        "application/ms-tnef" | "application/vnd.ms-tnef" => Some(Kind::Tnef),
        "application/vnd.ms-outlook" => Some(Kind::Outlook),
        "message/rfc822" | "message/global" | "message/news" => Some(Kind::Message),
        "text/plain" => {
            let plain = node.encoding != TransferEncoding::Base64 && node.made.is_none();
            (plain && blocks::may_hold(body)).then_some(Kind::Text)
        }
        _ if vague && named("winmail.dat") => Some(Kind::Tnef),
        _ if vague && named(".msg") => Some(Kind::Outlook),
        _ => None,
    }
}

/// Whether a part is shown as readable text though it is rich.
pub(crate) fn is_rich(mime_type: &str) -> bool {
    matches!(mime_type, "text/rtf" | "application/rtf" | "text/richtext" | "text/enriched")
}

/// The readable text of a rich part's bytes; `None` where they are no such thing.
pub(crate) fn rich_text(bytes: &[u8]) -> Option<String> {
    rtf::is_rtf(bytes).then(|| rtf::read(bytes).into_text())
}
