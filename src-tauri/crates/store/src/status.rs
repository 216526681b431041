//! Counts for the status line.

use postroom_types::Status;

use crate::{Store, StoreError};

impl Store {
    /// How many operations the server has yet to hear of.
    pub async fn pending_count(&self) -> Result<u32, StoreError> {
        self.read(|read| Ok(read.query_row("SELECT count(*) FROM operation", [], |row| row.get(0))?)).await
    }

    /// How much there is. The caller fills in version and folder.
    pub async fn status(&self) -> Result<Status, StoreError> {
        let raw_bytes: i64 = self
            .vault
            .read(|read| {
                Ok::<_, StoreError>(read.query_row(
                    "SELECT coalesce(sum(raw_size), 0) FROM raw_message",
                    [],
                    |row| row.get(0),
                )?)
            })
            .await?;
        let stored_bytes = ["mail.db", "mail.db-wal", "vault.db", "vault.db-wal"]
            .iter()
            .filter_map(|file| std::fs::metadata(self.dir().join(file)).ok())
            .map(|file| file.len())
            .sum::<u64>()
            + self.blob_bytes();
        self.read(move |read| {
            let count = |sql: &str| -> Result<u32, StoreError> { Ok(read.query_row(sql, [], |row| row.get(0))?) };
            Ok(Status {
                version: String::new(),
                data_dir: String::new(),
                accounts: count("SELECT count(*) FROM account")?,
                messages: count("SELECT coalesce(sum(message_count), 0) FROM folder")?,
                bodies: count("SELECT count(*) FROM message WHERE body_state = 'stored'")?,
                raw_bytes: u64::try_from(raw_bytes).unwrap_or(0),
                stored_bytes,
                pending: count("SELECT count(*) FROM operation")?,
                quarantined: count(
                    "SELECT (SELECT count(*) FROM quarantine) + (SELECT count(*) FROM quarantined_message)",
                )?,
            })
        })
        .await
    }
}
