//! Files that messages carry.

use std::ffi::OsString;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use postroom_types::{Fault, MessageId, PartNumber};

use crate::Postroom;
use crate::api::content::{PartContent, read};
use crate::fault::{fault, invalid, not_found};
use crate::mark::Mark;

/// Where files stand that another program shows, inside the profile.
pub(crate) const OPENED_FILES: &str = "opened";
/// Files of one name in one folder.
const MOST_OF_ONE_NAME: u32 = 10_000;
/// A part of which all is held in memory has no more bytes: 32 MiB.
const MOST: u64 = 32 << 20;

/// A file's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachmentContent {
    /// A safe file name.
    pub name: String,
    /// The MIME type in lower case.
    pub mime_type: String,
    /// Decoded.
    pub bytes: Vec<u8>,
}

impl Postroom {
    /// A part of a message, decoded, in memory; [`Postroom::attachment_read`] reads one of any size.
    ///
    /// Faults: as there; `invalid-input` above 32 MiB.
    pub async fn attachment(&self, id: MessageId, part: PartNumber) -> Result<AttachmentContent, Fault> {
        let content = self.attachment_read(id, part).await?;
        let (name, mime_type) = (content.name.clone(), content.mime_type.clone());
        let read = move || {
            let mut bytes = Vec::new();
            content.take(MOST + 1).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        let bytes = blocking(read).await?;
        if bytes.len() as u64 > MOST {
            return Err(invalid("the file is too large to be shown"));
        }
        Ok(AttachmentContent { name, mime_type, bytes })
    }

    /// Writes a file where another program may open it: a folder of this opening that only this user may enter, emptied at
    /// the next start.
    pub async fn attachment_stage(
        &self,
        token: &str,
        part: PartNumber,
        mut content: PartContent,
    ) -> Result<PathBuf, Fault> {
        self.token_message(token)?;
        // A folder a part: two files of one message may have the same name.
        let folder = self.config().data_dir.join(OPENED_FILES).join(token).join(part.0.to_string());
        let made = folder.clone();
        blocking(move || {
            let mut builder = std::fs::DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(made)
        })
        .await?;
        let path = folder.join(&content.name);
        let (target, mark) = (path.clone(), self.origin_mark(&content));
        blocking(move || replace(&target, &mut content, Some(&mark))).await?;
        Ok(path)
    }

    /// Saves a part to a path that the user chose. All or nothing: the file appears whole, and only its owner may read it.
    pub async fn attachment_save(&self, id: MessageId, part: PartNumber, path: &Path) -> Result<(), Fault> {
        let mut content = self.attachment_read(id, part).await?;
        let (path, mark) = (path.to_owned(), self.origin_mark(&content));
        blocking(move || replace(&path, &mut content, Some(&mark))).await
    }

    /// Saves parts into a folder that the user chose, the message read once, and gives the paths in the same order. No file
    /// is ever replaced: where a name is taken, `name (2).pdf` and so on is used.
    ///
    /// Faults: `not-found` for a part that is none of the message's files; what was saved before stays.
    pub async fn attachments_save(
        &self,
        id: MessageId,
        parts: Vec<PartNumber>,
        folder: &Path,
    ) -> Result<Vec<PathBuf>, Fault> {
        let reading = read(self, id).await?;
        let mut saved = Vec::with_capacity(parts.len());
        for part in parts {
            let files = reading.message.as_ref().map(|message| message.attachments.as_slice()).unwrap_or_default();
            if !files.iter().any(|file| file.part == part) {
                return Err(not_found("part"));
            }
            let mut content = self.part_of(&reading, part).await?;
            let (folder, mark) = (folder.to_owned(), self.origin_mark(&content));
            saved.push(blocking(move || add(&folder, &content.name.clone(), &mut content, &mark)).await?);
        }
        Ok(saved)
    }

    /// Saves a message as .eml, byte for byte as the server has it.
    pub async fn message_save(&self, id: MessageId, path: &Path) -> Result<(), Fault> {
        let mut raw = self.message_bytes(id).await?;
        let path = path.to_owned();
        blocking(move || replace(&path, &mut raw, None)).await
    }

    fn origin_mark(&self, content: &PartContent) -> Mark {
        Mark { origin: content.origin.clone(), at: self.now() }
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work).await.map_err(fault)?.map_err(fault)
}

/// Puts a file at a path, in place of what is there, and with it the mark that it came from outside.
fn replace(path: &Path, bytes: &mut impl Read, mark: Option<&Mark>) -> io::Result<()> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let mut name = OsString::from(".");
    name.push(path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?);
    name.push(format!(".{}.part", crate::random::token().map_err(|fault| io::Error::other(fault.message))?));
    let temporary = folder.join(name);
    let result = new_file(&temporary).and_then(|mut file| {
        io::copy(bytes, &mut file)?;
        file.sync_all()?;
        drop(file);
        // Before it has its name, so that no program ever finds it without.
        if let Some(mark) = mark {
            mark.set(&temporary);
        }
        std::fs::rename(&temporary, path)
    });
    if result.is_err() {
        drop(std::fs::remove_file(&temporary));
    }
    result
}

