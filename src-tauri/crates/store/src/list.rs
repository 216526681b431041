//! Rows for the list: by folder newest first, by id, and what the reader needs besides.

use std::collections::HashSet;
use std::str::FromStr;

use postroom_db::{OptionalExtension as _, Read, Row, SqlResult, params, types::Type};
use postroom_types::{
    AccountId, Flags, FolderId, ListBy, ListIndex, ListPage, MessageId, MessageRow, ThreadId, Uid, UnixMillis,
};

use crate::{Store, StoreError, conversation};

const COLUMNS: &str = "id, account_id, folder_id, uid, date_at, sender, recipient, subject, preview, flags, size, \
                       has_attachments, body_state, thread_id";
const FIRST_ROWS: usize = 60;
const INDEX: &str =
    "SELECT id, date_at, thread_id FROM message WHERE folder_id = ?1 AND hidden = 0 ORDER BY date_at DESC, id DESC";

fn page_sql() -> String {
    format!(
        "SELECT {COLUMNS} FROM message
         WHERE folder_id = ?1 AND hidden = 0 AND (date_at, id) < (?2, ?3)
         ORDER BY date_at DESC, id DESC LIMIT ?4"
    )
}

/// Where a page begins: keyset, never OFFSET, so that the hundredth page costs what the first does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    date_at: i64,
    id: i64,
}

impl FromStr for Cursor {
    type Err = StoreError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let bad = || StoreError::Invalid("the cursor is not one that a list gave".to_owned());
        let (date_at, id) = s.split_once('.').ok_or_else(bad)?;
        Ok(Self { date_at: date_at.parse().map_err(|_| bad())?, id: id.parse().map_err(|_| bad())? })
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.date_at, self.id)
    }
}

/// A row with where the server has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageDetail {
    /// The row that the list shows.
    pub row: MessageRow,
    /// The folder that the server has it in.
    pub server_folder: FolderId,
    /// Whether it brought the program down before.
    pub quarantined: bool,
}

impl Store {
    /// A folder's whole order, with its first rows.
    pub async fn list_index(&self, folder: FolderId, by: ListBy) -> Result<ListIndex, StoreError> {
        self.read(move |read| {
            let mut statement = read.prepare_cached(INDEX)?;
            let mut ids = Vec::new();
            let mut dates = Vec::new();
            let mut seen = HashSet::new();
            let mut rows = statement.query(params![folder.0])?;
            while let Some(row) = rows.next()? {
                let thread: i64 = if by == ListBy::Conversation { row.get(2)? } else { 0 };
                if thread == 0 || seen.insert(thread) {
                    ids.push(MessageId(row.get(0)?));
                    dates.push(row.get::<_, i64>(1)?.div_euclid(1000));
                }
            }
            let first = ids.iter().take(FIRST_ROWS).copied();
            let rows = rows_of(read, first, by)?;
            Ok(ListIndex { folder, ids, dates, rows })
        })
        .await
    }

    /// A page of a folder, newest first.
    pub async fn list_page(
        &self,
        folder: FolderId,
        limit: u32,
        before: Option<Cursor>,
    ) -> Result<ListPage, StoreError> {
        self.read(move |read| {
            let mut messages = page(read, folder, limit.saturating_add(1), before)?;
            let more = messages.len() > usize::try_from(limit).unwrap_or(usize::MAX);
            if more {
                messages.pop();
            }
            let next =
                messages.last().filter(|_| more).map(|row| Cursor { date_at: row.date.0, id: row.id.0 }.to_string());
            Ok(ListPage { messages, next })
        })
        .await
    }

    /// These messages, in the order asked for; those that are gone are left out. In a list by conversation each stands for
    /// its own.
    pub async fn list_rows(&self, ids: Vec<MessageId>, by: ListBy) -> Result<Vec<MessageRow>, StoreError> {
        self.read(move |read| rows_of(read, ids.into_iter(), by)).await
    }

