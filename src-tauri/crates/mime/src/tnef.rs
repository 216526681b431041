//! winmail.dat (TNEF, MS-OXTNEF): what Outlook sends in place of a MIME message when it is told to.
//!
//! Read in one pass over the bytes; nothing is taken that is not there, whatever a length says. A broken stream gives what
//! came before the break. Messages in messages are followed [`DEPTH`] levels.

use crate::mapi::{Data, File, Item, Person, Properties, Value, id, wide};

/// How deep messages in messages are followed.
pub(crate) const DEPTH: u32 = 8;
/// Files of one message.
const FILES: usize = 1_000;
/// Recipients of one message.
const PEOPLE: usize = 1_000;
const SIGNATURE: u32 = 0x223e_9f78;
/// The interface of a message that stands in a message: its first bytes, as they are written.
const MESSAGE: &[u8] = b"\x07\x03\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46";

/// Attributes, by the lower half of their number.
mod attribute {
    pub(super) const SUBJECT: u16 = 0x8004;
    pub(super) const BODY: u16 = 0x800c;
    pub(super) const DATA: u16 = 0x800f;
    pub(super) const TITLE: u16 = 0x8010;
    pub(super) const NEW_FILE: u16 = 0x9002;
    pub(super) const MESSAGE_PROPERTIES: u16 = 0x9003;
    pub(super) const RECIPIENTS: u16 = 0x9004;
    pub(super) const FILE_PROPERTIES: u16 = 0x9005;
    pub(super) const CODEPAGE: u16 = 0x9007;
}

/// Whether the bytes begin as such a stream.
pub(crate) fn is_tnef(bytes: &[u8]) -> bool {
    Cursor(bytes).u32() == Some(SIGNATURE)
}

/// The message in a stream, and whether all of it was sound. `None`: it is no such stream.
pub(crate) fn read(bytes: &[u8]) -> Option<(Item, bool)> {
    message(bytes, DEPTH)
}

fn message(bytes: &[u8], depth: u32) -> Option<(Item, bool)> {
    let mut rest = Cursor(bytes);
    if rest.u32()? != SIGNATURE {
        return None;
    }
    rest.u16()?;
    let mut reading = Reading { page: 1252, sound: true, depth, ..Reading::default() };
    while !rest.0.is_empty() {
        let Some((level, number, data, sum)) = attribute(&mut rest) else {
            reading.sound = false;
            break;
        };
        let real = data.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        reading.sound &= real == sum;
        match level {
            1 => reading.of_message(number, data),
            2 => reading.of_file(number, data),
            _ => reading.sound = false,
        }
    }
    Some(reading.finish())
}

fn attribute<'a>(rest: &mut Cursor<'a>) -> Option<(u8, u16, &'a [u8], u16)> {
    let level = rest.take(1)?.first().copied()?;
    let number = (rest.u32()? & 0xffff) as u16;
    let length = rest.u32()?;
    Some((level, number, rest.take(length)?, rest.u16()?))
}

#[derive(Default)]
struct Reading {
    properties: Properties,
    people: Vec<Person>,
    files: Vec<Open>,
    page: u32,
    depth: u32,
    sound: bool,
}

/// A file that is being read.
#[derive(Default)]
struct Open {
    title: Vec<u8>,
    properties: Properties,
    data: Vec<u8>,
    item: Option<Item>,
}

impl Reading {
    fn of_message(&mut self, number: u16, data: &[u8]) {
        match number {
            attribute::CODEPAGE => self.page = Cursor(data).u32().filter(|page| *page > 0).unwrap_or(self.page),
            attribute::SUBJECT => self.properties.add(id::SUBJECT, narrow(data)),
            attribute::BODY => self.properties.add(id::BODY, narrow(data)),
            attribute::MESSAGE_PROPERTIES => {
                self.sound &= properties(&mut Cursor(data), &mut self.properties, &mut |_, _| {}).is_some();
            }
            attribute::RECIPIENTS => self.sound &= self.recipients(data).is_some(),
            _ => {}
        }
    }

    fn recipients(&mut self, data: &[u8]) -> Option<()> {
        let mut rest = Cursor(data);
        for _ in 0..rest.u32()? {
            let mut row = Properties::default();
            properties(&mut rest, &mut row, &mut |_, _| {})?;
            if self.people.len() < PEOPLE {
                self.people.push(Person::of(&row, row.page(self.page)));
            }
        }
        Some(())
    }

