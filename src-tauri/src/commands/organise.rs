//! What the user does to messages.

use postroom_core::Postroom;
use postroom_types::{FolderId, Mark, MessageId, Operation};
use tauri::State;

use super::Answer;

#[tauri::command]
#[specta::specta]
pub(crate) async fn mark(postroom: State<'_, Postroom>, messages: Vec<MessageId>, mark: Mark) -> Answer<()> {
    postroom.mark(messages, mark).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn move_to(postroom: State<'_, Postroom>, messages: Vec<MessageId>, folder: FolderId) -> Answer<()> {
    postroom.move_to(messages, folder).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn delete(postroom: State<'_, Postroom>, messages: Vec<MessageId>) -> Answer<()> {
    postroom.delete(messages).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn archive(postroom: State<'_, Postroom>, messages: Vec<MessageId>) -> Answer<()> {
    postroom.archive(messages).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn pending(postroom: State<'_, Postroom>) -> Answer<Vec<Operation>> {
    postroom.pending().await
}
