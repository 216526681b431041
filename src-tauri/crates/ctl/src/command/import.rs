//! `postroomctl import`: files put into a folder.

use std::path::PathBuf;

use clap::Args;
use postroom_core::{NewMail, Postroom};
use postroom_types::Flags;

use super::changed::Changed;
use crate::failure::Failure;
use crate::profile::{self, Profile};

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
            Postroom::message_check(&read(path)?)?;
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

fn read(path: &PathBuf) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|source| Failure::File { path: path.clone(), source })
}
