//! `postroomctl delete`: to the trash, and out of it for good.

use clap::Args;
use postroom_types::MessageId;

use super::changed::{Changed, rows};
use crate::failure::Failure;
use crate::profile::Profile;

/// Move messages to the trash; those that are in the trash are removed for good
///
/// It shows at once and reaches the server with the next sync.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  postroomctl delete 42 43")]
pub(crate) struct Delete {
    /// The messages' ids
    #[arg(value_name = "ID", required = true)]
    ids: Vec<MessageId>,
}

impl Delete {
    pub(crate) async fn run(self, profile: &Profile) -> Result<(), Failure> {
        let changed = profile
            .with(async |postroom| {
                rows(postroom, &self.ids).await?;
                postroom.delete(self.ids.clone()).await?;
                Changed::of(self.ids, postroom).await
            })
            .await?;
        changed.print("deleted", profile.output)
    }
}
