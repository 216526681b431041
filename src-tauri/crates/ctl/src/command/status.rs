//! `postroomctl status`: how the whole profile is doing.

use std::collections::BTreeMap;

use clap::Args;
use postroom_types::{AccountId, AccountQuota, Rebuilt};
use serde::Serialize;

use crate::failure::Failure;
use crate::profile::Profile;
use crate::terminal;

/// Show how much mail is here, what it takes on disk and what waits
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  postroomctl status")]
pub(crate) struct Status {}

/// The profile as JSON.
#[derive(Debug, Serialize)]
struct Document {
    #[serde(flatten)]
    status: postroom_types::Status,
    quotas: Vec<Quota>,
    /// What was damaged and built anew, until the app's user has seen it.
    rebuilt: Option<Rebuilt>,
}

/// The room on a server as JSON.
#[derive(Debug, Serialize)]
struct Quota {
    /// The account's address.
    account: String,
    /// The server's name of the limit.
    name: String,
    used_bytes: u64,
    limit_bytes: u64,
}

fn quota(quota: AccountQuota, accounts: &BTreeMap<AccountId, String>) -> Quota {
    let AccountQuota { account, name, used_bytes, limit_bytes } = quota;
    Quota { account: accounts.get(&account).cloned().unwrap_or_default(), name, used_bytes, limit_bytes }
}

impl Status {
    pub(crate) async fn run(self, profile: &Profile) -> Result<(), Failure> {
        let document = profile
            .with(async |postroom| {
                let accounts =
                    postroom.accounts().await?.into_iter().map(|account| (account.id, account.email)).collect();
                let quotas = postroom.quotas().await?.into_iter().map(|one| quota(one, &accounts)).collect();
                Ok(Document { status: postroom.status().await?, quotas, rebuilt: postroom.rebuilt().await? })
            })
            .await?;
        let status = &document.status;
        profile.output.print(&document, |out| {
            writeln!(out, "Postroom {}", status.version)?;
            writeln!(out, "profile      {}", status.data_dir)?;
            writeln!(out, "accounts     {}", status.accounts)?;
            writeln!(out, "messages     {}, {} of them whole", status.messages, status.bodies)?;
            let (raw, stored) = (terminal::size(status.raw_bytes), terminal::size(status.stored_bytes));
            writeln!(out, "on disk      {stored} for {raw} of mail")?;
            writeln!(out, "pending      {}", status.pending)?;
            writeln!(out, "quarantined  {}", status.quarantined)?;
            for quota in &document.quotas {
                let (used, limit) = (terminal::size(quota.used_bytes), terminal::size(quota.limit_bytes));
                writeln!(out, "on server    {used} of {limit}  {}", terminal::line(&quota.account))?;
            }
            if let Some(Rebuilt { queue_whole, folder, files, .. }) = &document.rebuilt {
                writeln!(out, "rebuilt      the mail store was damaged; it is filled from the server again")?;
                let queue = if *queue_whole { "was kept" } else { "may be lost in part" };
                writeln!(out, "             what waited for the server {queue}")?;
                writeln!(out, "             damaged files: {} in {}", files.join(", "), terminal::line(folder))?;
            }
            Ok(())
        })
    }
}
