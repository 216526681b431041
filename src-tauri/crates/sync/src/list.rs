//! What goes along with the list of folders and costs no turn of its own, and which of its names are none.

use std::collections::BTreeSet;

use postroom_imap::{ListedFolder, Session};
use postroom_types::{AccountQuota, FolderRole};

use crate::{Engine, SyncError};

impl Engine {
    /// Asks for what the list alone does not say, if it is wanted. Gives whether quotas come.
    pub(crate) async fn ask_along(&self, session: &mut Session) -> Result<bool, SyncError> {
        let known = self.context.store.sync_folders(self.account()).await?;
        // As `namespace::prefix` will: not where drafts or trash stand at the top.
        let is_top = |raw: &str| !raw.contains(['/', '.', '\\']);
        let special = |role| !matches!(role, FolderRole::Inbox | FolderRole::Other);
        if !known.is_empty() && !known.iter().any(|folder| special(folder.role) && is_top(&folder.raw)) {
            session.ask_namespace().await?;
        }
        let due = self.context.store.quota_is_due(self.account(), self.context.clock.now()).await?;
        Ok(due && session.ask_quotas().await?)
    }

    /// Keeps what the server told of its quotas.
    pub(crate) async fn quotas(&self, session: &mut Session) -> Result<(), SyncError> {
        let account = self.account();
        let quotas = session.take_quotas().into_iter().map(|quota| AccountQuota {
            account,
            name: quota.name,
            used_bytes: quota.used_bytes,
            limit_bytes: quota.limit_bytes,
        });
        Ok(self.context.store.quotas_set(account, quotas.collect(), self.context.clock.now()).await?)
    }

    /// Names that were refused before and that the server, which counts the others, still gives no count of.
    pub(crate) async fn hollow(&self, listed: &[ListedFolder]) -> Result<BTreeSet<String>, SyncError> {
        let mut refused = self.context.store.folders_refused(self.account()).await?;
        if refused.is_empty() {
            return Ok(refused);
        }
        let counts = listed.iter().any(|folder| folder.status.is_some());
        let known = self.context.store.sync_folders(self.account()).await?;
        for folder in listed.iter().filter(|folder| !counts || folder.status.is_some()) {
            if refused.remove(&folder.raw)
                && let Some(known) = known.iter().find(|known| known.raw == folder.raw)
            {
                self.context.store.folder_refused_set(known.id, false).await?;
            }
        }
        Ok(refused)
    }
}
