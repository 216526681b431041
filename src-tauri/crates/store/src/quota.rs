//! How much room the accounts have on their servers, as last told.

use postroom_db::{SqlResult, params};
use postroom_types::{AccountId, AccountQuota, UnixMillis};

use crate::{Store, StoreError};

/// A server is asked again after this long, ms.
const AGAIN: i64 = 3_600_000;

impl Store {
    /// What every account may use, by account and the server's name of the limit.
    pub async fn quotas(&self) -> Result<Vec<AccountQuota>, StoreError> {
        self.read(|read| {
            let mut statement = read.prepare_cached(
                "SELECT account_id, name, used_bytes, limit_bytes FROM quota ORDER BY account_id, name",
            )?;
            let rows = statement.query_map([], |row| {
                let bytes = |column| -> SqlResult<u64> { Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0)) };
                Ok(AccountQuota {
                    account: AccountId(row.get(0)?),
                    name: row.get(1)?,
                    used_bytes: bytes(2)?,
                    limit_bytes: bytes(3)?,
                })
            })?;
            Ok(rows.collect::<SqlResult<_>>()?)
        })
        .await
    }

    /// Whether it is long ago that the server was asked.
    pub async fn quota_is_due(&self, account: AccountId, now: UnixMillis) -> Result<bool, StoreError> {
        self.read(move |read| {
            let asked: i64 =
                read.query_row("SELECT quota_at FROM account WHERE id = ?1", params![account.0], |row| row.get(0))?;
            Ok(asked == 0 || !(0..AGAIN).contains(&now.0.saturating_sub(asked)))
        })
        .await
    }

    /// What the server said now; it replaces what it said before.
    pub async fn quotas_set(
        &self,
        account: AccountId,
        quotas: Vec<AccountQuota>,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            tx.execute("DELETE FROM quota WHERE account_id = ?1", params![account.0])?;
            for quota in &quotas {
                let bytes = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
                tx.execute(
                    "INSERT OR REPLACE INTO quota (account_id, name, used_bytes, limit_bytes) VALUES (?1, ?2, ?3, ?4)",
                    params![account.0, quota.name, bytes(quota.used_bytes), bytes(quota.limit_bytes)],
                )?;
            }
            tx.execute("UPDATE account SET quota_at = ?2 WHERE id = ?1", params![account.0, now.0])?;
            Ok(())
        })
        .await
    }

    /// The server is asked again with the next list: it said that there is no room.
    pub async fn quota_forget(&self, account: AccountId) -> Result<(), StoreError> {
        self.write(move |tx| {
            tx.execute("UPDATE account SET quota_at = 0 WHERE id = ?1", params![account.0])?;
            Ok(())
        })
        .await
    }
}
