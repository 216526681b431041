//! `postroomctl search`: messages on this computer, by what is in them.

use clap::Args;
use serde::Serialize;

use crate::failure::Failure;
use crate::profile::Profile;
use crate::row::{Paths, Row, write_lines};

/// Find messages by subject and sender, newest first
///
/// Works offline. Every word must be found; Chinese is found by any part of it.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  postroomctl search 'quote 报价' --limit 20")]
pub(crate) struct Search {
    /// The words to look for
    #[arg(value_name = "QUERY")]
    query: String,
    /// At most so many messages
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

/// What was found, as JSON.
#[derive(Debug, Serialize)]
struct Document {
    messages: Vec<Row>,
    total: u32,
}

impl Search {
    pub(crate) async fn run(self, profile: &Profile) -> Result<(), Failure> {
        let (found, paths) = profile
            .with(async |postroom| Ok((postroom.search(&self.query, self.limit).await?, Paths::load(postroom).await?)))
            .await?;
        let document = Document { messages: paths.rows(&found.messages), total: found.total };
        profile.output.print(&document, |out| {
            write_lines(out, &found.messages)?;
            writeln!(out, "{} of {}", found.messages.len(), found.total)
        })
    }
}