    fn of_file(&mut self, number: u16, data: &[u8]) {
        if number == attribute::NEW_FILE || self.files.is_empty() {
            if self.files.len() >= FILES {
                self.sound = false;
                return;
            }
            self.files.push(Open::default());
        }
        let Some(file) = self.files.last_mut() else { return };
        match number {
            attribute::TITLE => file.title = data.to_vec(),
            attribute::DATA => file.data = data.to_vec(),
            attribute::FILE_PROPERTIES => {
                let (mut inner, mut sound) = (None, true);
                let depth = self.depth;
                let mut object = |number: u16, bytes: &[u8]| {
                    if let Some(stream) = bytes.strip_prefix(MESSAGE).filter(|_| number == id::DATA && depth > 0) {
                        let read = message(stream, depth - 1);
                        sound &= read.as_ref().is_some_and(|(_, sound)| *sound);
                        inner = read.map(|(item, _)| item);
                    }
                };
                self.sound &= properties(&mut Cursor(data), &mut file.properties, &mut object).is_some();
                self.sound &= sound;
                file.item = inner.or(file.item.take());
            }
            _ => {}
        }
    }

    fn finish(mut self) -> (Item, bool) {
        let page = self.properties.page(self.page);
        let mut item = Item::of(&mut self.properties, self.page);
        item.people = self.people;
        item.files = self.files.into_iter().map(|file| file.finish(page)).collect();
        (item, self.sound)
    }
}

impl Open {
    fn finish(mut self, page: u32) -> File {
        let bytes = self.properties.take_bytes(id::DATA).unwrap_or_default();
        let data = match self.item.take() {
            Some(item) => Data::Item(Box::new(item)),
            None if self.data.is_empty() => Data::Bytes(bytes),
            None => Data::Bytes(self.data),
        };
        let mut file = File::of(&mut self.properties, page, data);
        if file.name.is_empty() {
            let mut title = Properties::default();
            title.add(id::FILE_NAME, narrow(&self.title));
            file.name = title.text(id::FILE_NAME, page).unwrap_or_default();
        }
        file
    }
}

fn narrow(bytes: &[u8]) -> Value {
    Value::Narrow(bytes.split(|byte| *byte == 0).next().unwrap_or_default().to_vec())
}

/// Reads a list of properties (§2.1.3.4). `object` is shown every object, which may be a message.
fn properties(rest: &mut Cursor<'_>, into: &mut Properties, object: &mut dyn FnMut(u16, &[u8])) -> Option<()> {
    for _ in 0..rest.u32()? {
        let (kind, number) = (rest.u16()?, rest.u16()?);
        if number >= 0x8000 {
            // A name in place of a number: none of those is read.
            rest.take(16)?;
            if rest.u32()? == 0 {
                rest.u32()?;
            } else {
                let length = rest.u32()?;
                rest.padded(length)?;
            }
        }
        let variable = matches!(kind & 0x0fff, 0x1e | 0x1f | 0x0d | 0x102);
        let values = if kind & 0x1000 != 0 || variable { rest.u32()? } else { 1 };
        for place in 0..values {
            let value = if variable {
                let length = rest.u32()?;
                let bytes = rest.padded(length)?;
                if kind & 0x0fff == 0x0d {
                    object(number, bytes);
                }
                value_of(kind & 0x0fff, bytes)
            } else {
                let bytes = rest.take(size_of_fixed(kind & 0x0fff)?)?;
                fixed(kind & 0x0fff, bytes)
            };
            if let Some(value) = value.filter(|_| place == 0 && number < 0x8000) {
                into.add(number, value);
            }
        }
    }
    Some(())
}

fn value_of(kind: u16, bytes: &[u8]) -> Option<Value> {
    Some(match kind {
        0x1e => narrow(bytes),
        0x1f => Value::Text(wide(bytes)),
        0x102 => Value::Bytes(bytes.to_vec()),
        // An object's bytes follow the number of its interface.
        0x0d => Value::Bytes(bytes.get(16..).unwrap_or_default().to_vec()),
        _ => return None,
    })
}

/// How many bytes a value of fixed size takes; of an unknown kind that is not known either.
fn size_of_fixed(kind: u16) -> Option<u32> {
    Some(match kind {
        0x00 | 0x01 => 0,
        0x02 | 0x03 | 0x04 | 0x0a | 0x0b => 4,
        0x05 | 0x06 | 0x07 | 0x14 | 0x40 => 8,
        0x48 => 16,
        _ => return None,
    })
}

fn fixed(kind: u16, bytes: &[u8]) -> Option<Value> {
    match kind {
        0x02 => bytes.first_chunk().map(|bytes| Value::Number(i16::from_le_bytes(*bytes).into())),
        0x03 | 0x0b => bytes.first_chunk().map(|bytes| Value::Number(i32::from_le_bytes(*bytes).into())),
        0x14 | 0x40 => bytes.first_chunk().map(|bytes| Value::Number(i64::from_le_bytes(*bytes))),
        _ => None,
    }
}

/// Bytes that are read from their beginning.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, length: u32) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        Some(taken)
    }

    /// Bytes that are filled up to a multiple of four; the last may be cut short.
    fn padded(&mut self, length: u32) -> Option<&'a [u8]> {
        let taken = self.take(length)?;
        let padding = (4 - length % 4) % 4;
        self.0 = self.0.get(usize::try_from(padding).ok()?..).unwrap_or_default();
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take(2)?.try_into().ok().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_le_bytes)
    }
}

#[cfg(test)]
pub(crate) mod tests;
