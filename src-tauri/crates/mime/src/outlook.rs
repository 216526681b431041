//! Outlook's .msg files (MS-OXMSG): a message as a compound file (MS-CFB).
//!
//! The file's own tables are read and checked by the `cfb` crate; here all that is taken out of it is bounded: streams may
//! share their bytes, so that a small file could hold any amount.

use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};

use cfb::CompoundFile;

use crate::mapi::{Data, File, Item, Person, Properties, Value, id, wide};

/// The first bytes of a compound file.
const MAGIC: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
/// How deep messages in messages are followed.
const DEPTH: u32 = 8;
/// Streams and folders of a file; one with more is not opened, for each look-up may pass all of them.
const ENTRIES: usize = 10_000;
/// Bytes that are taken out of a file at most, beside its own size.
const SLACK: u64 = 1 << 20;
/// Files of one message, and people.
const FILES: usize = 1_000;

/// Whether the bytes begin as a compound file.
pub(crate) fn is_compound(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// The message in a file, and whether all of it could be read. `None`: it is none.
pub(crate) fn read(bytes: &[u8]) -> Option<(Item, bool)> {
    if !is_compound(bytes) {
        return None;
    }
    let mut opened = opened(bytes, ENTRIES)?;
    let item = opened.message(Path::new("/"), 32, DEPTH)?;
    Some((item, opened.sound))
}

fn opened(bytes: &[u8], entries: usize) -> Option<Opened<'_>> {
    let file = CompoundFile::open(Cursor::new(bytes)).ok()?;
    if file.walk().take(entries + 1).count() > entries {
        return None;
    }
    Some(Opened { file, bytes: bytes.len() as u64 + SLACK, entries, sound: true })
}

struct Opened<'a> {
    file: CompoundFile<Cursor<&'a [u8]>>,
    /// What may still be taken.
    bytes: u64,
    entries: usize,
    sound: bool,
}

/// What stands in a folder of the file.
#[derive(Default)]
struct Listing {
    /// Streams of single properties: number, type, path.
    streams: Vec<(u16, u16, PathBuf)>,
    people: Vec<PathBuf>,
    files: Vec<PathBuf>,
    /// A message in a message.
    message: Option<PathBuf>,
}

