//! Which parts are read as the message's text and which are files, told from the headers alone.

use std::collections::BTreeSet;

use crate::content::html_label;
use crate::decode::decode;
use crate::defects::Defects;
use crate::limits::TEXT_BYTES;
use crate::structure::{Node, Role, Shape, Structure};
use crate::{blocks, charset, containers, enriched, words};
use postroom_types::DefectKind;

/// A part that is shown as text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Body {
    pub(crate) node: usize,
    pub(crate) html: bool,
    /// The innermost multipart/alternative that it is a choice of.
    pub(crate) choice: Option<usize>,
}

/// How a message is shown.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    pub(crate) bodies: Vec<Body>,
    /// Everything else that holds bytes, and whole messages.
    pub(crate) files: Vec<usize>,
}

impl Layout {
    pub(crate) fn of(structure: &Structure<'_>) -> Self {
        let nodes = &structure.nodes;
        let mut layout = Self::default();
        let mut choices: Vec<Option<usize>> = Vec::with_capacity(nodes.len());
        let mut within: Vec<bool> = Vec::with_capacity(nodes.len());
        let mut spare = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            let parent = node.parent.and_then(|parent| nodes.get(parent).map(|node| (parent, node)));
            let inherited = node.parent.and_then(|parent| choices.get(parent).copied()).flatten();
            let alternative = parent.filter(|(_, parent)| parent.mime_type() == "multipart/alternative");
            choices.push(alternative.map(|(parent, _)| parent).or(inherited));
            // What is inside a forwarded message is that message's own; a message that is nothing but one is opened.
            let forwarded = parent.is_some_and(|(at, parent)| parent.shape == Shape::Message && at != 0);
            let role = node.made.as_ref().map(|made| made.role);
            let inside = forwarded
                || role == Some(Role::Inner)
                || node.parent.is_some_and(|parent| within.get(parent).copied().unwrap_or_default());
            within.push(inside);
            match (role, node.shape) {
                _ if inside => {}
                (Some(Role::Text), _) => spare.push(index),
                (Some(_), _) => layout.files.push(index),
                (None, Shape::Multipart) => {}
                (None, Shape::Message) if index == 0 => {}
                (None, Shape::Message) => layout.files.push(index),
                (None, Shape::Leaf) => match layout.body_kind(node) {
                    Some(html) => {
                        layout.bodies.push(Body { node: index, html, choice: choices.last().copied().flatten() });
                    }
                    None if node.opened => {}
                    None => layout.files.push(index),
                },
            }
        }
        layout.prefer_plain(nodes);
        layout.use_spare(structure, &spare);
        layout
    }

    /// Of an alternative's texts only the plainest are read: what is rich says the same again.
    fn prefer_plain(&mut self, nodes: &[Node<'_>]) {
        let rich = |body: &Body| nodes.get(body.node).is_some_and(|node| containers::is_rich(node.mime_type()));
        let plain: BTreeSet<usize> =
            self.bodies.iter().filter(|body| !body.html && !rich(body)).filter_map(|body| body.choice).collect();
        self.bodies.retain(|body| !rich(body) || body.choice.is_none_or(|choice| !plain.contains(&choice)));
    }

    /// The texts of a winmail.dat stand in for those that the message lacks.
    fn use_spare(&mut self, structure: &Structure<'_>, spare: &[usize]) {
        let nodes = &structure.nodes;
        let blank = |body: &Body| nodes.get(body.node).is_none_or(|node| structure.body(node).trim_ascii().is_empty());
        if spare.is_empty() || !self.bodies.iter().all(blank) {
            return;
        }
        self.bodies.clear();
        for &index in spare {
            let Some(node) = nodes.get(index) else { continue };
            self.bodies.push(Body { node: index, html: node.mime_type() == "text/html", choice: node.parent });
        }
    }

    /// Whether a leaf is text to show, and then whether it is HTML.
    fn body_kind(&self, node: &Node<'_>) -> Option<bool> {
        let html = match node.mime_type() {
            "text/html" | "application/xhtml+xml" => true,
            "text/plain" | "text/enriched" | "text/richtext" | "text" | "text/rtf" | "application/rtf" => false,
            _ => return None,
        };
        let disposition = node.disposition.value.as_str();
        let named = file_name(node).is_some();
        let document = node.mime_type().ends_with("/rtf");
        let file = match disposition {
            "" | "inline" => named && (document || !self.bodies.is_empty()),
            _ => true,
        };
        (!file).then_some(html)
    }

    /// Whether the alternative that a body belongs to offers the other kind too.
    pub(crate) fn has_twin(&self, body: &Body) -> bool {
        body.choice.is_some() && self.bodies.iter().any(|other| other.choice == body.choice && other.html != body.html)
    }
}

