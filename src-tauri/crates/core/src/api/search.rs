//! Search over all accounts, from what is on this computer only.

use postroom_search::Query;
use postroom_types::{Fault, SearchResult};

use crate::Postroom;
use crate::fault::fault;

impl Postroom {
    /// Messages of all accounts whose subject or people hold every word of the query, newest first.
    pub async fn search(&self, query: &str, limit: u32) -> Result<SearchResult, Fault> {
        self.store().search(&Query::parse(query), limit).await.map_err(fault)
    }
}
