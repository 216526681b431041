//! What is being parsed right now, written down so that it outlives the process.
//!
//! A parser that overflows its stack takes the whole program with it, and would do so again at the next start. So before
//! a message is parsed, its folder and UID are written into a small file, one slot a worker, and wiped afterwards. A
//! `write` survives the death of the process without an fsync, and a power cut is no message's fault. At the next start
//! what still stands there becomes a row of `quarantine`.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use postroom_types::{FolderId, MessageId, Uid};

use crate::StoreError;

const SLOT: usize = 24;
const SLOTS: usize = 16;

/// What was being done with the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// A message of the server is read for the first time.
    Incoming {
        /// The folder that the server has it in.
        folder: FolderId,
        /// Its UID.
        uid: Uid,
    },
    /// A message that we have is opened.
    Reading {
        /// The message.
        message: MessageId,
    },
}

/// The file of slots. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ParseMarkers(Arc<Mutex<Slots>>);

#[derive(Debug)]
struct Slots {
    file: File,
    used: [bool; SLOTS],
}

/// A slot in use; dropping it wipes it.
#[derive(Debug)]
pub struct MarkerSlot {
    markers: ParseMarkers,
    slot: Option<usize>,
}

impl ParseMarkers {
    /// Opens the file in `dir`, and gives what stood in it: what was being parsed when the program died.
    pub fn open(dir: &Path) -> Result<(Self, Vec<Stage>), StoreError> {
        std::fs::create_dir_all(dir)?;
        let mut file = File::options().read(true).write(true).create(true).truncate(false).open(dir.join("parsing"))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let left = bytes.chunks_exact(SLOT).filter_map(decode).collect();
        Ok((Self(Arc::new(Mutex::new(Slots { file, used: [false; SLOTS] }))), left))
    }

    /// Wipes the file, once what it held has its rows.
    pub fn clear(&self) -> Result<(), StoreError> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slots.file.seek(SeekFrom::Start(0))?;
        slots.file.write_all(&[0; SLOT * SLOTS])?;
        slots.file.sync_all()?;
        Ok(())
    }

    /// Marks a message as being parsed until the slot is dropped.
    pub fn mark(&self, stage: Stage) -> Result<MarkerSlot, StoreError> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let free = slots.used.iter().position(|used| !used);
        if let Some(number) = free {
            slots.write(number, &encode(stage))?;
            if let Some(used) = slots.used.get_mut(number) {
                *used = true;
            }
        }
        Ok(MarkerSlot { markers: self.clone(), slot: free })
    }
}

impl Slots {
    fn write(&mut self, number: usize, bytes: &[u8; SLOT]) -> Result<(), StoreError> {
        self.file.seek(SeekFrom::Start((number * SLOT) as u64))?;
        self.file.write_all(bytes)?;
        Ok(())
    }
}

impl Drop for MarkerSlot {
    fn drop(&mut self) {
        let Some(number) = self.slot else { return };
        let mut slots = self.markers.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = slots.write(number, &[0; SLOT]) {
            tracing::warn!(%error, "wiping a parse marker");
        }
        if let Some(used) = slots.used.get_mut(number) {
            *used = false;
        }
    }
}

fn encode(stage: Stage) -> [u8; SLOT] {
    let (kind, a, b) = match stage {
        Stage::Incoming { folder, uid } => (1_u64, folder.0, i64::from(uid.0)),
        Stage::Reading { message } => (2, message.0, 0),
    };
    let mut bytes = [0; SLOT];
    for (target, source) in
        bytes.iter_mut().zip(kind.to_le_bytes().into_iter().chain(a.to_le_bytes()).chain(b.to_le_bytes()))
    {
        *target = source;
    }
    bytes
}

fn decode(bytes: &[u8]) -> Option<Stage> {
    let number = |at: usize| Some(i64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
    match number(0)? {
        1 => Some(Stage::Incoming { folder: FolderId(number(8)?), uid: Uid(u32::try_from(number(16)?).ok()?) }),
        2 => Some(Stage::Reading { message: MessageId(number(8)?) }),
        _ => None,
    }
}
