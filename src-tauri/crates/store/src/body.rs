//! A message read from any place of it, without holding all of it: whole, or as much of a large one as has come.

use std::fs::File;
use std::io::{self, BufRead, Cursor, Read};

use postroom_db::{OptionalExtension as _, params};
use postroom_types::MessageId;

use crate::frames::FrameReader;
use crate::vault::{FILE, large_name};
use crate::{Store, StoreError};

/// Reads a message, byte for byte as the server sent it. Blocks.
pub struct BodyReader {
    source: Source,
    size: u64,
    whole: bool,
}

enum Source {
    Memory(Cursor<Vec<u8>>),
    Frames(Box<FrameReader>),
}

impl std::fmt::Debug for BodyReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BodyReader").field("size", &self.size).field("whole", &self.whole).finish_non_exhaustive()
    }
}

impl BodyReader {
    /// Bytes that can be read, from the message's beginning.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Whether that is all of the message.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// What was kept beside a large message; `None` for all others, and as long as it is coming.
    pub fn notes(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        match &mut self.source {
            Source::Frames(frames) if self.whole => frames.notes(),
            Source::Frames(_) | Source::Memory(_) => Ok(None),
        }
    }

    /// Goes on at this byte of the message.
    pub fn seek(&mut self, to: u64) -> Result<(), StoreError> {
        match &mut self.source {
            Source::Memory(bytes) => bytes.set_position(to),
            Source::Frames(frames) => frames.seek(to)?,
        }
        Ok(())
    }
}

impl BufRead for BodyReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match &mut self.source {
            Source::Memory(bytes) => bytes.fill_buf(),
            Source::Frames(frames) => frames.fill().map_err(|error| match error {
                StoreError::Io(error) => error,
                error => io::Error::new(io::ErrorKind::InvalidData, error.to_string()),
            }),
        }
    }

    fn consume(&mut self, amount: usize) {
        match &mut self.source {
            Source::Memory(bytes) => bytes.consume(amount),
            Source::Frames(frames) => frames.consume(amount),
        }
    }
}

impl Read for BodyReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let here = self.fill_buf()?;
        let bytes = here.len().min(buf.len());
        for (target, source) in buf.iter_mut().zip(here) {
            *target = *source;
        }
        self.consume(bytes);
        Ok(bytes)
    }
}

impl Store {
    /// A message to be read from any place. Of a large one that is still coming, what is here.
    ///
    /// # Errors
    /// [`StoreError::BodyMissing`] if nothing of it is here.
    pub async fn body(&self, message: MessageId) -> Result<BodyReader, StoreError> {
        let store = self.clone();
        let found = self
            .vault
            .read(move |read| {
                let found: Option<(i64, Vec<u8>)> = read
                    .prepare_cached("SELECT raw_size, data FROM raw_message WHERE message_id = ?1 AND codec = ?2")?
                    .query_row(params![message.0, FILE], |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()?;
                let Some((size, _)) = found.filter(|(_, name)| name == large_name(message).as_bytes()) else {
                    return Ok(None);
                };
                let frames = FrameReader::open(store.large_file(message)?, None)?;
                if u64::try_from(size).ok() != Some(frames.size()) {
                    return Err(StoreError::Damaged("raw_message"));
                }
                Ok(Some(frames))
            })
            .await;
        match found {
            Ok(Some(frames)) => Ok(BodyReader::of(frames, true)),
            Ok(None) => match self.raw(message).await {
                Ok(raw) => {
                    Ok(BodyReader { size: raw.len() as u64, source: Source::Memory(Cursor::new(raw)), whole: true })
                }
                Err(StoreError::BodyMissing) => self.body_so_far(message).await,
                Err(error) => Err(error),
            },
            Err(error) => {
                self.note_lost(message, &error).await;
                Err(error)
            }
        }
    }

    async fn body_so_far(&self, message: MessageId) -> Result<BodyReader, StoreError> {
        let store = self.clone();
        self.read(move |read| {
            let bytes: Option<i64> = read
                .prepare_cached("SELECT file_bytes FROM incoming WHERE message_id = ?1 AND file_bytes > 0")?
                .query_row(params![message.0], |row| row.get(0))
                .optional()?;
            let bytes = bytes.and_then(|bytes| u64::try_from(bytes).ok()).ok_or(StoreError::BodyMissing)?;
            Ok(BodyReader::of(FrameReader::open(store.large_file(message)?, Some(bytes))?, false))
        })
        .await
    }

    fn large_file(&self, message: MessageId) -> Result<File, StoreError> {
        Ok(File::open(self.blob_dir().join(large_name(message)))?)
    }
}

impl BodyReader {
    fn of(frames: FrameReader, whole: bool) -> Self {
        Self { size: frames.size(), source: Source::Frames(Box::new(frames)), whole }
    }
}
