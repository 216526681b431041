//! `postroomctl shrunk`: folders that lost over half of their messages at once, and the user's leave to let them go.

use clap::Args;
use postroom_core::Postroom;
use postroom_types::{Fault, FaultCode, ShrunkFolder};
use serde::Serialize;

use crate::failure::Failure;
use crate::profile::{self, Profile};
use crate::terminal;

/// List folders that lost over half of their messages on the server at once: nothing of them goes here unless allowed
///
/// Allow it if you, or someone with the same mailbox, removed them. If nobody did, the copies here may be all there is:
/// look into the mailbox in another way first. `postroomctl verify` names what the server lacks.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  postroomctl shrunk\n  postroomctl shrunk --allow INBOX && postroomctl sync")]
pub(crate) struct Shrunk {
    /// Let what the server lacks of this folder go with the next sync
    #[arg(long, value_name = "PATH")]
    allow: Option<String>,
    /// Only the account with this address
    #[arg(long, value_name = "ADDRESS")]
    account: Option<String>,
}

/// What is still to be answered.
#[derive(Debug, Serialize)]
struct Document {
    folders: Vec<ShrunkFolder>,
}

impl Shrunk {
    pub(crate) async fn run(self, profile: &Profile) -> Result<(), Failure> {
        let folders = profile.with(async |postroom| self.answer(postroom).await).await?;
        let document = Document { folders };
        profile.output.print(&document, |out| {
            for folder in &document.folders {
                writeln!(out, "{:>7} gone from the server  {}", folder.gone, terminal::line(&folder.path))?;
            }
            if document.folders.is_empty() { writeln!(out, "nothing is to be answered") } else { Ok(()) }
        })
    }

    async fn answer(&self, postroom: &Postroom) -> Result<Vec<ShrunkFolder>, Failure> {
        let account = profile::account(postroom, self.account.as_deref()).await?;
        let mine = |folder: &ShrunkFolder| account.is_none_or(|account| account == folder.account);
        if let Some(path) = &self.allow {
            let asked = postroom.shrunk_folders().await?;
            let folder = asked.iter().filter(|folder| mine(folder)).find(|folder| folder.path == *path);
            let none = || Fault::new(FaultCode::NotFound, "nothing is to be answered about this folder");
            postroom.allow_removal(folder.ok_or_else(|| none().with("what", "folder"))?.folder).await?;
        }
        Ok(postroom.shrunk_folders().await?.into_iter().filter(mine).collect())
    }
}
