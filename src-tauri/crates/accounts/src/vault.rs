//! The file vault: all passwords in one file, encrypted under a key that the user supplies.
//!
//! Format 1 (and 2), numbers little-endian:
//!
//! ```text
//! "postroom vault\0"  15   what it is
//! version              1   1; 2 if the key is 64 hexadecimal digits, as `openssl rand -hex 32` gives them
//! memory, passes, lanes 12 of argon2id: three u32, memory in KiB; all 0 in version 2, whose key is SHA-256 of the
//!                          first 15 bytes, the salt and the 32 bytes of the key
//! salt                16   random, for the life of the file
//! nonce               24   random, new at every write
//! sealed           n + 16  XChaCha20-Poly1305 of the map as JSON, padded with blanks; all of the above is authenticated
//! checksum            32   SHA-256 of all of the above
//! ```
//!
//! The checksum protects nothing; it tells a damaged file from a wrong key. A file that does not fit is never written
//! over. Every write goes to a new file of mode 0600 that takes the old one's place once it is on the disk, under a lock
//! (`<vault>.lock`), so several programs may use one vault.

mod format;

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use postroom_types::Secret;
use zeroize::Zeroizing;

use crate::CredentialError;
use format::{FormatError, Header, KeyBytes};

/// A vault holds a few dozen passwords. More than this is no vault of ours.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// An open vault: the derived key and where the file is. The passwords stay in the file until one is asked for.
pub(crate) struct Vault {
    path: PathBuf,
    header: Header,
    key: KeyBytes,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("path", &self.path).finish_non_exhaustive()
    }
}

/// What is inside.
type Map = BTreeMap<String, Zeroizing<String>>;

impl Vault {
    /// Opens the vault, or makes an empty one, so that the first key given is the one that counts from then on.
    pub(crate) fn open(path: &Path, key: &Secret<String>) -> Result<Self, CredentialError> {
        if key.expose().is_empty() {
            return Err(CredentialError::KeyEmpty);
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|source| io_error(path, "written", source))?;
        }
        let _lock = lock(path)?;
        let derive =
            |header: &Header| header.derive(key).map_err(|error| CredentialError::Crypto { reason: error.to_string() });
        if let Some(bytes) = read(path)? {
            let header = Header::read(&bytes).map_err(|error| damage(path, error))?;
            let vault = Self { path: path.to_owned(), key: derive(&header)?, header };
            vault.unseal(&bytes)?;
            Ok(vault)
        } else {
            let header = Header::new(random()?, key);
            let vault = Self { path: path.to_owned(), key: derive(&header)?, header };
            vault.write(&Map::new())?;
            Ok(vault)
        }
    }

    pub(crate) fn set(&self, name: &str, password: &Secret<String>) -> Result<(), CredentialError> {
        let _lock = lock(&self.path)?;
        let mut map = self.load()?;
        map.insert(name.to_owned(), Zeroizing::new(password.expose().clone()));
        self.write(&map)
    }

    pub(crate) fn get(&self, name: &str) -> Result<Option<Secret<String>>, CredentialError> {
        // No lock: a reader sees the old file or the new one, both whole.
        Ok(self.load()?.get(name).map(|password| Secret::new(String::clone(password))))
    }

    pub(crate) fn delete(&self, name: &str) -> Result<(), CredentialError> {
        let _lock = lock(&self.path)?;
        let mut map = self.load()?;
        if map.remove(name).is_some() { self.write(&map) } else { Ok(()) }
    }

    fn load(&self) -> Result<Map, CredentialError> {
        match read(&self.path)? {
            Some(bytes) => self.unseal(&bytes),
            None => Ok(Map::new()),
        }
    }

    fn unseal(&self, bytes: &[u8]) -> Result<Map, CredentialError> {
        let header = Header::read(bytes).map_err(|error| damage(&self.path, error))?;
        if header != self.header {
            let what = "another vault took its place while this program ran";
            return Err(CredentialError::Damaged { path: self.path.clone(), what });
        }
        let json = format::unseal(bytes, &self.key).map_err(|error| damage(&self.path, error))?;
        let map: BTreeMap<String, String> = serde_json::from_slice(&json)
            .map_err(|_error| damage(&self.path, FormatError::Damaged("what is inside is no list of passwords")))?;
        Ok(map.into_iter().map(|(name, password)| (name, Zeroizing::new(password))).collect())
    }

    fn write(&self, map: &Map) -> Result<(), CredentialError> {
        let plain: BTreeMap<&str, &str> = map.iter().map(|(name, word)| (name.as_str(), word.as_str())).collect();
        let json = serde_json::to_vec(&plain).map_err(|error| CredentialError::Crypto { reason: error.to_string() })?;
        let sealed = format::seal(&self.header, &self.key, random()?, Zeroizing::new(json))
            .map_err(|error| CredentialError::Crypto { reason: error.to_string() })?;
        replace(&self.path, &sealed).map_err(|source| io_error(&self.path, "written", source))
    }
}

fn damage(path: &Path, error: FormatError) -> CredentialError {
    let path = path.to_owned();
    match error {
        FormatError::Damaged(what) => CredentialError::Damaged { path, what },
        FormatError::TooNew(version) => CredentialError::TooNew { path, version },
        FormatError::KeyWrong => CredentialError::KeyWrong { path },
    }
}

fn io_error(path: &Path, action: &'static str, source: io::Error) -> CredentialError {
    CredentialError::Io { path: path.to_owned(), action, source }
}

fn random<const N: usize>() -> Result<[u8; N], CredentialError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| CredentialError::Crypto { reason: error.to_string() })?;
    Ok(bytes)
}

/// Held until dropped. The file beside the vault, because the vault itself is replaced at every write.
fn lock(path: &Path) -> Result<File, CredentialError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let open = OpenOptions::new().create(true).truncate(false).write(true).open(PathBuf::from(name));
    let file = open.map_err(|source| io_error(path, "locked", source))?;
    file.lock().map_err(|source| io_error(path, "locked", source))?;
    Ok(file)
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, CredentialError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(io_error(path, "read", source)),
    };
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|source| io_error(path, "read", source))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(damage(path, FormatError::Damaged("it is far too large")));
    }
    Ok(Some(bytes))
}

/// Writes beside, syncs, and takes the old file's place (tempfile makes it with mode 0600).
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".vault-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    // The name too must survive a power cut. Windows cannot open a folder so, and needs no such call.
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests;
