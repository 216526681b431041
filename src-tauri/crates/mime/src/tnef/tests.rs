use super::*;
use crate::mapi::Data;

/// Writes such a stream.
pub(crate) struct Stream(Vec<u8>);

impl Stream {
    pub(crate) fn new() -> Self {
        Self(b"\x78\x9f\x3e\x22\x01\x00".to_vec())
    }

    pub(crate) fn attribute(mut self, level: u8, number: u32, data: &[u8]) -> Self {
        self.0.push(level);
        self.0.extend(number.to_le_bytes());
        self.0.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        self.0.extend(data);
        self.0.extend(data.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte))).to_le_bytes());
        self
    }

    /// A file in the oldest way.
    pub(crate) fn file(self, name: &[u8], data: &[u8]) -> Self {
        self.attribute(2, 0x0006_9002, &[0; 14]).attribute(2, 0x0001_8010, &[name, b"\0"].concat()).attribute(
            2,
            0x0006_800f,
            data,
        )
    }

    pub(crate) fn properties(self, list: &[(u16, u16, &[u8])]) -> Self {
        let data = listed(list);
        self.attribute(1, 0x0006_9003, &data)
    }

    pub(crate) fn file_properties(self, list: &[(u16, u16, &[u8])]) -> Self {
        let data = listed(list);
        self.attribute(2, 0x0006_9002, &[0; 14]).attribute(2, 0x0006_9005, &data)
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        self.0
    }
}

/// A list of properties: type, number, value.
pub(crate) fn listed(list: &[(u16, u16, &[u8])]) -> Vec<u8> {
    let mut data = u32::try_from(list.len()).unwrap().to_le_bytes().to_vec();
    for (kind, number, value) in list {
        data.extend(kind.to_le_bytes());
        data.extend(number.to_le_bytes());
        if *number >= 0x8000 {
            data.extend([7; 16]);
            data.extend(1_u32.to_le_bytes());
            data.extend(6_u32.to_le_bytes());
            data.extend(b"a\0b\0\0\0\0\0");
        }
        if matches!(kind, 0x1e | 0x1f | 0x0d | 0x102) {
            data.extend(1_u32.to_le_bytes());
            data.extend(u32::try_from(value.len()).unwrap().to_le_bytes());
            data.extend(*value);
            data.extend(vec![0; (4 - value.len() % 4) % 4]);
        } else {
            data.extend(*value);
        }
    }
    data
}

pub(crate) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

#[test]
fn an_old_stream_gives_its_text_and_files() {
    let stream = Stream::new()
        .attribute(1, 0x0006_9007, &936_u32.to_le_bytes())
        .attribute(1, 0x0001_8004, b"\xba\xcf\xcd\xac\0")
        .attribute(1, 0x0002_800c, b"\xc4\xfa\xba\xc3\0")
        .file(b"\xb1\xa8\xbc\xdb.txt", b"12.00")
        .file(b"b.bin", b"")
        .bytes();
    let (item, sound) = read(&stream).unwrap();
    assert!(sound);
    assert_eq!((item.subject.as_str(), item.text.as_deref()), ("合同", Some("您好")));
    let names: Vec<_> = item.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["报价.txt", "b.bin"]);
    assert_eq!(item.files[0].data, Data::Bytes(b"12.00".to_vec()));
}

#[test]
fn properties_win_over_attributes() {
    let (name, id) = (utf16("报价单 2026.xlsx"), utf16("image001@x"));
    let stream = Stream::new()
        .attribute(1, 0x0001_8004, b"narrow\0")
        .properties(&[
            (0x1f, id::SUBJECT, &utf16("关于合同")),
            (0x40, id::SUBMITTED, &(130_000_000_000_000_000_i64).to_le_bytes()),
            (0x1f, 0x8001, &utf16("named")),
            (0x03, id::INTERNET_PAGE, &65001_u32.to_le_bytes()),
            (0x102, id::HTML, "<p>你好</p>".as_bytes()),
        ])
        .file_properties(&[(0x1f, id::LONG_FILE_NAME, &name), (0x1f, id::CONTENT_ID, &id), (0x102, id::DATA, b"xx")])
        .bytes();
    let (item, sound) = read(&stream).unwrap();
    assert!(sound);
    assert_eq!((item.subject.as_str(), item.html.as_deref()), ("关于合同", Some("<p>你好</p>")));
    assert_eq!(item.date.unwrap().0, 1_355_526_400_000);
    let file = &item.files[0];
    assert_eq!((file.name.as_str(), file.content_id.as_deref()), ("报价单 2026.xlsx", Some("image001@x")));
    assert_eq!(file.data, Data::Bytes(b"xx".to_vec()));
}

fn nested(levels: usize) -> Vec<u8> {
    let mut stream = Stream::new().attribute(1, 0x0001_8004, b"innermost\0").bytes();
    for _ in 0..levels {
        let object = [MESSAGE, &stream].concat();
        stream = Stream::new().file_properties(&[(0x0d, id::DATA, &object)]).bytes();
    }
    stream
}

#[test]
fn a_message_in_a_message_is_followed_and_no_deeper_than_allowed() {
    let (item, sound) = read(&nested(1)).unwrap();
    let Data::Item(inner) = &item.files[0].data else { panic!("no message") };
    assert!(sound && inner.subject == "innermost");
    for levels in [usize::try_from(DEPTH).unwrap(), 60] {
        let stream = nested(levels);
        let (mut item, _) = read(&stream).unwrap();
        let mut found = 0;
        while let Some(File { data: Data::Item(inner), .. }) = item.files.pop() {
            item = *inner;
            found += 1;
        }
        assert_eq!(found, usize::try_from(DEPTH).unwrap().min(levels));
    }
}

#[test]
fn a_broken_stream_gives_what_came_before_the_break() {
    let stream = Stream::new().file(b"a.txt", b"whole").file(b"b.txt", b"cut off").bytes();
    for cut in 0..stream.len() {
        let read = read(&stream[..cut]);
        assert_eq!(read.is_some(), cut >= 6, "{cut}");
    }
    let (item, sound) = read(&stream[..stream.len() - 5]).unwrap();
    assert!(!sound);
    assert_eq!(item.files[0].data, Data::Bytes(b"whole".to_vec()));
    let mut changed = stream;
    let last = changed.len() - 4;
    changed[last] ^= 1;
    assert!(!read(&changed).unwrap().1);
    assert!(read(b"").is_none() && read(b"begin 644").is_none());
}

#[test]
fn lengths_that_lie_take_nothing() {
    let huge = [&u32::MAX.to_le_bytes()[..], &0x1e_u16.to_le_bytes(), &[0x37, 0], &u32::MAX.to_le_bytes()].concat();
    let stream = Stream::new().attribute(1, 0x0006_9003, &huge).attribute(1, 0x0006_9004, &huge).bytes();
    let (item, sound) = read(&stream).unwrap();
    assert!(!sound && item.people.is_empty());
    let many: Vec<u8> = (0..2_000).fold(Stream::new(), |stream, _| stream.file(b"x", b"y")).bytes();
    assert_eq!(read(&many).unwrap().0.files.len(), FILES);
}
