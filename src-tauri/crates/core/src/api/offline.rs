//! How much mail is kept on this computer.

use postroom_sync::Wish;
use postroom_types::{AccountId, Event, Fault, FolderId, Keep, Offline, OfflineChange};

use crate::Postroom;
use crate::fault::fault;

impl Postroom {
    /// What an account keeps here, folder by folder.
    pub async fn offline(&self, id: AccountId) -> Result<Offline, Fault> {
        self.store().account(id).await.map_err(fault)?;
        self.store().offline(id).await.map_err(fault)
    }

    /// What [`Self::offline_set`] would change on this computer.
    pub async fn offline_preview(&self, id: AccountId, keep: Keep, budget_bytes: u64) -> Result<OfflineChange, Fault> {
        self.store().account(id).await.map_err(fault)?;
        self.store().offline_preview(id, keep, budget_bytes, self.now()).await.map_err(fault)
    }

    /// What [`Self::offline_folder_set`] would change on this computer.
    pub async fn offline_folder_preview(&self, folder: FolderId, keep: Option<Keep>) -> Result<OfflineChange, Fault> {
        let account = self.account_of(folder).await?;
        self.store().offline_folder_preview(account, folder, keep, self.now()).await.map_err(fault)
    }

    /// The rule of an account, and how many bytes of mail it may keep here, 0 for no limit. What is no longer wanted goes
    /// from this computer at once, what is wanted now comes with the next sync; the server keeps all of it.
    pub async fn offline_set(&self, id: AccountId, keep: Keep, budget_bytes: u64) -> Result<(), Fault> {
        self.store().account(id).await.map_err(fault)?;
        self.store().offline_set(id, keep, budget_bytes).await.map_err(fault)?;
        self.offline_changed(id).await
    }

    /// The rule of one folder; `None`: its account's.
    pub async fn offline_folder_set(&self, folder: FolderId, keep: Option<Keep>) -> Result<(), Fault> {
        let account = self.account_of(folder).await?;
        self.store().offline_folder_set(folder, keep).await.map_err(fault)?;
        self.offline_changed(account).await
    }

    async fn account_of(&self, folder: FolderId) -> Result<AccountId, Fault> {
        let folders = self.folders().await?;
        let of = folders.iter().find(|one| one.id == folder).ok_or_else(|| crate::fault::not_found("folder"))?;
        Ok(of.account)
    }

    async fn offline_changed(&self, id: AccountId) -> Result<(), Fault> {
        self.store().offline_apply(id, self.now()).await.map_err(fault)?;
        self.tell(Event::Folders { account: id });
        self.wish(Some(id), Wish::Sync);
        Ok(())
    }
}
