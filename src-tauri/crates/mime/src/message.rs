//! A message opened for reading.

use postroom_types::{Attachment, Defect, DefectKind, PartNumber};

use crate::containers;
use crate::decode::{decode, measure};
use crate::defects::Defects;
use crate::envelope::Envelope;
use crate::file_name::safe_file_name;
use crate::header;
use crate::layout::{Layout, content_id, content_location, file_name, inline_files, text_of};
use crate::plain;
use crate::structure::{Node, Shape, Structure};
use crate::summary::message_envelope;
use crate::words;

/// Everything that can be read of a message; the files' contents come by [`part_bytes`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its header.
    pub envelope: Envelope,
    /// The plain text: all displayed text parts, one after the other. `None` where there is only HTML, or nothing.
    pub text: Option<String>,
    /// The text is `format=flowed` (RFC 3676).
    pub text_is_flowed: bool,
    /// The HTML, decoded to UTF-8, not made safe. Text parts that stand beside it are in it, escaped.
    pub html: Option<String>,
    /// Files, pictures inside the HTML included (`inline`).
    pub attachments: Vec<Attachment>,
    /// Parts that HTML may name.
    pub inline: Vec<InlinePart>,
    /// The whole tree; the index is the part's number. Depth first, and behind that what was in containers that are no MIME
    /// (winmail.dat, .msg, uuencode), each behind what it is in.
    pub parts: Vec<PartInfo>,
    /// What is odd, the envelope's defects included.
    pub defects: Vec<Defect>,
}

/// A part that HTML may name by `cid:` (RFC 2392) or by its Content-Location (RFC 2557).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlinePart {
    /// Which part.
    pub part: PartNumber,
    /// Content-ID without angle brackets; empty where it has only a location.
    pub content_id: String,
    /// Content-Location; mostly empty.
    pub content_location: String,
    /// The MIME type in lower case.
    pub mime_type: String,
}

/// A part as `postroomctl show --parts` lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartInfo {
    /// Which part.
    pub part: PartNumber,
    /// The part that it is in; `None` for the message itself.
    pub parent: Option<PartNumber>,
    /// How many parts it is inside of.
    pub depth: u32,
    /// The MIME type in lower case.
    pub mime_type: String,
    /// The charset as labelled; mostly empty.
    pub charset: String,
    /// A safe file name; empty where the part has none.
    pub name: String,
    /// The file name as written, decoded and otherwise untouched: for what it tells of its writer, never to be used.
    pub written_name: String,
    /// Bytes after decoding.
    pub size: u64,
    /// Content-Disposition in lower case; mostly empty.
    pub disposition: String,
    /// Content-ID without angle brackets; mostly empty.
    pub content_id: String,
    /// It came out of a container that is no MIME: a winmail.dat, an Outlook message, a uuencoded text.
    pub packed: bool,
    /// What is odd about this part.
    pub defects: Vec<Defect>,
}

/// Reads a whole message.
pub fn parse(raw: &[u8]) -> Message {
    let raw = header::with_line_ends(raw);
    let mut structure = Structure::open(&raw);
    let sizes = measured(&mut structure);
    build(structure, &sizes)
}

/// The message of a structure whose parts have these sizes.
pub(crate) fn build(mut structure: Structure<'_>, sizes: &[u64]) -> Message {
    let mut defects = std::mem::take(&mut structure.defects);
    let mut envelope = message_envelope(&structure);
    defects.extend(&envelope.defects);
    let layout = Layout::of(&structure);
    let (texts, odd) = Texts::of(&structure, &layout);
    for (index, odd) in odd {
        defects.extend(odd.list());
        if let Some(node) = structure.nodes.get_mut(index) {
            node.defects.extend(odd.list());
        }
    }
    let shown = inline_files(&structure, &layout.files, texts.html.as_deref().unwrap_or_default());
    let attachments: Vec<Attachment> = layout
        .files
        .iter()
        .filter_map(|&index| {
            let node = structure.nodes.get(index)?;
            Some(Attachment {
                part: number(index),
                name: attachment_name(&structure, index, node),
                mime_type: node.mime_type().to_owned(),
                size: sizes.get(index).copied().unwrap_or_default(),
                inline: shown.contains(&index),
            })
        })
        .collect();
    envelope.maybe_attachments = attachments.iter().any(|attachment| !attachment.inline);
    Message {
        envelope,
        text: texts.plain,
        text_is_flowed: texts.flowed,
        html: texts.html,
        attachments,
        inline: inline_parts(&structure, &layout),
        parts: part_list(&structure, sizes),
        defects: defects.into_vec(),
    }
}

/// The decoded bytes of a part, by its number in [`Message::parts`]; for a whole message inside this one, that message's own
/// bytes; for a multipart, its bytes as they stand. `None` where there is no such part.
pub fn part_bytes(raw: &[u8], part: PartNumber) -> Option<Vec<u8>> {
    let raw = header::with_line_ends(raw);
    let mut structure = Structure::scan(&raw);
    let index = usize::try_from(part.0).ok()?;
    if index >= structure.nodes.len() {
        containers::open(&mut structure);
    }
    let node = structure.nodes.get(index)?;
    let body = structure.body(node);
    Some(match node.shape {
        Shape::Leaf => decode(body, node.encoding).0.into_owned(),
        Shape::Multipart | Shape::Message => body.to_vec(),
    })
}

fn number(index: usize) -> PartNumber {
    PartNumber(u32::try_from(index).unwrap_or(u32::MAX))
}

struct Texts {
    plain: Option<String>,
    flowed: bool,
    html: Option<String>,
}

