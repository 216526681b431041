//! mime4j's trees and decoded bodies.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use postroom_mime::{parse, part_bytes};

use super::{has_parts, in_order, settle, shape, with_ending, without_cr};

/// Where we read otherwise, and why.
const KNOWN: &[(&str, &str)] = &[
    ("badbound", NO_PARTS),
    ("missing-boundary", NO_PARTS),
    ("missing-inner-boundary", NO_PARTS),
    ("missing-inner-start-boundary", NO_PARTS),
    ("multipartnopart", NO_PARTS),
    ("frag", "a boundary that is none, behind base64 without padding, is two bytes more of it"),
    ("multi-frag", "a boundary that is none, behind base64 without padding, is two bytes more of it"),
    ("malformedHeader-noheader", NO_HEADER),
    ("malformedHeaderStartsBody-noheader", NO_HEADER),
    ("malformedHeaderStartsBody-nocrlfcrlf", "a line that is no field is passed over, as every mail program does"),
    ("very-long-boundary", WHITE),
    ("very-very-long-boundary", WHITE),
    ("weird-boundary", WHITE),
];

const NO_PARTS: &str = "a multipart without parts is shown as the text that it holds, and is a defect";
const NO_HEADER: &str = "what has no header is all text, and none of it is lost";
const WHITE: &str = "white space behind a boundary is none of it: programs on the way add and take it";

/// The tree of an answer, and the files with its bodies in order.
fn answer(xml: &str) -> (String, Vec<String>) {
    let (mut tree, mut bodies) = (String::new(), Vec::new());
    for tag in xml.split('<').skip(1) {
        let name = tag.split(['>', ' ', '/']).next().unwrap();
        match tag.split('>').next().unwrap() {
            "message" => tree.push_str("m["),
            "multipart" => tree.push_str("p["),
            "/message" | "/multipart" => tree.push(']'),
            _ if name == "text-body" || name == "binary-body" => {
                tree.push('l');
                bodies.push(tag.split('"').nth(1).unwrap().to_owned());
            }
            _ => {}
        }
    }
    (tree, bodies)
}

fn differs(message: &Path, answer_at: &Path) -> Option<String> {
    let raw = fs::read(message).unwrap();
    let read = parse(&raw);
    let (tree, bodies) = answer(&String::from_utf8_lossy(&fs::read(answer_at).unwrap()));
    let ours = shape(&read);
    if ours != tree {
        return Some(format!("{ours} for {tree}"));
    }
    let leaves = in_order(&read).into_iter().filter(|part| !has_parts(&read, part));
    for (part, name) in leaves.zip(bodies) {
        let right = without_cr(&fs::read(answer_at.with_file_name(&name)).unwrap());
        let ours = without_cr(&part_bytes(&raw, part.part).unwrap());
        if ours.trim_ascii_end() != right.trim_ascii_end() {
            return Some(format!("part {} is not {name}: {} bytes for {}", part.part.0, ours.len(), right.len()));
        }
    }
    None
}

#[test]
fn trees_and_bodies_are_as_mime4j_says() {
    let (mut differing, mut seen) = (BTreeMap::new(), 0);
    for folder in ["mail/mime4j", "mail/mime-tools"] {
        for (name, path) in with_ending(folder, "msg") {
            let answer = path.with_file_name(format!("{name}_decoded.xml"));
            if answer.exists() {
                seen += 1;
                differing.extend(differs(&path, &answer).map(|how| (name, how)));
            }
        }
    }
    assert!(seen > 70, "{seen}");
    settle(&differing, KNOWN);
}
