//! Messages made for what no collected one has (`tests/data/made`): winmail.dat, Outlook's messages, files in a text, old
//! charsets, rich text, flowed text, digests and reports, names that disagree.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use postroom_mime::{Message, parse, part_bytes, summarise};
use postroom_types::PartNumber;
use serde_json::{Value, json};

use super::{in_order, settle, with_ending};

/// All that is to be compared, in the order of the tree.
fn reading(message: &Message) -> Value {
    let parts = in_order(message).into_iter().map(|part| {
        let defects: Vec<_> = part.defects.iter().map(|defect| json!(defect.kind)).collect();
        json!([part.depth, part.part.0, part.mime_type, part.name, part.size, defects])
    });
    let files = message.attachments.iter().map(|file| json!([file.part.0, file.name, file.mime_type, file.inline]));
    let defects: Vec<_> = message.defects.iter().map(|defect| json!(defect.kind)).collect();
    json!({
        "subject": message.envelope.subject,
        "text": message.text.as_deref().map(|text| text.replace("\r\n", "\n")),
        "flowed": message.text_is_flowed,
        "html": message.html.as_deref().map(|html| html.replace("\r\n", "\n")),
        "files": files.collect::<Vec<_>>(),
        "parts": parts.collect::<Vec<_>>(),
        "defects": defects,
    })
}

fn differs(path: &Path) -> Option<String> {
    let raw = fs::read(path).unwrap();
    let ours = reading(&parse(&raw));
    let right: Value = serde_json::from_slice(&fs::read(path.with_extension("json")).unwrap()).unwrap();
    (ours != right).then(|| format!("{ours:#}\nfor {right:#}"))
}

#[test]
fn made_messages_are_as_their_answers_say() {
    let found = with_ending("made", "eml");
    assert!(found.len() > 18, "{}", found.len());
    let differing: BTreeMap<_, _> =
        found.into_iter().filter_map(|(name, path)| differs(&path).map(|how| (name, how))).collect();
    settle(&differing, &[]);
}

fn made(name: &str) -> Vec<u8> {
    fs::read(super::data().join("made").join(name)).unwrap()
}

#[test]
fn what_is_packed_can_be_saved() {
    let raw = made("winmail.eml");
    let message = parse(&raw);
    let named = |name: &str| message.attachments.iter().find(|file| file.name == name).unwrap();
    assert_eq!(part_bytes(&raw, named("报价单.xlsx").part).unwrap(), b"PK\x03\x04 not really");
    assert_eq!(part_bytes(&raw, named("logo.png").part).unwrap(), b"\x89PNG");
    assert!(named("logo.png").inline && message.attachments.iter().all(|file| file.name != "winmail.dat"));
    let inner = parse(&part_bytes(&raw, named("内部邮件.eml").part).unwrap());
    assert_eq!((inner.envelope.subject.as_str(), inner.text.as_deref()), ("内部邮件", Some("正文")));
    let last = PartNumber(u32::try_from(message.parts.len()).unwrap());
    assert_eq!(part_bytes(&raw, last), None);
    let summary = summarise(&raw);
    assert!(summary.has_attachments);
    assert_eq!(summary.preview, "您好");

    let raw = made("outlook.eml");
    let message = parse(&raw);
    let names: Vec<_> = message.attachments.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["forwarded.msg", "message.eml"]);
    let inner = parse(&part_bytes(&raw, message.attachments[1].part).unwrap());
    assert_eq!(inner.attachments[0].name, "A.txt");
}

#[test]
fn the_more_dangerous_name_is_shown() {
    // First the name that another program may show, then the one that this is to show.
    for (header, shown, odd) in [
        ("attachment; filename=a.pdf; filename*=utf-8''a.exe", "a.exe", false),
        ("attachment; filename=a.exe; filename*=utf-8''a.pdf", "a.exe", true),
        ("attachment; filename*=utf-8''a.pdf; filename=a.exe", "a.exe", true),
        ("attachment; filename=a.pdf; filename=a.js", "a.js", true),
        ("attachment; filename=a.pdf\r\nContent-Type: application/pdf; name=a.scr", "a.scr", true),
        ("attachment; filename=a.pdf\r\nContent-Disposition: attachment; filename=a.bat", "a.bat", true),
        ("attachment; filename*0=a.p; filename*1=df; filename=a.lnk", "a.lnk", true),
        ("attachment; filename=a.html; filename*=utf-8''a.txt", "a.html", true),
        ("attachment; filename=a.zip; filename*=utf-8''a.txt", "a.zip", true),
        ("attachment; filename=\"a.exe. .\"; filename*=utf-8''a.txt", "a.exe", true),
        ("attachment; filename=a.iso; filename*=utf-8''a.exe", "a.exe", false),
        ("attachment; filename=\"=?utf-8?Q?a.exe?=\"; filename*=utf-8''a.pdf", "a.exe", true),
        ("attachment; filename=quote.pdf; filename*=utf-8''%E6%8A%A5%E4%BB%B7.pdf", "报价.pdf", false),
        ("attachment; filename=a.jpg; filename*=utf-8''a.jpeg", "a.jpeg", false),
    ] {
        let raw = format!("Content-Disposition: {header}\r\n\r\nx");
        let message = parse(raw.as_bytes());
        let told = message.defects.iter().any(|defect| defect.kind == postroom_types::DefectKind::NameUnclear);
        assert_eq!((message.attachments[0].name.as_str(), told), (shown, odd), "{header}");
    }
}
