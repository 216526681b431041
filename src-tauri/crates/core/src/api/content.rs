//! What is read of a message: all of it at once, or, of a large one, its outline, and its parts as they are asked for.
//!
//! A message of any size is opened in bounded memory. Of one that is still coming, what is here is read.

use std::io::{self, BufRead as _, Cursor, Read};

use postroom_mime::{Message, Outline, PartReader, Skeleton, Summary, parse, part_bytes, summarise};
use postroom_store::{BodyReader, MessageDetail, Stage, StoreError};
use postroom_sync::Wish;
use postroom_types::{Coming, Fault, FaultCode, MessageId, PartNumber, Uid};

use crate::Postroom;
use crate::fault::{fault, not_found};

/// Messages up to here are read whole: 16 MiB.
const IN_MEMORY: u64 = 16 << 20;
/// The longest source that is shown.
pub(crate) const SOURCE: usize = 2 << 20;
/// Messages that are coming and whose outlines are kept, so that what is here is read once.
const OUTLINES: usize = 4;

/// An outline of what has come of a message so far.
#[derive(Debug)]
pub(crate) struct ComingOutline {
    message: MessageId,
    /// As long as it has this UID it is the same.
    uid: Option<Uid>,
    outline: Outline,
}

/// The bytes of a message, or where they are.
pub(crate) enum Content {
    Memory(Vec<u8>),
    Large(Box<Skeleton>),
    /// It is not to be read: its beginning.
    Unread(Vec<u8>),
}

/// A message read from the vault; `message` is `None` if it is quarantined.
pub(crate) struct Reading {
    pub(crate) detail: MessageDetail,
    pub(crate) content: Content,
    pub(crate) message: Option<Message>,
    /// `None`: all of it is here.
    pub(crate) coming: Option<Coming>,
}

impl Reading {
    /// The beginning of the message, with its header.
    pub(crate) fn head(&self) -> &[u8] {
        match &self.content {
            Content::Memory(bytes) | Content::Unread(bytes) => bytes,
            Content::Large(skeleton) => skeleton.head(),
        }
    }

    /// What the list shows of it.
    pub(crate) fn summarise(&self) -> Option<Summary> {
        match &self.content {
            Content::Memory(raw) => Some(summarise(raw)),
            Content::Large(skeleton) => Some(skeleton.summarise()),
            Content::Unread(_) => None,
        }
    }
}

/// A part of a message, to be read decoded. Reading blocks.
pub struct PartContent {
    /// A safe file name.
    pub name: String,
    /// The MIME type in lower case.
    pub mime_type: String,
    /// The charset as labelled; mostly empty.
    pub(crate) charset: String,
    /// The message that it came with, as a `mid:` address (RFC 2392).
    pub(crate) origin: String,
    reader: Box<dyn Read + Send>,
}

impl std::fmt::Debug for PartContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PartContent").field("mime_type", &self.mime_type).finish_non_exhaustive()
    }
}

impl Read for PartContent {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buf)
    }
}

/// Reads and parses a message. What is missing is asked for.
pub(crate) async fn read(postroom: &Postroom, id: MessageId) -> Result<Reading, Fault> {
    let detail = postroom.store().message(id).await.map_err(fault)?;
    let quarantined = detail.quarantined;
    load(postroom, detail, quarantined).await
}

/// As [`read`]; `unread`: nothing but its beginning is looked at.
pub(crate) async fn load(postroom: &Postroom, detail: MessageDetail, unread: bool) -> Result<Reading, Fault> {
    let id = detail.row.id;
    let body = match postroom.store().body(id).await {
        Ok(body) => body,
        Err(error) => {
            if matches!(error, StoreError::BodyMissing) {
                postroom.wish(Some(detail.row.account), Wish::Body(id));
            }
            return Err(fault(error));
        }
    };
    if !body.is_whole() {
        postroom.wish(Some(detail.row.account), Wish::Body(id));
    }
    let this = postroom.clone();
    tokio::task::spawn_blocking(move || this.parse_body(detail, body, unread)).await.map_err(fault)?
}

