//! Fuzzing of messages and of file names, from the collected ones.

use std::fs;

use postroom_lab::fuzz::{Target, form, run};
use postroom_mime::{Outline, header_block, limits, parse, part_bytes, safe_file_name, source_text, summarise};

const WORDS: &[&[u8]] = &[
    b"\r\n",
    b"\n",
    b"\r",
    b"\n\n",
    b"--",
    b"--b",
    b"--b--",
    b"\n--b\n",
    b"\n--b--\n",
    b"boundary=b",
    b"boundary=\"b\"",
    b": ",
    b"From: ",
    b"To: ",
    b"Subject: ",
    b"Date: ",
    b"Content-Type: ",
    b"Content-Disposition: ",
    b"Content-Transfer-Encoding: ",
    b"Content-ID: <",
    b"multipart/mixed; ",
    b"multipart/alternative; ",
    b"multipart/digest; ",
    b"multipart/related; ",
    b"multipart/signed; ",
    b"multipart/report; ",
    b"message/rfc822",
    b"message/delivery-status",
    b"text/plain",
    b"text/html",
    b"text/enriched",
    b"text/rtf",
    b"application/ms-tnef",
    b"application/vnd.ms-outlook",
    b"text/calendar",
    b"; charset=",
    b"gb2312",
    b"big5",
    b"hz-gb-2312",
    b"iso-2022-jp",
    b"iso-2022-kr",
    b"utf-7",
    b"utf-16",
    b"x-unknown",
    b"; format=flowed",
    b"; delsp=yes",
    b"base64",
    b"quoted-printable",
    b"x-uuencode",
    b"8bit",
    b"attachment",
    b"inline",
    b"; filename=\"",
    b"; filename*=utf-8''",
    b"; filename*0*=",
    b"; filename*1=",
    b"; name=",
    b"%E4%BD",
    b"=?utf-8?B?",
    b"=?gb2312?Q?",
    b"?=",
    b"=E4",
    b"\xba\xcf\xcd\xac",
    b"\x1b$B",
    b"\0",
    b"\xff",
    b"\"",
    b"\\",
    b"(",
    b")",
    b"<",
    b">",
    b"@",
    b",",
    b";",
    b"begin 644 a.txt\n",
    b"\nend\n",
    b"\xe2\x80\xae",
    b"<img src=\"cid:",
    b"../",
    b".exe",
    b"CON",
];

const MAIL: Target = Target { name: "mail", words: WORDS, cases: 2_000, longest: 16 << 10, check: mail };
const NAMES: Target = Target { name: "names", words: WORDS, cases: 4_000, longest: 1 << 10, check: names };

fn clean(text: &str) {
    assert!(!text.contains(char::is_control), "{text:?}");
}

fn safe(name: &str) {
    clean(name);
    assert!(!name.is_empty() && name.len() <= 201, "{name:?}");
    assert!(!name.contains(['/', '\\', ':', '"', '<', '>', '|', '?', '*', '\u{202e}', '\u{200b}']), "{name:?}");
    assert!(!name.ends_with(['.', ' ']) && !name.starts_with('.'), "{name:?}");
    assert_eq!(safe_file_name(name), name, "made safe again it is another");
}

fn mail(raw: &[u8]) -> u64 {
    let read = parse(raw);
    assert_eq!(parse(raw), read, "read again it is another");
    let summary = summarise(raw);
    assert!(read.parts.len() <= limits::PARTS && !read.parts.is_empty());
    assert!(summary.preview.chars().count() <= limits::PREVIEW_CHARS);
    for text in [&read.envelope.subject, &read.envelope.message_id, &summary.preview] {
        clean(text);
    }
    for address in read.envelope.from.iter().chain(&read.envelope.to) {
        clean(&address.name);
        clean(&address.email);
    }
    for file in &read.attachments {
        safe(&file.name);
    }
    for (number, part) in (0_u32..).zip(&read.parts) {
        assert_eq!(part.part.0, number);
        assert!(part.depth as usize <= limits::DEPTH && part.parent.is_none_or(|parent| parent.0 < number));
        assert_eq!(part.parent.is_none(), number == 0);
        let bytes = part_bytes(raw, part.part).unwrap();
        assert!(bytes.len() <= raw.len() * 2 + 4_096, "a part grows");
    }
    assert!(!header_block(raw).contains('\0') && !source_text(raw, 1_000).contains('\0'));
    outline(raw, &read);
    let types: Vec<_> = read.parts.iter().map(|part| (part.depth, &part.mime_type)).take(6).collect();
    let defects: Vec<_> = read.defects.iter().map(|defect| defect.kind).collect();
    form((types, defects, read.text.is_some(), read.html.is_some(), read.attachments.len().min(4)))
}

/// A message that comes in pieces has the parts of the whole.
fn outline(raw: &[u8], read: &postroom_mime::Message) {
    // Line ends of the very old kind are told from the whole message alone.
    if raw.contains(&b'\r') && !raw.contains(&b'\n') {
        return;
    }
    let mut outline = Outline::default();
    for piece in raw.chunks(raw.len() / 7 + 1) {
        outline.push(piece);
    }
    let skeleton = outline.skeleton(true);
    let parts = |message: &postroom_mime::Message| -> Vec<(u32, String)> {
        let own = message.parts.iter().filter(|part| !part.packed);
        own.map(|part| (part.depth, part.mime_type.clone())).collect()
    };
    assert_eq!(parts(&skeleton.parse()), parts(read), "in pieces it has other parts");
}

fn names(case: &[u8]) -> u64 {
    let header =
        [b"Content-Type: application/octet-stream\r\nContent-Disposition: ".as_slice(), case, b"\r\n\r\nx"].concat();
    let read = parse(&header);
    for file in &read.attachments {
        safe(&file.name);
    }
    let name = String::from_utf8_lossy(case);
    let made = safe_file_name(&name);
    safe(&made);
    let first = read.attachments.first().map(|file| file.name.as_str()).unwrap_or_default();
    let kinds = |text: &str| text.chars().map(|c| (c.is_alphanumeric(), c.is_ascii())).take(5).collect::<Vec<_>>();
    form((kinds(first), kinds(&made), read.defects.len()))
}

#[test]
fn no_message_brings_it_down() {
    let files = crate::corpus::files().into_iter().map(|path| fs::read(path).unwrap());
    let seeds: Vec<_> = files.filter(|raw| raw.len() < 8_000).collect();
    assert!(seeds.len() > 100);
    run(&MAIL, seeds);
}

#[test]
fn no_name_stays_dangerous() {
    let seeds = [
        "attachment; filename=\"报价单.pdf\"",
        "attachment; filename*=utf-8''%E6%8A%A5%E4%BB%B7.pdf; filename=x.exe",
        "attachment; filename*0=a; filename*1*=%20b; filename*2=.txt",
        "attachment; filename==?gb2312?B?udjT2rrPzaw=?=.doc",
        "../../etc/passwd",
        "C:\\dir\\CON.txt",
        "invoice\u{202e}fdp.exe",
    ];
    run(&NAMES, seeds.into_iter().map(|seed| seed.as_bytes().to_vec()).collect());
}
