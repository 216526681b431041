//! How much mail is kept here: which bodies are wanted, and which go again.
//!
//! A limit only ever drops bodies, never rows, and never tells the server anything. A body that the server may not have
//! any more (its folder is gone, its message is on its way) stays, whatever the limit.

use postroom_db::{Read, SqlResult, Tx, params};
use postroom_types::{AccountId, FolderId, FolderOffline, Keep, MessageId, Offline, OfflineChange, Uid, UnixMillis};

use crate::{Store, StoreError};

/// Bodies dropped in one transaction.
const BATCH: u32 = 1_000;

/// The date from which on the rules want a message whole, ?2 being now. `f` is its folder on the server, `a` its account.
macro_rules! kept_from {
    () => {
        "max(CASE a.keep_from_at WHEN 0 THEN -9223372036854775808 ELSE a.keep_from_at END,
            CASE CASE f.keep_months WHEN -2 THEN a.keep_months ELSE f.keep_months END
            WHEN -1 THEN -9223372036854775808 WHEN 0 THEN 9223372036854775807
            ELSE ?2 - 2629746000 * CASE f.keep_months WHEN -2 THEN a.keep_months ELSE f.keep_months END END)"
    };
}

/// Folders of account ?1 as the server lists them: one that it lists no longer has nothing to fetch, and what is here of
/// it may be nowhere else. With each, `m`: its messages of one state of body, found by date.
macro_rules! by_body {
    ($state:literal) => {
        concat!(
            "FROM account AS a CROSS JOIN folder AS f ON f.account_id = a.id
             CROSS JOIN message AS m INDEXED BY message_by_body ON m.server_folder_id = f.id AND m.body_state = '",
            $state,
            "' WHERE a.id = ?1 AND f.gone = 0 AND m.uid IS NOT NULL"
        )
    };
}

/// Bodies of account ?1, now ?2, in folder ?3 or any, that can be fetched and are to be kept.
const WANTED: &str = concat!(by_body!("none"), " AND (?3 IS NULL OR f.id = ?3) AND m.date_at >= ", kept_from!());

/// The newest ?4 of them behind date ?5 and id ?6.
const WANTED_NEWEST: &str = concat!(
    "SELECT m.id, m.server_folder_id, m.uid, m.size,
        EXISTS (SELECT 1 FROM quarantined_message WHERE message_id = m.id), m.date_at
     FROM (SELECT m.id AS id ",
    by_body!("none"),
    " AND (?3 IS NULL OR f.id = ?3) AND m.date_at >= ",
    kept_from!(),
    " AND m.date_at <= ?5 AND (m.date_at < ?5 OR m.id > ?6)
        ORDER BY m.date_at DESC, m.id LIMIT ?4) AS newest
     JOIN message AS m ON m.id = newest.id ORDER BY m.date_at DESC, m.id"
);

const SURPLUS: &str = concat!(
    "SELECT m.id ",
    by_body!("stored"),
    " AND m.date_at < ",
    kept_from!(),
    " AND NOT EXISTS (SELECT 1 FROM operation WHERE message_id = m.id) LIMIT ?3"
);

/// What is coming in, piece by piece, and is no longer wanted.
const COMING_UNWANTED: &str = concat!(
    "SELECT m.id FROM incoming JOIN message AS m ON m.id = message_id
     JOIN folder AS f ON f.id = m.server_folder_id JOIN account AS a ON a.id = f.account_id
     WHERE m.account_id = ?1 AND f.gone = 0 AND m.date_at < ",
    kept_from!()
);

