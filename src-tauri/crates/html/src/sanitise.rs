//! The way from a sender's page to one that may be shown.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use ammonia::{Builder, UrlRelative};

use crate::allowed::{ATTRIBUTES, ELEMENTS};
use crate::css::{declared, sets_colours};
use crate::links::{anchor, safe_link, source};
use crate::normalise::normalise;
use crate::pictures::Pictures;
use crate::sheet::{SCOPE, safe_sheet};

/// Where pictures come from.
pub struct SanitiseOptions<'a> {
    /// The address under which a part of the mail is served, by its Content-ID (without brackets) or Content-Location; `None`
    /// where the mail has no such part.
    pub part_url: &'a dyn Fn(&str) -> Option<String>,
    /// The address under which a remote picture is served, by its index in [`SafeHtml::remote`]; `None`: remote pictures are
    /// blocked, a placeholder of their size stands for them. Trackers are never shown.
    pub remote_url: Option<&'a dyn Fn(u32) -> String>,
}

impl SanitiseOptions<'_> {
    /// No parts, nothing remote.
    pub const NOTHING: SanitiseOptions<'static> = SanitiseOptions { part_url: &|_| None, remote_url: None };
}

/// A page that may be shown: no script, form or frame, nothing that loads by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SafeHtml {
    /// The page's content, in one element of the class `mail`, with its style sheet before it. What a link inside of the
    /// page leads to has an id that begins with `m-`.
    pub html: String,
    /// Pictures that stand elsewhere; each address once.
    pub remote: Vec<RemotePicture>,
    /// The mail has colours of its own for dark surroundings.
    pub has_own_dark: bool,
    /// The mail sets text or ground colours.
    pub sets_colours: bool,
}

/// A picture that the core may fetch once the reader allows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemotePicture {
    /// `http:` or `https:`.
    pub url: String,
    /// Invisible, or from a host that counts who reads; only there to be loaded.
    pub tracker: bool,
}

/// Why a page is not shown as HTML; show its text instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TooComplex {
    /// More than 2 MB.
    #[error("the HTML is larger than 2 MB")]
    Size,
    /// Deeper than 256 elements.
    #[error("the HTML is nested deeper than 256 elements")]
    Depth,
    /// Too much text in one piece that must be escaped.
    #[error("the HTML has too many escaped characters")]
    Escapes,
    /// Too many elements, or too many left open.
    #[error("the HTML has too many elements")]
    Elements,
}

/// Makes a page safe. Work and memory are bounded by a multiple of 2 MB whatever the page is.
///
/// # Errors
/// [`TooComplex`] where the page exceeds the bounds; the caller then shows text.
pub fn sanitise(html: &str, options: &SanitiseOptions<'_>) -> Result<SafeHtml, TooComplex> {
    let normal = normalise(html)?;
    let mut pictures = Pictures::new(options);
    let sheet = safe_sheet(&normal.sheets, &mut |address| pictures.background(address));
    let clean = builder().clean(&normal.html).to_string();
    let resolved = pictures.resolve(&clean);
    let mut out = String::with_capacity(resolved.html.len() + sheet.css.len() + 64);
    if !sheet.css.is_empty() {
        out.push_str("<style>");
        out.push_str(&sheet.css);
        out.push_str("</style>");
    }
    out.push_str("<div class=\"");
    out.push_str(SCOPE);
    out.push_str("\">");
    out.push_str(&resolved.html);
    out.push_str("</div>");
    let colours = resolved.sets_colours || sheet.css.split(['{', '}']).any(sets_colours);
    Ok(SafeHtml { html: out, remote: resolved.remote, has_own_dark: sheet.has_dark, sets_colours: colours })
}

fn builder() -> Builder<'static> {
    let mut builder = Builder::empty();
    builder
        .tags(ELEMENTS.iter().copied().collect())
        .clean_content_tags(HashSet::from(["script", "style", "svg", "math", "template"]))
        .generic_attributes(ATTRIBUTES.iter().copied().filter(|name| !matches!(*name, "href" | "src")).collect())
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"])), ("img", HashSet::from(["src"]))]))
        .url_schemes(HashSet::from(["http", "https", "mailto", "cid", "data"]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some("noopener noreferrer nofollow"))
        .set_tag_attribute_value("a", "target", "_blank")
        .strip_comments(true)
        .attribute_filter(attribute);
    builder
}

/// Each attribute by itself: schemes are checked per attribute, styles by property and value.
fn attribute<'v>(element: &str, name: &str, value: &'v str) -> Option<Cow<'v, str>> {
    match (element, name) {
        ("a", "href") => match value.trim().strip_prefix('#') {
            Some(name) => anchor(name).map(|name| Cow::Owned(format!("#{name}"))),
            None => safe_link(value).map(Cow::Owned),
        },
        (_, "id") => anchor(value).map(Cow::Owned),
        ("table" | "tbody" | "thead" | "tfoot" | "tr" | "td" | "th" | "div", "background") => {
            source(value).map(|_| Cow::Borrowed(value))
        }
        (_, "background") => None,
        ("img", "src") => source(value).map(|_| Cow::Borrowed(value)),
        (_, "href" | "src") => None,
        (_, "style") => style(value).map(Cow::Owned),
        (_, "bgcolor" | "color") => {
            let plain = value.len() <= 40
                && value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '#' | ' ' | '(' | ')' | ',' | '.'));
            plain.then_some(Cow::Borrowed(value))
        }
        ("a", "target" | "rel") => Some(Cow::Borrowed(value)),
        (_, name) if ATTRIBUTES.contains(&name) => Some(Cow::Borrowed(value)),
        _ => None,
    }
}

/// The picture of a background stays at the end, where [`Pictures::resolve`] finds it and puts what is shown in its place.
fn style(value: &str) -> Option<String> {
    let mut declared = declared(value);
    if let Some(picture) = declared.picture.filter(|picture| source(picture).is_some()) {
        let blank = if declared.css.is_empty() { "" } else { ";" };
        declared.css.extend([blank, "background-image:url('", &picture, "')"]);
    }
    Some(declared.css).filter(|css| !css.is_empty())
}
