//! `<style>` blocks: rules with simple selectors and safe declarations, kept inside the mail's own element; all at-rules but
//! `@media` on the width go.

use crate::css::{declarations, without_comments};

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

pub(crate) fn safe_sheet(css: &str) -> Sheet {
    let cut = css.get(..css.floor_char_boundary(MAX_BYTES)).unwrap_or(css);
    // Old programs wrap sheets in a comment of HTML.
    let css = without_comments(cut).replace("<!--", " ").replace("-->", " ");
    let lower = css.to_ascii_lowercase();
    let mut sheet =
        Sheet { css: String::new(), has_dark: lower.contains("prefers-color-scheme") && lower.contains("dark") };
    let mut left = MAX_RULES;
    for (prelude, body) in blocks(&css) {
        if let Some(at_rule) = prelude.strip_prefix('@') {
            let Some(media) = at_rule.strip_prefix("media").and_then(safe_media) else { continue };
            let mut inner = String::new();
            for (selectors, declarations) in blocks(body) {
                rule(&mut inner, selectors, declarations, &mut left);
            }
            if !inner.is_empty() {
                sheet.css.extend(["@media ", &media, "{", &inner, "}"]);
            }
        } else {
            rule(&mut sheet.css, prelude, body, &mut left);
        }
    }
    sheet
}

fn rule(out: &mut String, selectors: &str, body: &str, left: &mut usize) {
    let safe: Vec<String> = selectors.split(',').filter_map(safe_selector).collect();
    let declarations = declarations(body);
    if safe.is_empty() || declarations.is_empty() || *left == 0 {
        return;
    }
    *left -= 1;
    out.push_str(&safe.join(","));
    out.push('{');
    out.push_str(&declarations);
    out.push('}');
}

/// Cuts a sheet into what stands before a brace and what stands between it and its match. Statements without a block go.
fn blocks(css: &str) -> Vec<(&str, &str)> {
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

/// Media conditions on the width of a screen.
fn safe_media(query: &str) -> Option<String> {
    let query = query.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase();
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '(' | ')' | ':' | ' ' | '-' | '.' | ',');
    let known = |word: &str| {
        matches!(word, "only" | "screen" | "and" | "all" | "")
            || word.chars().next().is_some_and(|c| c.is_ascii_digit())
            || matches!(word, "max-width" | "min-width" | "max-device-width" | "min-device-width")
    };
    let words_known = query.split(['(', ')', ':', ' ', ',']).all(known);
    let balanced = query.matches('(').count() == query.matches(')').count();
    (!query.is_empty() && query.len() <= 200 && query.chars().all(safe) && words_known && balanced).then_some(query)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            "@media (prefers-color-scheme:dark){a{color:red}}",
            "@keyframes x{from{color:red}}",
            "a{color:red",
            "}{}{a{b}",
            ":root{color:red}",
        ] {
            assert_eq!(safe_sheet(css).css, "", "{css}");
        }
        assert!(safe_sheet("@media (prefers-color-scheme:dark){a{color:red}}").has_dark);
    }
}
