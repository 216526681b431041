//! How the whole program is doing.

use postroom_store::Compacted;
use postroom_types::{AccountQuota, Fault, Status};

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
