//! One app a profile: a second start hands what it was asked for to the first and ends.
//!
//! The profile's lock says who is first, and the system lets it go however that program ends; so what a killed app leaves
//! of its socket is swept away by the next one. Who holds the lock without answering is postroomctl, or an app that is
//! about to end. Nothing of the mail goes over this connection.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use interprocess::local_socket::tokio::{Listener, Stream, prelude::*};
use interprocess::local_socket::{ListenerOptions, Name};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};

/// How long either side waits for the other: the first one may be making its window still.
const PATIENCE: Duration = Duration::from_secs(10);
/// What a second start may say, in bytes: a `mailto:` link may hold a whole text.
const MOST: u64 = 256 * 1024;
/// What the first one answers once it has taken over.
const TAKEN: &str = "taken";

/// What a second start was asked for.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Asked {
    /// Links and files of its command line.
    pub(crate) links: Vec<String>,
    /// Where it was started: files are named from there.
    pub(crate) directory: PathBuf,
}

impl Asked {
    /// What this start was asked for.
    pub(crate) fn here(links: &[String]) -> Self {
        Self { links: links.to_vec(), directory: std::env::current_dir().unwrap_or_default() }
    }
}

/// The first one's ear.
#[derive(Debug)]
pub(crate) struct Ear {
    listener: Listener,
    _place: Place,
}

/// Begins to listen. Only for who holds the profile's lock. Must be called on a tokio runtime.
pub(crate) fn listen(profile: &Path) -> io::Result<Ear> {
    let place = Place::of(profile)?;
    place.sweep()?;
    let listener = ListenerOptions::new().name(place.name()?).create_tokio()?;
    place.close_to_others()?;
    Ok(Ear { listener, _place: place })
}

impl Ear {
    /// Calls `asked` for every second start, until the program ends.
    pub(crate) async fn hear(self, asked: impl Fn(Asked)) {
        loop {
            let heard = match self.listener.accept().await {
                Ok(stream) => tokio::time::timeout(PATIENCE, take(stream)).await.map_err(io::Error::other).flatten(),
                Err(error) => {
                    tracing::warn!(%error, "second starts cannot be heard for a while");
                    tokio::time::sleep(PATIENCE).await;
                    continue;
                }
            };
            match heard {
                Ok(heard) => asked(heard),
                Err(error) => tracing::warn!(%error, "a second start said nothing of use"),
            }
        }
    }
}

async fn take(stream: Stream) -> io::Result<Asked> {
    let mut line = String::new();
    BufReader::new((&stream).take(MOST)).read_line(&mut line).await?;
    let asked = serde_json::from_str(&line)?;
    (&stream).write_all(format!("{TAKEN}\n").as_bytes()).await?;
    Ok(asked)
}

/// Hands over to the app that has the profile. An error: there is none that listens.
pub(crate) async fn hand_over(profile: &Path, asked: &Asked) -> io::Result<()> {
    tokio::time::timeout(PATIENCE, give(profile, asked)).await?
}

async fn give(profile: &Path, asked: &Asked) -> io::Result<()> {
    let place = Place::of(profile)?;
    let stream = Stream::connect(place.name()?).await?;
    let line = format!("{}\n", serde_json::to_string(asked)?);
    (&stream).write_all(line.as_bytes()).await?;
    let mut answer = String::new();
    BufReader::new((&stream).take(MOST)).read_line(&mut answer).await?;
    if answer.trim_end() == TAKEN { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// Where the two meet: a socket in the profile, which others may not enter.
#[cfg(unix)]
#[derive(Debug)]
struct Place {
    path: PathBuf,
    /// Keeps the short way to the folder open.
    _folder: Option<std::fs::File>,
}

#[cfg(unix)]
impl Place {
    /// A socket's path has room for about 100 bytes. On Linux a longer one is gone by way of the open folder.
    fn of(profile: &Path) -> io::Result<Self> {
        const NAME: &str = "app.socket";
        const ROOM: usize = 100;
        let path = profile.join(NAME);
        if path.as_os_str().len() <= ROOM || !cfg!(target_os = "linux") {
            return Ok(Self { path, _folder: None });
        }
        let folder = std::fs::File::open(profile)?;
        let number = std::os::fd::AsRawFd::as_raw_fd(&folder);
        Ok(Self { path: PathBuf::from(format!("/proc/self/fd/{number}/{NAME}")), _folder: Some(folder) })
    }

    fn name(&self) -> io::Result<Name<'_>> {
        use interprocess::local_socket::{GenericFilePath, ToFsName as _};
        self.path.as_path().to_fs_name::<GenericFilePath>()
    }

    /// Removes what a killed app left.
    fn sweep(&self) -> io::Result<()> {
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn close_to_others(&self) -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&self.path, std::fs::Permissions::from_mode(0o600))
    }
}

