//! How the whole program is doing.

use postroom_store::Compacted;
use postroom_types::{AccountQuota, Fault, Rebuilt, Status};

use crate::Postroom;
use crate::fault::fault;

impl Postroom {
    /// Counts, sizes, and where the profile is.
    pub async fn status(&self) -> Result<Status, Fault> {
        let mut status = self.store().status().await.map_err(fault)?;
        env!("CARGO_PKG_VERSION").clone_into(&mut status.version);
        status.data_dir = self.config().data_dir.display().to_string();
        Ok(status)
    }

    /// What was damaged and built anew when the profile was opened, now or earlier, until [`Self::rebuilt_seen`].
    ///
    /// Faults: `storage`.
    pub async fn rebuilt(&self) -> Result<Option<Rebuilt>, Fault> {
        let store = self.store().clone();
        let rebuilt = tokio::task::spawn_blocking(move || store.rebuilt()).await.map_err(fault)?.map_err(fault)?;
        Ok(rebuilt.map(|rebuilt| Rebuilt { folder: self.config().data_dir.display().to_string(), ..rebuilt }))
    }

    /// The user has seen [`Self::rebuilt`]. The files that were put aside stay.
    ///
    /// Faults: `storage`.
    pub async fn rebuilt_seen(&self) -> Result<(), Fault> {
        let store = self.store().clone();
        tokio::task::spawn_blocking(move || store.rebuilt_seen()).await.map_err(fault)?.map_err(fault)
    }

    /// What each account may use on its server and what it uses, as the server said within the last hour or at the last
    /// sync; nothing for accounts whose server does not tell.
    pub async fn quotas(&self) -> Result<Vec<AccountQuota>, Fault> {
        self.store().quotas().await.map_err(fault)
    }

    /// Makes the stored mail smaller, as the app does by itself when it has time.
    pub async fn compact(&self) -> Result<Compacted, Fault> {
        self.store().vault_compact().await.map_err(fault)
    }
}
