//! Pictures of a page that ammonia has made safe and well formed: parts get their address, remote ones a number.

use std::collections::HashMap;

use crate::css::sets_colours;
use crate::links::{Source, source};
use crate::sanitise::{RemotePicture, SanitiseOptions};
use crate::tags::{Tags, Token};

/// One transparent pixel: keeps a blocked picture's room.
const PLACEHOLDER: &str = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";

/// Most remote pictures of a mail; further ones are left out.
const MAX_REMOTE: usize = 1_000;

/// Hosts, or beginnings of paths on them, whose pictures only tell who reads.
const TRACKERS: &[&str] = &[
    "/open.aspx",
    "/o.gif?",
    "/track/open",
    "/tracking/open",
    "/e/o/",
    "/wf/open?",
    "/trk?",
    "awstrack.me",
    "click.mailchimp.com",
    "email.mg.",
    "list-manage.com/track",
    "mailfoogae.appspot.com",
    "mailstat.us",
    "mailtrack.io",
    "mandrillapp.com/track",
    "open.convertkit",
    "pixel.app.returnpath.net",
    "pixel.watch",
    "sendgrid.net/wf/open",
    "superhuman.com/track",
    "t.hubspotemail.net",
    "t.sidekickopen",
    "track.customer.io/e/o",
    "trk.klclick",
    "yesware.com",
];

#[derive(Debug, Default)]
pub(crate) struct Resolved {
    pub(crate) html: String,
    pub(crate) remote: Vec<RemotePicture>,
    pub(crate) sets_colours: bool,
}

pub(crate) fn resolve(clean: &str, options: &SanitiseOptions<'_>) -> Resolved {
    let mut out = Resolved { html: String::with_capacity(clean.len()), ..Resolved::default() };
    let mut known: HashMap<String, u32> = HashMap::new();
    for token in Tags::new(clean) {
        match token {
            Token::Text(text) => out.html.push_str(text),
            Token::End { name } => {
                out.html.push_str("</");
                out.html.push_str(name);
                out.html.push('>');
            }
            Token::Start { name: "img", attributes, .. } => picture(&mut out, &mut known, &attributes, options),
            Token::Start { name, attributes, .. } => {
                out.sets_colours |= attributes.iter().any(|(name, value)| match *name {
                    "bgcolor" | "color" => true,
                    "style" => sets_colours(value),
                    _ => false,
                });
                start(&mut out.html, name, attributes.iter().copied());
            }
        }
    }
    out
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

fn picture(
    out: &mut Resolved,
    known: &mut HashMap<String, u32>,
    attributes: &[(&str, &str)],
    options: &SanitiseOptions<'_>,
) {
    let get = |name: &str| attributes.iter().find(|(attribute, _)| *attribute == name).map(|(_, value)| *value);
    let others = attributes.iter().copied().filter(|(name, _)| *name != "src");
    let Some(place) = get("src").and_then(|src| source(&unescaped(src))) else {
        return without_picture(out, get("alt"));
    };
    let (src, number) = match place {
        Source::Data(data) => (data, None),
        Source::Part(name) => match (options.part_url)(&name) {
            Some(url) => (url, None),
            None => return without_picture(out, get("alt")),
        },
        Source::Remote(url) => {
            let tracker = is_tracker(&url, &get);
            let Some(index) = remember(out, known, &url, tracker) else { return };
            // A tracker takes no room and is never loaded.
            if tracker {
                return;
            }
            match options.remote_url {
                Some(remote_url) => (remote_url(index), None),
                None => (PLACEHOLDER.to_owned(), Some(index.to_string())),
            }
        }
    };
    let src = escaped(&src);
    let number = number.as_deref().map(|number| ("data-remote", number));
    start(&mut out.html, "img", others.chain([("src", src.as_str())]).chain(number));
}

fn remember(out: &mut Resolved, known: &mut HashMap<String, u32>, url: &str, tracker: bool) -> Option<u32> {
    if let Some(&index) = known.get(url) {
        return Some(index);
    }
    if out.remote.len() >= MAX_REMOTE {
        return None;
    }
    let index = u32::try_from(out.remote.len()).ok()?;
    out.remote.push(RemotePicture { url: url.to_owned(), tracker });
    known.insert(url.to_owned(), index);
    Some(index)
}

/// What a picture says that has no place to come from.
fn without_picture(out: &mut Resolved, alt: Option<&str>) {
    if let Some(alt) = alt.filter(|alt| !alt.trim().is_empty()) {
        out.html.push_str("<span class=\"missing-picture\">");
        out.html.push_str(&alt.replace('<', "&lt;").replace('>', "&gt;"));
        out.html.push_str("</span>");
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
    let lower = url.to_ascii_lowercase();
    hidden || (size("width") && size("height")) || TRACKERS.iter().any(|tracker| lower.contains(tracker))
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
