//! `<style>` blocks: rules with simple selectors and safe declarations, kept inside the mail's own element; all at-rules but
//! `@media` on the width and on the theme go.
//!
//! The theme is the app's, not the system's: what a mail says for dark surroundings becomes rules that look at the
//! document's own mark.

use crate::css::{declared, sets_colours, without_comments};

/// The class of the element that holds a mail; no rule reaches outside.
pub(crate) const SCOPE: &str = "mail";

/// Largest sheet that is read.
const MAX_BYTES: usize = 256 * 1024;
/// Most rules.
const MAX_RULES: usize = 2_000;

/// The safe part of a mail's style sheets.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Sheet {
    pub(crate) css: String,
    /// The mail has colours of its own for dark surroundings.
    pub(crate) has_dark: bool,
}

/// Makes a sheet safe. `picture` gives the address under which a background's picture is served, if it is shown.
pub(crate) fn safe_sheet(css: &str, picture: &mut dyn FnMut(&str) -> Option<String>) -> Sheet {
    let cut = css.get(..css.floor_char_boundary(MAX_BYTES)).unwrap_or(css);
    // Old programs wrap sheets in a comment of HTML.
    let css = without_comments(cut).replace("<!--", " ").replace("-->", " ");
    let mut sheet = Sheet::default();
    let mut rules = Rules { left: MAX_RULES, picture };
    for (prelude, body) in blocks(&css) {
        let Some(at_rule) = prelude.strip_prefix('@') else {
            rules.write(&mut sheet.css, "", prelude, body);
            continue;
        };
        let Some(media) = at_rule.strip_prefix("media").and_then(Media::read) else { continue };
        let mut inner = String::new();
        for (selectors, declarations) in blocks(body) {
            rules.write(&mut inner, media.theme.under(), selectors, declarations);
        }
        sheet.has_dark |= media.theme == Theme::Dark && inner.split(['{', '}']).any(sets_colours);
        match (inner.is_empty(), media.query.as_str()) {
            (true, _) => {}
            (false, "") => sheet.css.push_str(&inner),
            (false, query) => sheet.css.extend(["@media ", query, "{", &inner, "}"]),
        }
    }
    sheet
}

struct Rules<'a> {
    left: usize,
    picture: &'a mut dyn FnMut(&str) -> Option<String>,
}

impl Rules<'_> {
    fn write(&mut self, out: &mut String, under: &str, selectors: &str, body: &str) {
        let safe: Vec<String> =
            selectors.split(',').filter_map(safe_selector).map(|selector| format!("{under}{selector}")).collect();
        if safe.is_empty() || self.left == 0 {
            return;
        }
        let mut declared = declared(body);
        if let Some(address) = declared.picture.and_then(|picture| (self.picture)(&picture)) {
            let blank = if declared.css.is_empty() { "" } else { ";" };
            declared.css.extend([blank, "background-image:url('", &address, "')"]);
        }
        if declared.css.is_empty() {
            return;
        }
        self.left -= 1;
        out.extend([safe.join(",").as_str(), "{", &declared.css, "}"]);
    }
}

/// The surroundings that a rule is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Theme {
    Any,
    Dark,
    Light,
}

impl Theme {
    /// What stands before a selector.
    fn under(self) -> &'static str {
        match self {
            Self::Any => "",
            Self::Dark => "[data-theme=dark]:not([data-original]) ",
            Self::Light => ":is([data-theme=light],[data-original]) ",
        }
    }
}

/// A condition on the medium.
struct Media {
    /// The condition without the theme; may be empty.
    query: String,
    theme: Theme,
}

impl Media {
    fn read(query: &str) -> Option<Self> {
        let query = query.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase();
        if !query.contains("prefers-color-scheme") {
            return Some(Self { query: safe_media(&query)?, theme: Theme::Any });
        }
        let mut theme = None;
        let mut others = Vec::new();
        for term in query.split(" and ") {
            match term.replace(' ', "").as_str() {
                "(prefers-color-scheme:dark)" => theme = Some(Theme::Dark),
                "(prefers-color-scheme:light)" => theme = Some(Theme::Light),
                // A list, a `not` or the like.
                other if other.contains("prefers-color-scheme") => return None,
                _ => others.push(term),
            }
        }
        let query = if others.is_empty() { String::new() } else { safe_media(&others.join(" and "))? };
        Some(Self { query, theme: theme? })
    }
}

/// Cuts a sheet into what stands before a brace and what stands between it and its match. Statements without a block go.
pub(crate) fn blocks(css: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let (mut prelude_start, mut body_start, mut depth) = (0, 0, 0_u32);
    let mut prelude = "";
    for (at, byte) in css.bytes().enumerate() {
        match byte {
            b'{' => {
                if depth == 0 {
                    prelude = css.get(prelude_start..at).unwrap_or_default().trim();
                    body_start = at + 1;
                }
                depth += 1;
            }
            b'}' if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    found.push((prelude, css.get(body_start..at).unwrap_or_default()));
                    prelude_start = at + 1;
                }
            }
            b'}' => prelude_start = at + 1,
            b';' if depth == 0 => prelude_start = at + 1,
            _ => {}
        }
    }
    found
}

