//! Pages that others wrote, and our own: vectors of attacks of which nothing may run or load, and caniemail's feature
//! pages.

use std::fs;
use std::path::{Path, PathBuf};

use postroom_html::{SanitiseOptions, html_to_text, sanitise, text_to_html};
use serde::Deserialize;

use crate::strict::{assert_safe, elements};

fn data(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/data/html").join(folder)
}

/// A vector of `tests/data/html/vectors.json`.
#[derive(Debug, Deserialize)]
struct Vector {
    id: u32,
    class: String,
    html: String,
    /// Its characters are bytes of this charset: decoded before anything is sanitised, elsewhere tested.
    charset: Option<String>,
}

/// What stands for a script and for addresses in the vectors.
const RUN: &str = "top.postMessage(1,String.fromCharCode(42))";
const HOST: &str = "198.51.100.7:8080";
const NAME: &str = "vector.example.net";

fn vectors() -> Vec<Vector> {
    let text = fs::read_to_string(data("vectors.json")).unwrap();
    let mut vectors: Vec<Vector> = serde_json::from_str(&text).unwrap();
    for vector in &mut vectors {
        vector.html = vector
            .html
            .replace("{{run}}", RUN)
            .replace("{{url}}", &format!("http://{HOST}/v/{}", vector.id))
            .replace("{{host}}", HOST)
            .replace("{{udp}}", HOST)
            .replace("{{name}}", NAME)
            .replace("{{id}}", &vector.id.to_string());
    }
    vectors
}

/// Fails where the page names the vector's server in any place that a browser would follow by itself: everywhere but in
/// text, in a link that waits for a click, and in a picture's words.
#[track_caller]
fn assert_goes_nowhere(id: u32, html: &str) {
    let sheet = html.strip_prefix("<style>").and_then(|rest| rest.split_once("</style>"));
    let (sheet, body) = sheet.unwrap_or(("", html));
    for name in [HOST, NAME] {
        assert!(!sheet.contains(name), "{id}: {html}");
        for element in elements(body) {
            for (attribute, value) in element.attributes {
                let waits = element.name == "a" && attribute == "href"
                    || matches!(attribute.as_str(), "title" | "alt" | "class" | "summary" | "value");
                assert!(waits || !value.contains(name), "{id}: {attribute}={value} in {html}");
            }
        }
    }
}

#[track_caller]
fn check(id: u32, html: &str) {
    let part_url = |_: &str| Some("mail://localhost/t/part/1".to_owned());
    let remote_url = |number: u32| format!("mail://localhost/t/remote/{number}");
    for remote in [None, Some(&remote_url as &dyn Fn(u32) -> String)] {
        let options = SanitiseOptions { part_url: &part_url, remote_url: remote };
        let safe = sanitise(html, &options).unwrap_or_else(|error| panic!("{id}: {error}"));
        assert_safe(&safe.html);
        assert_goes_nowhere(id, &safe.html);
        // What comes out is not changed by being parsed once more: nothing in it mutates.
        let again = sanitise(&safe.html, &options).unwrap();
        assert_safe(&again.html);
        assert_goes_nowhere(id, &again.html);
        for picture in &safe.remote {
            assert!(picture.url.starts_with("http://") || picture.url.starts_with("https://"), "{id}: {}", picture.url);
        }
    }
    assert_safe(&text_to_html(&html_to_text(html), false));
}

#[test]
fn nothing_that_may_run_or_load_survives() {
    let vectors = vectors();
    assert!(vectors.len() > 600, "{} vectors", vectors.len());
    for vector in &vectors {
        check(vector.id, &vector.html);
    }
    // All on one page, each behind what the ones before it left open.
    let plain = vectors.iter().filter(|vector| vector.charset.is_none());
    for half in plain.map(|vector| vector.html.as_str()).collect::<Vec<_>>().chunks(40) {
        check(0, &half.join("\n"));
        check(0, &half.iter().rev().copied().collect::<Vec<_>>().concat());
    }
}

#[test]
fn each_class_of_attack_has_its_vectors() {
    let vectors = vectors();
    for (class, least) in [
        ("script", 30),
        ("handler", 70),
        ("address", 60),
        ("load", 80),
        ("head", 50),
        ("css", 90),
        ("sheet", 90),
        ("svg", 45),
        ("mutation", 60),
        ("network", 20),
        ("form", 8),
        ("top", 4),
        ("app", 15),
        ("charset", 28),
    ] {
        let found = vectors.iter().filter(|vector| vector.class == class).count();
        assert!(found >= least, "{class}: {found}");
    }
    let charsets: std::collections::BTreeSet<&str> =
        vectors.iter().filter_map(|vector| vector.charset.as_deref()).collect();
    assert!(charsets.len() >= 12, "{charsets:?}");
}

#[test]
fn no_vector_of_the_cheatsheet_gets_through() {
    let text = fs::read_to_string(data("h5sc/vectors.txt")).unwrap();
    let vectors: Vec<&str> = text.split("//[\"'`-->]]>]</div>").collect();
    assert!(vectors.len() > 130, "{} vectors", vectors.len());
    for (vector, id) in vectors.into_iter().chain([text.as_str()]).zip(1..) {
        check(id, vector);
    }
}

#[test]
fn feature_pages_are_shown_without_loading() {
    let (mut pages, mut with_text) = (0, 0);
    for entry in fs::read_dir(data("caniemail")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "html") {
            continue;
        }
        let page = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        let safe =
            sanitise(&page, &SanitiseOptions::NOTHING).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_safe(&safe.html);
        with_text += usize::from(!html_to_text(&page).is_empty());
        pages += 1;
    }
    // A few pages are nothing but pictures.
    assert!(pages > 100 && with_text + 10 > pages, "{pages} pages, {with_text} with text");
}
