//! What the list shows of a body. Runs once for every message whose body arrives, so it decodes no more than it shows.

use postroom_types::Defect;

use crate::defects::Defects;
use crate::envelope::{self, Envelope};
use crate::header;
use crate::layout::{Layout, content_id, inline_files, text_of};
use crate::plain;
use crate::structure::{Node, Structure};

/// Bytes of plain text that a preview is made from.
const TEXT_SAMPLE: usize = 16 * 1024;
/// Bytes of HTML that a preview is made from: newsletters begin with a long style sheet.
const HTML_SAMPLE: usize = 256 * 1024;

/// A message in one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Its header.
    pub envelope: Envelope,
    /// The first words, one clean line of at most 200 characters; may be empty.
    pub preview: String,
    /// Whether it carries files, pictures inside the HTML and detached signatures not counted.
    pub has_attachments: bool,
    /// What is odd, the envelope's defects included.
    pub defects: Vec<Defect>,
}

/// Reads a whole message for the list.
pub fn summarise(raw: &[u8]) -> Summary {
    let raw = header::with_line_ends(raw);
    read(Structure::open(&raw))
}

/// The same of an outline: files are only begun in it, so none is opened.
pub(crate) fn summarise_outline(kept: &[u8]) -> Summary {
    read(Structure::scan(kept))
}

fn read(mut structure: Structure<'_>) -> Summary {
    let mut defects = std::mem::take(&mut structure.defects);
    let mut envelope = message_envelope(&structure);
    let layout = Layout::of(&structure);
    defects.extend(&envelope.defects);
    let has_attachments = has_attachments(&structure, &layout);
    envelope.maybe_attachments = has_attachments;
    let preview = preview(&structure, &layout, &mut defects);
    Summary { envelope, preview, has_attachments, defects: defects.into_vec() }
}

/// The envelope of the outermost message.
pub(crate) fn message_envelope(structure: &Structure<'_>) -> Envelope {
    let Some(root) = structure.nodes.first() else { return Envelope::default() };
    envelope::from_fields(&root.fields, &structure.hint, Defects::default())
}

fn preview(structure: &Structure<'_>, layout: &Layout, defects: &mut Defects) -> String {
    let mut html_only = None;
    for body in &layout.bodies {
        let Some(node) = structure.nodes.get(body.node) else { continue };
        if body.html {
            html_only = html_only.or(Some(node));
            continue;
        }
        let preview = plain::preview(&text_of(structure, node, TEXT_SAMPLE, defects));
        if !preview.is_empty() {
            return preview;
        }
    }
    html_only
        .map(|node| plain::preview(&plain::stripped(&text_of(structure, node, HTML_SAMPLE, defects))))
        .unwrap_or_default()
}

fn has_attachments(structure: &Structure<'_>, layout: &Layout) -> bool {
    let files: Vec<usize> =
        layout.files.iter().copied().filter(|&index| structure.nodes.get(index).is_some_and(is_file)).collect();
    // The HTML is decoded only if a file might be a picture in it.
    let maybe_inline = files.iter().any(|&index| {
        structure
            .nodes
            .get(index)
            .is_some_and(|node| content_id(node).is_some() || node.fields.first("content-location").is_some())
    });
    if !maybe_inline {
        return !files.is_empty();
    }
    let html: String = layout
        .bodies
        .iter()
        .filter(|body| body.html)
        .filter_map(|body| structure.nodes.get(body.node))
        .map(|node| text_of(structure, node, usize::MAX, &mut Defects::default()))
        .collect();
    inline_files(structure, &files, &html).len() < files.len()
}

/// Whether a part is a file to the reader, not the wrapping of a signature.
pub(crate) fn is_file(node: &Node<'_>) -> bool {
    !matches!(
        node.mime_type(),
        "application/pgp-signature" | "application/pkcs7-signature" | "application/x-pkcs7-signature"
    )
}
