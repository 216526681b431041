//! An open message whose rest is coming: what of it can be had by now.

use std::sync::Arc;

use postroom_imap::LARGE_MESSAGE;
use postroom_types::{Coming, ComingMessage, Fault, MessageRow};

use crate::Postroom;
use crate::api::content::read;
use crate::api::reader::build;
use crate::fault::not_found;

/// What is told of a message of which nothing is here; `None` for those that come at once.
pub(crate) fn nothing_yet(row: &MessageRow) -> Option<Coming> {
    (row.size > LARGE_MESSAGE).then(|| Coming { bytes: 0, total: row.size, missing: Vec::new() })
}

impl Postroom {
    /// What of an open message is here now. The text that its frame shows stays as it is: if more of it came, the answer
    /// says so, and the message is to be opened again.
    ///
    /// Faults: `not-found` for a void token; as [`Postroom::message_open`].
    pub async fn message_coming(&self, token: &str) -> Result<ComingMessage, Fault> {
        let shown = self.opened().get(token).map(Arc::clone).ok_or_else(|| not_found("view"))?;
        let reading = read(self, shown.message).await?;
        let (now, opened) = build(reading, token, shown.remote_allowed);
        let changed = now.body != shown.body || now.pictures != shown.pictures;
        Ok(ComingMessage { attachments: opened.attachments, coming: opened.coming, changed })
    }
}
