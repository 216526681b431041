//! Messages made to exhaust the stack, memory or time. Each is read on a thread with a small stack; what comes out is bounded.

use std::thread;

use postroom_mime::{limits, parse, parse_envelope, part_bytes, summarise};
use postroom_types::{DefectKind, PartNumber};

mod memory;

/// Reads a message in every way on a stack of 512 KiB, and gives its defects.
fn read(raw: Vec<u8>) -> (Vec<DefectKind>, usize) {
    let reader = thread::Builder::new().stack_size(512 * 1024).spawn(move || {
        let message = parse(&raw);
        let summary = summarise(&raw);
        let envelope = parse_envelope(&raw);
        assert!(summary.preview.chars().count() <= limits::PREVIEW_CHARS);
        assert!(envelope.to.len() <= limits::ADDRESSES && envelope.references.len() <= limits::REFERENCES);
        assert!(message.parts.len() <= limits::PARTS);
        assert!(message.parts.iter().all(|part| part.depth as usize <= limits::DEPTH));
        let last = message.parts.len() - 1;
        assert!(part_bytes(&raw, PartNumber(u32::try_from(last).unwrap())).is_some());
        let mut kinds: Vec<_> = message.defects.iter().map(|defect| defect.kind).collect();
        kinds.retain(|kind| !matches!(kind, DefectKind::SenderUnclear | DefectKind::DateMissing));
        (kinds, message.parts.len())
    });
    reader.unwrap().join().unwrap()
}

#[test]
fn nested_messages_are_a_defect() {
    let nested = "Content-Type: message/rfc822\n\n".repeat(100_000) + "\nend";
    let (kinds, parts) = read(nested.into_bytes());
    assert_eq!(kinds, [DefectKind::TooDeep]);
    assert_eq!(parts, limits::DEPTH + 1);
}

#[test]
fn nested_multiparts_are_a_defect() {
    let nested: String =
        (0..100_000).map(|level| format!("Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n")).collect();
    assert_eq!(read(nested.into_bytes()).0, [DefectKind::TooDeep]);
    let mixed: String = (0..50_000)
        .map(|level| format!("Content-Type: multipart/digest; boundary=b{level}\n\n--b{level}\n\n"))
        .collect();
    assert_eq!(read(mixed.into_bytes()).0, [DefectKind::TooDeep]);
}

#[test]
fn many_parts_are_a_defect() {
    let parts = format!("Content-Type: multipart/mixed; boundary=b\n\n{}", "--b\n\nx\n".repeat(300_000));
    let (kinds, parts) = read(parts.into_bytes());
    assert_eq!((kinds, parts), (vec![DefectKind::TooManyParts], limits::PARTS));
}

#[test]
fn large_headers_are_a_defect() {
    assert_eq!(read("A:\n".repeat(5_000_000).into_bytes()).0, [DefectKind::HeaderTooLarge]);
    assert_eq!(read(format!("Subject: {}\n\nx", "a".repeat(5_000_000)).into_bytes()).0, [DefectKind::HeaderTooLarge]);
    assert_eq!(
        read(format!("Subject: {}\n\nx", "a\n ".repeat(2_000_000)).into_bytes()).0,
        [DefectKind::HeaderTooLarge]
    );
}

#[test]
fn many_addresses_are_a_defect() {
    let raw = format!("From: a@b\nTo: {}\n\nx", "a@b,".repeat(200_000));
    assert_eq!(read(raw.into_bytes()).0, [DefectKind::TooManyAddresses]);
    let raw = format!("From: a@b\n{}\nx", format!("To: {}\n", "a@b,".repeat(1_000)).repeat(100));
    assert_eq!(read(raw.into_bytes()).0, [DefectKind::TooManyAddresses]);
}

#[test]
fn costly_fields_are_read_in_linear_work() {
    let large = 80_000;
    for field in [
        format!("Content-Type: a/b; {}", (0..large).map(|at| format!("f*{at}*=%41;")).collect::<String>()),
        format!("Content-Type: a/b; {}", "name*0=a;".repeat(large)),
        format!("Content-Type: a/b; {}", "=;".repeat(large)),
        format!("Content-Disposition: {}", "(".repeat(large)),
        format!("To: {}", "(".repeat(large)),
        format!("To: {}", "<".repeat(large)),
        format!("To: {}", "\"".repeat(large)),
        format!("To: {}", "\\".repeat(large)),
        format!("To: {}", "a:".repeat(large)),
        format!("To: {}", "=?".repeat(large)),
        format!("To: {}", "=?a?q?x ".repeat(large)),
        format!("To: {}", "=?utf-8?q?x?= ".repeat(large / 2)),
        format!("Subject: {}", "=?utf-8?b?".repeat(large)),
        format!("Subject: {}", "=?utf-8?q?=?=".repeat(large / 2)),
        format!("References: {}", "<a@b> ".repeat(large)),
        format!("References: {}", "<".repeat(large)),
        format!("Message-ID: {}", "<a".repeat(large)),
        format!("Date: {}", "1 ".repeat(large)),
        format!("From: {}", "\u{202e}".repeat(large)),
    ] {
        let raw = format!("From: a@b\n{field}\n\nbody");
        let (kinds, parts) = read(raw.into_bytes());
        assert_eq!(parts, 1);
        assert!(kinds.iter().all(|kind| *kind == DefectKind::TooManyAddresses), "{kinds:?} of {}", &field[..40]);
    }
}

#[test]
fn boundaries_do_not_multiply() {
    let open: String = (0..limits::DEPTH)
        .map(|at| format!("Content-Type: multipart/mixed; boundary={}{at}\n\n--{0}{at}\n", "b".repeat(500)))
        .collect();
    let raw = format!("{open}{}", format!("--{}\n", "b".repeat(500)).repeat(4_000));
    assert!(read(raw.into_bytes()).0.iter().all(|kind| *kind == DefectKind::TooDeep));
    assert_eq!(
        read(format!("Content-Type: multipart/mixed; boundary=b\n\n{}", "--\n".repeat(1_000_000)).into_bytes()).0,
        [DefectKind::BrokenStructure]
    );
}

#[test]
fn a_bomb_of_html_is_bounded() {
    for html in ["<div>".repeat(400_000), "&amp;".repeat(400_000), "<".repeat(2_000_000), "cid:".repeat(500_000)] {
        let raw = format!(
            "Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n{html}\n--b\nContent-Type: image/png\nContent-ID: <x>\n\nx\n--b--\n"
        );
        assert_eq!(read(raw.into_bytes()).1, 3);
    }
}
