//! What a page's styles keep from being seen, as far as one element's own styles and classes tell.
//!
//! A guess, not a layout: what it misses is quoted, what it takes for hidden is left out of a text.

use std::collections::HashSet;

use crate::css::without_comments;
use crate::sheet::blocks;
use crate::tags::{Tags, Token};

/// Letters smaller than this cannot be read, pixels or points.
const READABLE: f32 = 2.0;

/// What of a page hides.
#[derive(Debug, Default)]
pub(crate) struct Hiding {
    classes: HashSet<String>,
    nothing: bool,
}

impl Hiding {
    /// Reads the style sheets of a page.
    pub(crate) fn by(html: &str) -> Self {
        let mut classes = HashSet::new();
        let mut in_sheet = false;
        for token in Tags::new(html) {
            match token {
                Token::Start { name, .. } => in_sheet = name.eq_ignore_ascii_case("style"),
                Token::Text(sheet) if in_sheet => {
                    let sheet = without_comments(sheet).replace("<!--", " ").replace("-->", " ");
                    for (selectors, _) in blocks(&sheet).into_iter().filter(|(_, body)| hides(body)) {
                        classes.extend(selectors.split(',').filter_map(class));
                    }
                }
                Token::Text(_) | Token::End { .. } => {}
            }
        }
        Self { classes, nothing: false }
    }

    /// Takes everything for visible.
    pub(crate) fn nothing() -> Self {
        Self { nothing: true, ..Self::default() }
    }

    /// Whether an element with these attributes is not seen.
    pub(crate) fn hides(&self, attributes: &[(&str, &str)]) -> bool {
        !self.nothing
            && attributes.iter().any(|(name, value)| match name.to_ascii_lowercase().as_str() {
                "hidden" => true,
                "style" => hides(value),
                "class" => value.split_ascii_whitespace().any(|class| self.classes.contains(class)),
                _ => false,
            })
    }
}

/// The class of `.class` and `element.class`, of no other selector.
fn class(selector: &str) -> Option<String> {
    let (element, class) = selector.trim().split_once('.')?;
    let name = |text: &str| text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    (name(element) && !class.is_empty() && name(class)).then(|| class.to_owned())
}

/// Whether a list of declarations hides what it is given to.
fn hides(style: &str) -> bool {
    let lower = style.to_ascii_lowercase();
    let get = |wanted: &str| {
        let values = lower.split(';').filter_map(|declaration| declaration.split_once(':'));
        let last = values.rev().find(|(name, _)| name.trim() == wanted);
        last.map(|(_, value)| value.trim_end().trim_end_matches("!important").trim())
    };
    let is_zero = |name: &str| get(name).and_then(number).is_some_and(|number| number <= 0.0);
    let same_colours = || {
        let ground = get("background-color").or_else(|| get("background"));
        get("color").is_some_and(|color| color == "transparent" || ground == Some(color))
    };
    get("display") == Some("none")
        || matches!(get("visibility"), Some("hidden" | "collapse"))
        || is_zero("opacity")
        || get("font-size")
            .is_some_and(|size| !size.ends_with(['m', '%']) && number(size).is_some_and(|n| n < READABLE))
        || is_zero("font-size")
        || get("overflow") == Some("hidden") && (is_zero("max-height") || is_zero("height") || is_zero("max-width"))
        || get("text-indent").and_then(number).is_some_and(|indent| indent < -99.0)
        || same_colours()
}

/// The number that a value begins with.
fn number(value: &str) -> Option<f32> {
    let end = value.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-'))).unwrap_or(value.len());
    value.get(..end)?.parse().ok()
}
