//! The tree of a message's parts.

use std::collections::BTreeMap;
use std::io::{self, Write};

use postroom_core::{PartInfo, ReadMessage};
use postroom_types::{Defect, PartNumber};
use serde::Serialize;

use crate::terminal;

/// A part as JSON, with those inside it. mime follows 50 levels, so it is no deeper.
#[derive(Debug, Serialize)]
pub(super) struct PartTree<'a> {
    /// What `postroomctl save` takes.
    id: PartNumber,
    #[serde(rename = "type")]
    mime_type: &'a str,
    name: &'a str,
    size: u64,
    charset: &'a str,
    disposition: &'a str,
    content_id: &'a str,
    children: Vec<Self>,
    defects: Vec<&'a Defect>,
}

/// Which parts are in which: those of the message itself under `None`.
type Inside<'a> = BTreeMap<Option<PartNumber>, Vec<&'a PartInfo>>;

fn inside(message: &ReadMessage) -> Inside<'_> {
    let mut inside = Inside::new();
    for part in &message.parts {
        inside.entry(part.parent).or_default().push(part);
    }
    inside
}

/// The root. What is odd about the message and about none of its parts is told there. A message that was not read, because the
/// program ended when it tried, is one part.
pub(super) fn root(message: &ReadMessage) -> PartTree<'_> {
    trees(message).into_iter().next().unwrap_or_else(|| PartTree {
        id: PartNumber(0),
        mime_type: "message/rfc822",
        name: "",
        size: message.row.size,
        charset: "",
        disposition: "",
        content_id: "",
        children: Vec::new(),
        defects: message.defects.iter().collect(),
    })
}

/// As [`root`]; empty for a message that was not read.
pub(super) fn trees(message: &ReadMessage) -> Vec<PartTree<'_>> {
    let mut trees = below(&inside(message), None);
    if let Some(root) = trees.first_mut() {
        let told =
            |defect: &&Defect| message.parts.iter().any(|part| part.defects.iter().any(|own| own.kind == defect.kind));
        root.defects.extend(message.defects.iter().filter(|defect| !told(defect)));
    }
    trees
}

fn below<'a>(parts: &Inside<'a>, parent: Option<PartNumber>) -> Vec<PartTree<'a>> {
    let children = parts.get(&parent).map(Vec::as_slice).unwrap_or_default();
    let tree = |part: &&'a PartInfo| -> PartTree<'a> {
        let PartInfo { part: id, mime_type, charset, name, size, disposition, content_id, defects, .. } = part;
        PartTree {
            id: *id,
            mime_type,
            name,
            size: *size,
            charset,
            disposition,
            content_id,
            children: below(parts, Some(*id)),
            defects: defects.iter().collect(),
        }
    };
    children.iter().map(tree).collect()
}

/// The tree for people: one line a part, inner ones indented.
pub(super) fn write(out: &mut dyn Write, message: &ReadMessage) -> io::Result<()> {
    let inside = inside(message);
    let mut open: Vec<&PartInfo> = inside.get(&None).into_iter().flatten().rev().copied().collect();
    while let Some(part) = open.pop() {
        write_part(out, part)?;
        open.extend(inside.get(&Some(part.part)).into_iter().flatten().rev());
    }
    Ok(())
}

fn write_part(out: &mut dyn Write, part: &PartInfo) -> io::Result<()> {
    // A mail may nest as deep as it likes; a line may not.
    let indent = "  ".repeat(part.depth.min(20) as usize);
    write!(out, "{:>4}  {indent}{}", part.part.0, terminal::line(&part.mime_type))?;
    if !part.charset.is_empty() {
        write!(out, "; {}", terminal::line(&part.charset))?;
    }
    if !part.name.is_empty() {
        write!(out, "  {}", terminal::line(&part.name))?;
    }
    writeln!(out, "  {}", terminal::size(part.size))?;
    for defect in &part.defects {
        writeln!(out, "      {indent}! {}", terminal::line(&defect.detail))?;
    }
    Ok(())
}
