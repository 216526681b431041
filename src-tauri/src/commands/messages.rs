//! Folders, lists and search.

use postroom_core::Postroom;
use postroom_types::{Folder, FolderId, ListIndex, MessageId, MessageRow, SearchResult, ShrunkFolder};
use tauri::State;

use super::Answer;

#[tauri::command]
#[specta::specta]
pub(crate) async fn folders(postroom: State<'_, Postroom>) -> Answer<Vec<Folder>> {
    postroom.folders().await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn shrunk_folders(postroom: State<'_, Postroom>) -> Answer<Vec<ShrunkFolder>> {
    postroom.shrunk_folders().await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn allow_removal(postroom: State<'_, Postroom>, folder: FolderId) -> Answer<()> {
    postroom.allow_removal(folder).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn folder_opened(postroom: State<'_, Postroom>, folder: FolderId) -> Answer<()> {
    postroom.folder_opened(folder).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn list_index(postroom: State<'_, Postroom>, folder: FolderId) -> Answer<ListIndex> {
    postroom.list_index(folder).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn list_rows(postroom: State<'_, Postroom>, ids: Vec<MessageId>) -> Answer<Vec<MessageRow>> {
    postroom.list_rows(ids).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn search(postroom: State<'_, Postroom>, query: String, limit: u32) -> Answer<SearchResult> {
    postroom.search(&query, limit).await
}
