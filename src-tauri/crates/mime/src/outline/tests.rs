use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};

use postroom_types::{DefectKind, PartNumber};

use super::*;
use crate::{PartReader, parse, part_bytes};

fn outline(raw: &[u8], limits: Limits, step: usize) -> Skeleton {
    let mut outline = Outline::with(limits);
    for piece in raw.chunks(step) {
        outline.push(piece);
    }
    assert_eq!(outline.size(), raw.len() as u64);
    outline.skeleton(true)
}

fn mails() -> Vec<PathBuf> {
    fn find(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.extension() {
                _ if path.is_dir() => find(&path, found),
                Some(kind) if kind == "eml" => found.push(path),
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    find(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/data"), &mut found);
    found
}

fn decoded(raw: &[u8], skeleton: &Skeleton, part: PartNumber) -> Vec<u8> {
    let place = skeleton.place(part).unwrap();
    assert!(place.whole);
    let mut bytes = Vec::new();
    let start = usize::try_from(place.start).unwrap();
    PartReader::new(BufReader::with_capacity(1013, &raw[start..]), &place).read_to_end(&mut bytes).unwrap();
    bytes
}

/// Whatever is left out, the parts are those of the whole message, of the same sizes, and each is found in it.
#[test]
fn the_outline_of_every_message_has_its_parts_and_finds_them() {
    let limits = Limits { kept: 1 << 20, text: 100, other: 20 };
    let (mut seen, mut cut, mut sizes, mut bodies) = (0, 0, 0, 0);
    for path in mails() {
        let raw = std::fs::read(&path).unwrap();
        // Line ends of the very old kind are told from the whole message alone.
        if raw.contains(&b'\r') && !raw.contains(&b'\n') {
            continue;
        }
        let whole = parse(&raw);
        for step in [7, 4096, raw.len().max(1)] {
            let skeleton = outline(&raw, limits, step);
            assert_eq!(Skeleton::from_bytes(&skeleton.to_bytes()), Some(skeleton.clone()));
            let short = skeleton.parse();
            let shape = |message: &crate::Message| {
                // What is packed in a file is not looked for in an outline, which has only its beginning.
                let parts = message.parts.iter().filter(|part| !part.packed);
                parts.map(|part| (part.depth, part.mime_type.clone(), part.name.clone())).collect::<Vec<_>>()
            };
            assert_eq!(shape(&short), shape(&whole), "{} in steps of {step}", path.display());
            assert_eq!(short.envelope.subject, whole.envelope.subject);
            cut += skeleton.cuts.len();
            for (part, like) in whole.parts.iter().zip(&short.parts) {
                seen += 1;
                sizes += usize::from(part.size == like.size);
                let bytes = part_bytes(&raw, part.part).unwrap();
                let same = decoded(&raw, &skeleton, part.part) == bytes;
                bodies += usize::from(same);
            }
        }
    }
    assert!(seen > 1_000 && cut > 1_000, "{seen} parts, {cut} cuts");
    // The others say of themselves what they are not: base64 with a footer in the middle, or of words.
    assert!((seen - bodies) * 100 < seen && (seen - sizes) * 50 < seen, "{sizes} sizes and {bodies} bodies of {seen}");
}

fn with_files(files: &[&[u8]]) -> Vec<u8> {
    let mut raw = b"Subject: a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello.\r\n".to_vec();
    for file in files {
        raw.extend_from_slice(
            b"--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n",
        );
        raw.extend_from_slice(file);
        raw.extend_from_slice(b"\r\n");
    }
    raw.extend_from_slice(b"--b--\r\n");
    raw
}

#[test]
fn what_has_come_of_a_message_can_be_read_and_the_rest_is_told() {
    let file = [b"QUJD".repeat(19), b"\r\n".to_vec()].concat().repeat(3_000);
    let file = file.trim_ascii_end();
    let raw = with_files(&[b"QUJD", file, b"QUJD"]);
    let mut outline = Outline::default();
    outline.push(&raw[..raw.len() / 2]);
    let so_far = outline.skeleton(false);
    let message = so_far.parse();
    assert_eq!(message.text.as_deref(), Some("Hello."));
    // The root, and the file that is coming.
    assert_eq!(so_far.missing(), [PartNumber(0), PartNumber(3)]);
    assert_eq!(decoded(&raw, &so_far, PartNumber(2)), b"ABC");
    assert!(!so_far.place(PartNumber(3)).unwrap().whole);
    outline.push(&raw[raw.len() / 2..]);
    let whole = outline.skeleton(true);
    assert_eq!(whole.missing(), []);
    assert!(decoded(&raw, &whole, PartNumber(3)) == b"ABC".repeat(57_000));
    let sizes: Vec<u64> = whole.parse().attachments.iter().map(|file| file.size).collect();
    assert_eq!(sizes, [3, 171_000, 3]);
    assert!(whole.bytes.len() < 10_000, "{}", whole.bytes.len());
}

/// Headers without an end, boundaries without number, lines without an end: what is kept stays small.
#[test]
fn what_is_kept_is_bounded_whatever_comes() {
    let start = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n".to_vec();
    let pieces: [&[u8]; 6] = [b"X-Long: a\r\n", b"--b\r\n\r\nx\r\n", b"--b\r\n", b"aaaaaaaa", b"\r\n", b"--x\r\n"];
    for (piece, begin) in pieces.iter().flat_map(|piece| [(piece, &[][..]), (piece, start.as_slice())]) {
        let mut outline = Outline::with(Limits { kept: 200_000, text: TEXT, other: OTHER });
        outline.push(begin);
        let block = piece.repeat(100_000 / piece.len());
        for _ in 0..5 {
            outline.push(&block);
        }
        assert!(outline.bytes.len() <= 200_000 + LINE && outline.carry.len() <= LINE, "{piece:?}");
        assert!(outline.cuts.len() <= PARTS && outline.boundaries.len() <= PARTS);
    }
}

/// What is left out of a text that is shown is said; what is left out of a file is not, for a file is read whole.
#[test]
fn a_text_that_is_cut_says_so() {
    let check = |kind: &str, bytes: usize| {
        let text = b"Much was said.\r\n".repeat(bytes / 16);
        let head = format!(
            "Subject: a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello.\r\n\
             --b\r\nContent-Type: {kind}\r\n\r\n"
        );
        let raw = [head.as_bytes(), &text, b"--b--\r\n"].concat();
        let mut outline = Outline::default();
        outline.push(&raw);
        let skeleton = outline.skeleton(true);
        let message = Skeleton::from_bytes(&skeleton.to_bytes()).unwrap().parse();
        assert!(message.text.as_ref().is_some_and(|text| text.starts_with("Hello.")), "{kind}");
        let kinds: Vec<_> = message.defects.iter().map(|defect| defect.kind).collect();
        (kinds.contains(&DefectKind::TextCut), skeleton.cuts.len())
    };
    assert_eq!(check("text/plain", TEXT - 64), (false, 0));
    assert_eq!(check("text/plain", TEXT + 64), (true, 1));
    assert_eq!(check("text/plain; name=a.log", TEXT + 64), (false, 1));
    assert_eq!(check("application/pdf", TEXT + 64), (false, 1));
}
