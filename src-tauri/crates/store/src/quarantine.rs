//! Messages that brought the program down, or were being read when it was killed.

use postroom_db::{SqlResult, Tx, params};
use postroom_mime::Summary;
use postroom_types::{FolderId, MessageId, UnixMillis};

use crate::headers::people;
use crate::{Stage, Store, StoreError, search};

impl Store {
    /// Quarantines what was being parsed when the program died: shown as source from now on, never parsed by itself
    /// again. One that is there already counts as tried now.
    pub async fn quarantine(&self, left: Vec<Stage>, now: UnixMillis) -> Result<(), StoreError> {
        self.write(move |tx| {
            for stage in left {
                match stage {
                    Stage::Incoming { folder, uid } => {
                        tx.execute(
                            "INSERT OR IGNORE INTO quarantine (folder_id, uid, created_at)
                             SELECT id, ?2, ?3 FROM folder WHERE id = ?1",
                            params![folder.0, uid.0, now.0],
                        )?;
                        settle(tx, folder)?;
                    }
                    Stage::Reading { message } => {
                        tx.execute(
                            "INSERT OR REPLACE INTO quarantined_message (message_id, created_at)
                             SELECT id, ?2 FROM message WHERE id = ?1",
                            params![message.0, now.0],
                        )?;
                    }
                }
            }
            Ok(())
        })
        .await
    }

    /// Quarantined messages, the one that was tried longest ago first.
    pub async fn quarantined(&self) -> Result<Vec<MessageId>, StoreError> {
        self.read(|read| {
            let mut statement =
                read.prepare_cached("SELECT message_id FROM quarantined_message ORDER BY created_at, message_id")?;
            let ids = statement.query_map([], |row| Ok(MessageId(row.get(0)?)))?;
            Ok(ids.collect::<SqlResult<_>>()?)
        })
        .await
    }

    /// A quarantined message was read after all: its row tells what is in it, and the quarantine ends.
    pub async fn quarantine_lift(&self, message: MessageId, summary: Summary) -> Result<(), StoreError> {
        self.write(move |tx| {
            let envelope = &summary.envelope;
            let found = tx.execute(
                "UPDATE message SET sender = ?2, recipient = ?3, subject = ?4, message_id_header = ?5, preview = ?6,
                    has_attachments = ?7, date_at = coalesce(?8, date_at) WHERE id = ?1",
                params![
                    message.0,
                    people(&envelope.from),
                    people(&envelope.to),
                    envelope.subject,
                    envelope.message_id,
                    summary.preview,
                    summary.has_attachments,
                    envelope.date.map(|date| date.0),
                ],
            )?;
            if found == 0 {
                return Err(StoreError::NotFound("message"));
            }
            search::index(tx, message, envelope)?;
            tx.execute("DELETE FROM quarantined_message WHERE message_id = ?1", params![message.0])?;
            Ok(())
        })
        .await
    }
}

/// Quarantined UIDs of a folder that have a row by now are known by the row from now on.
pub(crate) fn settle(tx: &Tx<'_>, folder: FolderId) -> Result<(), StoreError> {
    let settled = tx
        .prepare_cached(
            "INSERT OR REPLACE INTO quarantined_message (message_id, created_at)
             SELECT message.id, quarantine.created_at FROM quarantine
             JOIN message ON message.server_folder_id = quarantine.folder_id AND message.uid = quarantine.uid
             WHERE quarantine.folder_id = ?1",
        )?
        .execute(params![folder.0])?;
    if settled > 0 {
        tx.execute(
            "DELETE FROM quarantine WHERE folder_id = ?1 AND EXISTS (
                SELECT 1 FROM message WHERE server_folder_id = ?1 AND message.uid = quarantine.uid)",
            params![folder.0],
        )?;
    }
    Ok(())
}