/// Puts a file into a folder under this name or, where that is taken, under the next free one.
fn add(folder: &Path, name: &str, bytes: &mut impl Read, mark: &Mark) -> io::Result<PathBuf> {
    for number in 1..=MOST_OF_ONE_NAME {
        let path = folder.join(numbered(name, number));
        // Made empty first, which fails where something is: so the name is ours, whoever else saves here at the same time.
        match new_file(&path) {
            Ok(reserved) => drop(reserved),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(error),
        }
        if let Err(error) = replace(&path, bytes, Some(mark)) {
            drop(std::fs::remove_file(&path));
            return Err(error);
        }
        return Ok(path);
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// `report.pdf`, `report (2).pdf`, `report (3).pdf`.
fn numbered(name: &str, number: u32) -> String {
    match name.rsplit_once('.') {
        _ if number < 2 => name.to_owned(),
        Some((stem, suffix)) if !stem.is_empty() => format!("{stem} ({number}).{suffix}"),
        _ => format!("{name} ({number})"),
    }
}

/// A file that was not there, which only its owner may read.
fn new_file(path: &Path) -> io::Result<std::fs::File> {
    let mut options = std::fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use postroom_types::UnixMillis;

    fn mark() -> Mark {
        Mark { origin: "mid:a@b".to_owned(), at: UnixMillis(0) }
    }

    #[test]
    fn a_taken_name_gets_a_number_before_its_suffix() {
        let names = |name| [1, 2, 3].map(|number| numbered(name, number));
        assert_eq!(names("报价.pdf"), ["报价.pdf", "报价 (2).pdf", "报价 (3).pdf"]);
        assert_eq!(names("README"), ["README", "README (2)", "README (3)"]);
        assert_eq!(names(".profile"), [".profile", ".profile (2)", ".profile (3)"]);
        assert_eq!(names("a.tar.gz"), ["a.tar.gz", "a.tar (2).gz", "a.tar (3).gz"]);
    }

    #[test]
    fn what_is_there_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.txt"), "the user's").unwrap();
        std::fs::create_dir(folder.path().join("a (2).txt")).unwrap();
        let path = add(folder.path(), "a.txt", &mut &b"ours"[..], &mark()).unwrap();
        assert_eq!(path, folder.path().join("a (3).txt"));
        assert_eq!(std::fs::read(path).unwrap(), b"ours");
        assert_eq!(std::fs::read(folder.path().join("a.txt")).unwrap(), b"the user's");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3, "nothing else is left");
        assert!(add(&folder.path().join("none"), "a.txt", &mut io::empty(), &mark()).is_err());
    }
}