impl Postroom {
    fn parse_body(&self, detail: MessageDetail, mut body: BodyReader, unread: bool) -> Result<Reading, Fault> {
        let mark = || self.markers().mark(Stage::Reading { message: detail.row.id }).map_err(fault);
        let (whole, size) = (body.is_whole(), body.size());
        let coming = |missing| Coming { bytes: size, total: detail.row.size.max(size), missing };
        if unread {
            let mut head = Vec::new();
            body.take(SOURCE as u64).read_to_end(&mut head).map_err(fault)?;
            let coming = (!whole).then(|| coming(Vec::new()));
            return Ok(Reading { detail, content: Content::Unread(head), message: None, coming });
        }
        if whole && size <= IN_MEMORY {
            let mut raw = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
            body.read_to_end(&mut raw).map_err(fault)?;
            let slot = mark()?;
            let message = Some(parse(&raw));
            drop(slot);
            return Ok(Reading { detail, content: Content::Memory(raw), message, coming: None });
        }
        let skeleton = self.skeleton(&detail, &mut body)?;
        let slot = mark()?;
        let coming = (!whole).then(|| coming(skeleton.missing()));
        let message = Some(skeleton.parse());
        drop(slot);
        Ok(Reading { detail, content: Content::Large(Box::new(skeleton)), message, coming })
    }

    /// The outline that was kept with the message, or one made now.
    fn skeleton(&self, detail: &MessageDetail, body: &mut BodyReader) -> Result<Skeleton, Fault> {
        if let Some(skeleton) = body.notes().map_err(fault)?.and_then(|notes| Skeleton::from_bytes(&notes)) {
            return Ok(skeleton);
        }
        let (message, uid) = (detail.row.id, detail.row.uid);
        let kept = {
            let mut outlines = self.outlines();
            let at = outlines.iter().position(|one| one.message == message);
            at.map(|at| outlines.remove(at)).filter(|one| one.uid == uid && one.outline.size() <= body.size())
        };
        let mut outline = kept.map(|one| one.outline).unwrap_or_default();
        body.seek(outline.size()).map_err(fault)?;
        loop {
            let piece = body.fill_buf().map_err(fault)?;
            if piece.is_empty() {
                break;
            }
            outline.push(piece);
            let read = piece.len();
            body.consume(read);
        }
        let skeleton = outline.skeleton(body.is_whole());
        if !body.is_whole() {
            let mut outlines = self.outlines();
            outlines.truncate(OUTLINES - 1);
            outlines.insert(0, ComingOutline { message, uid, outline });
        }
        Ok(skeleton)
    }

    /// A part of a message, decoded as it is read: of any size.
    ///
    /// Faults: `not-found`; `body-missing` if it has not come yet (it is asked for).
    pub async fn attachment_read(&self, id: MessageId, part: PartNumber) -> Result<PartContent, Fault> {
        let reading = read(self, id).await?;
        self.part_of(&reading, part).await
    }

    pub(crate) async fn part_of(&self, reading: &Reading, part: PartNumber) -> Result<PartContent, Fault> {
        // A quarantined message is not read for its parts either.
        let message = reading.message.as_ref().ok_or_else(|| not_found("part"))?;
        let info = message.parts.iter().find(|info| info.part == part).ok_or_else(|| not_found("part"))?;
        let named = message.attachments.iter().find(|attachment| attachment.part == part);
        let fallback = || postroom_mime::safe_file_name(&info.name);
        let name = named.map_or_else(fallback, |attachment| attachment.name.clone());
        let id = reading.detail.row.id;
        let reader: Box<dyn Read + Send> = match &reading.content {
            Content::Unread(_) => return Err(not_found("part")),
            Content::Memory(raw) => {
                let _slot = self.markers().mark(Stage::Reading { message: id }).map_err(fault)?;
                Box::new(Cursor::new(part_bytes(raw, part).ok_or_else(|| not_found("part"))?))
            }
            Content::Large(skeleton) => {
                let place = skeleton.place(part).ok_or_else(|| not_found("part"))?;
                if !place.whole {
                    return Err(Fault::new(FaultCode::BodyMissing, "this part of the message has not come yet"));
                }
                let mut body = self.store().body(id).await.map_err(fault)?;
                body.seek(place.start).map_err(fault)?;
                Box::new(PartReader::new(body, &place))
            }
        };
        Ok(PartContent {
            name,
            mime_type: info.mime_type.clone(),
            charset: info.charset.clone(),
            origin: crate::mark::origin(&message.envelope.message_id),
            reader,
        })
    }

    /// A message byte for byte as the server has it, of any size.
    ///
    /// Faults: `not-found`; `body-missing` unless all of it is here.
    pub async fn message_bytes(&self, id: MessageId) -> Result<BodyReader, Fault> {
        self.store().message(id).await.map_err(fault)?;
        let body = self.store().body(id).await.map_err(fault)?;
        if body.is_whole() { Ok(body) } else { Err(fault(StoreError::BodyMissing)) }
    }
}