    /// One message with where the server has it.
    pub async fn message(&self, id: MessageId) -> Result<MessageDetail, StoreError> {
        self.read(move |read| {
            let row = read
                .prepare_cached(&format!("SELECT {COLUMNS} FROM message WHERE id = ?1"))?
                .query_row(params![id.0], message_row)
                .optional()?
                .ok_or(StoreError::NotFound("message"))?;
            let (server_folder, quarantined) = read
                .prepare_cached(
                    "SELECT server_folder_id,
                        EXISTS (SELECT 1 FROM quarantined_message WHERE message_id = message.id)
                     FROM message WHERE id = ?1",
                )?
                .query_row(params![id.0], |row| Ok((FolderId(row.get(0)?), row.get(1)?)))?;
            Ok(MessageDetail { row, server_folder, quarantined })
        })
        .await
    }
}

fn rows_of(read: &Read<'_>, ids: impl Iterator<Item = MessageId>, by: ListBy) -> Result<Vec<MessageRow>, StoreError> {
    let mut statement = read.prepare_cached(&format!("SELECT {COLUMNS} FROM message WHERE id = ?1 AND hidden = 0"))?;
    let mut rows = Vec::new();
    for id in ids {
        let Some(mut row) = statement.query_row(params![id.0], message_row).optional()? else { continue };
        if by == ListBy::Conversation {
            row.conversation = Some(conversation::summary(read, &row)?);
        }
        rows.push(row);
    }
    Ok(rows)
}

fn page(read: &Read<'_>, folder: FolderId, limit: u32, before: Option<Cursor>) -> Result<Vec<MessageRow>, StoreError> {
    let before = before.unwrap_or(Cursor { date_at: i64::MAX, id: i64::MAX });
    let mut statement = read.prepare_cached(&page_sql())?;
    let rows = statement.query_map(params![folder.0, before.date_at, before.id, limit], message_row)?;
    Ok(rows.collect::<SqlResult<_>>()?)
}

pub(crate) fn message_row(row: &Row<'_>) -> SqlResult<MessageRow> {
    let people = |column: usize| -> SqlResult<_> {
        let json: String = row.get(column)?;
        serde_json::from_str(&json)
            .map_err(|error| postroom_db::SqlError::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
    };
    let thread = row.get(13)?;
    Ok(MessageRow {
        id: MessageId(row.get(0)?),
        account: AccountId(row.get(1)?),
        folder: FolderId(row.get(2)?),
        uid: row.get::<_, Option<u32>>(3)?.map(Uid),
        date: UnixMillis(row.get(4)?),
        from: people(5)?,
        to: people(6)?,
        subject: row.get(7)?,
        preview: row.get(8)?,
        flags: Flags::from_bits_truncate(row.get(9)?),
        size: u64::try_from(row.get::<_, i64>(10)?).unwrap_or(0),
        has_attachments: row.get(11)?,
        has_body: row.get::<_, String>(12)? == "stored",
        // One whose thread was not looked for yet stands alone.
        thread: ThreadId(if thread == 0 { row.get(0)? } else { thread }),
        conversation: None,
    })
}

/// The columns of [`message_row`], for statements elsewhere in this room.
pub(crate) fn columns(table: &str) -> String {
    COLUMNS.split(", ").map(|column| format!("{table}.{column}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_list_is_read_from_its_index_without_sorting() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        for (sql, values) in [(INDEX.to_owned(), 1), (page_sql(), 4)] {
            let plan: Vec<String> = store
                .read(move |read| {
                    let mut statement = read.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
                    let values = std::iter::repeat_n(1, values);
                    let rows = statement.query_map(postroom_db::params_from_iter(values), |row| row.get(3))?;
                    Ok(rows.collect::<SqlResult<_>>()?)
                })
                .await
                .unwrap();
            assert_eq!(plan.len(), 1, "{plan:?}");
            assert!(plan[0].contains("USING") && plan[0].contains("INDEX message_by_date (folder_id=?"), "{plan:?}");
        }
    }
}
