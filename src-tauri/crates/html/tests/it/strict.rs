//! A strict reader of what came out: its own idea of tags, knowing nothing of the crate's.

use std::collections::BTreeMap;

/// An element as a browser would see it in well-formed output.
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: BTreeMap<String, String>,
}

/// Reads all start tags; fails the test where the page is not well formed.
pub(crate) fn elements(html: &str) -> Vec<Element> {
    let chars: Vec<char> = html.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        if chars[at] != '<' {
            at += 1;
            continue;
        }
        let end_tag = chars.get(at + 1) == Some(&'/');
        at += if end_tag { 2 } else { 1 };
        let start = at;
        while chars.get(at).is_some_and(char::is_ascii_alphanumeric) {
            at += 1;
        }
        let name: String = chars[start..at].iter().collect();
        assert!(!name.is_empty(), "a bare < in {html}");
        let mut attributes = BTreeMap::new();
        while chars.get(at) != Some(&'>') {
            assert_eq!(chars.get(at), Some(&' '), "no blank before an attribute in {html}");
            let start = at + 1;
            while chars.get(at).is_some_and(|&c| c != '=') {
                at += 1;
            }
            let attribute: String = chars[start..at].iter().collect();
            assert!(attribute.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "attribute {attribute:?} in {html}");
            assert_eq!(chars.get(at + 1), Some(&'"'), "an unquoted value in {html}");
            let start = at + 2;
            at = start;
            while chars.get(at).is_some_and(|&c| c != '"') {
                at += 1;
            }
            attributes.insert(attribute, chars[start..at].iter().collect());
            at += 1;
        }
        at += 1;
        if !end_tag {
            found.push(Element { name, attributes });
        }
    }
    found
}

/// Fails unless nothing in the page can run, load, submit or leave its place.
#[track_caller]
pub(crate) fn assert_safe(html: &str) {
    let sheet_end =
        html.strip_prefix("<style>").map_or(0, |rest| rest.find("</style>").unwrap() + "<style></style>".len());
    assert_safe_css(&html[..sheet_end]);
    for element in elements(&html[sheet_end..]) {
        let name = element.name.as_str();
        assert!(
            !matches!(
                name,
                "script"
                    | "style"
                    | "link"
                    | "meta"
                    | "base"
                    | "form"
                    | "iframe"
                    | "object"
                    | "embed"
                    | "applet"
                    | "video"
                    | "audio"
                    | "source"
                    | "track"
                    | "svg"
                    | "math"
                    | "input"
                    | "button"
                    | "select"
                    | "textarea"
                    | "template"
                    | "frame"
                    | "frameset"
                    | "body"
                    | "html"
                    | "head"
                    | "noscript"
                    | "portal"
                    | "dialog"
                    | "picture"
                    | "map"
                    | "area"
                    | "bgsound"
            ),
            "<{name}> in {html}"
        );
        for (attribute, value) in &element.attributes {
            assert!(!attribute.starts_with("on") && attribute != "name", "{attribute} in {html}");
            match attribute.as_str() {
                // No name of a mail stands in the place of a document's own.
                "id" => assert!(value.starts_with("m-"), "{value} in {html}"),
                "href" if value.starts_with('#') => assert!(name == "a" && value.starts_with("#m-"), "href {value}"),
                "href" => assert!(
                    name == "a"
                        && ["http://", "https://", "mailto:"]
                            .iter()
                            .any(|scheme| value.to_lowercase().starts_with(scheme)),
                    "href {value}"
                ),
                "src" => assert!(
                    name == "img"
                        && (value.starts_with("mail:") || value.starts_with("data:image/") && !value.contains("svg")),
                    "src {value}"
                ),
                "style" => assert_safe_css(value),
                "background" | "srcset" | "poster" | "action" | "formaction" | "data" | "xlink:href" | "cite"
                | "usemap" | "longdesc" => {
                    panic!("{attribute} in {html}")
                }
                _ => {}
            }
        }
    }
}

#[track_caller]
fn assert_safe_css(css: &str) {
    let lower = without_own_pictures(&css.to_lowercase());
    for bad in [
        "url",
        "image-set",
        "expression",
        "position",
        "behavior",
        "binding",
        "@import",
        "@font-face",
        "\\",
        "javascript",
        "content:",
        "z-index",
    ] {
        // A class may be called so; a property, a function or an at-rule may not.
        let called = lower.contains(&format!("{bad}("))
            || lower.contains(&format!("{bad}:"))
            || bad.starts_with(['@', '\\']) && lower.contains(bad);
        let of_others = lower.matches("list-style-position:").count() + lower.matches("background-position:").count();
        let harmless =
            bad == "position" && lower.matches("position:").count() == of_others && !lower.contains("position(");
        assert!(!called || harmless, "{bad} in {css}");
    }
}

/// The sheet without backgrounds that the app serves itself, or that stand in the page; any other stays to be found.
fn without_own_pictures(css: &str) -> String {
    let mut out = String::new();
    let mut rest = css;
    while let Some((before, after)) = rest.split_once("background-image:url('") {
        out.push_str(before);
        let (address, behind) = after.split_once("')").unwrap_or((after, ""));
        let own = address
            .strip_prefix("mail://localhost/t/")
            .is_some_and(|path| path.chars().all(|c| c.is_ascii_alphanumeric() || c == '/') && !path.is_empty());
        let data = ["png", "gif", "jpeg", "jpg", "webp"].iter().any(|kind| {
            address
                .strip_prefix(&format!("data:image/{kind};base64,"))
                .is_some_and(|data| data.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')))
        });
        if !own && !data {
            out.push_str("url(");
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}
