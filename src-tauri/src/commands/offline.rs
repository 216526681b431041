//! How much mail is kept on this computer.

use postroom_core::Postroom;
use postroom_types::{AccountId, AccountQuota, FolderId, Keep, Offline, OfflineChange};
use tauri::State;

use super::Answer;

#[tauri::command]
#[specta::specta]
pub(crate) async fn offline(postroom: State<'_, Postroom>, account: AccountId) -> Answer<Offline> {
    postroom.offline(account).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn quotas(postroom: State<'_, Postroom>) -> Answer<Vec<AccountQuota>> {
    postroom.quotas().await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn offline_preview(
    postroom: State<'_, Postroom>,
    account: AccountId,
    keep: Keep,
    budget_bytes: Bytes,
) -> Answer<OfflineChange> {
    postroom.offline_preview(account, keep, budget_bytes.0).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn offline_folder_preview(
    postroom: State<'_, Postroom>,
    folder: FolderId,
    keep: Option<Keep>,
) -> Answer<OfflineChange> {
    postroom.offline_folder_preview(folder, keep).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn offline_set(
    postroom: State<'_, Postroom>,
    account: AccountId,
    keep: Keep,
    budget_bytes: Bytes,
) -> Answer<()> {
    postroom.offline_set(account, keep, budget_bytes.0).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn offline_folder_set(
    postroom: State<'_, Postroom>,
    folder: FolderId,
    keep: Option<Keep>,
) -> Answer<()> {
    postroom.offline_folder_set(folder, keep).await
}

/// A number of bytes; a number of JavaScript counts them exactly up to 9 PB.
#[derive(Debug, Clone, Copy, serde::Deserialize, specta::Type)]
#[serde(transparent)]
pub(crate) struct Bytes(#[specta(type = u32)] u64);
