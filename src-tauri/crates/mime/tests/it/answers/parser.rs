//! mail-parser's readings of its own messages, and its tables of headers.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postroom_mime::{PartInfo, parse, parse_envelope, part_bytes};
use serde_json::Value;

use super::{data, has_parts, in_order, settle, with_ending, without_cr};

/// Where we read otherwise, and why.
const KNOWN: &[(&str, &str)] = &[
    ("legacy/017", UUENCODE),
    ("legacy/026", UUENCODE),
    ("legacy/048", UUENCODE),
    ("legacy/049", "files in a text are parts of the tree"),
    ("legacy/033", "Latin-1 that calls itself something else is guessed"),
    ("legacy/052", "Latin-1 that calls itself something else is guessed"),
    ("malformed/000", "headers without the blank line behind them are headers all the same"),
    ("malformed/001", BOUNDARY),
    ("malformed/004", BOUNDARY),
    ("malformed/007", BOUNDARY),
    ("malformed/009", OUTER),
    ("malformed/011", OUTER),
    ("malformed/012", OUTER),
    ("malformed/016", OUTER),
    ("malformed/019", BOUNDARY),
    ("malformed/020", BOUNDARY),
    ("malformed/021", BOUNDARY),
    ("malformed/022", "a message without a header is a message all the same, and its text is its text"),
    ("rfc/000", "words that are too few to be told from base64"),
    ("thirdparty/000", "NUL is shown as a replacement character"),
    ("thirdparty/002", "what stands behind the padding of base64 is none of it"),
    ("thirdparty/005", "a boundary begins a line"),
    ("thirdparty/015", "a multipart without parts ends with the part that it is in"),
];

const UUENCODE: &str = "what says that it is uuencoded is decoded";
const BOUNDARY: &str =
    "a boundary is the whole line, or what stands before white space: not the beginning of a longer one";
const OUTER: &str = "the boundary of an outer multipart ends the inner ones";

/// The parts of an answer, depth first: kind, and the content of leaves.
fn parts<'a>(answer: &'a Value, index: usize, out: &mut Vec<(&'static str, &'a Value)>) {
    let body = &answer["parts"][index]["body"];
    let (kind, content) = body.as_object().unwrap().iter().next().unwrap();
    match kind.as_str() {
        "Multipart" => {
            out.push(("multipart", &Value::Null));
            for child in content.as_array().unwrap() {
                parts(answer, usize::try_from(child.as_u64().unwrap()).unwrap(), out);
            }
        }
        "Message" => {
            out.push(("message", &Value::Null));
            parts(content, 0, out);
        }
        "Html" | "Text" => out.push(("text", content)),
        _ => out.push(("binary", content)),
    }
}

fn differs(message: &Path) -> Option<String> {
    let raw = fs::read(message).unwrap();
    let answer: Value = serde_json::from_slice(&fs::read(message.with_extension("json")).unwrap()).unwrap();
    let read = parse(&raw);
    let mut right = Vec::new();
    parts(&answer, 0, &mut right);
    let parts = in_order(&read);
    let kind = |part: &&PartInfo| match part.mime_type.split('/').next() {
        Some("multipart") => "multipart",
        Some("message") if has_parts(&read, part) => "message",
        _ => "leaf",
    };
    let ours: Vec<_> = parts.iter().map(kind).collect();
    let shape: Vec<_> =
        right.iter().map(|(kind, _)| if matches!(*kind, "text" | "binary") { "leaf" } else { kind }).collect();
    if ours != shape {
        return Some(format!("{ours:?} for {shape:?}"));
    }
    for (part, (kind, content)) in parts.iter().zip(&right) {
        let ours = part_bytes(&raw, part.part).unwrap();
        let (ours, right) = match *kind {
            "binary" => (ours, content.as_array().unwrap().iter().map(byte).collect()),
            "text" => (text(&ours, part).into_bytes(), content.as_str().unwrap().as_bytes().to_vec()),
            _ => continue,
        };
        let (ours, right) = (without_cr(&ours), without_cr(&right));
        if ours.trim_ascii_end() != right.trim_ascii_end() {
            let short = |bytes: &[u8]| String::from_utf8_lossy(bytes).chars().take(80).collect::<String>();
            let (number, lens) = (part.part.0, (ours.len(), right.len()));
            return Some(format!("part {number}, {kind}, {lens:?}: {:?} for {:?}", short(&ours), short(&right)));
        }
    }
    None
}

