//! A message opened for reading.

use postroom_html::{RemotePicture, SafeHtml, SanitiseOptions, TooComplex, html_to_text, sanitise, text_to_html};
use postroom_mime::{header_block, source_text, unflowed};
use postroom_store::Stage;
use postroom_types::{
    Address, Attachment, BodyKind, Coming, Defect, DefectKind, Fault, FaultCode, MessageId, MessageRow, OpenedMessage,
    PartNumber,
};
use serde::Serialize;

use std::io::Read as _;
use std::sync::Arc;

use crate::Postroom;
use crate::api::coming::nothing_yet;
use crate::api::content::{Reading, SOURCE, read};
use crate::fault::{fault, not_found};
use crate::walls::{Wall, stands};
use crate::{around, random};

/// Whether remote pictures are fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remote {
    /// No, unless the sender is trusted.
    Blocked,
    /// Yes, this once.
    Allowed,
}

/// Openings kept at a time; the oldest goes. One window shows one message, and closes the one before.
const OPENINGS: usize = 64;

/// A part, for `show --parts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
    /// The file name; mostly empty.
    pub name: String,
    /// Bytes after decoding.
    pub size: u64,
    /// Content-Disposition in lower case; mostly empty.
    pub disposition: String,
    /// Content-ID without angle brackets; mostly empty.
    pub content_id: String,
    /// What is odd about it.
    pub defects: Vec<Defect>,
}

/// A whole message read at once, for postroomctl.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReadMessage {
    /// The row that the list shows.
    pub row: MessageRow,
    /// Copies.
    pub cc: Vec<Address>,
    /// Where answers go, if elsewhere.
    pub reply_to: Vec<Address>,
    /// The Message-ID.
    pub message_id: String,
    /// The text; made from the HTML where there is no other.
    pub text: String,
    /// The HTML made safe; empty if there is none.
    pub html: String,
    /// The header as it came.
    pub headers: String,
    /// The tree of parts.
    pub parts: Vec<PartInfo>,
    /// Files.
    pub attachments: Vec<Attachment>,
    /// What is odd about it.
    pub defects: Vec<Defect>,
    /// How much of it is here; `None`: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coming: Option<Coming>,
}

/// What an opening holds for the frame.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) message: MessageId,
    pub(crate) body: FrameBody,
    /// Parts that the HTML may show.
    pub(crate) pictures: Vec<PartNumber>,
    pub(crate) remote: Vec<RemotePicture>,
    pub(crate) remote_allowed: bool,
    /// In which order openings were made.
    pub(crate) order: std::time::Instant,
}

/// What the frame shows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FrameBody {
    /// Sanitised HTML, and whether it brings colours of its own.
    Html { html: String, sets_colours: bool },
    /// HTML made of text.
    Text(String),
    /// A whole page for paper, in which nothing runs.
    Paper(String),
}

impl Postroom {
    /// Opens a message: its header, files and a token under which the frame loads its body. A message whose body is not
    /// here yet opens as [`BodyKind::Missing`], and the body is fetched before all others. Of a large one that is coming,
    /// what is here is shown; [`Postroom::message_coming`] tells how it goes on.
    pub async fn message_open(&self, id: MessageId, remote: Remote) -> Result<OpenedMessage, Fault> {
        let token = random::token()?;
        let reading = match read(self, id).await {
            Ok(reading) => reading,
            Err(fault) if fault.code == FaultCode::BodyMissing => {
                let row = self.store().message(id).await.map_err(crate::fault::fault)?.row;
                return Ok(without_body(row, token));
            }
            Err(fault) => return Err(fault),
        };
        let sender = reading.detail.row.from.first().map(|address| address.email.clone()).unwrap_or_default();
        let trusted = !sender.is_empty() && self.store().sender_trusted(sender).await.map_err(fault)?;
        let allowed = trusted || remote == Remote::Allowed;
        let view = token.clone();
        let markers = self.markers().clone();
        let (opened, shown) = tokio::task::spawn_blocking(move || {
            let slot = markers.mark(Stage::Reading { message: id }).map_err(fault)?;
            let built = build(reading, &view, allowed);
            drop(slot);
            Ok::<_, Fault>(built)
        })
        .await
        .map_err(fault)??;
        let mut openings = self.opened();
        while openings.len() >= OPENINGS {
            let oldest = openings.iter().min_by_key(|(_, opened)| opened.order).map(|(token, _)| token.clone());
            let Some(oldest) = oldest else { break };
            openings.remove(&oldest);
        }
        openings.insert(token, Arc::new(opened));
        Ok(shown)
    }

