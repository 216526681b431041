//! Answers Cyrus's question whether a password is right, in the words of Cyrus SASL's `saslauthd`: four strings (user,
//! password, service, realm), each with its length in two bytes, and one string back.

use std::collections::HashMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;

/// Who may log in. Its thread ends when this is dropped.
#[derive(Debug)]
pub(super) struct Passwords {
    known: Arc<Mutex<HashMap<String, String>>>,
    ended: Arc<AtomicBool>,
    socket: PathBuf,
}

impl Passwords {
    /// Listens at `socket`, whose path may have 107 bytes.
    pub(super) fn listen(socket: &Path) -> anyhow::Result<Self> {
        let listener = UnixListener::bind(socket).context("the socket for passwords")?;
        // Cyrus may run under another user. Whoever else asks must know the password to learn that it is right.
        fs::set_permissions(socket, fs::Permissions::from_mode(0o666))?;
        let all = Self { known: Arc::default(), ended: Arc::default(), socket: socket.to_owned() };
        let (known, ended) = (Arc::clone(&all.known), Arc::clone(&all.ended));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                // One that asks wrongly gets no answer; Cyrus then refuses the login.
                drop(stream.and_then(|stream| answer(stream, &known)));
            }
        });
        Ok(all)
    }

    /// Adds a user or changes a password; it holds at once.
    pub(super) fn set(&self, user: &str, password: &str) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(user.to_owned(), password.to_owned());
    }
}

impl Drop for Passwords {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // Wakes the thread.
        drop(UnixStream::connect(&self.socket));
    }
}

fn answer(mut stream: UnixStream, known: &Mutex<HashMap<String, String>>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let [user, password, _service, _realm] =
        [string(&mut stream)?, string(&mut stream)?, string(&mut stream)?, string(&mut stream)?];
    let right = {
        let known = known.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8(user).ok().and_then(|user| known.get(&user).cloned())
    };
    let said: &[u8] = if right.is_some_and(|right| right.as_bytes() == password) { b"\0\x02OK" } else { b"\0\x02NO" };
    stream.write_all(said)
}

fn string(stream: &mut UnixStream) -> std::io::Result<Vec<u8>> {
    let mut size = [0; 2];
    stream.read_exact(&mut size)?;
    let mut bytes = vec![0; usize::from(u16::from_be_bytes(size))];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}