fn byte(value: &Value) -> u8 {
    u8::try_from(value.as_u64().unwrap()).unwrap()
}

/// What a text part shows: read as the only part of a message.
fn text(bytes: &[u8], part: &PartInfo) -> String {
    let head = format!("Content-Type: text/plain; charset=\"{}\"\nContent-Transfer-Encoding: base64\n\n", part.charset);
    parse((head + &STANDARD.encode(bytes)).as_bytes()).text.unwrap()
}

#[test]
fn parts_and_contents_are_as_mail_parser_says() {
    let (mut differing, mut seen) = (BTreeMap::new(), 0);
    for folder in ["rfc", "legacy", "malformed", "thirdparty"] {
        for (name, path) in with_ending(&format!("mail/mail-parser/eml/{folder}"), "eml") {
            seen += 1;
            differing.extend(differs(&path).map(|how| (format!("{folder}/{name}"), how)));
        }
    }
    assert!(seen > 100, "{seen}");
    settle(&differing, KNOWN);
}

fn table(name: &str) -> Vec<Value> {
    serde_json::from_slice(&fs::read(data().join(format!("mail/mail-parser/{name}.json"))).unwrap()).unwrap()
}

/// Where we read a date otherwise, and why.
const KNOWN_DATES: &[(&str, &str)] = &[];
/// Where we read a subject otherwise, and why.
const KNOWN_TEXTS: &[(&str, &str)] = &[
    ("Some text =?utf-8?Q??=here", "white space is one blank in a header that is shown"),
    (
        "[SUSPECTED SPAM]=?utf-8?B?VGhpcyBpcyB0aGUgb\r\n 3JpZ2luYWwgc3ViamVjdA==?=",
        "no blank is put before a word that stands without one",
    ),
    (
        "[SUSPECTED SPAM]=?utf-8?B?VGhpcyBpcyB0aGUgb\n 3JpZ2luYWwgc3ViamVjdA==?=",
        "no blank is put before a word that stands without one",
    ),
    (
        "[SUSPECTED SPAM]=?utf-8?B?VGhpcyBpcyB0aGUgb3JpZ2luYWwgc3ViamVjdA==?=",
        "no blank is put before a word that stands without one",
    ),
    (
        "from x.y.test\n      by example.net\n      via TCP\n      with ESMTP\n      id ABC12345\n      for <mary@example.net>;  21 Nov 1997 10:05:43 -0600",
        "white space is one blank in a header that is shown",
    ),
];

#[test]
fn dates_are_as_mail_parser_says() {
    let mut differing = BTreeMap::new();
    for row in table("date") {
        let header = row["header"].as_str().unwrap();
        let right = &row["expected"];
        let number = |name: &str| right[name].as_i64();
        let ours = parse_envelope(format!("Date: {header}\n\n").as_bytes()).date.map(|date| date.0 / 1_000);
        let right = number("year").map(|year| {
            let sign = if right["tz_before_gmt"] == true { 1 } else { -1 };
            let (month, day) = (number("month").unwrap(), number("day").unwrap());
            // Days since 1970 by the civil calendar.
            let shifted = if month <= 2 { year - 1 } else { year };
            let days = 365 * shifted + shifted.div_euclid(4) - shifted.div_euclid(100)
                + shifted.div_euclid(400)
                + (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5
                + day
                - 1
                - 719_468;
            days * 86_400
                + (number("hour").unwrap() + sign * number("tz_hour").unwrap()) * 3_600
                + (number("minute").unwrap() + sign * number("tz_minute").unwrap()) * 60
                + number("second").unwrap()
        });
        if ours != right {
            differing.insert(header.trim().to_owned(), format!("{ours:?} for {right:?}"));
        }
    }
    settle(&differing, KNOWN_DATES);
}

#[test]
fn texts_are_as_mail_parser_says() {
    let mut differing = BTreeMap::new();
    for row in table("unstructured") {
        let header = row["header"].as_str().unwrap();
        let ours = parse_envelope(format!("Subject:{header}\n\n").as_bytes()).subject;
        if Some(ours.as_str()) != row["expected"].as_str() {
            differing.insert(header.trim().to_owned(), format!("{ours:?} for {}", row["expected"]));
        }
    }
    settle(&differing, KNOWN_TEXTS);
}