/// Where the two meet: a pipe named after the profile's folder, gone with the process that made it.
#[cfg(windows)]
#[derive(Debug)]
struct Place(String);

#[cfg(windows)]
impl Place {
    fn of(profile: &Path) -> io::Result<Self> {
        use std::hash::{Hash as _, Hasher as _};
        let mut hasher = std::hash::DefaultHasher::new();
        profile.canonicalize()?.hash(&mut hasher);
        Ok(Self(format!("app.postroom.desktop-{:016x}", hasher.finish())))
    }

    fn name(&self) -> io::Result<Name<'_>> {
        use interprocess::local_socket::{GenericNamespaced, ToNsName as _};
        self.0.as_str().to_ns_name::<GenericNamespaced>()
    }

    fn sweep(&self) -> io::Result<()> {
        Ok(())
    }

    fn close_to_others(&self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn asked(link: &str) -> Asked {
        Asked { links: vec![link.to_owned()], directory: PathBuf::from("/somewhere") }
    }

    async fn heard(profile: &Path, link: &str) -> Asked {
        let ear = listen(profile).unwrap();
        let (sender, receiver) = mpsc::channel();
        let hearing = ear.hear(move |asked| sender.send(asked).unwrap());
        let asking = async {
            // Who says nothing, or nonsense, is in nobody's way.
            let silent = Stream::connect(Place::of(profile).unwrap().name().unwrap()).await.unwrap();
            (&silent).write_all(b"nonsense\n").await.unwrap();
            hand_over(profile, &asked(link)).await.unwrap();
        };
        tokio::select! {
            () = hearing => panic!("it hears no more"),
            () = asking => {}
        }
        receiver.recv().unwrap()
    }

    #[tokio::test]
    async fn the_first_hears_what_the_second_was_asked_for() {
        let profile = tempfile::tempdir().unwrap();
        let taken = heard(profile.path(), "mailto:a@example.test").await;
        assert_eq!((taken.links, taken.directory), (asked("mailto:a@example.test").links, PathBuf::from("/somewhere")));
    }

    #[tokio::test]
    async fn nobody_listens_where_no_app_is_and_what_a_killed_one_left_is_swept() {
        let profile = tempfile::tempdir().unwrap();
        assert!(hand_over(profile.path(), &asked("x")).await.is_err());
        // A socket that no process has any more, as after a kill.
        let place = Place::of(profile.path()).unwrap();
        drop(std::os::unix::net::UnixListener::bind(&place.path).unwrap());
        assert!(place.path.exists());
        assert!(hand_over(profile.path(), &asked("x")).await.is_err());
        assert_eq!(heard(profile.path(), "y").await.links, ["y"]);
    }

    #[tokio::test]
    async fn a_profile_may_have_a_long_path_and_two_have_an_ear_each() {
        let one = tempfile::tempdir().unwrap();
        let two = one.path().join("a-long-name-".repeat(15));
        std::fs::create_dir(&two).unwrap();
        let ear = listen(one.path()).unwrap();
        assert_eq!(heard(&two, "to the second").await.links, ["to the second"]);
        drop(ear);
    }
}
