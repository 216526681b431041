//! What an [`crate::Outline`] came to: the message without its bulk, its parts and where each stands in the whole.

use postroom_types::{Defect, DefectKind, PartNumber};

use crate::decode::{TransferEncoding, decode, decoded_len, is_prose};
use crate::layout::Layout;
use crate::message::{Message, build};
use crate::stream::PartPlace;
use crate::structure::{Node, Shape, Structure};
use crate::summary::{Summary, summarise_outline};

/// The first bytes of a stored one, with its version.
const MAGIC: &[u8; 8] = b"outline1";

/// What was left out at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Cut {
    /// Where, in the bytes that are kept.
    pub(crate) at: usize,
    pub(crate) bytes: u64,
    /// How many of them are no line end and no padding: in base64, its digits.
    pub(crate) digits: u64,
    /// How many fewer there are once quoted-printable is decoded.
    pub(crate) escaped: u64,
}

/// A large message without its bulk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skeleton {
    pub(crate) bytes: Vec<u8>,
    pub(crate) cuts: Vec<Cut>,
    pub(crate) size: u64,
    pub(crate) whole: bool,
    pub(crate) cut_short: bool,
}

impl Skeleton {
    /// The message as [`crate::parse`] would read it; of a text, the beginning ([`crate::outline::TEXT`]).
    pub fn parse(&self) -> Message {
        let structure = Structure::scan(&self.bytes);
        let sizes: Vec<u64> = structure.nodes.iter().map(|node| self.decoded_size(&structure, node)).collect();
        let text_cut = self.is_text_cut(&structure);
        let mut message = build(structure, &sizes);
        let mut add = |kind, detail: &str| message.defects.push(Defect { kind, detail: detail.to_owned() });
        if self.cut_short {
            add(DefectKind::TooManyParts, "more parts and headers than are read; what is behind them is one part");
        }
        if text_cut {
            add(DefectKind::TextCut, "the first 4 MiB of a text are shown; the message can be saved whole");
        }
        message.defects.sort();
        message
    }

    /// Whether something of a text that is shown was left out.
    fn is_text_cut(&self, structure: &Structure<'_>) -> bool {
        let bodies = Layout::of(structure).bodies;
        let mut nodes = bodies.iter().filter_map(|body| structure.nodes.get(body.node));
        nodes.any(|node| self.cuts.iter().any(|cut| (node.body.start..=node.body.end).contains(&cut.at)))
    }

    /// What the list shows of it.
    pub fn summarise(&self) -> Summary {
        summarise_outline(&self.bytes)
    }

    /// The beginning of the message as it came: the first header, and what is kept behind it.
    pub fn head(&self) -> &[u8] {
        let end = self.cuts.first().map_or(self.bytes.len(), |cut| cut.at);
        self.bytes.get(..end).unwrap_or_default()
    }

    /// Bytes of the message that it was made of.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Where a part stands in the message. `None`: there is none of this number.
    pub fn place(&self, part: PartNumber) -> Option<PartPlace> {
        let structure = Structure::scan(&self.bytes);
        let node = structure.nodes.get(usize::try_from(part.0).ok()?)?;
        let (start, end) = self.range(node);
        let encoding = match node.shape {
            Shape::Leaf => node.encoding,
            Shape::Multipart | Shape::Message => TransferEncoding::Identity,
        };
        let encoding = match encoding {
            TransferEncoding::Base64 if is_prose(structure.body(node)) => TransferEncoding::Unknown,
            encoding => encoding,
        };
        Some(PartPlace { start, len: end.saturating_sub(start), encoding, whole: self.is_here(node) })
    }

    /// Whether all of a part is here.
    fn is_here(&self, node: &Node<'_>) -> bool {
        self.whole || node.body.end < self.bytes.len()
    }

    /// Parts of which something is yet to come, by their numbers.
    pub fn missing(&self) -> Vec<PartNumber> {
        let structure = Structure::scan(&self.bytes);
        let nodes = structure.nodes.iter().zip(0..);
        nodes.filter(|(node, _)| !self.is_here(node)).map(|(_, number)| PartNumber(number)).collect()
    }

    /// Where the body of a part begins and ends in the message.
    fn range(&self, node: &Node<'_>) -> (u64, u64) {
        let before = |place: usize, too: bool| {
            let cuts = self.cuts.iter().take_while(|cut| cut.at < place || (too && cut.at == place));
            place as u64 + cuts.map(|cut| cut.bytes).sum::<u64>()
        };
        // Nothing but the end of a part lies behind what was left out of it.
        (before(node.body.start, false), before(node.body.end, true))
    }

    fn decoded_size(&self, structure: &Structure<'_>, node: &Node<'_>) -> u64 {
        let (start, end) = self.range(node);
        let (kept, body) = (structure.body(node), node.body.start..=node.body.end);
        let cuts = || self.cuts.iter().filter(|cut| body.contains(&cut.at));
        match (node.shape, node.encoding) {
            (Shape::Leaf, TransferEncoding::Base64) if !is_prose(kept) => {
                let here = kept.iter().filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
                let digits = here.count() as u64 + cuts().map(|cut| cut.digits).sum::<u64>();
                digits / 4 * 3 + (digits % 4).saturating_sub(1)
            }
            (Shape::Leaf, TransferEncoding::QuotedPrintable) => {
                decode(kept, node.encoding).0.len() as u64
                    + cuts().map(|cut| cut.bytes.saturating_sub(cut.escaped)).sum::<u64>()
            }
            (Shape::Leaf, TransferEncoding::Uuencode) => {
                decoded_len(kept, node.encoding) + cuts().map(|cut| cut.digits / 4 * 3).sum::<u64>()
            }
            _ => end.saturating_sub(start),
        }
    }

    /// For keeping; [`Skeleton::from_bytes`] reads it back.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        let flags = u64::from(self.whole) | u64::from(self.cut_short) << 1;
        for number in [self.size, flags, self.cuts.len() as u64] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        for cut in &self.cuts {
            for number in [cut.at as u64, cut.bytes, cut.digits, cut.escaped] {
                out.extend_from_slice(&number.to_le_bytes());
            }
        }
        out.extend_from_slice(&self.bytes);
        out
    }

    /// Reads what [`Skeleton::to_bytes`] wrote. `None`: it is none, or of another version.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes.strip_prefix(MAGIC)?;
        let mut next = || {
            let (number, tail) = rest.split_first_chunk::<8>()?;
            rest = tail;
            Some(u64::from_le_bytes(*number))
        };
        let (size, flags, count) = (next()?, next()?, next()?);
        let mut cuts = Vec::new();
        for _ in 0..count {
            let (at, bytes, digits, escaped) = (usize::try_from(next()?).ok()?, next()?, next()?, next()?);
            cuts.push(Cut { at, bytes, digits, escaped });
        }
        Some(Self { bytes: rest.to_vec(), cuts, size, whole: flags & 1 != 0, cut_short: flags & 2 != 0 })
    }
}
