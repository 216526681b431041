//! Senders whose remote pictures the reader wants to see.

use postroom_db::params;
use postroom_types::UnixMillis;

use crate::{Store, StoreError};

impl Store {
    /// Shows remote pictures of this sender from now on.
    pub async fn sender_trust(&self, email: String, now: UnixMillis) -> Result<(), StoreError> {
        self.write(move |tx| {
            tx.execute(
                "INSERT OR IGNORE INTO trusted_sender (email, created_at) VALUES (?1, ?2)",
                params![email, now.0],
            )?;
            Ok(())
        })
        .await
    }

    /// Whether remote pictures of this sender are shown.
    pub async fn sender_trusted(&self, email: String) -> Result<bool, StoreError> {
        self.read(move |read| {
            Ok(read.query_row(
                "SELECT EXISTS (SELECT 1 FROM trusted_sender WHERE email = ?1)",
                params![email],
                |row| row.get(0),
            )?)
        })
        .await
    }
}