impl Texts {
    /// The texts, and what is odd about each part that they came from.
    fn of(structure: &Structure<'_>, layout: &Layout) -> (Self, Vec<(usize, Defects)>) {
        let any_html = layout.bodies.iter().any(|body| body.html);
        let any_plain = layout.bodies.iter().any(|body| !body.html);
        let (mut plain, mut html, mut odd) = (Vec::new(), String::new(), Vec::new());
        let mut flowed = any_plain;
        for body in &layout.bodies {
            let Some(node) = structure.nodes.get(body.node) else { continue };
            let mut defects = Defects::default();
            let text = text_of(structure, node, usize::MAX, &mut defects);
            odd.push((body.node, defects));
            let twin = layout.has_twin(body);
            if body.html {
                html.push_str(&text);
                if any_plain && !twin {
                    plain.push(plain::stripped(&text));
                }
                continue;
            }
            let is_flowed = node.content_type.get("format").is_some_and(|format| format.eq_ignore_ascii_case("flowed"));
            let joined =
                is_flowed && node.content_type.get("delsp").is_some_and(|delsp| delsp.eq_ignore_ascii_case("yes"));
            flowed &= is_flowed && !joined;
            let text = if joined { plain::unflowed(&text, true) } else { text };
            if any_html && !twin {
                push_escaped(&mut html, &text);
            }
            plain.push(text);
        }
        (Self { plain: any_plain.then(|| plain.join("\n")), flowed, html: any_html.then_some(html) }, odd)
    }
}

/// Text beside HTML, such as the footer that a mailing list adds.
fn push_escaped(html: &mut String, text: &str) {
    if text.trim().is_empty() {
        return;
    }
    html.push_str("<div style=\"white-space:pre-wrap\">");
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            c => html.push(c),
        }
    }
    html.push_str("</div>");
}

/// The size of each part; what is wrapped wrongly is noted.
fn measured(structure: &mut Structure<'_>) -> Vec<u64> {
    let measures: Vec<(u64, bool)> = structure
        .nodes
        .iter()
        .map(|node| match node.shape {
            Shape::Leaf => measure(structure.body(node), node.encoding),
            Shape::Multipart | Shape::Message => (structure.body(node).len() as u64, false),
        })
        .collect();
    for (index, _) in measures.iter().enumerate().filter(|(_, (_, broken))| *broken) {
        structure.add(index, DefectKind::BrokenEncoding, "a transfer encoding is broken or unknown");
    }
    measures.into_iter().map(|(size, _)| size).collect()
}

fn inline_parts(structure: &Structure<'_>, layout: &Layout) -> Vec<InlinePart> {
    let files = layout.files.iter().filter_map(|&index| Some((index, structure.nodes.get(index)?)));
    files
        .filter_map(|(index, node)| {
            let (id, location) = (content_id(node), content_location(node));
            (id.is_some() || location.is_some()).then(|| InlinePart {
                part: number(index),
                content_id: id.unwrap_or_default(),
                content_location: location.unwrap_or_default(),
                mime_type: node.mime_type().to_owned(),
            })
        })
        .collect()
}

fn part_list(structure: &Structure<'_>, sizes: &[u64]) -> Vec<PartInfo> {
    let nodes = structure.nodes.iter().enumerate();
    nodes
        .map(|(index, node)| PartInfo {
            part: number(index),
            parent: node.parent.map(number),
            depth: node.depth,
            mime_type: node.mime_type().to_owned(),
            charset: node.content_type.get("charset").unwrap_or_default().to_owned(),
            name: file_name(node).map(safe_file_name).unwrap_or_default(),
            written_name: file_name(node).unwrap_or_default().to_owned(),
            size: sizes.get(index).copied().unwrap_or_default(),
            disposition: node.disposition.value.clone(),
            content_id: content_id(node).unwrap_or_default(),
            packed: node.made.is_some(),
            defects: node.defects.list().to_vec(),
        })
        .collect()
}

/// The name that a file is shown and saved by. A forwarded message is called by its subject.
fn attachment_name(structure: &Structure<'_>, index: usize, node: &Node<'_>) -> String {
    if let Some(name) = file_name(node) {
        return safe_file_name(name);
    }
    if node.shape == Shape::Message || node.mime_type() == "message/rfc822" {
        let inner = structure.nodes.get(index + 1).filter(|inner| inner.parent == Some(index));
        let subject = inner.and_then(|inner| inner.fields.first("subject"));
        let subject =
            subject.map(|subject| words::text(subject, &structure.hint, &mut Defects::default())).unwrap_or_default();
        let subject = if subject.is_empty() { "message" } else { &subject };
        return safe_file_name(&format!("{subject}.eml"));
    }
    let extension = extension(node.mime_type());
    safe_file_name(&format!("attachment-{index}.{extension}"))
}

/// The usual extension of a type, for parts without a name.
fn extension(mime_type: &str) -> &'static str {
    match mime_type {
        "application/pdf" => "pdf",
        "application/zip" => "zip",
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => "p7m",
        "application/pkcs7-signature" | "application/x-pkcs7-signature" => "p7s",
        "application/pgp-signature" | "application/pgp-encrypted" => "asc",
        "application/ms-tnef" => "dat",
        "application/json" => "json",
        "image/jpeg" | "image/jpg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "image/svg+xml" => "svg",
        "image/bmp" => "bmp",
        "image/tiff" => "tiff",
        "audio/mpeg" => "mp3",
        "audio/wav" | "audio/x-wav" => "wav",
        "video/mp4" => "mp4",
        "text/calendar" | "application/ics" => "ics",
        "text/vcard" | "text/x-vcard" | "text/directory" => "vcf",
        "text/csv" => "csv",
        "text/html" => "html",
        "text/xml" | "application/xml" => "xml",
        _ if mime_type.starts_with("text/") || mime_type.starts_with("message/") => "txt",
        _ => "bin",
    }
}