/// The name that a part carries, as written.
pub(crate) fn file_name<'a>(node: &'a Node<'_>) -> Option<&'a str> {
    node.name.as_deref()
}

/// The decoded text of a part: at most `max` bytes of it as it stands in the message.
pub(crate) fn text_of(structure: &Structure<'_>, node: &Node<'_>, max: usize, defects: &mut Defects) -> String {
    let raw = structure.body(node);
    let max = max.min(TEXT_BYTES);
    let cut = raw.get(..max).unwrap_or(raw);
    let whole = cut.len() == raw.len();
    let (bytes, broken) = decode(cut, node.encoding);
    if broken && whole {
        defects.add(DefectKind::BrokenEncoding, "a transfer encoding is broken or unknown");
    }
    if let Some(text) = is_rich(node).then(|| containers::rich_text(&bytes)).flatten() {
        return text.replace('\0', "\u{fffd}");
    }
    let bytes = if node.opened { blocks::without(&bytes, &blocks::find(&bytes)).into() } else { bytes };
    let label = text_label(node);
    let label = label.or_else(|| if node.mime_type() == "text/html" { html_label(&bytes) } else { None });
    let decoded = charset::decode(&bytes, label.as_deref());
    if decoded.broken && whole {
        defects.add(DefectKind::BrokenCharset, "a text's character set is unknown or wrong");
    }
    // NUL ends a string somewhere in every toolkit.
    let text = if decoded.text.contains('\0') { decoded.text.replace('\0', "\u{fffd}") } else { decoded.text };
    match node.mime_type() {
        "text/enriched" => enriched::to_text(&text, false),
        "text/richtext" => enriched::to_text(&text, true),
        _ => text,
    }
}

fn is_rich(node: &Node<'_>) -> bool {
    containers::is_rich(node.mime_type())
}

/// The charset that a text says it is in.
pub(crate) fn text_label(node: &Node<'_>) -> Option<String> {
    node.content_type.get("charset").map(str::to_owned)
}

/// The id by which HTML may name a part (RFC 2392), without angle brackets.
pub(crate) fn content_id(node: &Node<'_>) -> Option<String> {
    if let Some(made) = &node.made {
        return made.content_id.clone().filter(|id| !id.is_empty());
    }
    let value = node.fields.first("content-id")?;
    let text = words::text(value, &words::Hint::default(), &mut Defects::default());
    let id = text.trim_matches(['<', '>', ' ']);
    (!id.is_empty()).then(|| id.to_owned())
}

/// The other name of a part in HTML (RFC 2557).
pub(crate) fn content_location(node: &Node<'_>) -> Option<String> {
    let value = node.fields.first("content-location")?;
    let text = words::text(value, &words::Hint::default(), &mut Defects::default());
    (!text.is_empty()).then_some(text)
}

/// Which files the HTML shows itself.
pub(crate) fn inline_files(structure: &Structure<'_>, files: &[usize], html: &str) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    if html.is_empty() {
        return found;
    }
    let named = crate::content::cid_references(html);
    for &index in files {
        let Some(node) = structure.nodes.get(index) else { continue };
        let by_id = content_id(node).is_some_and(|id| named.contains(id.to_lowercase().as_str()));
        let related = node
            .parent
            .and_then(|parent| structure.nodes.get(parent))
            .is_some_and(|parent| parent.mime_type() == "multipart/related");
        let by_place = related && content_location(node).is_some_and(|place| html.contains(place.as_str()));
        if by_id || by_place {
            found.insert(index);
        }
    }
    found
}
