//! Declarations: an allow-list of properties *and* of the characters and functions in their values.
//!
//! What passes holds no backslash, no `url`, no `@` and no function but colours, so it means the same to every CSS parser.

use std::borrow::Cow;

/// Properties that lay out and colour a mail. None can leave its place (`position`, `z-index`), load (`background-image`,
/// `content`, `cursor`, `filter`) or run.
const PROPERTIES: &[&str] = &[
    "background",
    "background-clip",
    "background-color",
    "background-origin",
    "background-position",
    "background-repeat",
    "background-size",
    "border",
    "border-bottom",
    "border-bottom-color",
    "border-bottom-left-radius",
    "border-bottom-right-radius",
    "border-bottom-style",
    "border-bottom-width",
    "border-collapse",
    "border-color",
    "border-left",
    "border-left-color",
    "border-left-style",
    "border-left-width",
    "border-radius",
    "border-right",
    "border-right-color",
    "border-right-style",
    "border-right-width",
    "border-spacing",
    "border-style",
    "border-top",
    "border-top-color",
    "border-top-left-radius",
    "border-top-right-radius",
    "border-top-style",
    "border-top-width",
    "border-width",
    "box-sizing",
    "caption-side",
    "clear",
    "color",
    "direction",
    "display",
    "empty-cells",
    "float",
    "font",
    "font-family",
    "font-size",
    "font-style",
    "font-variant",
    "font-weight",
    "height",
    "letter-spacing",
    "line-height",
    "list-style",
    "list-style-position",
    "list-style-type",
    "margin",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "max-height",
    "max-width",
    "min-height",
    "min-width",
    "opacity",
    "overflow",
    "overflow-wrap",
    "overflow-x",
    "overflow-y",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "table-layout",
    "text-align",
    "text-decoration",
    "text-decoration-color",
    "text-decoration-line",
    "text-indent",
    "text-overflow",
    "text-transform",
    "vertical-align",
    "visibility",
    "white-space",
    "width",
    "word-break",
    "word-spacing",
    "word-wrap",
];

/// Functions that values may call.
const FUNCTIONS: [&str; 4] = ["rgb", "rgba", "hsl", "hsla"];

/// Longest value.
const MAX_VALUE_BYTES: usize = 500;
/// Most declarations of one list.
const MAX_DECLARATIONS: usize = 200;

/// A declaration list made safe.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Declared {
    /// The safe declarations, written anew; empty where none is.
    pub(crate) css: String,
    /// The address of the background's picture, which is not in `css`.
    pub(crate) picture: Option<String>,
}

/// The safe declarations of a list.
pub(crate) fn declared(style: &str) -> Declared {
    let style = without_comments(style);
    let mut found = Declared::default();
    for declaration in split(&style).into_iter().take(MAX_DECLARATIONS) {
        let Some((name, value)) = declaration.split_once(':') else { continue };
        let name = name.trim().to_ascii_lowercase();
        let mut value = Cow::Borrowed(value.trim());
        if matches!(name.as_str(), "background" | "background-image")
            && let Some((rest, picture)) = without_picture(&value)
        {
            value = Cow::Owned(rest);
            found.picture = Some(picture);
        }
        if !PROPERTIES.contains(&name.as_str()) {
            continue;
        }
        if let Some(value) = safe_value(&name, value.trim()) {
            if !found.css.is_empty() {
                found.css.push(';');
            }
            found.css.extend([name.as_str(), ":", &value]);
        }
    }
    found
}

/// Takes the one `url(…)` out of a background's value, written so that it can stand between quotes again.
fn without_picture(value: &str) -> Option<(String, String)> {
    let at = value.to_ascii_lowercase().find("url(").filter(|_| !value.contains('\\'))?;
    let (before, after) = (value.get(..at)?, value.get(at + 4..)?);
    let after = after.trim_start();
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
    let (address, rest) = match quote {
        Some(quote) => after.get(1..)?.split_once(quote).map(|(address, rest)| (address, rest.trim_start())),
        None => after.find(')').and_then(|end| after.split_at_checked(end)),
    }?;
    let rest = rest.strip_prefix(')')?;
    let mut picture = String::with_capacity(address.len());
    for c in address.trim().chars() {
        match c {
            ' ' => picture.push_str("%20"),
            '"' => picture.push_str("%22"),
            '\'' => picture.push_str("%27"),
            '(' => picture.push_str("%28"),
            ')' => picture.push_str("%29"),
            c if c.is_control() || c.is_whitespace() => return None,
            c => picture.push(c),
        }
    }
    Some((format!("{before} {rest}"), picture))
}

/// Takes out `/* … */`, which may stand anywhere.
pub(crate) fn without_comments(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        out.push(' ');
        rest = after.split_once("*/").map_or("", |(_, rest)| rest);
    }
    out.push_str(rest);
    out
}

/// Cuts at every `;` that stands outside of quotes and brackets.
fn split(style: &str) -> Vec<&str> {
    let (mut quote, mut depth) = (None, 0_u32);
    style
        .split(|c: char| {
            match (quote, c) {
                (None, '"' | '\'') => quote = Some(c),
                (None, '(') => depth += 1,
                (None, ')') => depth = depth.saturating_sub(1),
                (Some(open), c) if c == open => quote = None,
                _ => {}
            }
            c == ';' && quote.is_none() && depth == 0
        })
        .collect()
}

