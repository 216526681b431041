//! Messages that were being read when the program ended: most were only unlucky (a kill, a power cut), so the user may
//! have one read again.

use postroom_store::{Stage, StoreError};
use postroom_sync::Wish;
use postroom_types::{Event, Fault, FolderId, MessageId, ShrunkFolder};

use crate::Postroom;
use crate::api::content::load;
use crate::api::reader::build;
use crate::fault::{fault, not_found};

impl Postroom {
    /// Folders about which the user has to be asked, by account and path. [`Event::Folders`] tells of a new one.
    pub async fn shrunk_folders(&self) -> Result<Vec<ShrunkFolder>, Fault> {
        let folders = self.store().folders_shrunk().await.map_err(fault)?;
        let view = |one: postroom_store::ShrunkFolder| ShrunkFolder {
            account: one.account,
            folder: one.folder,
            path: one.path,
            gone: one.gone,
            noticed_at: one.noticed_at,
        };
        Ok(folders.into_iter().map(view).collect())
    }

    /// The user says that what the server no longer has of a folder may go; the next pass removes it. If more is gone by
    /// then, that is asked anew.
    ///
    /// Faults: `not-found` if nothing was asked about it; `storage`.
    pub async fn allow_removal(&self, folder: FolderId) -> Result<(), Fault> {
        self.store().folder_shrunk_allow(folder).await.map_err(fault)?;
        self.wish(None, Wish::Sync);
        Ok(())
    }

    /// Messages that are shown as source because the program ended while it read them; the one tried longest ago first.
    pub async fn quarantined(&self) -> Result<Vec<MessageId>, Fault> {
        self.store().quarantined().await.map_err(fault)
    }

    /// Reads a quarantined message once more, all that opening it would read. If that goes well the quarantine ends and
    /// its row tells what is in it: open it again. If it brings the program down it is still quarantined at the next
    /// start. Only ever called because the user asked. A message that is not quarantined is left as it is.
    ///
    /// Faults: `not-found`; `body-missing` (it is asked for, try again once it is here); `internal` (it could not be read
    /// this time either); `storage`.
    pub async fn retry_quarantined(&self, id: MessageId) -> Result<(), Fault> {
        let detail = self.store().message(id).await.map_err(fault)?;
        if !detail.quarantined {
            return Ok(());
        }
        let (account, folder) = (detail.row.account, detail.row.folder);
        if !detail.row.has_body {
            self.wish(Some(account), Wish::Body(id));
        }
        // Reading it marks it, as opening it does.
        let reading = load(self, detail, false).await?;
        if reading.coming.is_some() {
            return Err(fault(StoreError::BodyMissing));
        }
        let markers = self.markers().clone();
        let summary = tokio::task::spawn_blocking(move || {
            let slot = markers.mark(Stage::Reading { message: id }).map_err(fault)?;
            let summary = reading.summarise();
            // What it gives is thrown away: that it comes to an end is what counts.
            drop(build(reading, "", true));
            drop(slot);
            Ok::<_, Fault>(summary)
        })
        .await
        .map_err(fault)??;
        let summary = summary.ok_or_else(|| not_found("message"))?;
        self.store().quarantine_lift(id, summary).await.map_err(fault)?;
        tracing::info!(message = id.0, "read again, no longer quarantined");
        self.tell(Event::Messages { account, folder });
        Ok(())
    }
}
