//! Folders, as the sidebar lists them and as the user names them.

use postroom_sync::Wish;
use postroom_types::{AccountId, Fault, Folder, FolderId};

use crate::Postroom;
use crate::fault::fault;

impl Postroom {
    /// All folders in the order of the sidebar.
    pub async fn folders(&self) -> Result<Vec<Folder>, Fault> {
        self.store().folders().await.map_err(fault)
    }

    /// The user opened a folder: what the server has of it is looked at soon, with every flag.
    pub async fn folder_opened(&self, folder: FolderId) -> Result<(), Fault> {
        let folders = self.folders().await?;
        let of = folders.iter().find(|one| one.id == folder).ok_or_else(|| crate::fault::not_found("folder"))?;
        self.wish(Some(of.account), Wish::Folder(folder));
        Ok(())
    }

    /// A folder by its path, in one account or the first that has it; `inbox` in any case is the inbox.
    pub async fn folder_find(&self, account: Option<AccountId>, path: &str) -> Result<Folder, Fault> {
        self.store().folder_find(account, path.to_owned()).await.map_err(fault)
    }
}
