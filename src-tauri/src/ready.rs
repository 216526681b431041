//! Says to scripts when the first sync is done and shown.

use std::path::PathBuf;
use std::time::Duration;

use postroom_core::Postroom;
use postroom_types::{Event, SyncPhase};
use tokio::sync::broadcast::error::RecvError;

/// The page draws what changed well within this.
const PAINT: Duration = Duration::from_millis(1500);

/// Makes `file` once the first pass of all accounts is done, bodies included.
pub(crate) fn watch(postroom: &Postroom, file: PathBuf) {
    let (mut events, postroom) = (postroom.events(), postroom.clone());
    tauri::async_runtime::spawn(async move {
        let mut done = std::collections::BTreeSet::new();
        loop {
            let progress = match events.recv().await {
                Ok(Event::Progress(progress)) => progress,
                // What was missed comes again with the next pass.
                Ok(_) | Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return,
            };
            if progress.phase != SyncPhase::Done {
                continue;
            }
            done.insert(progress.account);
            if postroom.accounts().await.is_ok_and(|accounts| accounts.iter().all(|account| done.contains(&account.id)))
            {
                break;
            }
        }
        tokio::time::sleep(PAINT).await;
        if let Err(error) = tokio::fs::write(&file, b"").await {
            tracing::warn!(%error, "the ready file cannot be made");
        }
    });
}
