//! Lists of messages.

use postroom_types::{Fault, FolderId, ListIndex, ListPage, MessageId, MessageRow};

use crate::Postroom;
use crate::fault::fault;

impl Postroom {
    /// A folder's whole order with its first rows.
    pub async fn list_index(&self, folder: FolderId) -> Result<ListIndex, Fault> {
        self.store().list_index(folder).await.map_err(fault)
    }

    /// These messages; those that are gone meanwhile are left out.
    pub async fn list_rows(&self, ids: Vec<MessageId>) -> Result<Vec<MessageRow>, Fault> {
        self.store().list_rows(ids).await.map_err(fault)
    }

    /// A page of a folder, newest first; `before` is the `next` of the page before.
    pub async fn list_page(&self, folder: FolderId, limit: u32, before: Option<&str>) -> Result<ListPage, Fault> {
        let before = before.map(str::parse).transpose().map_err(|error: postroom_store::StoreError| fault(error))?;
        self.store().list_page(folder, limit, before).await.map_err(fault)
    }
}
