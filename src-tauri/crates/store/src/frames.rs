//! The file of a large message: zstd frames one behind the other, each before it told by a skippable frame (RFC 8878
//! §3.1.2) of how long it is. So it can be written piece by piece, ends whole after every frame, can be read from any
//! place, and any zstd reads it. At its end stands what is known of its contents. It knows no database.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};

use zstd::bulk::{Compressor, Decompressor};

use crate::StoreError;

/// zstd's level: as for all other messages.
const LEVEL: i32 = 3;
/// The skippable frames: before a frame, how many bytes it takes and gives; at the end, what is known of the contents.
const LENGTHS: u32 = 0x184D_2A50;
const NOTES: u32 = 0x184D_2A51;
/// Bytes of a frame that tells lengths.
const HEAD: u64 = 16;
/// A frame gives no more: 8 MiB.
const LARGEST: u32 = 8 << 20;
/// Nor are there more bytes of notes, compressed: 16 MiB.
const MOST_NOTES: u32 = 16 << 20;

/// How much stands in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Extent {
    /// Bytes of the message.
    pub(crate) raw: u64,
    /// Bytes of the file.
    pub(crate) file: u64,
}

/// Writes frames at the end of a file.
pub(crate) struct FrameWriter {
    file: File,
    compressor: Compressor<'static>,
    pub(crate) extent: Extent,
}

impl FrameWriter {
    /// Goes on behind `extent`; what the file has beyond is cut off. `None`: the file has less.
    pub(crate) fn open(mut file: File, extent: Extent) -> Result<Option<Self>, StoreError> {
        if file.metadata()?.len() < extent.file {
            return Ok(None);
        }
        file.set_len(extent.file)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Some(Self { file, compressor: Compressor::new(LEVEL)?, extent }))
    }

    /// Writes a piece.
    pub(crate) fn append(&mut self, raw: &[u8]) -> Result<(), StoreError> {
        for piece in raw.chunks(LARGEST as usize / 8) {
            let data = self.compressor.compress(piece)?;
            let sizes = [data.len(), piece.len()].map(|size| u32::try_from(size).unwrap_or(u32::MAX));
            self.file.write_all(&[LENGTHS, 8, sizes[0], sizes[1]].map(u32::to_le_bytes).concat())?;
            self.file.write_all(&data)?;
            self.extent.raw += piece.len() as u64;
            self.extent.file += HEAD + data.len() as u64;
        }
        Ok(())
    }

    /// Writes what is known of the contents; the file ends with it.
    pub(crate) fn notes(&mut self, notes: &[u8]) -> Result<(), StoreError> {
        let data = self.compressor.compress(notes)?;
        let sizes = [data.len() + 4, notes.len()].map(|size| u32::try_from(size).unwrap_or(u32::MAX));
        self.file.write_all(&[NOTES, sizes[0], sizes[1]].map(u32::to_le_bytes).concat())?;
        self.file.write_all(&data)?;
        Ok(())
    }

    /// All that was written is on the disk when this returns.
    pub(crate) fn sync(&self) -> Result<(), StoreError> {
        Ok(self.file.sync_data()?)
    }
}

/// Where a frame is.
#[derive(Debug, Clone, Copy)]
struct Frame {
    /// Where its bytes begin, in the message and in the file.
    raw: u64,
    file: u64,
    raw_len: u32,
    file_len: u32,
}

/// Reads a file of frames, from any place; holds one frame at a time.
pub(crate) struct FrameReader {
    file: File,
    frames: Vec<Frame>,
    size: u64,
    /// Where they stand, and how many bytes they take and give.
    notes: Option<(u64, u32, u32)>,
    decompressor: Decompressor<'static>,
    /// The frame at hand, and how much of it was read.
    frame: Option<usize>,
    bytes: Vec<u8>,
    at: usize,
}

fn damaged() -> StoreError {
    StoreError::Damaged("raw_message")
}

impl FrameReader {
    /// Finds the frames of the first `file_bytes` bytes, or of all of the file.
    pub(crate) fn open(mut file: File, file_bytes: Option<u64>) -> Result<Self, StoreError> {
        let end = file_bytes.unwrap_or(file.metadata()?.len());
        let (mut frames, mut at, mut raw, mut notes) = (Vec::new(), 0_u64, 0_u64, None);
        while at < end {
            let [magic, length, first] = words(&mut file, at)?;
            match magic {
                LENGTHS if length == 8 => {
                    let [raw_len] = words(&mut file, at + 12)?;
                    if raw_len > LARGEST {
                        return Err(damaged());
                    }
                    frames.push(Frame { raw, file: at + HEAD, raw_len, file_len: first });
                    raw += u64::from(raw_len);
                    at += HEAD + u64::from(first);
                }
                NOTES if (4..MOST_NOTES).contains(&length) && first <= MOST_NOTES => {
                    notes = Some((at + 12, length - 4, first));
                    at += 8 + u64::from(length);
                }
                _ => return Err(damaged()),
            }
        }
        if at > end || file.metadata()?.len() < end {
            return Err(damaged());
        }
        let decompressor = Decompressor::new()?;
        Ok(Self { file, frames, size: raw, notes, decompressor, frame: None, bytes: Vec::new(), at: 0 })
    }

    /// Bytes of the message.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// What was written at the end.
    pub(crate) fn notes(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        let Some((at, length, raw_len)) = self.notes else { return Ok(None) };
        let data = block(&mut self.file, at, length)?;
        Ok(Some(self.decompressor.decompress(&data, raw_len as usize)?))
    }

