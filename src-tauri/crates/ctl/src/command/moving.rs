//! `postroomctl move`: to another folder of the same account.

use std::collections::BTreeMap;

use clap::Args;
use postroom_types::{AccountId, FolderId, MessageId};

use super::changed::{Changed, rows};
use crate::failure::Failure;
use crate::profile::Profile;

/// Move messages to another folder of their account
///
/// It shows at once and reaches the server with the next sync.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  postroomctl move 42 43 --to Projects/Harbour")]
pub(crate) struct Move {
    /// The messages' ids
    #[arg(value_name = "ID", required = true)]
    ids: Vec<MessageId>,
    /// The folder's path, as `postroomctl folders` shows it
    #[arg(long, value_name = "PATH")]
    to: String,
}

impl Move {
    pub(crate) async fn run(self, profile: &Profile) -> Result<(), Failure> {
        let changed = profile
            .with(async |postroom| {
                let mut accounts: BTreeMap<AccountId, Vec<MessageId>> = BTreeMap::new();
                for row in rows(postroom, &self.ids).await? {
                    accounts.entry(row.account).or_default().push(row.id);
                }
                // Every account's folder is found before anything moves.
                let mut moves: Vec<(FolderId, Vec<MessageId>)> = Vec::new();
                for (account, ids) in accounts {
                    moves.push((postroom.folder_find(Some(account), &self.to).await?.id, ids));
                }
                for (folder, ids) in moves {
                    postroom.move_to(ids, folder).await?;
                }
                Changed::of(self.ids, postroom).await
            })
            .await?;
        changed.print("moved", profile.output)
    }
}
