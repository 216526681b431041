//! `postroomctl retry`: reads messages again that are shown as source.

use clap::Args;
use postroom_types::MessageId;
use serde::Serialize;

use super::changed::rows;
use crate::failure::Failure;
use crate::profile::Profile;

/// Read messages again that are shown as source because the program ended while it read them
///
/// Most were only being read when the computer or the program was stopped. A message that ends the program once more
/// stays as it is: name the others by their ids then.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  postroomctl retry 42 43\n  postroomctl retry --all")]
pub(crate) struct Retry {
    /// The messages' ids
    #[arg(value_name = "ID", required_unless_present = "all")]
    ids: Vec<MessageId>,
    /// All such messages
    #[arg(long, conflicts_with = "ids")]
    all: bool,
}

/// What was read, and how many are left.
#[derive(Debug, Serialize)]
struct Document {
    ids: Vec<MessageId>,
    quarantined: usize,
}

impl Retry {
    pub(crate) async fn run(self, profile: &Profile) -> Result<(), Failure> {
        let document = profile
            .with(async |postroom| {
                let ids = if self.all { postroom.quarantined().await? } else { self.ids };
                rows(postroom, &ids).await?;
                for id in &ids {
                    postroom.retry_quarantined(*id).await?;
                }
                Ok(Document { ids, quarantined: postroom.quarantined().await?.len() })
            })
            .await?;
        profile.output.print(&document, |out| {
            let noun = if document.ids.len() == 1 { "message" } else { "messages" };
            writeln!(out, "{} {noun} read again; still shown as source: {}", document.ids.len(), document.quarantined)
        })
    }
}
