//! Fuzzing of what is no MIME: rich text, winmail.dat, Outlook's files, files in a text, old charsets. The first byte of a case
//! says which.

use std::fs;
use std::path::Path;

use postroom_lab::fuzz::{Target, form, run};

use crate::charset;
use crate::mapi::{Data, Item};
use crate::rtf::{self, Rich};
use crate::tnef::tests::{Stream, utf16};
use crate::{blocks, eml, enriched, message, outlook, tnef};

const WORDS: &[&[u8]] = &[
    b"{\\rtf1",
    b"\\fromhtml1 ",
    b"{\\*\\htmltag64 <p>}",
    b"\\htmlrtf ",
    b"\\htmlrtf0 ",
    b"{\\fonttbl{\\f0\\fcharset134 x;}}",
    b"\\f0 ",
    b"\\ansicpg936",
    b"\\'ba\\'cf",
    b"\\u21512?",
    b"\\uc2 ",
    b"\\u-10179?",
    b"\\bin8 ",
    b"\\par",
    b"\\pict",
    b"{\\*\\",
    b"\\v ",
    b"\\'",
    b"{",
    b"}",
    b"\\",
    b"LZFu",
    b"MELA",
    b"\x78\x9f\x3e\x22",
    b"\x03\x90\x06\0",
    b"\x05\x90\x06\0",
    b"\x04\x90\x06\0",
    b"\x02\x90\x06\0",
    b"\x0f\x80\x06\0",
    b"\x10\x80\x01\0",
    b"\x1e\0",
    b"\x1f\0",
    b"\x02\x01",
    b"\x0d\0\x01\x37",
    b"\x1e\x10",
    b"\x07\x03\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46",
    b"\xff\xff\xff\xff",
    b"\xfe\xff\xff\xff",
    b"begin 644 a\n",
    b"#0V%T\n",
    b"`\nend\n",
    b"=ybegin line=128 size=3 name=a\n",
    b"=yend size=3\n",
    b"=}",
    b"begin-base64 644 a\n",
    b"====\n",
    b"<excerpt>",
    b"<param>",
    b"</param>",
    b"<<",
    b"<nofill>",
    b"~{",
    b"~}",
    b"\x1b$)C",
    b"\x1b$)A",
    b"\x0e",
    b"\x0f",
    b"\n",
];

const CONTAINERS: Target = Target { name: "containers", words: WORDS, cases: 3_000, longest: 40 << 10, check };

fn check(case: &[u8]) -> u64 {
    let Some((kind, bytes)) = case.split_first() else { return 0 };
    match kind % 6 {
        0 => {
            let rich = rtf::read(bytes);
            let html = matches!(rich, Rich::Html(_));
            let text = rich.into_text();
            assert!(text.len() <= bytes.len() * 3 + 3, "rich text grows: {} of {}", text.len(), bytes.len());
            form((html, text.chars().filter(|c| !c.is_alphanumeric()).take(8).collect::<String>()))
        }
        1 => {
            let rich = rtf::decompress(bytes, 1 << 20);
            assert!(rich.as_ref().is_none_or(|rich| rich.len() <= bytes.len() * 17));
            form(rich.map(|rich| rich.len() % 64))
        }
        2 => told(tnef::read(bytes), bytes.len()),
        3 => told(outlook::read(bytes), bytes.len() * 2 + (1 << 20)),
        4 => {
            let found = blocks::find(bytes);
            let taken: usize = found.iter().map(|block| block.place.len()).sum();
            assert_eq!(blocks::without(bytes, &found).len() + taken, bytes.len());
            form(found.iter().map(|block| block.bytes.len() % 16).take(4).collect::<Vec<_>>())
        }
        _ => {
            let labels = ["hz-gb-2312", "iso-2022-kr", "iso-2022-cn", "gbk", "iso-2022-jp", "utf-7", "big5", "cp850"];
            let label = labels[bytes.first().map_or(0, |byte| usize::from(*byte) % labels.len())];
            let decoded = charset::decode(bytes, Some(label));
            assert!(decoded.text.len() <= bytes.len() * 4 + 4, "{label} grows");
            let text = enriched::to_text(&decoded.text, kind & 0x40 != 0);
            assert!(text.len() <= decoded.text.len() * 10, "enriched text grows");
            form((label, decoded.broken, text.chars().take(3).collect::<String>()))
        }
    }
}

