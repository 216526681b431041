//! Pages that others wrote: the HTML5 Security Cheatsheet's vectors and caniemail's feature pages.

use std::fs;
use std::path::{Path, PathBuf};

use postroom_html::{SanitiseOptions, html_to_text, sanitise};

use crate::strict::assert_safe;

fn data(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/data/html").join(folder)
}

#[test]
fn no_vector_of_the_cheatsheet_gets_through() {
    let text = fs::read_to_string(data("h5sc/vectors.txt")).unwrap();
    let vectors: Vec<&str> = text.split("//[\"'`-->]]>]</div>").collect();
    assert!(vectors.len() > 130, "{} vectors", vectors.len());
    for vector in vectors.into_iter().chain([text.as_str()]) {
        let options = SanitiseOptions { part_url: &|_| Some("mail://localhost/t/part/1".to_owned()), remote_url: None };
        let safe = sanitise(vector, &options).unwrap();
        assert_safe(&safe.html);
        // Made safe once more, nothing is left to remove but what scripts never were.
        assert_safe(&sanitise(&safe.html, &options).unwrap().html);
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
