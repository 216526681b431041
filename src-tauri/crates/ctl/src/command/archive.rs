//! `postroomctl archive`: out of the way, to be kept.

use clap::Args;
use postroom_types::MessageId;

use super::changed::{Changed, rows};
use crate::failure::Failure;
use crate::profile::Profile;

/// Move messages to the archive folder of their account
///
/// It shows at once and reaches the server with the next sync.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  postroomctl archive 42 43")]
pub(crate) struct Archive {
    /// The messages' ids
    #[arg(value_name = "ID", required = true)]
    ids: Vec<MessageId>,
}

impl Archive {
    pub(crate) async fn run(self, profile: &Profile) -> Result<(), Failure> {
        let changed = profile
            .with(async |postroom| {
                rows(postroom, &self.ids).await?;
                postroom.archive(self.ids.clone()).await?;
                Changed::of(self.ids, postroom).await
            })
            .await?;
        changed.print("archived", profile.output)
    }
}
