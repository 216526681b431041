//! The replies of nine mail programs: what is shown of each is what its writer wrote.

use std::path::PathBuf;

use postroom_html::{Document, DocumentKind, SanitiseOptions, Theme, document, html_to_text, sanitise};

fn replies() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../tests/data/html/replies")
}

/// The words that are seen before anything is unfolded.
fn shown(body_html: &str, kind: DocumentKind) -> String {
    let page =
        document(&Document { body_html, nonce: "n", theme: Theme::Light, lang: "en", kind, sets_colours: false });
    let body = page.split_once("<body>").unwrap().1;
    let (before, rest) = body.split_once("<details class=\"quoted\">").unwrap_or((body, ""));
    let after = rest.rsplit_once("</details>").map_or("", |(_, after)| after);
    html_to_text(&[before, after].concat()).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn of_html(html: &str) -> String {
    shown(&sanitise(html, &SanitiseOptions::NOTHING).unwrap().html, DocumentKind::Html)
}

#[test]
fn replies_in_html_show_what_was_written() {
    let mut seen = 0;
    for entry in std::fs::read_dir(replies().join("html_replies")).unwrap() {
        let path = entry.unwrap().path();
        let html = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        assert_eq!(of_html(&html), "Hi. I am fine. Thanks, Alex", "{}", path.display());
        seen += 1;
    }
    assert_eq!(seen, 9);
    let of = |name: &str| of_html(&std::fs::read_to_string(replies().join(name)).unwrap());
    assert_eq!(of("OLK_SRC_BODY_SECTION.html"), "Reply");
    assert_eq!(of("reply-separated-by-hr.html"), "Hi there Bob");
}
