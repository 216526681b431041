//! Pages made to take time or memory: either refused or small when they come out.

use postroom_html::{SanitiseOptions, TooComplex, html_to_text, sanitise, text_to_html};

use crate::strict::assert_safe;

#[track_caller]
fn outcome(html: &str) -> Result<usize, TooComplex> {
    assert!(html_to_text(html).len() <= 4 * html.len() + 100);
    sanitise(html, &SanitiseOptions::NOTHING).map(|safe| {
        assert_safe(&safe.html);
        safe.html.len()
    })
}

#[test]
fn deep_or_large_pages_are_refused() {
    assert_eq!(outcome(&"<div>".repeat(100_000)), Err(TooComplex::Depth));
    assert_eq!(outcome(&"<div>".repeat(257)), Err(TooComplex::Depth));
    assert_eq!(outcome(&"<table><tr><td>".repeat(20_000)), Err(TooComplex::Depth));
    assert_eq!(outcome(&"<ul><li>".repeat(20_000)), Err(TooComplex::Depth));
    assert_eq!(outcome(&"<b><i><u>".repeat(20_000)), Err(TooComplex::Depth));
    assert_eq!(outcome(&"x".repeat(3 * 1024 * 1024)), Err(TooComplex::Size));
    assert_eq!(outcome(&"<table><td>".repeat(60)), Err(TooComplex::Depth));
    assert_eq!(outcome(&"</p>".repeat(100_000)), Err(TooComplex::Elements));
    assert_eq!(outcome(&"<br>".repeat(200_000)), Err(TooComplex::Elements));
}

#[test]
fn tricks_that_hide_depth_are_seen() {
    for html in [
        "<div><!--</div>-->".repeat(20_000),
        "<div></span>".repeat(20_000),
        "<div><style></div></style>".repeat(20_000),
        "<div><svg><style></div></style></svg>".repeat(20_000),
        "<div><svg><foreignObject><style></svg></div></style></foreignObject></svg>".repeat(8_000),
        "<div><table><tr><td></div>".repeat(10_000),
        "<div title=\"</div>\">".repeat(20_000),
        "<b><div></b>".repeat(20_000),
    ] {
        assert_eq!(outcome(&html), Err(TooComplex::Depth), "{}", &html[..60]);
    }
}

#[test]
fn formatting_is_not_copied_without_end() {
    let open: String = (0..200).map(|at| format!("<font size={at}>")).collect();
    let html = format!("<p>{open}</p>{}", "<p>x</p>".repeat(100_000));
    assert_eq!(outcome(&html), Err(TooComplex::Elements));
}

#[test]
fn searches_for_the_ends_of_formatting_are_bounded() {
    let page = |depth: usize, count: usize| format!("{}{}", "<div>".repeat(depth), "<b>x</b>".repeat(count));
    assert_eq!(outcome(&page(250, 20_000)), Err(TooComplex::Elements));
    assert!(outcome(&page(250, 5_000)).is_ok() && outcome(&page(40, 40_000)).is_ok());
}

#[test]
fn escaping_is_bounded() {
    // For each of these the serialiser looks through all the text behind it: two minutes for a megabyte.
    for piece in ["&amp;", "&nbsp;", "&", "&copy;", "\u{a0}", "&amp;x</td>", "&amp;<tr>", "<td>&amp;"] {
        assert!(outcome(&format!("<table>{}", piece.repeat(90_000))).is_err(), "{piece}");
        assert!(outcome(&format!("<p>{}</p>", piece.repeat(5_000))).is_ok(), "{piece}");
    }
    assert_eq!(outcome(&"&".repeat(1_000_000)), Err(TooComplex::Escapes));
    assert_eq!(outcome(&format!("<p title=\"{}\">x", "&".repeat(1_000_000))), Err(TooComplex::Escapes));
    assert!(outcome(&"<p>&nbsp;&nbsp;a&amp;b".repeat(30_000)).is_ok());
}

#[test]
fn wide_pages_stay_small() {
    let attributes: String = (0..100_000).map(|at| format!(" a{at}=1")).collect();
    assert!(outcome(&format!("<p{attributes}>x")).unwrap() < 100);
    let classes = format!("<p{}>x", " class=x".repeat(100_000));
    assert!(outcome(&classes).unwrap() < 100);
    assert!(outcome(&"<".repeat(1_000_000)).unwrap() < 5_000_000);
    assert!(outcome(&"<a ".repeat(500_000)).unwrap() < 1_000);
    assert!(outcome(&"<!--".repeat(500_000)).unwrap() < 100);
    assert!(outcome(&format!("<style>{}", "a{".repeat(900_000))).unwrap() < 100);
    assert!(outcome(&format!("<style>{}", "a{color:red}".repeat(100_000))).unwrap() < 200_000);
    assert!(outcome(&format!("<p style=\"{}\">x", "color:red;".repeat(190_000))).unwrap() < 10_000);
}

#[test]
fn an_ordinary_large_mail_is_not_refused() {
    let rows =
        "<tr><td style=\"padding:4px\">报价 <b>12.00</b></td><td><a href=\"https://example.com/x\">x</a></td></tr>"
            .repeat(5_000);
    assert!(outcome(&format!("<table>{rows}</table>")).is_ok());
    assert!(outcome(&"<p>&#20013;&#25991;".repeat(20_000)).is_ok());
}

#[test]
fn texts_stay_in_proportion() {
    for text in [
        "@".repeat(100_000),
        "http://".repeat(50_000),
        "a@b.".repeat(50_000),
        "> ".repeat(500_000),
        "www.".repeat(50_000),
    ] {
        assert!(text_to_html(&text, true).len() < 10_000_000);
    }
}