impl Opened<'_> {
    fn message(&mut self, folder: &Path, header: usize, depth: u32) -> Option<Item> {
        let listing = self.list(folder);
        let mut properties = self.properties(folder, header, &listing)?;
        let mut item = Item::of(&mut properties, 1252);
        let page = properties.page(1252);
        for person in listing.people.iter().take(FILES) {
            let inside = self.list(person);
            if let Some(row) = self.properties(person, 8, &inside) {
                item.people.push(Person::of(&row, row.page(page)));
            }
        }
        for file in listing.files.iter().take(FILES) {
            item.files.extend(self.attachment(file, page, depth));
        }
        Some(item)
    }

    fn attachment(&mut self, folder: &Path, page: u32, depth: u32) -> Option<File> {
        let listing = self.list(folder);
        let mut properties = self.properties(folder, 8, &listing)?;
        let inner = listing.message.filter(|_| properties.number(id::METHOD) == Some(5));
        let item = match inner {
            Some(_) if depth == 0 => {
                self.sound = false;
                None
            }
            Some(inner) => self.message(&inner, 24, depth - 1),
            None => None,
        };
        let data = match item {
            Some(item) => Data::Item(Box::new(item)),
            None => Data::Bytes(properties.take_bytes(id::DATA).unwrap_or_default()),
        };
        Some(File::of(&mut properties, page, data))
    }

    fn list(&mut self, folder: &Path) -> Listing {
        let mut listing = Listing::default();
        let Ok(entries) = self.file.read_storage(folder) else {
            self.sound = false;
            return listing;
        };
        let entries: Vec<_> = entries.take(self.entries).collect();
        self.entries -= entries.len();
        for entry in entries {
            let (name, path) = (entry.name().to_owned(), entry.path().to_owned());
            if name.starts_with("__recip_version1.0_#") {
                listing.people.push(path);
            } else if name.starts_with("__attach_version1.0_#") {
                listing.files.push(path);
            } else if let Some((number, kind)) = property_of(&name) {
                if entry.is_stream() {
                    listing.streams.push((number, kind, path));
                } else if number == id::DATA {
                    listing.message = Some(path);
                }
            }
        }
        listing
    }

    /// The properties of a folder: those of fixed size stand in one stream, each other in one of its own.
    fn properties(&mut self, folder: &Path, header: usize, listing: &Listing) -> Option<Properties> {
        let mut properties = Properties::default();
        let fixed = self.stream(&folder.join("__properties_version1.0"))?;
        for entry in fixed.get(header..).unwrap_or_default().chunks_exact(16) {
            let word = |at: usize| entry.get(at..at + 2)?.try_into().ok().map(u16::from_le_bytes);
            let (Some(kind), Some(number), Some(value)) = (word(0), word(2), entry.last_chunk::<8>()) else { continue };
            let value = match kind {
                0x02 | 0x0b => value.first_chunk().map(|value| i16::from_le_bytes(*value).into()),
                0x03 => value.first_chunk().map(|value| i32::from_le_bytes(*value).into()),
                0x14 | 0x40 => Some(i64::from_le_bytes(*value)),
                _ => None,
            };
            let Some(value) = value else { continue };
            properties.add(number, Value::Number(value));
        }
        for (number, kind, path) in &listing.streams {
            let Some(bytes) = wanted(*number).then(|| self.stream(path)).flatten() else { continue };
            let value = match kind {
                0x1e => Value::Narrow(bytes.split(|byte| *byte == 0).next().unwrap_or_default().to_vec()),
                0x1f => Value::Text(wide(&bytes)),
                0x102 | 0x0d => Value::Bytes(bytes),
                _ => continue,
            };
            properties.add(*number, value);
        }
        Some(properties)
    }

    fn stream(&mut self, path: &Path) -> Option<Vec<u8>> {
        let stream = self.file.open_stream(path);
        let Ok(stream) = stream else {
            self.sound = false;
            return None;
        };
        let mut bytes = Vec::new();
        let broken = stream.take(self.bytes).read_to_end(&mut bytes).is_err();
        self.bytes -= bytes.len() as u64;
        self.sound &= !broken && self.bytes > 0;
        Some(bytes)
    }
}

/// Number and type of a property, of the name of its stream.
fn property_of(name: &str) -> Option<(u16, u16)> {
    let digits = name.strip_prefix("__substg1.0_")?.get(..8)?;
    let number = u32::from_str_radix(digits, 16).ok()?;
    // Values of a list have a suffix.
    (name.len() == 20).then_some(((number >> 16) as u16, (number & 0xffff) as u16))
}

/// Whether a property is read at all.
fn wanted(number: u16) -> bool {
    const READ: [u16; 23] = [
        id::SUBJECT,
        id::SENT_FOR_NAME,
        id::SENT_FOR_EMAIL,
        id::SENDER_NAME,
        id::SENDER_EMAIL,
        id::BODY,
        id::RTF,
        id::HTML,
        id::MESSAGE_ID,
        id::REFERENCES,
        id::IN_REPLY_TO,
        id::DISPLAY_NAME,
        id::EMAIL,
        id::SMTP,
        id::DATA,
        id::FILE_NAME,
        id::LONG_FILE_NAME,
        id::FILE_TYPE,
        id::CONTENT_ID,
        id::SENDER_SMTP,
        id::SENT_FOR_SMTP,
        id::INTERNET_PAGE,
        id::MESSAGE_PAGE,
    ];
    READ.contains(&number)
}

#[cfg(test)]
mod tests;
