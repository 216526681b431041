//! What the message frame loads by `mail:`: the body, its own pictures, and remote ones once the reader allows them.
//!
//! The frame knows a random token and numbers, never a row id or a URL, so that one message cannot name another's parts.

use std::sync::Arc;

use postroom_html::{Document, DocumentKind, Theme, content_security_policy, document};
use postroom_net::{PictureLimits, fetch_picture};
use postroom_types::PartNumber;

use crate::api::print;
use crate::api::reader::{FrameBody, Opened};
use crate::walls::{Wall, stands};
use crate::{Postroom, random};

/// An answer to the web view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameReply {
    /// HTTP status.
    pub status: u16,
    /// HTTP headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl FrameReply {
    fn nothing() -> Self {
        Self { status: 404, headers: common("text/plain; charset=utf-8".to_owned()), body: Vec::new() }
    }
}

fn common(mime_type: String) -> Vec<(&'static str, String)> {
    vec![
        ("content-type", mime_type),
        ("x-content-type-options", "nosniff".to_owned()),
        ("referrer-policy", "no-referrer".to_owned()),
        ("cache-control", "no-store".to_owned()),
    ]
}

/// Pictures that are shown; SVG is none of them, for it is a document.
const PICTURES: [&str; 7] =
    ["image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/avif", "image/jpg"];

impl Postroom {
    /// Answers the frame. `path` is a `mail:` address without scheme and host: `/<token>/body`, `/<token>/part/<n>`,
    /// `/<token>/file/<n>` (a file that the app shows), `/<token>/remote/<n>`. Everything else, and every void token, is 404.
    pub async fn frame(&self, path: &str) -> FrameReply {
        let mut levels = path.trim_start_matches('/').splitn(3, '/');
        let (Some(token), Some(what)) = (levels.next(), levels.next()) else { return FrameReply::nothing() };
        let opened = self.opened().get(token).map(Arc::clone);
        let Some(opened) = opened else { return FrameReply::nothing() };
        let number = levels.next().and_then(|number| number.parse::<u32>().ok());
        match (what, number) {
            ("body", None) => body(&opened),
            ("part", Some(number)) => self.part(&opened, PartNumber(number)).await,
            ("file", Some(number)) => self.file(&opened, PartNumber(number)).await,
            ("remote", Some(number)) => remote(&opened, number).await,
            _ => FrameReply::nothing(),
        }
    }

    async fn part(&self, opened: &Opened, part: PartNumber) -> FrameReply {
        if !opened.pictures.contains(&part) {
            return FrameReply::nothing();
        }
        match self.attachment(opened.message, part).await {
            Ok(content) if PICTURES.contains(&content.mime_type.as_str()) => {
                FrameReply { status: 200, headers: common(content.mime_type), body: content.bytes }
            }
            _ => FrameReply::nothing(),
        }
    }

    async fn file(&self, opened: &Opened, part: PartNumber) -> FrameReply {
        match self.attachment_shown(opened.message, part).await {
            Ok(content) => FrameReply { status: 200, headers: common(content.mime_type), body: content.bytes },
            Err(_not_shown) => FrameReply::nothing(),
        }
    }
}

fn body(opened: &Opened) -> FrameReply {
    let Ok(nonce) = random::token() else { return FrameReply::nothing() };
    let (body_html, kind, sets_colours) = match &opened.body {
        FrameBody::Html { html, sets_colours } => (html, DocumentKind::Html, *sets_colours),
        FrameBody::Text(html) => (html, DocumentKind::Text, false),
        FrameBody::Paper(page) => return paper(page),
    };
    // The agent is told theme by the page; until then the light one stands.
    let page = document(&Document { body_html, nonce: &nonce, theme: Theme::Light, lang: "", kind, sets_colours });
    let mut headers = common("text/html; charset=utf-8".to_owned());
    if stands(Wall::Policy) {
        headers.push(("content-security-policy", content_security_policy(&nonce)));
    }
    FrameReply { status: 200, headers, body: page.into_bytes() }
}

fn paper(page: &str) -> FrameReply {
    let mut headers = common("text/html; charset=utf-8".to_owned());
    headers.push(("content-security-policy", print::POLICY.to_owned()));
    FrameReply { status: 200, headers, body: page.as_bytes().to_vec() }
}

async fn remote(opened: &Opened, number: u32) -> FrameReply {
    let picture = usize::try_from(number).ok().and_then(|number| opened.remote.get(number));
    let Some(picture) = picture.filter(|picture| opened.remote_allowed && !picture.tracker) else {
        return FrameReply::nothing();
    };
    match fetch_picture(&picture.url, &PictureLimits::default()).await {
        Ok(picture) => FrameReply { status: 200, headers: common(picture.mime_type), body: picture.bytes },
        Err(error) => {
            tracing::debug!(code = error.fault().code.as_str(), "a remote picture failed");
            FrameReply::nothing()
        }
    }
}
