//! Random markup: nothing panics and nothing forbidden comes out.

use postroom_html::{Document, DocumentKind, SanitiseOptions, Theme, document, html_to_text, sanitise, text_to_html};
use proptest::prelude::*;

use crate::strict::{assert_safe, elements};

fn fragment() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "<script>",
        "</script>",
        "<svg>",
        "</svg>",
        "<math>",
        "<style>",
        "</style>",
        "<p ",
        "onclick=",
        "alert(1)",
        ">",
        "\"",
        "'",
        "=",
        "<img src=",
        "javascript:",
        "cid:x",
        "https://e.example/",
        "//e.example",
        "data:image/png;base64,AA",
        "<a href=",
        "</a>",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<table>",
        "<td>",
        "<title>",
        "<textarea>",
        "<noscript>",
        "</noscript>",
        "<template>",
        "&lt;",
        "&#60;",
        "&quot;",
        "style=\"",
        "url(",
        ")",
        "\\75 rl(",
        "position:fixed",
        ";",
        "{",
        "}",
        "@import ",
        "<iframe ",
        "srcdoc=",
        "<b>",
        "</b>",
        "<foreignObject>",
        "<mglyph>",
        "\0",
        "\u{202e}",
        "中文",
        " ",
        "/",
        "<",
        "<a\n",
        "<plaintext>",
        "<select>",
        "<xmp>",
        "<form ",
        "<body ",
        "bgcolor=",
        "width=1 ",
    ]);
    prop::collection::vec(prop_oneof![4 => piece.prop_map(str::to_owned), 1 => any::<String>()], 0..40)
        .prop_map(|pieces| pieces.concat())
}

/// A reply of any shape, with what marks quotes among its words.
fn reply() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "<div>",
        "</div>",
        "<p>",
        "</p>",
        "<p id=\"a>b\">",
        "<br>",
        "<hr>",
        "<b>",
        "</b>",
        "<font color=\"red\">",
        "</font>",
        "<blockquote>",
        "</blockquote>",
        "<div class=\"gmail_quote\">",
        "<div id=\"divRplyFwdMsg\">",
        "<table><tr><td>",
        "</td></tr></table>",
        "<ul><li>",
        "</li></ul>",
        "On 2 Nov 2026, Ann &lt;a@x.test&gt; wrote:",
        "在 2026年11月2日，张伟 写道：",
        "-----Original Message-----",
        "From: Ann",
        "Sent: Monday",
        "To: Bob",
        "word",
        "&gt; word",
        "你好",
        "<img src=\"cid:x\">",
    ]);
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn markup_becomes_safe(html in fragment()) {
        let options = SanitiseOptions { part_url: &|_| Some("mail://localhost/t/part/1".to_owned()), remote_url: None };
        let safe = sanitise(&html, &options).unwrap();
        assert_safe(&safe.html);
        assert_safe(&sanitise(&safe.html, &options).unwrap().html);
        prop_assert!(html_to_text(&html).len() <= 4 * html.len());
    }

    #[test]
    fn any_string_becomes_safe(html in any::<String>()) {
        assert_safe(&sanitise(&html, &SanitiseOptions::NOTHING).unwrap().html);
    }

    #[test]
    fn texts_become_safe(text in fragment(), flowed in any::<bool>()) {
        let html = text_to_html(&text, flowed);
        for element in elements(&html) {
            prop_assert!(matches!(element.name.as_str(), "div" | "a" | "blockquote"), "{}", html);
        }
        assert_safe(&html);
    }

    #[test]
    fn folding_loses_no_word_and_closes_what_it_opens(html in reply()) {
        let safe = sanitise(&html, &SanitiseOptions::NOTHING).unwrap().html;
        let page = document(&Document {
            body_html: &safe,
            nonce: "n",
            theme: Theme::Light,
            lang: "en",
            kind: DocumentKind::Html,
            sets_colours: false,
        });
        let body = page.split_once("<body>").unwrap().1;
        let words = |html: &str| html_to_text(html).split_whitespace().filter(|word| *word != ">").collect::<String>();
        prop_assert_eq!(words(&body.replace("···", "")), words(&safe));
        // What a parser makes of it is what was written: every element ends in the one that it began in.
        let mut open = Vec::new();
        for tag in body.split('<').skip(1) {
            let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
            if tag.starts_with('/') {
                if !matches!(name.as_str(), "body" | "html") {
                    prop_assert_eq!(open.pop(), Some(name), "{}", body);
                }
            } else if !matches!(name.as_str(), "br" | "hr" | "img" | "") {
                open.push(name);
            }
        }
        prop_assert!(open.is_empty());
    }
}