    /// Forgets an opening; its token is void from now on.
    pub fn message_close(&self, token: &str) {
        self.opened().remove(token);
    }

    /// Which message a token opened.
    pub fn token_message(&self, token: &str) -> Result<MessageId, Fault> {
        self.opened().get(token).map(|opened| opened.message).ok_or_else(|| not_found("view"))
    }

    /// A whole message read at once.
    pub async fn message_read(&self, id: MessageId) -> Result<ReadMessage, Fault> {
        let reading = read(self, id).await?;
        let markers = self.markers().clone();
        tokio::task::spawn_blocking(move || {
            let _slot = markers.mark(Stage::Reading { message: id }).map_err(fault)?;
            Ok(whole(reading))
        })
        .await
        .map_err(fault)?
    }

    /// A message byte for byte as the server has it, in memory; [`Postroom::message_bytes`] reads one of any size.
    pub async fn message_raw(&self, id: MessageId) -> Result<Vec<u8>, Fault> {
        self.store().message(id).await.map_err(fault)?;
        self.store().raw(id).await.map_err(fault)
    }

    /// A message's source as text, at most 2 MB of it.
    pub async fn message_source(&self, id: MessageId) -> Result<String, Fault> {
        self.store().message(id).await.map_err(fault)?;
        let body = self.store().body(id).await.map_err(fault)?;
        tokio::task::spawn_blocking(move || {
            let mut raw = Vec::new();
            body.take(SOURCE as u64).read_to_end(&mut raw).map_err(fault)?;
            Ok(source_text(&raw, SOURCE))
        })
        .await
        .map_err(fault)?
    }

    /// Shows remote pictures of this sender from now on.
    pub async fn trust_sender(&self, email: &str) -> Result<(), Fault> {
        self.store().sender_trust(email.to_owned(), self.now()).await.map_err(fault)
    }
}

fn without_body(row: MessageRow, token: String) -> OpenedMessage {
    let coming = nothing_yet(&row);
    OpenedMessage {
        id: row.id,
        token,
        row,
        cc: Vec::new(),
        reply_to: Vec::new(),
        message_id: String::new(),
        body: BodyKind::Missing,
        attachments: Vec::new(),
        remote_pictures: 0,
        remote_trackers: 0,
        remote_allowed: false,
        sender_marks: Vec::new(),
        unsubscribe: None,
        invitation: None,
        defects: Vec::new(),
        coming,
    }
}

fn quarantined() -> Defect {
    Defect { kind: DefectKind::Quarantined, detail: "shown as source".to_owned() }
}

