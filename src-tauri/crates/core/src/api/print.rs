//! A message as a page for paper.

use std::sync::Arc;
use std::time::Instant;

use postroom_html::{Document, DocumentKind, Theme, document};
use postroom_types::{Address, Fault};
use serde::Deserialize;
use specta::Type;

use crate::api::content::read;
use crate::api::reader::{FrameBody, Opened};
use crate::fault::not_found;
use crate::{Postroom, random};

/// The policy of such a page: nothing runs at all, so the frame's own script does not either.
pub(crate) const POLICY: &str = "sandbox allow-modals; default-src 'none'; img-src mail: http://mail.localhost data:; \
    style-src 'unsafe-inline'; font-src data:; form-action 'none'; base-uri 'none'; webrtc 'block'";

/// What stands on paper beside the message's own words, in the user's language.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
pub struct PrintWords {
    /// The word for From.
    pub from: String,
    /// The word for To.
    pub to: String,
    /// The word for Cc.
    pub cc: String,
    /// The word for Date.
    pub date: String,
    /// The date as the user reads it.
    pub when: String,
    /// What stands where a subject is missing.
    pub untitled: String,
}

impl Postroom {
    /// Makes a page for paper of an opened message, with the pictures that it shows now. Gives the token under which it is
    /// served; close it as any other.
    pub async fn message_print(&self, token: &str, words: PrintWords) -> Result<String, Fault> {
        let opened = self.opened().get(token).map(Arc::clone).ok_or_else(|| not_found("view"))?;
        let reading = read(self, opened.message).await?;
        let envelope = reading.message.as_ref().map(|message| &message.envelope);
        let row = &reading.detail.row;
        let subject = if row.subject.is_empty() { &words.untitled } else { &row.subject };
        let mut head = format!("<h1 class=\"subject\">{}</h1><table class=\"head\">", escaped(subject));
        let lines = [
            (&words.from, people(&row.from)),
            (&words.to, people(envelope.map_or(row.to.as_slice(), |envelope| &envelope.to))),
            (&words.cc, people(envelope.map_or(&[], |envelope| envelope.cc.as_slice()))),
            (&words.date, words.when.clone()),
        ];
        for (word, line) in lines.iter().filter(|(_, line)| !line.is_empty()) {
            head.extend(["<tr><th>", &escaped(word), "</th><td>", &escaped(line), "</td></tr>"]);
        }
        head.push_str("</table>");
        let (body, kind) = match &opened.body {
            FrameBody::Html { html, .. } => (html, DocumentKind::Html),
            FrameBody::Text(html) => (html, DocumentKind::Text),
            FrameBody::Paper(_) => return Err(not_found("view")),
        };
        let body_html = format!("<style>{STYLE}</style><div class=\"paper\">{head}{body}</div>");
        let page = document(&Document {
            body_html: &body_html,
            nonce: "",
            theme: Theme::Light,
            lang: "",
            kind,
            sets_colours: false,
        });
        let printed = Opened {
            message: opened.message,
            body: FrameBody::Paper(page),
            pictures: opened.pictures.clone(),
            remote: opened.remote.clone(),
            remote_allowed: opened.remote_allowed,
            order: Instant::now(),
        };
        let token = random::token()?;
        self.opened().insert(token.clone(), Arc::new(printed));
        Ok(token)
    }
}

/// The frame hides what is larger than itself, and is told its size; paper is not.
const STYLE: &str = "html,body{overflow:visible!important}body{padding:24px!important}\
    .subject{font-size:20px;line-height:28px;margin:0 0 12px;overflow-wrap:anywhere}\
    .head{border-collapse:collapse;font-size:13px;line-height:20px;margin:0 0 16px;padding:0 0 12px}\
    .head th{text-align:left;font-weight:400;color:#535860;padding:0 16px 0 0;vertical-align:top;white-space:nowrap}\
    .head td{padding:0;overflow-wrap:anywhere}\
    .paper>.mail,.paper>.text{border-top:1px solid #d0d3d7;padding-top:16px;max-width:none}\
    @media print{body{padding:0!important}img,tr{break-inside:avoid}}";

fn people(list: &[Address]) -> String {
    let each = list.iter().map(|person| match (person.name.as_str(), person.email.as_str()) {
        ("", email) => email.to_owned(),
        (name, "") => name.to_owned(),
        (name, email) => format!("{name} <{email}>"),
    });
    each.collect::<Vec<_>>().join(", ")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
