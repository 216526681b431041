//! `postroomctl compact`: makes the stored mail smaller.

use clap::Args;
use serde::Serialize;

use crate::failure::Failure;
use crate::profile::Profile;

/// Make the stored mail smaller, as the app does by itself when it has time
///
/// Small messages are packed anew with a dictionary made of this profile's own mail. It may be interrupted.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  postroomctl compact")]
pub(crate) struct Compact {}

/// What was done.
#[derive(Debug, Serialize)]
struct Document {
    messages: u32,
    raw_bytes: u64,
    before_bytes: u64,
    after_bytes: u64,
}

impl Compact {
    pub(crate) async fn run(self, profile: &Profile) -> Result<(), Failure> {
        let document = profile
            .with(async |postroom| {
                let done = postroom.compact().await?;
                Ok(Document {
                    messages: done.messages,
                    raw_bytes: done.raw_bytes,
                    before_bytes: done.before,
                    after_bytes: done.after,
                })
            })
            .await?;
        profile.output.print(&document, |out| {
            let Document { messages, raw_bytes, before_bytes, after_bytes } = document;
            writeln!(
                out,
                "{messages} messages of {raw_bytes} bytes: stored in {before_bytes} before, {after_bytes} now"
            )
        })
    }
}