pub(crate) fn build(mut reading: Reading, token: &str, allowed: bool) -> (Opened, OpenedMessage) {
    let id = reading.detail.row.id;
    let opened = |body, pictures, remote| Opened {
        message: id,
        body,
        pictures,
        remote,
        remote_allowed: allowed,
        order: std::time::Instant::now(),
    };
    let mut shown = without_body(reading.detail.row.clone(), token.to_owned());
    shown.coming = reading.coming.take();
    let Some(message) = reading.message.take() else {
        shown.body = BodyKind::Source;
        shown.defects.push(quarantined());
        return (
            opened(FrameBody::Text(text_to_html(&source_text(reading.head(), SOURCE), false)), Vec::new(), Vec::new()),
            shown,
        );
    };
    around::fill(&mut shown, &message, &reading);
    // The row keeps the first recipients only.
    shown.row.to = message.envelope.to;
    shown.cc = message.envelope.cc;
    shown.reply_to = message.envelope.reply_to;
    shown.message_id = message.envelope.message_id;
    shown.attachments = message.attachments;
    shown.defects = message.defects;
    let missing = shown.coming.as_ref().map(|coming| coming.missing.as_slice()).unwrap_or_default();
    let pictures: Vec<PartNumber> = message
        .inline
        .iter()
        .filter(|part| part.mime_type.starts_with("image/") && !missing.contains(&part.part))
        .map(|part| part.part)
        .collect();
    let part_url = |reference: &str| {
        let found = message.inline.iter().find(|part| {
            (!part.content_id.is_empty() && part.content_id == reference)
                || (!part.content_location.is_empty() && part.content_location == reference)
        })?;
        Some(format!("/{token}/part/{}", found.part.0))
    };
    let remote_url = |number: u32| format!("/{token}/remote/{number}");
    let options = SanitiseOptions { part_url: &part_url, remote_url: if allowed { Some(&remote_url) } else { None } };
    let text = |html: Option<&str>| {
        let plain = message.text.clone().unwrap_or_else(|| html.map(html_to_text).unwrap_or_default());
        FrameBody::Text(text_to_html(&plain, message.text_is_flowed))
    };
    match message.html.as_deref().map(|html| (html, made_safe(html, &options))) {
        Some((_, Ok(safe))) => {
            shown.body = BodyKind::Html;
            shown.remote_pictures = u32::try_from(safe.remote.len()).unwrap_or(u32::MAX);
            let trackers = safe.remote.iter().filter(|picture| picture.tracker).count();
            shown.remote_trackers = u32::try_from(trackers).unwrap_or(u32::MAX);
            shown.remote_allowed = allowed;
            // A mail that has colours for dark surroundings is not turned.
            let sets_colours = safe.sets_colours && !safe.has_own_dark;
            (opened(FrameBody::Html { html: safe.html, sets_colours }, pictures, safe.remote), shown)
        }
        Some((html, Err(_too_complex))) => {
            shown.body = BodyKind::Text;
            shown.defects.push(Defect { kind: DefectKind::HtmlTooComplex, detail: "shown as text".to_owned() });
            (opened(text(Some(html)), pictures, Vec::new()), shown)
        }
        None => {
            shown.body = BodyKind::Text;
            (opened(text(None), pictures, Vec::new()), shown)
        }
    }
}

fn made_safe(html: &str, options: &SanitiseOptions<'_>) -> Result<SafeHtml, TooComplex> {
    if stands(Wall::Sanitiser) {
        sanitise(html, options)
    } else {
        Ok(SafeHtml { html: html.to_owned(), ..SafeHtml::default() })
    }
}

fn whole(mut reading: Reading) -> ReadMessage {
    let headers = header_block(reading.head());
    let Some(message) = reading.message.take() else {
        return ReadMessage {
            text: source_text(reading.head(), SOURCE),
            row: reading.detail.row,
            cc: Vec::new(),
            reply_to: Vec::new(),
            message_id: String::new(),
            html: String::new(),
            headers,
            parts: Vec::new(),
            attachments: Vec::new(),
            defects: vec![quarantined()],
            coming: reading.coming,
        };
    };
    let mut defects = message.defects;
    let html = match message.html.as_deref().map(|html| sanitise(html, &SanitiseOptions::NOTHING)) {
        Some(Err(_too_complex)) => {
            defects.push(Defect { kind: DefectKind::HtmlTooComplex, detail: "shown as text".to_owned() });
            None
        }
        other => other.and_then(Result::ok),
    };
    let flowed = message.text_is_flowed;
    let text = message.text.map(|text| if flowed { unflowed(&text, false) } else { text });
    let text = text.unwrap_or_else(|| message.html.as_deref().map(html_to_text).unwrap_or_default());
    let parts = message.parts.into_iter().map(|part| PartInfo {
        part: part.part,
        parent: part.parent,
        depth: part.depth,
        mime_type: part.mime_type,
        charset: part.charset,
        name: part.name,
        size: part.size,
        disposition: part.disposition,
        content_id: part.content_id,
        defects: part.defects,
    });
    ReadMessage {
        row: reading.detail.row,
        cc: message.envelope.cc,
        reply_to: message.envelope.reply_to,
        message_id: message.envelope.message_id,
        text,
        html: html.map(|safe| safe.html).unwrap_or_default(),
        headers,
        parts: parts.collect(),
        attachments: message.attachments,
        defects,
        coming: reading.coming,
    }
}
