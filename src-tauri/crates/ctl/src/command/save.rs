//! `postroomctl save`: writes one part of a message into a file, whatever its size.

use std::fs::OpenOptions;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use postroom_core::Postroom;
use postroom_types::{MessageId, PartNumber};
use serde::Serialize;

use crate::failure::Failure;
use crate::profile::Profile;
use crate::terminal;

/// Save a part of a message, such as an attachment, into a file
///
/// `postroomctl show ID --parts` lists the parts. The file's name is the one given here, never the mail's. A file that
/// is there already is left alone unless --force is given.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  postroomctl save 42 3 quote.pdf")]
pub(crate) struct Save {
    /// The message's id
    #[arg(value_name = "ID")]
    id: MessageId,
    /// The part's number
    #[arg(value_name = "PART")]
    part: u32,
    /// Where to
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Overwrite a file that is there already
    #[arg(long)]
    force: bool,
}

/// What was saved, as JSON.
#[derive(Debug, Serialize)]
struct Saved {
    id: MessageId,
    part: PartNumber,
    file: String,
    /// The name that the mail gives it.
    name: String,
    mime_type: String,
    size: u64,
}

impl Save {
    pub(crate) async fn run(self, profile: &Profile) -> Result<(), Failure> {
        let part = PartNumber(self.part);
        let save = async |postroom: &Postroom| {
            let mut content = postroom.attachment_read(self.id, part).await?;
            let write = if self.force { replace } else { create };
            let size = write(&self.file, &mut content)?;
            Ok((size, content.name.clone(), content.mime_type.clone()))
        };
        let (size, name, mime_type) = profile.with(save).await?;
        let saved = Saved { id: self.id, part, file: self.file.display().to_string(), name, mime_type, size };
        profile.output.print(&saved, |out| {
            writeln!(out, "{} saved as {}", terminal::size(saved.size), terminal::line(&saved.file))
        })
    }
}

/// Writes a new file; what is there already stays. Gives its size.
fn create(path: &Path, bytes: &mut dyn Read) -> Result<u64, Failure> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => Failure::FileExists(path.to_owned()),
        _ => Failure::File { path: path.to_owned(), source },
    };
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(failed)?;
    let written = io::copy(bytes, &mut file).and_then(|size| file.sync_all().map(|()| size));
    written.map_err(|source| {
        // Half a file would look like a whole one; that it cannot be removed changes nothing for the user.
        std::fs::remove_file(path).unwrap_or_default();
        Failure::File { path: path.to_owned(), source }
    })
}

/// Writes beside the file and puts it in its place at the end: at no time is there half a file.
fn replace(path: &Path, bytes: &mut dyn Read) -> Result<u64, Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
        let size = io::copy(bytes, &mut file)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(size)
    });
    match written {
        Ok(size) => Ok(size),
        Err(source) => Err(Failure::File { path: path.to_owned(), source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_overwritten_only_by_force() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        assert_eq!(create(&path, &mut &b"one"[..]).unwrap(), 3);
        assert!(matches!(create(&path, &mut &b"two"[..]), Err(Failure::FileExists(_))));
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        assert_eq!(replace(&path, &mut &b"three"[..]).unwrap(), 5);
        assert_eq!(std::fs::read(&path).unwrap(), b"three");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(matches!(create(&folder.path().join("none/a"), &mut io::empty()), Err(Failure::File { .. })));
        assert!(matches!(replace(&folder.path().join("none/a"), &mut io::empty()), Err(Failure::File { .. })));
    }
}
