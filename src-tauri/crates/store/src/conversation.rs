//! A conversation as the list and the reader show it: what is in the folder that is looked at, and the rest of it from
//! elsewhere, but nothing that was thrown away.

use std::collections::{BTreeMap, BTreeSet};

use postroom_db::{Read, SqlResult, params};
use postroom_types::{Conversation, Flags, FolderId, MessageId, MessageRow, ThreadId};

use crate::list::{columns, message_row};
use crate::{Store, StoreError};

/// Messages of one conversation that are looked at, the newest: some programs put all their mail in one.
const MOST: u32 = 500;
/// People that a row names.
const PEOPLE: usize = 20;

/// Messages of thread ?1 that are in folder ?2, or elsewhere but in trash and junk; the newest ?3.
fn sql() -> String {
    format!(
        "SELECT {}, message_id_header FROM message CROSS JOIN folder AS f ON f.id = message.folder_id
         WHERE thread_id = ?1 AND hidden = 0 AND (folder_id = ?2 OR f.role NOT IN ('trash', 'junk'))
         ORDER BY date_at DESC, message.id DESC LIMIT ?3",
        columns("message")
    )
}

/// Oldest first. Of copies of one message that in the folder is taken, else the newest row.
fn rows(read: &Read<'_>, thread: ThreadId, folder: FolderId) -> Result<Vec<MessageRow>, StoreError> {
    let mut statement = read.prepare_cached(&sql())?;
    let found = statement
        .query_map(params![thread.0, folder.0, MOST], |row| Ok((message_row(row)?, row.get::<_, String>(14)?)))?
        .collect::<SqlResult<Vec<_>>>()?;
    let mut rows: Vec<MessageRow> = Vec::with_capacity(found.len());
    let mut copies = BTreeMap::new();
    for (row, message_id) in found {
        match copies.get(&message_id).and_then(|at: &usize| rows.get_mut(*at)) {
            Some(other) if !message_id.is_empty() => {
                if row.folder == folder && other.folder != folder {
                    *other = row;
                }
            }
            _ => {
                copies.insert(message_id, rows.len());
                rows.push(row);
            }
        }
    }
    rows.sort_by_key(|row| (row.date, row.id));
    Ok(rows)
}

/// What the row of a conversation shows beside its newest message.
pub(crate) fn summary(read: &Read<'_>, row: &MessageRow) -> Result<Conversation, StoreError> {
    let rows = rows(read, row.thread, row.folder)?;
    // One whose thread was not looked for yet stands alone.
    let rows = if rows.is_empty() { std::slice::from_ref(row) } else { &rows };
    let mut known = BTreeSet::new();
    let people = rows.iter().filter_map(|row| row.from.first());
    Ok(Conversation {
        messages: u32::try_from(rows.len()).unwrap_or(u32::MAX),
        unread: u32::try_from(rows.iter().filter(|row| !row.flags.contains(Flags::SEEN)).count()).unwrap_or(u32::MAX),
        people: people.filter(|person| known.insert(person.email.to_lowercase())).take(PEOPLE).cloned().collect(),
        flagged: rows.iter().any(|row| row.flags.contains(Flags::FLAGGED)),
        has_attachments: rows.iter().any(|row| row.has_attachments),
    })
}

impl Store {
    /// The conversation of a message, oldest first: at most 500, the newest.
    pub async fn conversation(&self, message: MessageId) -> Result<Vec<MessageRow>, StoreError> {
        let row = self.message(message).await?.row;
        self.read(move |read| {
            let mut rows = rows(read, row.thread, row.folder)?;
            if !rows.iter().any(|other| other.id == row.id) {
                // Hidden, not looked for yet, or older than those.
                rows.insert(0, row);
            }
            Ok(rows)
        })
        .await
    }

    /// All messages of these messages' conversations that are in the same folder as they are, or `everywhere` but in trash
    /// and junk: what an act on the rows of a list by conversation means.
    pub async fn conversation_members(
        &self,
        messages: Vec<MessageId>,
        everywhere: bool,
    ) -> Result<Vec<MessageId>, StoreError> {
        self.read(move |read| {
            let sql = "SELECT other.id FROM message AS m CROSS JOIN message AS other INDEXED BY message_by_thread
                    ON other.thread_id = m.thread_id AND other.hidden = 0
                CROSS JOIN folder AS f ON f.id = other.folder_id
                WHERE m.id = ?1 AND m.thread_id <> 0
                    AND (other.folder_id = m.folder_id OR (?2 AND f.role NOT IN ('trash', 'junk')))
                UNION SELECT ?1";
            let mut statement = read.prepare_cached(sql)?;
            let mut members = BTreeSet::new();
            for message in messages {
                for id in statement.query_map(params![message.0, everywhere], |row| Ok(MessageId(row.get(0)?)))? {
                    members.insert(id?);
                }
            }
            Ok(members.into_iter().collect())
        })
        .await
    }
}