fn safe_value(name: &str, value: &str) -> Option<String> {
    if value.is_empty() || value.len() > MAX_VALUE_BYTES {
        return None;
    }
    let quotes = matches!(name, "font-family" | "font");
    let allowed = |c: char| match c {
        '"' | '\'' => quotes,
        '#' | '%' | '.' | ',' | '(' | ')' | '+' | '-' | '/' | '!' | ' ' | '_' => true,
        c => c.is_ascii_alphanumeric() || (quotes && c.is_alphanumeric()),
    };
    let value: String = value.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    if !value.chars().all(allowed) || !quotes_close(&value) {
        return None;
    }
    let lower = value.to_ascii_lowercase();
    if !functions_are_safe(&lower)
        || ["expression", "javascript", "url", "image", "element", "attr", "env", "var"]
            .iter()
            .any(|word| has_call(&lower, word))
    {
        return None;
    }
    limits(name, &lower).then_some(value)
}

fn quotes_close(value: &str) -> bool {
    value.matches('"').count().is_multiple_of(2) && value.matches('\'').count().is_multiple_of(2)
}

fn has_call(value: &str, word: &str) -> bool {
    value.contains(&format!("{word}("))
}

/// Every `(` follows the name of an allowed function, none is inside another, and all are closed.
fn functions_are_safe(value: &str) -> bool {
    let mut pieces = value.split('(');
    let mut before = pieces.next().unwrap_or_default();
    if before.contains(')') {
        return false;
    }
    for piece in pieces {
        let name =
            before.rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')).next().unwrap_or_default();
        let Some((_, after)) = piece.split_once(')') else { return false };
        if !FUNCTIONS.contains(&name) || after.contains(')') {
            return false;
        }
        before = after;
    }
    true
}

/// Values that would let a mail reach over its place or hide what it says.
fn limits(name: &str, value: &str) -> bool {
    match name {
        "display" => !value.contains("contents"),
        // Negative margins pull text over other text.
        "margin" | "margin-top" | "margin-left" | "margin-right" | "margin-bottom" => {
            !value.split(' ').any(|word| word.starts_with('-'))
        }
        "text-indent" => !value.starts_with('-'),
        "line-height" | "font-size" => !value.starts_with('-'),
        _ => true,
    }
}

/// The colour words of a declaration list that say what ground the mail wants.
pub(crate) fn sets_colours(style: &str) -> bool {
    style.split(';').filter_map(|declaration| declaration.split_once(':')).any(|(name, value)| {
        matches!(name.trim(), "color" | "background" | "background-color")
            && !matches!(
                value.trim().to_ascii_lowercase().as_str(),
                "inherit" | "transparent" | "none" | "initial" | "windowtext" | "currentcolor"
            )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(style: &str, expected: &str) {
        assert_eq!(declared(style).css, expected, "{style}");
    }

    #[test]
    fn looks_stay() {
        check("COLOR: #333 ; font-size:14px", "color:#333;font-size:14px");
        check(
            "font-family: 'Microsoft YaHei', \"微软雅黑\", sans-serif",
            "font-family:'Microsoft YaHei', \"微软雅黑\", sans-serif",
        );
        check(
            "background:rgba(0, 0, 0, .5) ; width: 100% !important",
            "background:rgba(0, 0, 0, .5);width:100% !important",
        );
        check("mso-line-height-rule:exactly;color:red", "color:red");
    }

    #[test]
    fn what_loads_moves_or_runs_goes() {
        for style in [
            "background:u\\72l(x)",
            "background-image:image-set('x' 1x)",
            "width:expression(alert(1))",
            "width:exp/**/ression(alert(1))",
            "position:fixed;top:0",
            "behavior:url(x)",
            "-moz-binding:url(x)",
            "color:red}body{color:blue",
            "content:'x'",
            "font-family:'a;color:red",
            "color:var(--x)",
            "width:calc(100% + (1px))",
            "margin:-100px",
            "color:r\\65 d",
            "@import 'x'",
            "filter:blur(2px)",
            "background:-webkit-image-set(x)",
        ] {
            check(style, "");
        }
    }

    #[test]
    fn the_picture_of_a_background_is_taken_out() {
        for (style, css, picture) in [
            (
                "background:#fff url( 'https://e.example/a b.png' ) no-repeat",
                "background:#fff   no-repeat",
                "https://e.example/a%20b.png",
            ),
            ("background-image:URL(cid:x);color:red", "color:red", "cid:x"),
            ("background:url(data:image/png;base64,AA==)", "", "data:image/png;base64,AA=="),
            ("background:url(\"a'(b\")", "", "a%27%28b"),
        ] {
            let found = declared(style);
            assert_eq!((found.css.as_str(), found.picture.as_deref()), (css, Some(picture)), "{style}");
        }
        for style in [
            "background:u\\72l(x)",
            "background:url(a\nb)",
            "background:url('a",
            "background:url(x",
            "list-style:url(x)",
        ] {
            assert_eq!(declared(style), Declared::default(), "{style}");
        }
        // One is taken; a value with more is none.
        assert_eq!(declared("background:url(a),url(b)").css, "");
    }

    #[test]
    fn colours_are_noticed() {
        assert!(sets_colours("width:1px;color:#333"));
        assert!(!sets_colours("color:inherit;background:transparent;border-color:red"));
    }
}
