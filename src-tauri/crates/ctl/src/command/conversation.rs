//! `postroomctl conversation`: the messages of one conversation, oldest first, wherever they are.

use clap::Args;
use postroom_types::MessageId;
use serde::Serialize;

use crate::failure::Failure;
use crate::profile::Profile;
use crate::row::{Paths, Row, write_lines};

/// List the conversation that a message is part of, oldest first
///
/// From all folders but trash and junk; of copies of one message, one. Lines are as those of `postroomctl list`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  postroomctl conversation 17")]
pub(crate) struct Conversation {
    /// The message's id
    #[arg(value_name = "ID")]
    id: i64,
}

/// A conversation as JSON.
#[derive(Debug, Serialize)]
struct Document {
    messages: Vec<Row>,
}

impl Conversation {
    pub(crate) async fn run(self, profile: &Profile) -> Result<(), Failure> {
        let (rows, paths) = profile
            .with(async |postroom| Ok((postroom.conversation(MessageId(self.id)).await?, Paths::load(postroom).await?)))
            .await?;
        profile.output.print(&Document { messages: paths.rows(&rows) }, |out| write_lines(out, &rows))
    }
}
