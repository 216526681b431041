//! A damaged database is built anew: all rows that can still be read are kept, accounts and the queue also where they
//! cannot (from their second copy, [`crate::kept`]); the rest is a cache and comes from the server again. The damaged file stays beside the new one, as `mail.db.damaged`.
//!
//! Damage shows when a database is opened, or later, in the middle of the file. Then the profile is marked, and the next
//! start repairs it.

use std::io;
use std::path::{Path, PathBuf};

use postroom_db::{DbError, Options, Repair, Salvaged, Tx, finish_replace, params, replace, salvage};
use postroom_types::{Clock as _, MessageId, Rebuilt, SystemClock};

use crate::{Store, StoreError, kept};

/// Rows that lost what they belong to go; what depends on others is counted anew; every folder is compared with the server
/// in full (its cursor begins again), and a raw message that is not in the vault is fetched again.
const REPAIR_MAIL: &str = "
DELETE FROM folder WHERE account_id NOT IN (SELECT id FROM account);
DELETE FROM message WHERE account_id NOT IN (SELECT id FROM account) OR server_folder_id NOT IN (SELECT id FROM folder);
UPDATE message SET folder_id = server_folder_id WHERE folder_id NOT IN (SELECT id FROM folder);
DELETE FROM operation WHERE message_id NOT IN (SELECT id FROM message)
    OR target_folder_id NOT IN (SELECT id FROM folder);
UPDATE message SET
    folder_id = coalesce((SELECT target_folder_id FROM operation WHERE message_id = message.id AND kind = 'move'
        ORDER BY id DESC LIMIT 1), server_folder_id),
    hidden = EXISTS (SELECT 1 FROM operation WHERE message_id = message.id AND kind = 'expunge');
DELETE FROM message_find WHERE message_id NOT IN (SELECT id FROM message);
DELETE FROM quarantined_message WHERE message_id NOT IN (SELECT id FROM message);
DELETE FROM incoming WHERE message_id NOT IN (SELECT id FROM message);
DELETE FROM quarantine WHERE folder_id NOT IN (SELECT id FROM folder);
DELETE FROM shrunk WHERE folder_id NOT IN (SELECT id FROM folder);
UPDATE folder SET top_uid = 0, bottom_uid = 0, modseq = 0,
    message_count = (SELECT count(*) FROM message WHERE folder_id = folder.id AND hidden = 0),
    unread_count = (SELECT count(*) FROM message WHERE folder_id = folder.id AND hidden = 0 AND flags & 1 = 0);
";

/// Gives whether the second copy was put back.
fn repair_mail(tx: &Tx<'_>, has_kept: bool) -> Result<bool, DbError> {
    let mut restored = has_kept;
    if has_kept {
        tx.execute_batch("SAVEPOINT restoring")?;
        if let Err(error) = kept::restore(tx) {
            // As much as was salvaged is better than nothing.
            tracing::error!(%error, "the second copy cannot be read");
            tx.execute_batch("ROLLBACK TO restoring")?;
            restored = false;
        }
        tx.execute_batch("RELEASE restoring")?;
    }
    tx.execute_batch(REPAIR_MAIL)?;
    Ok(restored)
}

/// What no server has is in these; the queue needs all of them.
const QUEUE: [&str; 4] = ["account", "folder", "message", "operation"];

/// Its presence says that damage was met while the program ran.
const MARK: &str = "damaged";
/// What was done about it, until the user has seen it.
const NOTE: &str = "rebuilt.json";

/// The two files and where they are built anew.
fn files(dir: &Path) -> [(PathBuf, PathBuf); 2] {
    ["mail.db", "vault.db"].map(|name| (dir.join(name), dir.join(format!("{name}.rebuilding"))))
}

/// Completes what a crash left half-way.
pub(crate) fn finish(dir: &Path) -> Result<(), StoreError> {
    for (file, new) in files(dir) {
        finish_replace(&file, &new)?;
    }
    Ok(())
}

/// Whether damage was met while the program last ran.
pub(crate) fn is_marked(dir: &Path) -> bool {
    dir.join(MARK).exists()
}

