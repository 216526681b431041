//! Messages that brought the program down.

use postroom_db::params;
use postroom_types::UnixMillis;

use crate::{Stage, Store, StoreError};

impl Store {
    /// Quarantines what was being parsed when the program died: shown as source from now on, never parsed by itself again.
    pub async fn quarantine(&self, left: Vec<Stage>, now: UnixMillis) -> Result<(), StoreError> {
        self.write(move |tx| {
            for stage in left {
                match stage {
                    Stage::Incoming { folder, uid } => tx.execute(
                        "INSERT OR IGNORE INTO quarantine (folder_id, uid, created_at)
                         SELECT id, ?2, ?3 FROM folder WHERE id = ?1",
                        params![folder.0, uid.0, now.0],
                    )?,
                    Stage::Reading { message } => tx.execute(
                        "INSERT OR IGNORE INTO quarantined_message (message_id, created_at)
                         SELECT id, ?2 FROM message WHERE id = ?1",
                        params![message.0, now.0],
                    )?,
                };
            }
            Ok(())
        })
        .await
    }
}