/// Whatever an item holds, its message is one, with the same subject, and no longer than it must be.
fn told(item: Option<(Item, bool)>, most: usize) -> u64 {
    let Some((item, sound)) = item else { return 1 };
    let held = size(&item);
    assert!(held <= most * 4 + 4_096, "{held} bytes came out of {most}");
    let raw = eml::written(&item);
    assert!(raw.len() <= held * 4 + 100_000);
    let read = message::parse(&raw);
    assert_eq!(read.envelope.subject, postroom_types::clean_text(&item.subject));
    let files: Vec<bool> = item.files.iter().map(|file| matches!(file.data, Data::Item(_))).take(4).collect();
    form((sound, files, item.html.is_some(), item.rtf.is_some(), item.people.len().min(3), read.parts.len().min(8)))
}

fn size(item: &Item) -> usize {
    let files = item.files.iter().map(|file| match &file.data {
        Data::Bytes(bytes) => bytes.len(),
        Data::Item(item) => size(item),
    });
    let texts = [item.text.as_deref(), item.html.as_deref(), Some(item.subject.as_str())];
    let texts = texts.into_iter().flatten().map(str::len).sum::<usize>();
    files.sum::<usize>() + texts + item.rtf.as_deref().map_or(0, <[u8]>::len)
}

fn seeds() -> Vec<Vec<u8>> {
    let seed = |kind: u8, bytes: &[u8]| [&[kind], bytes].concat();
    let mut seeds = vec![
        seed(0, b"{\\rtf1\\ansi\\ansicpg936{\\fonttbl{\\f0\\fcharset134 x;}}\\f0\\'ba\\'cf\\u21512?{\\pict 00}\\par end}"),
        seed(0, b"{\\rtf1\\fromhtml1{\\*\\htmltag64 <p>}\\htmlrtf {\\htmlrtf0 a\\htmlrtf }\\htmlrtf0}"),
        seed(1, b"\x2d\0\0\0\x2b\0\0\0LZFu\xf1\xc5\xc7\xa7\x03\0\x0a\0rcpg125B2\x0a\xf3 hel\x09\0 bw\x05\xb0ld}\x0a\x80\x0f\xa0"),
        seed(4, b"a\nbegin 644 cat.txt\n#0V%T\n`\nend\n=ybegin line=3 size=3 name=b\nabc\n=yend size=3\n"),
        seed(5, b"~{<:Ky~}\n\x1b$)C\x0eGQ19\x0f<excerpt>a<<b</excerpt>"),
    ];
    let object =
        [b"\x07\x03\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46".as_slice(), &Stream::new().file(b"x", b"y").bytes()].concat();
    let stream = Stream::new()
        .attribute(1, 0x0006_9007, &936_u32.to_le_bytes())
        .properties(&[(0x1f, 0x37, &utf16("subject")), (0x1e, 0x1000, b"text"), (0x03, 0x3fde, &936_u32.to_le_bytes())])
        .file(b"a.txt", b"content")
        .file_properties(&[(0x0d, 0x3701, &object), (0x1f, 0x3707, &utf16("b.msg"))]);
    seeds.push(seed(2, &stream.bytes()));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/data/msg");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "msg") {
            seeds.push(seed(3, &fs::read(path).unwrap()));
        }
    }
    seeds
}

#[test]
fn no_container_brings_it_down() {
    let seeds = seeds();
    assert!(seeds.len() > 15);
    run(&CONTAINERS, seeds);
}
