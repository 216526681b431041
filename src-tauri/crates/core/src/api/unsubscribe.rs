//! Leaving the list that a message came by.

use postroom_mime::{ListUnsubscribe, list_unsubscribe};
use postroom_net::{PictureLimits, unsubscribe_one_click};
use postroom_types::{Fault, MessageId, Unsubscribe};

use crate::Postroom;
use crate::api::content::read;
use crate::around::way;
use crate::fault::{fault, not_found};

impl Postroom {
    /// Asks a list's server by one request to send no more (RFC 8058), once the user has said so.
    ///
    /// Faults: `not-found` for a message that offers none; those of a connection; `server-refused`.
    pub async fn unsubscribe(&self, id: MessageId) -> Result<(), Fault> {
        let list = self.list_of(id).await?;
        let Some(Unsubscribe::OneClick { .. }) = way(&list) else { return Err(not_found("one-click list")) };
        let web = list.web.ok_or_else(|| not_found("one-click list"))?;
        tracing::info!(message = id.0, "leaving a list");
        unsubscribe_one_click(&web, &PictureLimits::default()).await.map_err(fault)
    }

    /// The link by which the user leaves a list in a browser or by a mail.
    ///
    /// Faults: `not-found` for a message that offers none.
    pub async fn unsubscribe_link(&self, id: MessageId) -> Result<String, Fault> {
        let list = self.list_of(id).await?;
        match way(&list) {
            Some(Unsubscribe::OneClick { .. } | Unsubscribe::Web { .. }) => list.web,
            Some(Unsubscribe::Mail { .. }) => list.mail,
            None => None,
        }
        .ok_or_else(|| not_found("list"))
    }

    async fn list_of(&self, id: MessageId) -> Result<ListUnsubscribe, Fault> {
        Ok(list_unsubscribe(read(self, id).await?.head()))
    }

    /// The header of a message as it came, as text.
    pub async fn message_headers(&self, id: MessageId) -> Result<String, Fault> {
        let reading = read(self, id).await?;
        tokio::task::spawn_blocking(move || postroom_mime::header_block(reading.head())).await.map_err(fault)
    }
}