/// What would go and come of account ?1, now ?2, if its rule were ?3 and its budget reached back to ?4, and the rule of
/// folder ?5 (or of none) were ?6.
const CHANGE: &str = concat!(
    "SELECT coalesce(sum(here AND NOT kept AND NOT busy), 0),
        coalesce(sum(CASE WHEN here AND NOT kept AND NOT busy THEN size ELSE 0 END), 0),
        coalesce(sum(NOT here AND kept), 0), coalesce(sum(CASE WHEN NOT here AND kept THEN size ELSE 0 END), 0)
     FROM (SELECT m.size, m.body_state = 'stored' AS here,
            EXISTS (SELECT 1 FROM operation WHERE message_id = m.id) AS busy, m.date_at >= ",
    kept_from!(),
    " AS kept
        FROM message AS m
        JOIN (SELECT id, CASE WHEN id = ?5 THEN ?6 ELSE keep_months END AS keep_months FROM folder
            WHERE account_id = ?1 AND gone = 0) AS f ON f.id = m.server_folder_id
        JOIN (SELECT ?3 AS keep_months, ?4 AS keep_from_at) AS a
        WHERE m.account_id = ?1 AND m.uid IS NOT NULL AND m.body_state IN ('none', 'stored'))"
);

/// The date of the newest message that the budget no longer holds.
const BEYOND: &str = "SELECT date_at FROM (
        SELECT date_at, sum(size) OVER (ORDER BY date_at DESC) AS total FROM message WHERE account_id = ?1)
     WHERE total > ?2 LIMIT 1";

/// A message whose body is to be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyWanted {
    /// The message.
    pub message: MessageId,
    /// The folder that the server has it in.
    pub folder: FolderId,
    /// Its UID there.
    pub uid: Uid,
    /// RFC822.SIZE, bytes.
    pub size: u64,
    /// Whether it brought the program down before: it is kept, and not read.
    pub quarantined: bool,
}

/// Where a look-up of missing bodies ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyCursor {
    date_at: i64,
    id: i64,
}