/// Type, class and a few harmless pseudo selectors with the usual combinators, scoped; ids and attributes are not in what
/// ammonia leaves.
fn safe_selector(selector: &str) -> Option<String> {
    let selector = selector.trim();
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ' | '>' | '+' | '*' | ':');
    if selector.is_empty() || selector.len() > 200 || !selector.chars().all(safe) {
        return None;
    }
    let lower = selector.to_ascii_lowercase();
    let pseudo_known = lower.split(':').skip(1).all(|rest| {
        let word: String = rest.chars().take_while(|c| c.is_ascii_alphabetic() || *c == '-').collect();
        matches!(word.as_str(), "link" | "first-child" | "last-child" | "hover" | "active")
    });
    if !pseudo_known || lower.contains("::") {
        return None;
    }
    let first = lower.split([' ', '>', '+', '.', ':']).next().unwrap_or_default();
    match first {
        // The page's body has become the mail's element's child.
        "body" | "html" => {
            let rest = selector.get(first.len()..).unwrap_or_default().trim_start();
            (rest.is_empty()).then(|| format!(".{SCOPE}")).or_else(|| safe_selector(rest))
        }
        _ => Some(format!(".{SCOPE} {selector}")),
    }
}

/// Media conditions on the width of a screen, in lower case.
fn safe_media(query: &str) -> Option<String> {
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '(' | ')' | ':' | ' ' | '-' | '.' | ',');
    let known = |word: &str| {
        matches!(word, "only" | "screen" | "and" | "all" | "")
            || word.chars().next().is_some_and(|c| c.is_ascii_digit())
            || matches!(word, "max-width" | "min-width" | "max-device-width" | "min-device-width")
    };
    let words_known = query.split(['(', ')', ':', ' ', ',']).all(known);
    let balanced = query.matches('(').count() == query.matches(')').count();
    (!query.is_empty() && query.len() <= 200 && query.chars().all(safe) && words_known && balanced)
        .then(|| query.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn safe_sheet(css: &str) -> Sheet {
        super::safe_sheet(css, &mut |_| None)
    }

    #[test]
    fn rules_are_scoped() {
        let sheet = safe_sheet(
            "<!-- p.MsoNormal, td > a:link {margin:0cm; position:fixed} body{color:#333} .x{background:url(y)} \
             @import 'z'; @font-face{font-family:x;src:url(y)} @media only screen and (max-width: 600px){.w{width:100%!important}} -->",
        );
        assert_eq!(
            sheet.css,
            ".mail p.MsoNormal,.mail td > a:link{margin:0cm}.mail{color:#333}@media only screen and (max-width: 600px){.mail .w{width:100%!important}}"
        );
        assert!(!sheet.has_dark);
    }

    #[test]
    fn hostile_sheets_give_nothing() {
        for css in [
            "a[href^=x]{color:red}",
            "a::before{color:red}",
            "\\61{color:red}",
            "</style><script>{color:red}",
            "@media not all and (prefers-color-scheme:dark){a{color:red}}",
            "@media (prefers-color-scheme:dark),print{a{color:red}}",
            "@media (prefers-color-scheme:dark) and (x){a{color:red}}",
            "@keyframes x{from{color:red}}",
            "a{color:red",
            "}{}{a{b}",
            ":root{color:red}",
        ] {
            assert_eq!(safe_sheet(css).css, "", "{css}");
        }
    }

    #[test]
    fn rules_for_a_theme_look_at_the_documents_own() {
        let sheet = safe_sheet(
            "@media (prefers-color-scheme: dark){.a,body{color:#fff!important}} \
             @media screen and (prefers-color-scheme:light) and (max-width:600px){p{color:red}}",
        );
        assert_eq!(
            sheet.css,
            "[data-theme=dark]:not([data-original]) .mail .a,[data-theme=dark]:not([data-original]) .mail{color:#fff!important}\
             @media screen and (max-width:600px){:is([data-theme=light],[data-original]) .mail p{color:red}}"
        );
        assert!(sheet.has_dark);
        assert!(!safe_sheet("@media (prefers-color-scheme:dark){p{margin:1px}}").has_dark);
    }

    #[test]
    fn a_background_has_its_picture_if_it_is_shown() {
        let css = ".a{color:red;background:#fff url(https://e.example/x)}.b{background-image:url(x)}";
        assert_eq!(safe_sheet(css).css, ".mail .a{color:red;background:#fff}");
        let sheet = super::safe_sheet(css, &mut |picture| (picture != "x").then(|| "/t/remote/0".to_owned()));
        assert_eq!(sheet.css, ".mail .a{color:red;background:#fff;background-image:url('/t/remote/0')}");
    }
}
