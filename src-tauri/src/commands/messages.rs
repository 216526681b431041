//! Folders, lists and search.

use postroom_core::Postroom;
use postroom_types::{Folder, FolderId, ListBy, ListIndex, MessageId, MessageRow, SearchResult, ShrunkFolder};
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
pub(crate) async fn list_index(postroom: State<'_, Postroom>, folder: FolderId, by: ListBy) -> Answer<ListIndex> {
    postroom.list_index(folder, by).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn list_rows(
    postroom: State<'_, Postroom>,
    ids: Vec<MessageId>,
    by: ListBy,
) -> Answer<Vec<MessageRow>> {
    postroom.list_rows(ids, by).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn conversation(postroom: State<'_, Postroom>, message: MessageId) -> Answer<Vec<MessageRow>> {
    postroom.conversation(message).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn conversation_members(
    postroom: State<'_, Postroom>,
    rows: Vec<MessageId>,
    everywhere: bool,
) -> Answer<Vec<MessageId>> {
    postroom.conversation_members(rows, everywhere).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn search(postroom: State<'_, Postroom>, query: String, limit: u32) -> Answer<SearchResult> {
    postroom.search(&query, limit).await
}
