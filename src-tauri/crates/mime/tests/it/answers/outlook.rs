//! Outlook's messages, as msgreader reads them. Each is read as the file that it arrives as.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postroom_mime::{Message, parse, part_bytes};
use postroom_types::PartNumber;
use serde_json::Value;

use super::{settle, with_ending};

/// Where we read otherwise, and why.
const KNOWN: &[(&str, &str)] =
    &[("contactAnsi", "narrow text is of the code page that the message names (50220), not of Latin-1")];

/// A mail that carries the file.
pub(super) fn carrying(file: &[u8]) -> Vec<u8> {
    let digits = STANDARD.encode(file);
    let lines: Vec<&str> = digits.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!(
        "From: a@example.test\r\nSubject: fwd\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee the file.\r\n\
         --b\r\nContent-Type: application/vnd.ms-outlook; name=mail.msg\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n--b--\r\n",
        lines.join("\r\n")
    )
    .into_bytes()
}

/// The message inside, read as the message that it is shown as.
pub(super) fn inner(raw: &[u8]) -> Option<Message> {
    let outer = parse(raw);
    let part = outer.parts.iter().find(|part| part.packed && part.mime_type == "message/rfc822")?;
    assert!(outer.attachments.iter().any(|file| file.part == part.part), "it is a file of the message");
    assert_eq!(part.parent, Some(PartNumber(2)));
    Some(parse(&part_bytes(raw, part.part).unwrap()))
}

fn differs(path: &Path) -> Option<String> {
    let Some(read) = inner(&carrying(&fs::read(path).unwrap())) else { return Some("not opened".to_owned()) };
    let Ok(answer) = fs::read(path.with_extension("json")) else { return None };
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    let text = |name: &str| answer[name].as_str().unwrap_or_default();
    let body = read.text.clone().unwrap_or_default();
    let people = |kind: &str| -> Vec<String> {
        let people = answer["recipients"].as_array().unwrap().iter().filter(|one| one["recipType"] == kind);
        people.map(|one| one["email"].as_str().unwrap().to_owned()).collect()
    };
    let emails = |list: &[postroom_types::Address]| list.iter().map(|one| one.email.clone()).collect::<Vec<_>>();
    let files: Vec<_> = read.attachments.iter().map(|file| file.name.as_str()).collect();
    let right: Vec<_> =
        answer["attachments"].as_array().unwrap().iter().map(|file| file["fileName"].as_str().unwrap()).collect();
    let checks = [
        ("subject", read.envelope.subject == text("subject")),
        ("body", body.trim() == text("body").trim()),
        ("sender", read.envelope.from.first().is_none_or(|from| from.name == text("senderName"))),
        ("to", emails(&read.envelope.to) == people("to")),
        ("cc", emails(&read.envelope.cc) == people("cc")),
        ("id", read.envelope.message_id == text("messageId").trim_matches(['<', '>'])),
        ("files", files == right),
    ];
    let wrong: Vec<_> = checks.iter().filter(|(_, same)| !same).map(|(what, _)| *what).collect();
    (!wrong.is_empty())
        .then(|| format!("{wrong:?}: {:?} {:?} {body:?} {files:?}", read.envelope.subject, read.envelope.from))
}

#[test]
fn outlooks_messages_are_as_msgreader_says() {
    let found = with_ending("msg", "msg");
    assert!(found.len() > 12);
    let differing: BTreeMap<_, _> =
        found.into_iter().filter_map(|(name, path)| differs(&path).map(|how| (name, how))).collect();
    settle(&differing, KNOWN);
}
