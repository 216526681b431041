//! `postroomctl status`: how the whole profile is doing.

use clap::Args;

use crate::failure::Failure;
use crate::profile::Profile;
use crate::terminal;

/// Show how much mail is here, what it takes on disk and what waits
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  postroomctl status")]
pub(crate) struct Status {}

impl Status {
    pub(crate) async fn run(self, profile: &Profile) -> Result<(), Failure> {
        let status = profile.with(async |postroom| Ok(postroom.status().await?)).await?;
        profile.output.print(&status, |out| {
            writeln!(out, "Postroom {}", status.version)?;
            writeln!(out, "profile      {}", status.data_dir)?;
            writeln!(out, "accounts     {}", status.accounts)?;
            writeln!(out, "messages     {}, {} of them whole", status.messages, status.bodies)?;
            let (raw, stored) = (terminal::size(status.raw_bytes), terminal::size(status.stored_bytes));
            writeln!(out, "on disk      {stored} for {raw} of mail")?;
            writeln!(out, "pending      {}", status.pending)?;
            writeln!(out, "quarantined  {}", status.quarantined)
        })
    }
}
