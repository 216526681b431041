//! Fuzzing of the sanitiser: whatever the page, what comes out is safe, the same when made safe again, and bounded.

use std::fs;
use std::path::Path;

use postroom_html::{SanitiseOptions, html_to_text, sanitise, text_to_html};
use postroom_lab::fuzz::{Target, form, run};

use crate::strict::{assert_safe, elements};

const WORDS: &[&[u8]] = &[
    b"<script>",
    b"</script>",
    b"<style>",
    b"</style>",
    b"<svg>",
    b"</svg>",
    b"<math>",
    b"</math>",
    b"<mtext>",
    b"<mglyph>",
    b"<annotation-xml encoding=text/html>",
    b"<foreignObject>",
    b"<desc>",
    b"<title>",
    b"</title>",
    b"<textarea>",
    b"<noscript>",
    b"<template>",
    b"<table>",
    b"<tr>",
    b"<td>",
    b"</table>",
    b"<caption>",
    b"<select>",
    b"<option>",
    b"<p>",
    b"<div>",
    b"</div>",
    b"<b>",
    b"</b>",
    b"<i>",
    b"<a href=\"",
    b"</a>",
    b"<img src=\"",
    b"<img srcset=\"",
    b"<base href=",
    b"<link rel=",
    b"<meta http-equiv=refresh ",
    b"<form action=",
    b"<input ",
    b"<button formaction=",
    b"<iframe srcdoc=\"",
    b"<object data=",
    b"<embed ",
    b"<video poster=",
    b"<audio ",
    b"<source ",
    b"<body background=",
    b"<plaintext>",
    b"<xmp>",
    b"<!--",
    b"-->",
    b"--!>",
    b"<!",
    b"<![CDATA[",
    b"]]>",
    b"<?xml ",
    b"onerror=",
    b"onload =",
    b"style=\"",
    b"class=\"",
    b"id=\"",
    b"xlink:href=",
    b"xmlns=",
    b"javascript:alert(1)",
    b"java\tscript:",
    b"vbscript:",
    b"data:text/html,",
    b"data:image/png;base64,",
    b"cid:x",
    b"https://e.example/",
    b"//e.example/",
    b"\\\\e.example\\",
    b"url(",
    b"image-set(",
    b"@import ",
    b"@font-face{",
    b"expression(",
    b"position:fixed",
    b"behavior:",
    b"\\75 rl(",
    b"&lt;",
    b"&gt;",
    b"&quot;",
    b"&#60;",
    b"&#x3c",
    b"&NewLine;",
    b"&colon;",
    b"&Tab;",
    b"\"",
    b"'",
    b"`",
    b"=",
    b">",
    b"/>",
    b"<",
    b"</",
    b"{",
    b"}",
    b";",
    b"\0",
    b"\x0c",
    b"\r\n",
    b"\xe2\x80\xae",
    b"\xef\xbb\xbf",
    b"\xc2\xa0",
];

const HTML: Target = Target { name: "html", words: WORDS, cases: 1_500, longest: 8 << 10, check };

fn check(case: &[u8]) -> u64 {
    let page = String::from_utf8_lossy(case);
    let part_url = |_: &str| Some("mail://localhost/t/part/1".to_owned());
    let remote_url = |number: u32| format!("mail://localhost/t/remote/{number}");
    let options =
        SanitiseOptions { part_url: &part_url, remote_url: case.len().is_multiple_of(2).then_some(&remote_url as _) };
    let text = html_to_text(&page);
    assert!(text.len() <= 4 * page.len() + 100, "the text grows");
    let told = text_to_html(&page, false);
    assert!(
        elements(&told).iter().all(|element| matches!(element.name.as_str(), "div" | "a" | "blockquote")),
        "{told}"
    );
    let Ok(safe) = sanitise(&page, &options) else { return 0 };
    assert_safe(&safe.html);
    assert!(safe.html.len() <= 40 * page.len() + 1_000, "the page grows: {} of {}", safe.html.len(), page.len());
    if let Ok(again) = sanitise(&safe.html, &options) {
        assert_safe(&again.html);
    }
    let shape: Vec<String> = elements(&safe.html).into_iter().map(|element| element.name).take(8).collect();
    form((shape, safe.remote.len().min(3), safe.sets_colours))
}

#[test]
fn no_page_gets_through() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/data/html");
    let vectors = fs::read_to_string(data.join("h5sc/vectors.txt")).unwrap();
    let mut seeds: Vec<Vec<u8>> = vectors.split("\n\n").map(|vector| vector.as_bytes().to_vec()).collect();
    for entry in fs::read_dir(data.join("caniemail")).unwrap() {
        let page = fs::read(entry.unwrap().path()).unwrap();
        if page.len() < 8_000 {
            seeds.push(page);
        }
    }
    assert!(seeds.len() > 50, "{}", seeds.len());
    run(&HTML, seeds);
}
