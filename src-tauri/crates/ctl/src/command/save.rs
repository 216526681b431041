//! `postroomctl save`: writes one part of a message into a file.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
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
        let content = profile.with(async |postroom| Ok(postroom.attachment(self.id, part).await?)).await?;
        if self.force {
            replace(&self.file, &content.bytes)?;
        } else {
            create(&self.file, &content.bytes)?;
        }
        let saved = Saved {
            id: self.id,
            part,
            file: self.file.display().to_string(),
            name: content.name,
            mime_type: content.mime_type,
            size: content.bytes.len() as u64,
        };
        profile.output.print(&saved, |out| {
            writeln!(out, "{} saved as {}", terminal::size(saved.size), terminal::line(&saved.file))
        })
    }
}

/// Writes a new file; what is there already stays.
fn create(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => Failure::FileExists(path.to_owned()),
        _ => Failure::File { path: path.to_owned(), source },
    };
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(failed)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    written.map_err(|source| {
        // Half a file would look like a whole one; that it cannot be removed changes nothing for the user.
        std::fs::remove_file(path).unwrap_or_default();
        Failure::File { path: path.to_owned(), source }
    })
}

/// Writes beside the file and puts it in its place at the end: at no time is there half a file.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)
    });
    match written {
        Ok(_) => Ok(()),
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
        create(&path, b"one").unwrap();
        assert!(matches!(create(&path, b"two"), Err(Failure::FileExists(_))));
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        replace(&path, b"three").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"three");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(matches!(create(&folder.path().join("none/a"), b""), Err(Failure::File { .. })));
        assert!(matches!(replace(&folder.path().join("none/a"), b""), Err(Failure::File { .. })));
    }
}