/// Builds both databases anew from what can be read of them.
pub(crate) fn rebuild(dir: &Path, options: [&Options; 2]) -> Result<Rebuilt, StoreError> {
    let companion = dir.join(kept::FILE);
    // A lost mail.db begins with the second copy as well, when it is opened.
    let mut restored = companion.exists();
    let mut repair = |tx: &Tx<'_>, has_kept: bool| {
        restored = repair_mail(tx, has_kept)?;
        Ok(())
    };
    let repairs: [(Option<&Path>, Option<Repair<'_>>); 2] = [(Some(&companion), Some(&mut repair)), (None, None)];
    let (mut whole_tables, mut aside) = (Vec::new(), Vec::new());
    for (((file, new), options), (kept, repair)) in files(dir).into_iter().zip(options).zip(repairs) {
        finish_replace(&file, &new)?;
        if !file.exists() {
            continue;
        }
        let salvaged = salvage(&file, &new, options, kept, repair)?;
        replace(&file, &new)?;
        aside.extend(file.file_name().map(|name| format!("{}.damaged", name.to_string_lossy())));
        for Salvaged { table, rows, whole } in salvaged {
            tracing::warn!(table, rows, whole, "a damaged database was built anew");
            whole_tables.extend(whole.then_some(table));
        }
    }
    let read = QUEUE.iter().all(|table| whole_tables.iter().any(|whole| whole == table));
    Ok(Rebuilt { at: SystemClock.now(), queue_whole: restored || read, folder: String::new(), files: aside })
}

impl Store {
    /// After a rebuild: rows whose raw message is lost fetch it again, raw messages whose row is lost go, and no number is
    /// given a second time. What was done is noted for the user.
    pub(crate) fn reconcile(&self, mut rebuilt: Rebuilt) -> Result<(), StoreError> {
        let kept: Vec<i64> = self.vault.read_blocking(|read| {
            let mut statement = read.prepare("SELECT message_id FROM raw_message ORDER BY message_id")?;
            let ids = statement.query_map([], |row| row.get(0))?;
            Ok::<_, StoreError>(ids.collect::<postroom_db::SqlResult<_>>()?)
        })?;
        let unsent: bool = self.mail_blocking(move |tx| {
            tx.execute_batch("CREATE TEMP TABLE kept (id INTEGER PRIMARY KEY) STRICT")?;
            let mut insert = tx.prepare("INSERT INTO temp.kept (id) VALUES (?1)")?;
            for id in &kept {
                insert.execute([id])?;
            }
            drop(insert);
            // Of a message that the server does not have yet the vault's copy was the only one.
            let unsent = tx.query_row(
                "SELECT EXISTS (SELECT 1 FROM operation
                    WHERE kind = 'append' AND message_id NOT IN (SELECT id FROM temp.kept))",
                [],
                |row| row.get(0),
            )?;
            tx.execute_batch(
                "UPDATE message SET body_state = 'none'
                    WHERE body_state = 'stored' AND id NOT IN (SELECT id FROM temp.kept);
                 DELETE FROM vault_garbage;
                 INSERT INTO vault_garbage (message_id)
                    SELECT id FROM temp.kept WHERE id NOT IN (SELECT id FROM message);
                 INSERT INTO sqlite_sequence (name, seq) SELECT 'message', 0
                    WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'message');
                 UPDATE sqlite_sequence SET seq = max(seq, coalesce((SELECT max(id) FROM temp.kept), 0),
                    coalesce((SELECT max(id) FROM message), 0)) WHERE name = 'message';
                 DROP TABLE temp.kept;",
            )?;
            Ok(unsent)
        })?;
        rebuilt.queue_whole &= !unsent;
        self.note_rebuilt(&rebuilt);
        match std::fs::remove_file(self.dir().join(MARK)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn note_rebuilt(&self, rebuilt: &Rebuilt) {
        let note = serde_json::to_vec(rebuilt).map_err(io::Error::from);
        if let Err(error) = note.and_then(|note| std::fs::write(self.dir().join(NOTE), note)) {
            // Not worth a start that fails; the log has it.
            tracing::warn!(%error, "what was rebuilt cannot be noted");
        }
    }

    /// What was rebuilt at this start or an earlier one, until [`Self::rebuilt_seen`]. Reads one small file.
    pub fn rebuilt(&self) -> Result<Option<Rebuilt>, StoreError> {
        match std::fs::read(self.dir().join(NOTE)) {
            // Half a note, left by a full disk say, tells nothing.
            Ok(note) => Ok(serde_json::from_slice(&note).ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The user has seen what was rebuilt. The damaged files stay.
    pub fn rebuilt_seen(&self) -> Result<(), StoreError> {
        match std::fs::remove_file(self.dir().join(NOTE)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// A raw message that cannot be read is fetched again with the next pass.
    pub(crate) async fn note_lost(&self, message: MessageId, error: &StoreError) {
        self.note_damage(error);
        if !matches!(error, StoreError::Damaged(_) | StoreError::BodyMissing | StoreError::Io(_)) {
            return;
        }
        let lost = self.write(move |tx| {
            let stored = "UPDATE message SET body_state = 'none' WHERE id = ?1 AND body_state = 'stored'";
            Ok(tx.execute(stored, params![message.0])?)
        });
        if lost.await.is_ok_and(|rows| rows > 0) {
            tracing::error!(message = message.0, "its original is damaged, and is fetched again");
        }
    }

    /// Damage that was met is repaired at the next start.
    pub(crate) fn note_damage(&self, error: &StoreError) {
        if error.is_damage() {
            tracing::error!(%error, "a database is damaged; the next start builds it anew");
            self.mark_damaged();
        }
    }

    pub(crate) fn mark_damaged(&self) {
        // If the disk refuses this too, the next start meets the damage again.
        drop(std::fs::File::create(self.dir().join(MARK)));
    }
}