    /// Goes to a place of the message.
    pub(crate) fn seek(&mut self, to: u64) -> Result<(), StoreError> {
        let frame = self.frames.partition_point(|frame| frame.raw + u64::from(frame.raw_len) <= to);
        let Some(found) = self.frames.get(frame).copied() else {
            // At the end, where nothing more comes.
            (self.frame, self.at) = (Some(self.frames.len()), 0);
            self.bytes.clear();
            return Ok(());
        };
        self.load(frame, found)?;
        self.at = usize::try_from(to.saturating_sub(found.raw)).unwrap_or(usize::MAX);
        Ok(())
    }

    fn load(&mut self, number: usize, frame: Frame) -> Result<(), StoreError> {
        if self.frame == Some(number) && !self.bytes.is_empty() {
            return Ok(());
        }
        let data = block(&mut self.file, frame.file, frame.file_len)?;
        let bytes = self.decompressor.decompress(&data, frame.raw_len as usize)?;
        if bytes.len() != frame.raw_len as usize {
            return Err(damaged());
        }
        (self.frame, self.bytes, self.at) = (Some(number), bytes, 0);
        Ok(())
    }

    /// The next bytes; none at the end.
    pub(crate) fn fill(&mut self) -> Result<&[u8], StoreError> {
        while self.at >= self.bytes.len() {
            let next = self.frame.map_or(0, |frame| frame + 1);
            let Some(frame) = self.frames.get(next).copied() else { return Ok(&[]) };
            self.load(next, frame)?;
        }
        Ok(self.bytes.get(self.at..).unwrap_or_default())
    }

    /// So many of them were read.
    pub(crate) fn consume(&mut self, bytes: usize) {
        self.at += bytes;
    }
}

fn block(file: &mut File, at: u64, length: u32) -> Result<Vec<u8>, StoreError> {
    if length > MOST_NOTES {
        return Err(damaged());
    }
    file.seek(SeekFrom::Start(at))?;
    let mut data = vec![0; length as usize];
    file.read_exact(&mut data).map_err(cut)?;
    Ok(data)
}

fn words<const N: usize>(file: &mut File, at: u64) -> Result<[u32; N], StoreError> {
    file.seek(SeekFrom::Start(at))?;
    let mut words = [0_u32; N];
    for word in &mut words {
        let mut bytes = [0; 4];
        file.read_exact(&mut bytes).map_err(cut)?;
        *word = u32::from_le_bytes(bytes);
    }
    Ok(words)
}

/// A file that is cut short is damaged; all else is the system's.
fn cut(error: io::Error) -> StoreError {
    if error.kind() == io::ErrorKind::UnexpectedEof { damaged() } else { error.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(reader: &mut FrameReader) -> Vec<u8> {
        let mut all = Vec::new();
        loop {
            let bytes = reader.fill().unwrap();
            if bytes.is_empty() {
                return all;
            }
            let taken = bytes.len().min(70_000);
            all.extend_from_slice(&bytes[..taken]);
            reader.consume(taken);
        }
    }

    fn sample(len: usize) -> Vec<u8> {
        (0..len).map(|at| u8::try_from(at * at / 7 % 251).unwrap()).collect()
    }

    #[test]
    fn any_part_of_it_can_be_read_and_any_zstd_reads_all_of_it() {
        let raw = sample(3_500_000);
        let file = tempfile::NamedTempFile::new().unwrap();
        let open = || File::options().read(true).write(true).open(file.path()).unwrap();
        let mut writer = FrameWriter::open(open(), Extent::default()).unwrap().unwrap();
        writer.append(&raw[..1_000_003]).unwrap();
        let half = writer.extent;
        writer.append(&raw[1_000_003..]).unwrap();
        // As after a crash: only the first half counts.
        drop(writer);
        let mut reader = FrameReader::open(open(), Some(half.file)).unwrap();
        assert_eq!(read_all(&mut reader), raw[..1_000_003]);
        let mut writer = FrameWriter::open(open(), half).unwrap().unwrap();
        assert_eq!(open().metadata().unwrap().len(), half.file);
        writer.append(&raw[1_000_003..]).unwrap();
        writer.notes(b"notes").unwrap();

        let mut reader = FrameReader::open(open(), None).unwrap();
        assert_eq!((reader.size(), reader.notes().unwrap().unwrap()), (3_500_000, b"notes".to_vec()));
        assert_eq!(read_all(&mut reader), raw);
        for from in [0, 1, 1_000_002, 1_000_003, 1_000_004, 3_499_999, 3_500_000, 4_000_000] {
            reader.seek(from).unwrap();
            assert_eq!(read_all(&mut reader), raw[usize::try_from(from).unwrap().min(raw.len())..], "from {from}");
        }
        assert_eq!(zstd::decode_all(open()).unwrap(), raw);
    }

    #[test]
    fn a_file_that_is_not_ours_or_cut_short_is_damaged() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let open = || File::options().read(true).write(true).open(file.path()).unwrap();
        let mut writer = FrameWriter::open(open(), Extent::default()).unwrap().unwrap();
        writer.append(&sample(100_000)).unwrap();
        let extent = writer.extent;
        open().set_len(extent.file - 5).unwrap();
        assert!(matches!(FrameReader::open(open(), None), Err(StoreError::Damaged(_))));
        assert!(FrameWriter::open(open(), extent).unwrap().is_none(), "there is less than was recorded");
        std::fs::write(file.path(), b"something else altogether").unwrap();
        assert!(matches!(FrameReader::open(open(), None), Err(StoreError::Damaged(_))));
        std::fs::write(file.path(), [LENGTHS, 8, 1, u32::MAX].map(u32::to_le_bytes).concat()).unwrap();
        assert!(matches!(FrameReader::open(open(), None), Err(StoreError::Damaged(_))));
    }
}