impl Store {
    /// What an account keeps here.
    pub async fn offline(&self, account: AccountId) -> Result<Offline, StoreError> {
        self.read(move |read| {
            let (keep, budget): (i32, i64) = read.query_row(
                "SELECT keep_months, budget_bytes FROM account WHERE id = ?1",
                params![account.0],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            let mut statement = read.prepare_cached(
                "SELECT f.id, f.path, f.keep_months, count(m.id), coalesce(sum(m.body_state = 'stored'), 0),
                    coalesce(sum(CASE WHEN m.body_state = 'stored' THEN m.size ELSE 0 END), 0)
                 FROM folder AS f LEFT JOIN message AS m ON m.server_folder_id = f.id
                 WHERE f.account_id = ?1 AND f.gone = 0 AND f.selectable = 1 GROUP BY f.id ORDER BY f.path",
            )?;
            let folders = statement.query_map(params![account.0], |row| {
                Ok(FolderOffline {
                    folder: FolderId(row.get(0)?),
                    path: row.get(1)?,
                    keep: keep_of(row.get(2)?),
                    messages: row.get(3)?,
                    bodies: row.get(4)?,
                    bytes: u64::try_from(row.get::<_, i64>(5)?).unwrap_or(0),
                })
            })?;
            Ok(Offline {
                keep: keep_of(keep).unwrap_or(Keep::Everything),
                budget_bytes: u64::try_from(budget).unwrap_or(0),
                folders: folders.collect::<SqlResult<_>>()?,
            })
        })
        .await
    }

    /// The rule of an account, and its budget in bytes, 0 for none.
    pub async fn offline_set(&self, account: AccountId, keep: Keep, budget_bytes: u64) -> Result<(), StoreError> {
        let budget = i64::try_from(budget_bytes).unwrap_or(i64::MAX);
        self.write(move |tx| {
            tx.execute(
                "UPDATE account SET keep_months = ?2, budget_bytes = ?3 WHERE id = ?1",
                params![account.0, months_of(Some(keep)), budget],
            )?;
            Ok(())
        })
        .await
    }

    /// The rule of one folder; `None`: the account's.
    pub async fn offline_folder_set(&self, folder: FolderId, keep: Option<Keep>) -> Result<(), StoreError> {
        self.write(move |tx| {
            let sql = "UPDATE folder SET keep_months = ?2 WHERE id = ?1";
            tx.execute(sql, params![folder.0, months_of(keep)])?;
            Ok(())
        })
        .await
    }

    /// What would go from here and come if an account's rule and budget were others. Changes nothing.
    pub async fn offline_preview(
        &self,
        account: AccountId,
        keep: Keep,
        budget_bytes: u64,
        now: UnixMillis,
    ) -> Result<OfflineChange, StoreError> {
        let budget = i64::try_from(budget_bytes).unwrap_or(i64::MAX);
        self.read(move |read| {
            let from = reaching(read, account, budget)?;
            change(read, account, now, (months_of(Some(keep)), from), None)
        })
        .await
    }

    /// As [`Self::offline_preview`], for the rule of one folder; `None`: its account's.
    pub async fn offline_folder_preview(
        &self,
        account: AccountId,
        folder: FolderId,
        keep: Option<Keep>,
        now: UnixMillis,
    ) -> Result<OfflineChange, StoreError> {
        self.read(move |read| {
            let sql = "SELECT keep_months, budget_bytes FROM account WHERE id = ?1";
            let (months, budget): (i32, i64) =
                read.query_row(sql, params![account.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let from = reaching(read, account, budget)?;
            change(read, account, now, (months, from), Some((folder, months_of(keep))))
        })
        .await
    }

    /// Looks anew how far the budget reaches, and drops the bodies that the rules do not want. Gives how many went.
    pub async fn offline_apply(&self, account: AccountId, now: UnixMillis) -> Result<u32, StoreError> {
        let (before, from) = self.read(move |read| reach(read, account)).await?;
        if from != before {
            self.write(move |tx| {
                tx.execute("UPDATE account SET keep_from_at = ?2 WHERE id = ?1", params![account.0, from])?;
                Ok(())
            })
            .await?;
        }
        self.drop_coming(account, now).await?;
        let mut sum = 0;
        // Mostly there is nothing, and whoever writes would wait for this.
        while self.read(move |read| Ok(!surplus(read, account, now, 1)?.is_empty())).await? {
            let dropped = self.write(move |tx| drop_surplus(tx, account, now)).await?;
            sum += dropped;
            self.vault_sweep().await?;
        }
        Ok(sum)
    }
}

impl Store {
    /// How many messages of an account, or of one folder, have no body here yet and should.
    pub async fn bodies_missing(
        &self,
        account: AccountId,
        only: Option<FolderId>,
        now: UnixMillis,
    ) -> Result<u32, StoreError> {
        self.read(move |read| {
            Ok(read.query_row(
                &format!("SELECT count(*) {WANTED}"),
                params![account.0, now.0, only.map(|folder| folder.0)],
                |row| row.get(0),
            )?)
        })
        .await
    }

    /// The newest messages of an account, or of one folder, whose body is missing and to be kept, at most `limit`, and older than where
    /// the look-up before ended. The cursor is `None` when there are no more.
    pub async fn bodies_wanted(
        &self,
        account: AccountId,
        limit: u32,
        only: Option<FolderId>,
        after: Option<BodyCursor>,
        now: UnixMillis,
    ) -> Result<(Vec<BodyWanted>, Option<BodyCursor>), StoreError> {
        let after = after.unwrap_or(BodyCursor { date_at: i64::MAX, id: 0 });
        self.read(move |read| {
            let mut statement = read.prepare_cached(WANTED_NEWEST)?;
            let only = only.map(|folder| folder.0);
            let mut rows = statement.query(params![account.0, now.0, only, limit, after.date_at, after.id])?;
            let mut bodies = Vec::new();
            let mut end = None;
            while let Some(row) = rows.next()? {
                let body = BodyWanted {
                    message: MessageId(row.get(0)?),
                    folder: FolderId(row.get(1)?),
                    uid: Uid(row.get(2)?),
                    size: u64::try_from(row.get::<_, i64>(3)?).unwrap_or(0),
                    quarantined: row.get(4)?,
                };
                end = Some(BodyCursor { date_at: row.get(5)?, id: body.message.0 });
                bodies.push(body);
            }
            let more = u32::try_from(bodies.len()).is_ok_and(|count| count == limit);
            Ok((bodies, end.filter(|_| more)))
        })
        .await
    }

    /// Drops what has come of large messages that the rules do not want, unless somebody waits for them right now.
    async fn drop_coming(&self, account: AccountId, now: UnixMillis) -> Result<(), StoreError> {
        let found = self.read(move |read| {
            let mut statement = read.prepare_cached(COMING_UNWANTED)?;
            let ids = statement.query_map(params![account.0, now.0], |row| Ok(MessageId(row.get(0)?)))?;
            Ok(ids.collect::<SqlResult<Vec<_>>>()?)
        });
        let mut ids = found.await?;
        ids.retain(|id| !self.is_claimed(*id));
        if ids.is_empty() {
            return Ok(());
        }
        self.write(move |tx| {
            for id in ids {
                tx.execute("DELETE FROM incoming WHERE message_id = ?1", params![id.0])?;
            }
            Ok(())
        })
        .await?;
        self.vault_sweep().await
    }
}

/// How far the budget reached when it was looked at before, and how far it does now.
fn reach(read: &Read<'_>, account: AccountId) -> Result<(i64, i64), StoreError> {
    let (budget, before): (i64, i64) =
        read.query_row("SELECT budget_bytes, keep_from_at FROM account WHERE id = ?1", params![account.0], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    Ok((before, reaching(read, account, budget)?))
}

/// How far back a budget reaches: the date from which on messages are kept; 0 while all fits.
fn reaching(read: &Read<'_>, account: AccountId, budget: i64) -> Result<i64, StoreError> {
    let sum = "SELECT coalesce(sum(size), 0) FROM message WHERE account_id = ?1";
    let all: i64 = read.query_row(sum, params![account.0], |row| row.get(0))?;
    if budget == 0 || all <= budget {
        return Ok(0);
    }
    let beyond: i64 = read.query_row(BEYOND, params![account.0, budget], |row| row.get(0))?;
    Ok(beyond.saturating_add(1))
}

/// `rule`: months and how far back the budget reaches; `folder`: one with another rule, in months.
fn change(
    read: &Read<'_>,
    account: AccountId,
    now: UnixMillis,
    rule: (i32, i64),
    folder: Option<(FolderId, i32)>,
) -> Result<OfflineChange, StoreError> {
    let (id, months) = folder.map_or((None, None), |(id, months)| (Some(id.0), Some(months)));
    let row = params![account.0, now.0, rule.0, rule.1, id, months];
    Ok(read.query_row(CHANGE, row, |row| {
        let bytes = |at| Ok::<_, postroom_db::SqlError>(u64::try_from(row.get::<_, i64>(at)?).unwrap_or(0));
        Ok(OfflineChange { goes: row.get(0)?, goes_bytes: bytes(1)?, comes: row.get(2)?, comes_bytes: bytes(3)? })
    })?)
}

/// Messages whose bodies the rules do not want, at most `limit`.
fn surplus(read: &Read<'_>, account: AccountId, now: UnixMillis, limit: u32) -> Result<Vec<MessageId>, StoreError> {
    let mut statement = read.prepare_cached(SURPLUS)?;
    let ids = statement.query_map(params![account.0, now.0, limit], |row| Ok(MessageId(row.get(0)?)))?;
    Ok(ids.collect::<SqlResult<_>>()?)
}

fn drop_surplus(tx: &Tx<'_>, account: AccountId, now: UnixMillis) -> Result<u32, StoreError> {
    let ids = surplus(tx, account, now, BATCH)?;
    for id in &ids {
        tx.prepare_cached("UPDATE message SET body_state = 'none' WHERE id = ?1")?.execute(params![id.0])?;
        tx.prepare_cached("INSERT OR IGNORE INTO vault_garbage (message_id) VALUES (?1)")?.execute(params![id.0])?;
    }
    Ok(u32::try_from(ids.len()).unwrap_or(u32::MAX))
}

fn keep_of(months: i32) -> Option<Keep> {
    match months {
        -2 => None,
        -1 => Some(Keep::Everything),
        0 => Some(Keep::Headers),
        months => Some(Keep::Months(u16::try_from(months).unwrap_or(u16::MAX))),
    }
}

fn months_of(keep: Option<Keep>) -> i32 {
    match keep {
        None => -2,
        Some(Keep::Everything) => -1,
        Some(Keep::Headers) => 0,
        Some(Keep::Months(months)) => i32::from(months),
    }
}
