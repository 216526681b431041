//! The answer of the commands that change messages: which, and how many changes now wait for the server.

use postroom_core::Postroom;
use postroom_types::{Fault, FaultCode, ListBy, MessageId, MessageRow};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::Output;

/// What was changed.
#[derive(Debug, Serialize)]
pub(crate) struct Changed {
    ids: Vec<MessageId>,
    pending: usize,
}

impl Changed {
    /// Counts what waits after these messages were changed.
    pub(crate) async fn of(ids: Vec<MessageId>, postroom: &Postroom) -> Result<Self, Failure> {
        Ok(Self { ids, pending: postroom.pending().await?.len() })
    }

    /// Prints it; `done` says what was done to the messages, as in "marked".
    pub(crate) fn print(&self, done: &str, output: Output) -> Result<(), Failure> {
        output.print(self, |out| {
            let noun = if self.ids.len() == 1 { "message" } else { "messages" };
            writeln!(out, "{} {noun} {done}; changes that wait for the server: {}", self.ids.len(), self.pending)
        })
    }
}

/// The messages' rows. One that does not exist fails them all, so that half a command is never done.
pub(crate) async fn rows(postroom: &Postroom, ids: &[MessageId]) -> Result<Vec<MessageRow>, Failure> {
    let rows = postroom.list_rows(ids.to_vec(), ListBy::Message).await?;
    match ids.iter().find(|id| !rows.iter().any(|row| row.id == **id)) {
        Some(id) => Err(Fault::new(FaultCode::NotFound, format!("there is no message {id}")).into()),
        None => Ok(rows),
    }
}
