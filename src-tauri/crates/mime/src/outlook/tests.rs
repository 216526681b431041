use std::io::Write as _;

use super::*;

fn file(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../../../tests/data/msg/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn pack(properties: &[(u16, u16, &[u8])], header: usize) -> (Vec<u8>, Vec<(String, Vec<u8>)>) {
    let (mut fixed, mut streams) = (vec![0; header], Vec::new());
    for (kind, number, value) in properties {
        fixed.extend(kind.to_le_bytes());
        fixed.extend(number.to_le_bytes());
        fixed.extend([0; 4]);
        let mut word = value.to_vec();
        word.resize(8, 0);
        fixed.extend(word);
        if matches!(kind, 0x1e | 0x1f | 0x102) {
            streams.push((format!("__substg1.0_{number:04X}{kind:04X}"), value.to_vec()));
        }
    }
    (fixed, streams)
}

type Compound = CompoundFile<Cursor<Vec<u8>>>;

fn put(out: &mut Compound, folder: &str, properties: &[(u16, u16, &[u8])], header: usize) {
    let (fixed, streams) = pack(properties, header);
    let streams = streams.into_iter().chain([("__properties_version1.0".to_owned(), fixed)]);
    for (name, bytes) in streams {
        out.create_stream(format!("{folder}/{name}")).unwrap().write_all(&bytes).unwrap();
    }
}

/// A message in a message, so many levels deep, with a file in the innermost.
fn nested(levels: usize) -> Vec<u8> {
    let mut out = CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    let mut folder = String::new();
    for level in 0..levels {
        put(
            &mut out,
            &folder,
            &[(0x1e, id::SUBJECT, format!("level {level}").as_bytes())],
            if level == 0 { 32 } else { 24 },
        );
        let attachment = format!("{folder}/__attach_version1.0_#00000000");
        out.create_storage(&attachment).unwrap();
        put(&mut out, &attachment, &[(0x03, id::METHOD, &[5])], 8);
        folder = format!("{attachment}/__substg1.0_3701000D");
        out.create_storage(&folder).unwrap();
    }
    put(&mut out, &folder, &[(0x1e, id::SUBJECT, b"innermost")], 24);
    let attachment = format!("{folder}/__attach_version1.0_#00000000");
    out.create_storage(&attachment).unwrap();
    let name = "报价.pdf".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    put(
        &mut out,
        &attachment,
        &[(0x03, id::METHOD, &[1]), (0x1f, id::LONG_FILE_NAME, &name), (0x102, id::DATA, b"%PDF-")],
        8,
    );
    out.into_inner().into_inner()
}

#[test]
fn messages_in_messages_are_followed_and_no_deeper_than_allowed() {
    let bytes = nested(2);
    let (item, sound) = read(&bytes).unwrap();
    assert!(sound);
    assert_eq!(item.subject, "level 0");
    let Data::Item(one) = &item.files[0].data else { panic!("no message") };
    let Data::Item(two) = &one.files[0].data else { panic!("no message") };
    assert_eq!((two.subject.as_str(), two.files[0].name.as_str()), ("innermost", "报价.pdf"));
    assert_eq!(two.files[0].data, Data::Bytes(b"%PDF-".to_vec()));
    let (_, sound) = read(&nested(30)).unwrap();
    assert!(!sound);
}

#[test]
fn a_cut_file_gives_something_or_nothing() {
    let whole = file("sent2.msg");
    for cut in (0..whole.len()).step_by(1_571) {
        drop(read(&whole[..cut]));
    }
    assert!(read(b"").is_none() && read(MAGIC).is_none());
}

#[test]
fn too_many_entries_are_not_opened() {
    let mut out = CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    for number in 0..60 {
        out.create_stream(format!("/s{number}")).unwrap();
    }
    let bytes = out.into_inner().into_inner();
    assert!(opened(&bytes, 60).is_none());
    assert!(opened(&bytes, 61).is_some());
}
