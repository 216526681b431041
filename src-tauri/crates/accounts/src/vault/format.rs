//! Bytes of a vault, without any file. The layout stands at the head of [`super`].

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use postroom_types::Secret;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

const MAGIC: &[u8; 15] = b"postroom vault\0";
/// A key that is derived slowly, and one that needs no such thing.
const SLOW: u8 = 1;
const RANDOM: u8 = 2;
const HEADER: usize = 15 + 1 + 12 + 16;
const NONCE: usize = 24;
const CHECKSUM: usize = 32;

/// The second choice of RFC 9106 §4 (64 MiB, 3 passes), with one lane because one thread runs it.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 1;

/// A header must not make us spend a gigabyte or minutes.
const MAX_MEMORY_KIB: u32 = 512 * 1024;
const MAX_PASSES: u32 = 32;
const MAX_LANES: u32 = 16;

/// The map is padded to a multiple of this, so that the file's size tells little about a password's length.
const PADDING: usize = 1024;

/// The derived key, wiped when dropped.
pub(super) type KeyBytes = Zeroizing<[u8; 32]>;

/// Why a file is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FormatError {
    Damaged(&'static str),
    TooNew(u8),
    KeyWrong,
}

/// How the key is derived; the same for the life of a vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: [u8; 16],
}

impl Header {
    /// For a new vault.
    pub(super) fn new(salt: [u8; 16], key: &Secret<String>) -> Self {
        match random_key(key) {
            Some(_) => Self { memory_kib: 0, passes: 0, lanes: 0, salt },
            None => Self { memory_kib: MEMORY_KIB, passes: PASSES, lanes: LANES, salt },
        }
    }

    fn version(&self) -> u8 {
        if self.passes == 0 { RANDOM } else { SLOW }
    }

    /// Reads the header and checks that the file is whole.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, FormatError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(FormatError::Damaged("it is not a vault"))?;
        let (version, rest) = rest.split_first().ok_or(FormatError::Damaged("it is cut short"))?;
        // Before the checksum: a newer format may have another one.
        if *version > RANDOM {
            return Err(FormatError::TooNew(*version));
        }
        let (covered, checksum) =
            bytes.split_last_chunk::<CHECKSUM>().ok_or(FormatError::Damaged("it is cut short"))?;
        if Sha256::digest(covered).as_slice() != checksum {
            return Err(FormatError::Damaged("its checksum does not fit"));
        }
        let (memory_kib, rest) = number(rest)?;
        let (passes, rest) = number(rest)?;
        let (lanes, rest) = number(rest)?;
        let salt = *rest.first_chunk::<16>().ok_or(FormatError::Damaged("it is cut short"))?;
        if memory_kib > MAX_MEMORY_KIB || passes > MAX_PASSES || lanes > MAX_LANES {
            return Err(FormatError::Damaged("its key would cost too much to derive"));
        }
        let header = Self { memory_kib, passes, lanes, salt };
        if header.version() == *version { Ok(header) } else { Err(FormatError::Damaged("it contradicts itself")) }
    }

    fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER);
        out.extend_from_slice(MAGIC);
        out.push(self.version());
        for number in [self.memory_kib, self.passes, self.lanes] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(&self.salt);
        out
    }

    /// Derives the key: some tenths of a second, 64 MiB; at once where it is random by itself.
    pub(super) fn derive(&self, key: &Secret<String>) -> Result<KeyBytes, argon2::Error> {
        if self.version() == RANDOM {
            // Another key, also one of another kind, gives bytes that open nothing.
            let random = random_key(key);
            let mut digest = Sha256::new_with_prefix(MAGIC);
            digest.update(self.salt);
            digest.update(random.as_ref().map_or(key.expose().as_bytes(), |bytes| bytes.as_slice()));
            return Ok(Zeroizing::new(digest.finalize().into()));
        }
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32))?;
        let mut derived = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(
            key.expose().as_bytes(),
            &self.salt,
            derived.as_mut_slice(),
        )?;
        Ok(derived)
    }
}

/// 32 random bytes, written as 64 hexadecimal digits: guessing them cannot be made any slower than it is.
fn random_key(key: &Secret<String>) -> Option<KeyBytes> {
    let digits = key.expose().as_bytes();
    let mut bytes = Zeroizing::new([0; 32]);
    let pairs = digits.chunks_exact(2);
    if digits.len() != 64 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        let text = std::str::from_utf8(pair).ok().filter(|text| !text.starts_with('+'))?;
        *byte = u8::from_str_radix(text, 16).ok()?;
    }
    Some(bytes)
}

fn number(bytes: &[u8]) -> Result<(u32, &[u8]), FormatError> {
    let (number, rest) = bytes.split_first_chunk::<4>().ok_or(FormatError::Damaged("it is cut short"))?;
    Ok((u32::from_le_bytes(*number), rest))
}

/// The file for a map. `json` is padded, so it must not mind blanks at its end.
pub(super) fn seal(
    header: &Header,
    key: &KeyBytes,
    nonce: [u8; NONCE],
    mut json: Zeroizing<Vec<u8>>,
) -> Result<Vec<u8>, chacha20poly1305::Error> {
    // A growing vector leaves its old bytes behind, unwiped: copy once into one that is large enough.
    let padded = json.len().next_multiple_of(PADDING);
    let mut plain = Zeroizing::new(Vec::with_capacity(padded));
    plain.append(&mut json);
    plain.resize(padded, b' ');
    let mut out = header.write();
    out.extend_from_slice(&nonce);
    let sealed = XChaCha20Poly1305::new((&**key).into())
        .encrypt(&XNonce::from(nonce), Payload { msg: plain.as_slice(), aad: &out })?;
    out.extend_from_slice(&sealed);
    let checksum = Sha256::digest(&out);
    out.extend_from_slice(&checksum);
    Ok(out)
}

/// The reverse of [`seal`], for bytes that [`Header::read`] has accepted.
pub(super) fn unseal(bytes: &[u8], key: &KeyBytes) -> Result<Zeroizing<Vec<u8>>, FormatError> {
    let short = FormatError::Damaged("it is cut short");
    let (covered, _checksum) = bytes.split_last_chunk::<CHECKSUM>().ok_or(short)?;
    let (aad, sealed) = covered.split_at_checked(HEADER + NONCE).ok_or(short)?;
    let nonce = *aad.last_chunk::<NONCE>().ok_or(short)?;
    XChaCha20Poly1305::new((&**key).into())
        .decrypt(&XNonce::from(nonce), Payload { msg: sealed, aad })
        .map(Zeroizing::new)
        .map_err(|_error| FormatError::KeyWrong)
}
