//! `postroomctl folders`: every folder of every account.

use std::collections::BTreeMap;

use clap::Args;
use postroom_types::{AccountId, FolderRole};
use serde::Serialize;

use crate::failure::Failure;
use crate::profile::Profile;
use crate::terminal;

/// List the folders with their counts
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  postroomctl folders")]
pub(crate) struct Folders {}

/// All folders as JSON.
#[derive(Debug, Serialize)]
struct Document {
    folders: Vec<Folder>,
}

/// A folder as JSON.
#[derive(Debug, Serialize)]
struct Folder {
    path: String,
    name: String,
    role: FolderRole,
    /// The account's address.
    account: String,
    messages: u32,
    unread: u32,
}

impl Folders {
    pub(crate) async fn run(self, profile: &Profile) -> Result<(), Failure> {
        let document = profile
            .with(async |postroom| {
                let accounts: BTreeMap<AccountId, String> =
                    postroom.accounts().await?.into_iter().map(|account| (account.id, account.email)).collect();
                let folders = postroom.folders().await?.into_iter().map(|folder| Folder {
                    path: folder.path,
                    name: folder.name,
                    role: folder.role,
                    account: accounts.get(&folder.account).cloned().unwrap_or_default(),
                    messages: folder.messages,
                    unread: folder.unread,
                });
                Ok(Document { folders: folders.collect() })
            })
            .await?;
        profile.output.print(&document, |out| {
            for folder in &document.folders {
                writeln!(
                    out,
                    "{:>7} messages {:>7} unread  {:<8}  {}  {}",
                    folder.messages,
                    folder.unread,
                    folder.role.as_str(),
                    terminal::fit(&folder.account, 28),
                    terminal::line(&folder.path),
                )?;
            }
            Ok(())
        })
    }
}
