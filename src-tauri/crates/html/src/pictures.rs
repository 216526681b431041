//! Pictures of a page that ammonia has made safe and well formed, those of backgrounds too: parts get their address, remote
//! ones a number.

use std::collections::HashMap;

use crate::css::{Declared, declared, sets_colours};
use crate::links::{Source, source};
use crate::sanitise::{RemotePicture, SanitiseOptions};
use crate::tags::{Tags, Token};
use crate::trackers::is_tracker_host;

/// One transparent pixel: keeps a blocked picture's room.
const PLACEHOLDER: &str = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";

/// Most remote pictures of a mail; further ones are left out.
const MAX_REMOTE: usize = 1_000;

#[derive(Debug, Default)]
pub(crate) struct Resolved {
    pub(crate) html: String,
    pub(crate) remote: Vec<RemotePicture>,
    pub(crate) sets_colours: bool,
}

/// The pictures of one page, as they are found.
pub(crate) struct Pictures<'a> {
    options: &'a SanitiseOptions<'a>,
    remote: Vec<RemotePicture>,
    known: HashMap<String, u32>,
}

impl<'a> Pictures<'a> {
    pub(crate) fn new(options: &'a SanitiseOptions<'a>) -> Self {
        Self { options, remote: Vec::new(), known: HashMap::new() }
    }

    /// What of the mail's own or allowed pictures a background shows: an address without quotes, brackets or backslashes.
    pub(crate) fn background(&mut self, address: &str) -> Option<String> {
        match source(address)? {
            Source::Data(data) => Some(data),
            Source::Part(name) => (self.options.part_url)(&name),
            Source::Remote(url) => {
                let tracker = is_tracker_host(&url);
                let index = self.remember(&url, tracker)?;
                self.options.remote_url.filter(|_| !tracker).map(|remote_url| remote_url(index))
            }
        }
    }

    pub(crate) fn resolve(mut self, clean: &str) -> Resolved {
        let mut out = Resolved { html: String::with_capacity(clean.len()), ..Resolved::default() };
        for token in Tags::new(clean) {
            match token {
                Token::Text(text) => out.html.push_str(text),
                Token::End { name } => out.html.extend(["</", name, ">"]),
                Token::Start { name: "img", attributes, .. } => self.picture(&mut out.html, &attributes),
                Token::Start { name, attributes, .. } => self.element(&mut out, name, &attributes),
            }
        }
        out.remote = self.remote;
        out
    }

    fn element(&mut self, out: &mut Resolved, name: &str, attributes: &[(&str, &str)]) {
        let get = |name: &str| attributes.iter().find(|(attribute, _)| *attribute == name).map(|(_, value)| *value);
        let Declared { mut css, picture } = get("style").map(|style| declared(&unescaped(style))).unwrap_or_default();
        let picture = picture.or_else(|| get("background").map(unescaped));
        out.sets_colours |= get("bgcolor").or_else(|| get("color")).is_some() || sets_colours(&css);
        if let Some(address) = picture.and_then(|picture| self.background(&picture)) {
            let blank = if css.is_empty() { "" } else { ";" };
            css.extend([blank, "background-image:url('", &address, "')"]);
        }
        let css = escaped(&css);
        // A link to a place in the mail leads nowhere else.
        let inside = get("href").is_some_and(|href| href.starts_with('#'));
        let others = attributes.iter().copied().filter(|(name, _)| {
            !matches!(*name, "style" | "background") && (!inside || !matches!(*name, "target" | "rel"))
        });
        start(&mut out.html, name, others.chain((!css.is_empty()).then_some(("style", css.as_str()))));
    }

    fn picture(&mut self, html: &mut String, attributes: &[(&str, &str)]) {
        let get = |name: &str| attributes.iter().find(|(attribute, _)| *attribute == name).map(|(_, value)| *value);
        let others = attributes.iter().copied().filter(|(name, _)| *name != "src");
        let Some(place) = get("src").and_then(|src| source(&unescaped(src))) else {
            return without_picture(html, get("alt"));
        };
        let (src, number) = match place {
            Source::Data(data) => (data, None),
            Source::Part(name) => match (self.options.part_url)(&name) {
                Some(url) => (url, None),
                None => return without_picture(html, get("alt")),
            },
            Source::Remote(url) => {
                let tracker = is_tracker(&url, &get);
                let Some(index) = self.remember(&url, tracker) else { return };
                // A tracker takes no room and is never loaded.
                if tracker {
                    return;
                }
                match self.options.remote_url {
                    Some(remote_url) => (remote_url(index), None),
                    None => (PLACEHOLDER.to_owned(), Some(index.to_string())),
                }
            }
        };
        let src = escaped(&src);
        let number = number.as_deref().map(|number| ("data-remote", number));
        start(html, "img", others.chain([("src", src.as_str())]).chain(number));
    }

    fn remember(&mut self, url: &str, tracker: bool) -> Option<u32> {
        if let Some(&index) = self.known.get(url) {
            return Some(index);
        }
        if self.remote.len() >= MAX_REMOTE {
            return None;
        }
        let index = u32::try_from(self.remote.len()).ok()?;
        self.remote.push(RemotePicture { url: url.to_owned(), tracker });
        self.known.insert(url.to_owned(), index);
        Some(index)
    }
}

/// Values are escaped already and hold no double quote.
fn start<'a>(html: &mut String, name: &str, attributes: impl Iterator<Item = (&'a str, &'a str)>) {
    html.push('<');
    html.push_str(name);
    for (name, value) in attributes {
        html.push(' ');
        html.push_str(name);
        html.push_str("=\"");
        html.push_str(value);
        html.push('"');
    }
    html.push('>');
}

/// What a picture says that has no place to come from.
fn without_picture(html: &mut String, alt: Option<&str>) {
    if let Some(alt) = alt.filter(|alt| !alt.trim().is_empty()) {
        html.push_str("<span class=\"missing-picture\">");
        html.push_str(&alt.replace('<', "&lt;").replace('>', "&gt;"));
        html.push_str("</span>");
    }
}

fn is_tracker<'a>(url: &str, get: &impl Fn(&str) -> Option<&'a str>) -> bool {
    let tiny = |size: &str| {
        let digits: String = size.trim().chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        let percent = size.contains('%');
        !percent && digits.parse::<f32>().is_ok_and(|size| size <= 2.0)
    };
    let style = get("style").unwrap_or_default().to_ascii_lowercase();
    let styled = |name: &str| {
        style
            .split(';')
            .filter_map(|declaration| declaration.split_once(':'))
            .find(|(property, _)| property.trim() == name)
            .map(|(_, value)| value)
    };
    let size = |name: &str| get(name).or_else(|| styled(name)).is_some_and(tiny) || styled(name).is_some_and(tiny);
    let hidden = styled("display").is_some_and(|display| display.trim().starts_with("none"))
        || styled("visibility").is_some_and(|visibility| visibility.trim().starts_with("hidden"));
    hidden || (size("width") && size("height")) || is_tracker_host(url)
}

/// The few references that ammonia writes.
fn unescaped(value: &str) -> String {
    value
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&nbsp;", "\u{a0}")
        .replace("&amp;", "&")
}

fn escaped(value: &str) -> String {
    value.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}
