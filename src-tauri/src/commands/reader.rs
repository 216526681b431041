//! The open message.

use std::path::PathBuf;

use postroom_core::{Postroom, Remote};
use postroom_types::{ComingMessage, MessageId, OpenedMessage};
use tauri::State;

use super::Answer;

#[tauri::command]
#[specta::specta]
pub(crate) async fn message_open(
    postroom: State<'_, Postroom>,
    message: MessageId,
    remote: bool,
) -> Answer<OpenedMessage> {
    postroom.message_open(message, if remote { Remote::Allowed } else { Remote::Blocked }).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn message_coming(postroom: State<'_, Postroom>, token: String) -> Answer<ComingMessage> {
    postroom.message_coming(&token).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn message_close(postroom: State<'_, Postroom>, token: String) -> Answer<()> {
    postroom.message_close(&token);
    Ok(())
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn message_retry(postroom: State<'_, Postroom>, message: MessageId) -> Answer<()> {
    postroom.retry_quarantined(message).await
}

/// The header of a message as it came.
#[tauri::command]
#[specta::specta]
pub(crate) async fn message_headers(postroom: State<'_, Postroom>, message: MessageId) -> Answer<String> {
    postroom.message_headers(message).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn message_source(postroom: State<'_, Postroom>, message: MessageId) -> Answer<String> {
    postroom.message_source(message).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn message_save(postroom: State<'_, Postroom>, message: MessageId, path: PathBuf) -> Answer<()> {
    postroom.message_save(message, &path).await
}
