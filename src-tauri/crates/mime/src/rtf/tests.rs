use super::{Rich, read};

#[track_caller]
fn text(rtf: &str, expected: &str) {
    assert_eq!(read(rtf.as_bytes()), Rich::Text(expected.to_owned()), "{rtf}");
}

#[test]
fn rich_text_is_read() {
    text(
        "{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0\\fnil Arial;}}{\\colortbl;\\red0\\green0\\blue0;}\\pard Gr\\'fc\\'dfe, \\b world\\b0 .\\par\r\nNew\\tab line\\line x}",
        "Grüße, world.\nNew\tline\nx",
    );
    text("{\\rtf1 a\\{b\\}\\\\c\\~d\\\r\ne}", "a{b}\\c\u{a0}d\n\ne".replace("\n\n", "\n").as_str());
    text(
        "{\\rtf1{\\*\\generator Msftedit;}{\\pict\\wmetafile8 010203}{\\info{\\author X}}{\\*\\unknown y}shown}",
        "shown",
    );
    text("{\\rtf1{\\field{\\*\\fldinst HYPERLINK \"https://example.com\"}{\\fldrslt here}}}", "here");
    text("{\\rtf1 a{\\v hidden}b\\bin5 }}}}}c}", "abc");
}

#[test]
fn charsets_of_fonts_are_read() {
    text("{\\rtf1\\ansi\\ansicpg936\\'ba\\'cf\\'cd\\'ac}", "合同");
    text(
        "{\\rtf1\\ansi{\\fonttbl{\\f0\\fcharset0 A;}{\\f1\\fnil\\fcharset134 SimSun;}}\\f1\\'ba\\'cf\\'cd\\'ac\\f0 caf\\'e9}",
        "合同café",
    );
    // The second half of a character may be ASCII.
    text("{\\rtf1\\ansi\\ansicpg932\\'83A\\'83C}", "アイ");
    text("{\\rtf1\\ansi\\ansicpg950\\'a5\\'5c}", "功");
}

#[test]
fn unicode_is_read_with_its_fallback_left_out() {
    text("{\\rtf1\\uc1\\u21512?\\u21516?!}", "合同!");
    text("{\\rtf1{\\uc2\\u21512\\'ba\\'cf}x\\u-10179?\\u-8704?}", "合x😀");
    text("{\\rtf1\\uc0\\u8364 5\\u55357?x}", "€5\u{fffd}?x");
}

#[test]
fn outlooks_html_comes_back() {
    let rtf = "{\\rtf1\\ansi\\ansicpg1252\\fromhtml1 \\deff0{\\fonttbl{\\f0\\fswiss Arial;}}\r\n\
        {\\*\\htmltag64 <p>}\\htmlrtf {\\htmlrtf0 Hello \\'e9{\\*\\htmltag84 &nbsp;}\\htmlrtf \\'a0\\htmlrtf0\r\n\
        {\\*\\htmltag84 <b>}\\htmlrtf {\\b\\htmlrtf0 you{\\*\\htmltag92 </b>}\\htmlrtf }\\htmlrtf0\r\n\
        {\\*\\mhtmltag84 <i>}{\\*\\htmltag72 </p>}\\htmlrtf\\par}\\htmlrtf0}";
    assert_eq!(read(rtf.as_bytes()), Rich::Html("<p>Hello é&nbsp;<b>you</b></p>".to_owned()));
}

#[test]
fn any_bytes_are_read_in_proportion() {
    for piece in [
        "{",
        "}",
        "\\",
        "\\'",
        "\\'ff",
        "\\u1?",
        "\\par",
        "{\\*",
        "\\bin9999999999 ",
        "\\f1",
        "{\\fonttbl",
        "\\v",
        "{\\htmltag",
    ] {
        let rtf = format!("{{\\rtf1\\fromhtml1{}", piece.repeat(20_000));
        assert!(read(rtf.as_bytes()).into_text().len() <= rtf.len() * 3, "{piece}");
    }
    let fonts = (0..50_000).fold(String::new(), |fonts, at| fonts + &format!("{{\\f{at}\\fcharset134 x;}}"));
    text(&format!("{{\\rtf1{{\\fonttbl{fonts}}}end}}"), "end");
    assert_eq!(read(b""), Rich::Text(String::new()));
}
