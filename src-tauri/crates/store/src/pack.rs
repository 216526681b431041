//! How a raw message is compressed: zstd, small ones with a dictionary of the profile's own. It knows no database.
//!
//! A frame names the dictionary that it was made with (RFC 8878 §3.1.1.1.3), so the vault needs no column for it, and a frame
//! without one can always be read.

use std::collections::BTreeMap;
use std::sync::Arc;

use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::{get_dict_id, get_dict_id_from_frame};

use crate::StoreError;

/// zstd's level for what comes at the speed of the network: a fifth less work than 3 for one part in a hundred more bytes
/// (measured: 61 and 76 µs, 37.5 and 36.5 %, mails of 30 KB).
const LEVEL: i32 = 1;
/// And with a dictionary, where 3 saves a sixth more.
const SMALL_LEVEL: i32 = 3;
/// Messages below this many bytes are made smaller by a dictionary; to larger ones it means little.
pub(crate) const SMALL: usize = 8 << 10;
/// zstd's own advice for a dictionary, bytes.
const DICTIONARY: usize = 110 << 10;

/// A compressed raw message.
#[derive(Debug, Clone)]
pub struct Compressed {
    pub(crate) data: Vec<u8>,
    pub(crate) raw_size: usize,
}

impl Compressed {
    /// Bytes before compression.
    pub fn raw_size(&self) -> usize {
        self.raw_size
    }
}

/// Compresses raw messages, one after the other; for threads that may be busy. It keeps zstd's tables, which cost more to
/// make than a small message to compress.
pub struct Packer {
    plain: Compressor<'static>,
    small: Option<Compressor<'static>>,
}

impl Packer {
    /// A packer for one thread, without a dictionary.
    pub fn new() -> Result<Self, StoreError> {
        Ok(Self { plain: Compressor::new(LEVEL)?, small: None })
    }

    pub(crate) fn with_dictionary(dictionary: &[u8]) -> Result<Self, StoreError> {
        Ok(Self { plain: Compressor::new(LEVEL)?, small: Some(Compressor::with_dictionary(SMALL_LEVEL, dictionary)?) })
    }

    /// Compresses one message.
    pub fn pack(&mut self, raw: &[u8]) -> Result<Compressed, StoreError> {
        let packer = match &mut self.small {
            Some(small) if raw.len() < SMALL => small,
            _ => &mut self.plain,
        };
        Ok(Compressed { data: packer.compress(raw)?, raw_size: raw.len() })
    }
}

impl std::fmt::Debug for Packer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Packer").finish_non_exhaustive()
    }
}

/// The profile's dictionaries by the number that zstd gave them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dictionaries {
    by_number: BTreeMap<u32, Arc<[u8]>>,
    newest: Option<u32>,
}

impl Dictionaries {
    /// Adds one, the newest so far. `None`: it is no dictionary.
    pub(crate) fn add(&mut self, data: Vec<u8>) -> Option<()> {
        let number = get_dict_id(&data)?.get();
        self.by_number.insert(number, data.into());
        self.newest = Some(number);
        Some(())
    }

    /// Packs with the newest one.
    pub(crate) fn packer(&self) -> Result<Packer, StoreError> {
        match self.newest.and_then(|number| self.by_number.get(&number)) {
            Some(dictionary) => Packer::with_dictionary(dictionary),
            None => Packer::new(),
        }
    }

    /// The message in a frame, of exactly this many bytes.
    pub(crate) fn unpack(&self, data: &[u8], size: usize) -> Result<Vec<u8>, StoreError> {
        let mut unpacker = match get_dict_id_from_frame(data) {
            Some(number) => {
                let dictionary = self.by_number.get(&number.get()).ok_or(StoreError::Damaged("raw_message"))?;
                Decompressor::with_dictionary(dictionary)?
            }
            None => Decompressor::new()?,
        };
        let raw = unpacker.decompress(data, size)?;
        if raw.len() == size { Ok(raw) } else { Err(StoreError::Damaged("raw_message")) }
    }
}

/// Makes a dictionary of messages like those to come.
pub(crate) fn train(samples: &[Vec<u8>]) -> Result<Vec<u8>, StoreError> {
    Ok(zstd::dict::from_samples(samples, DICTIONARY)?)
}
