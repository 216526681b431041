//! Lists of messages.

use postroom_types::{Fault, FolderId, ListBy, ListIndex, ListPage, MessageId, MessageRow};

use crate::Postroom;
use crate::fault::fault;

impl Postroom {
    /// A folder's whole order with its first rows.
    pub async fn list_index(&self, folder: FolderId, by: ListBy) -> Result<ListIndex, Fault> {
        self.store().list_index(folder, by).await.map_err(fault)
    }

    /// These messages; those that are gone meanwhile are left out. By conversation, each stands for its own.
    pub async fn list_rows(&self, ids: Vec<MessageId>, by: ListBy) -> Result<Vec<MessageRow>, Fault> {
        self.store().list_rows(ids, by).await.map_err(fault)
    }

    /// The conversation of a message, from all folders but trash and junk, oldest first; at most 500, the newest.
    pub async fn conversation(&self, message: MessageId) -> Result<Vec<MessageRow>, Fault> {
        self.store().conversation(message).await.map_err(fault)
    }

    /// What rows of a list by conversation stand for: all of their conversations in the same folder, or `everywhere` but in
    /// trash and junk.
    pub async fn conversation_members(&self, rows: Vec<MessageId>, everywhere: bool) -> Result<Vec<MessageId>, Fault> {
        self.store().conversation_members(rows, everywhere).await.map_err(fault)
    }

    /// A page of a folder, newest first; `before` is the `next` of the page before.
    pub async fn list_page(&self, folder: FolderId, limit: u32, before: Option<&str>) -> Result<ListPage, Fault> {
        let before = before.map(str::parse).transpose().map_err(|error: postroom_store::StoreError| fault(error))?;
        self.store().list_page(folder, limit, before).await.map_err(fault)
    }
}
