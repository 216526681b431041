//! Random markup: nothing panics and nothing forbidden comes out.

use postroom_html::{SanitiseOptions, html_to_text, sanitise, text_to_html};
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
}
