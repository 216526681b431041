//! `postroomctl import`: files put into a folder.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use postroom_core::{NewMail, Postroom};
use postroom_types::{Fault, Flags};

use super::changed::Changed;
use crate::failure::Failure;
use crate::profile::{self, Profile};

/// Bytes that are read between two looks at the size.
const STEP: u64 = 8 << 20;

/// Put mails from files (.eml) into a folder
///
/// They show at once and reach the server with the next sync. If one of the files is no mail, none is taken.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  postroomctl import --folder Archive offer.eml reply.eml")]
pub(crate) struct Import {
    /// The files, each a whole message
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The folder's path, as `postroomctl folders` shows it
    #[arg(long, value_name = "PATH")]
    folder: String,
    /// The account's address, where several have such a folder
    #[arg(long, value_name = "ADDRESS")]
    account: Option<String>,
    /// Leave them unread
    #[arg(long)]
    unseen: bool,
}

impl Import {
    pub(crate) async fn run(self, profile: &Profile) -> Result<(), Failure> {
        for path in &self.files {
            Postroom::message_check(&read(path)?).map_err(|fault| named(path, fault))?;
        }
        let changed = profile
            .with(async |postroom| {
                let account = profile::account(postroom, self.account.as_deref()).await?;
                let folder = postroom.folder_find(account, &self.folder).await?.id;
                let flags = if self.unseen { Flags::empty() } else { Flags::SEEN };
                let mut ids = Vec::new();
                for path in &self.files {
                    let mail = NewMail { bytes: read(path)?, flags, received_at: None };
                    ids.push(postroom.message_append(folder, mail).await?);
                }
                Changed::of(ids, postroom).await
            })
            .await?;
        changed.print("imported", profile.output)
    }
}

/// A file that is too large is refused before it is read; what tells no size, a pipe say, as soon as it is seen.
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |source| Failure::File { path: path.to_owned(), source };
    let fits = |size| Postroom::message_size_check(size).map_err(|fault| named(path, fault));
    let mut file = File::open(path).map_err(failed)?;
    fits(file.metadata().map_err(failed)?.len())?;
    let mut bytes = Vec::new();
    loop {
        // A few at a time: what is read in between is bounded, however much comes.
        let read = file.by_ref().take(STEP).read_to_end(&mut bytes).map_err(failed)?;
        fits(bytes.len() as u64)?;
        if read == 0 {
            return Ok(bytes);
        }
    }
}

/// Several files are given at once: which one it is.
fn named(path: &Path, fault: Fault) -> Failure {
    Fault { message: format!("{}: {}", path.display(), fault.message), ..fault }.into()
}
