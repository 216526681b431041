//! The replies of fourteen mail programs, as text and as HTML: what is shown before anything is unfolded is what their
//! writers wrote.

use std::path::{Path, PathBuf};

use postroom_html::{Document, DocumentKind, SanitiseOptions, Theme, document, html_to_text, sanitise, text_to_html};
use postroom_mime::parse;

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn shown(body_html: &str, kind: DocumentKind) -> String {
    let page =
        document(&Document { body_html, nonce: "n", theme: Theme::Light, lang: "en", kind, sets_colours: false });
    let body = page.split_once("<body>").unwrap().1;
    let (before, rest) = body.split_once("<details class=\"quoted\">").unwrap_or((body, ""));
    let after = rest.rsplit_once("</details>").map_or("", |(_, after)| after);
    words(&html_to_text(&[before, after].concat()))
}

fn check(path: &Path, expected: &str) {
    let message = parse(&std::fs::read(path).unwrap());
    if let Some(text) = &message.text {
        assert_eq!(
            shown(&text_to_html(text, message.text_is_flowed), DocumentKind::Text),
            expected,
            "{}: text",
            path.display()
        );
    }
    if let Some(html) = &message.html {
        let safe = sanitise(html, &SanitiseOptions::NOTHING).unwrap();
        // A link's address is not told in HTML.
        let expected = expected.split(" (http").next().unwrap();
        // This one has another text in its HTML.
        let expected = if path.ends_with("outlook.eml") { "Allo! Follow up MIME!" } else { expected };
        assert_eq!(shown(&safe.html, DocumentKind::Html), expected, "{}: HTML", path.display());
    }
    assert!(message.text.is_some() || message.html.is_some());
}

#[test]
fn what_replies_quote_is_folded() {
    let replies = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../tests/data/html/replies");
    let mut seen = 0;
    for entry in std::fs::read_dir(replies.join("standard_replies")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "eml") {
            continue;
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let written = std::fs::read_to_string(path.with_file_name(format!("{name}_reply_text")));
        check(&path, &written.map_or_else(|_| "Hello".to_owned(), |text| words(&text)));
        seen += 1;
    }
    assert_eq!(seen, 12);
    // Its quote stands in one element with what was written.
    let shared = parse(&std::fs::read(replies.join("reply-quotations-share-block.eml")).unwrap());
    let text = shown(&text_to_html(&shared.text.unwrap(), shared.text_is_flowed), DocumentKind::Text);
    let html = sanitise(&shared.html.unwrap(), &SanitiseOptions::NOTHING).unwrap().html;
    for shown in [text, shown(&html, DocumentKind::Html)] {
        assert!(
            shown.starts_with("Hi Katharine.") && (shown.ends_with("Joe XXX") || shown.ends_with("Jhon Doe")),
            "{shown}"
        );
    }
}
