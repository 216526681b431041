//! What the rounds of one connection know of each folder's flags, for servers without modification sequences (CONDSTORE):
//! the first look compares all of them, the later ones a window each.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use postroom_imap::Session;
use postroom_store::SyncFolder;
use postroom_types::{FolderId, FolderRole, ModSeq};

use crate::pass::{FolderCounts, Position};
use crate::{Engine, SyncError, pass};

/// Where each folder's next window begins. A folder that is not in it is compared as a whole.
#[derive(Debug, Default)]
pub(super) struct Rounds(BTreeMap<FolderId, Position>);

impl Rounds {
    /// Whether all flags of a folder were compared, and nothing says that any changed since.
    pub(super) fn is_known(&mut self, folder: FolderId, known: bool) {
        if known {
            self.0.entry(folder).or_default();
        } else {
            self.0.remove(&folder);
        }
    }

    /// Something happened in the folder that may be any flag.
    pub(super) fn forget_if(&mut self, dirty: bool, folder: FolderId) {
        if dirty {
            self.0.remove(&folder);
        }
    }

    /// Looks at the folder that the user opened, with every flag. One that fails is told by the next round.
    pub(super) async fn opened(
        &mut self,
        engine: &Engine,
        session: &mut Session,
        id: FolderId,
    ) -> Result<(), SyncError> {
        let Some(folder) = engine.folder(id).await? else { return Ok(()) };
        if !folder.selectable || folder.local_only {
            return Ok(());
        }
        self.is_known(id, false);
        match self.look(engine, session, &folder).await {
            Err(error) if error.ends_connection() => Err(error),
            Err(error) => {
                tracing::warn!(folder = id.0, code = error.fault().code.as_str(), "a folder failed");
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }

    /// Looks at a folder in a round, if a glance is enough. `false`: not done; it is to be looked at in full.
    pub(super) async fn glance(
        &mut self,
        engine: &Engine,
        session: &mut Session,
        folder: &SyncFolder,
    ) -> Result<bool, SyncError> {
        if folder.cursor.modseq != ModSeq(0) || !session.is_usable() || !self.0.contains_key(&folder.id) {
            return Ok(false);
        }
        // It is opened after the round, to idle on.
        if folder.role == FolderRole::Inbox {
            return Ok(true);
        }
        match self.look(engine, session, folder).await {
            Ok(_) => Ok(true),
            // What it means is decided where the list is known, and where a new connection is made.
            Err(SyncError::Imap(_) | SyncError::UidsVoid) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Brings a folder up to date, by a glance at its flags if that is enough.
    pub(super) async fn look(
        &mut self,
        engine: &Engine,
        session: &mut Session,
        folder: &SyncFolder,
    ) -> Result<FolderCounts, SyncError> {
        let (context, account) = (&engine.context, engine.account());
        if let Some(position) = self.0.get_mut(&folder.id) {
            return pass::glance(context, session, account, folder, position).await;
        }
        let counts = pass::folder(context, session, account, folder).await?;
        self.is_known(folder.id, true);
        Ok(counts)
    }
}
