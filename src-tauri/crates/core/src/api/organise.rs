//! What the user does to messages: in the database when the call returns, on the server afterwards.

use std::collections::BTreeSet;

use postroom_sync::Wish;
use postroom_types::{AccountId, Event, Fault, FolderId, ListBy, Mark, MessageId, Operation};

use crate::Postroom;
use crate::fault::fault;

impl Postroom {
    /// Read, unread, starred or not.
    pub async fn mark(&self, ids: Vec<MessageId>, mark: Mark) -> Result<(), Fault> {
        let before = self.places(&ids).await?;
        self.store().mark(ids, mark.into(), self.now()).await.map_err(fault)?;
        self.acted(before).await
    }

    /// Moves to another folder of the same account.
    pub async fn move_to(&self, ids: Vec<MessageId>, folder: FolderId) -> Result<(), Fault> {
        let before = self.places(&ids).await?;
        self.store().move_to(ids.clone(), folder, self.now()).await.map_err(fault)?;
        self.acted_on(before, &ids).await
    }

    /// Moves to the trash; from the trash, removes for good.
    pub async fn delete(&self, ids: Vec<MessageId>) -> Result<(), Fault> {
        let before = self.places(&ids).await?;
        self.store().delete(ids.clone(), self.now()).await.map_err(fault)?;
        self.acted_on(before, &ids).await
    }

    /// Moves to the archive.
    pub async fn archive(&self, ids: Vec<MessageId>) -> Result<(), Fault> {
        let before = self.places(&ids).await?;
        self.store().archive(ids.clone(), self.now()).await.map_err(fault)?;
        self.acted_on(before, &ids).await
    }

    /// What the server has yet to hear of, in order.
    pub async fn pending(&self) -> Result<Vec<Operation>, Fault> {
        self.store().pending().await.map_err(fault)
    }

    async fn places(&self, ids: &[MessageId]) -> Result<BTreeSet<(AccountId, FolderId)>, Fault> {
        let rows = self.store().list_rows(ids.to_vec(), ListBy::Message).await.map_err(fault)?;
        Ok(rows.iter().map(|row| (row.account, row.folder)).collect())
    }

    async fn acted_on(&self, mut places: BTreeSet<(AccountId, FolderId)>, ids: &[MessageId]) -> Result<(), Fault> {
        places.extend(self.places(ids).await?);
        self.acted(places).await
    }

    async fn acted(&self, places: BTreeSet<(AccountId, FolderId)>) -> Result<(), Fault> {
        let accounts: BTreeSet<AccountId> = places.iter().map(|(account, _)| *account).collect();
        for (account, folder) in places {
            self.tell(Event::Messages { account, folder });
        }
        let count = self.store().pending_count().await.map_err(fault)?;
        self.tell(Event::Pending { count });
        for account in accounts {
            self.tell(Event::Folders { account });
            self.wish(Some(account), Wish::Replay);
        }
        Ok(())
    }
}
