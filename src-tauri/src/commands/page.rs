//! What the page needs of the window around it: its ears, and where the user wants files to be.

use std::path::PathBuf;

use postroom_types::{Event, Fault, FaultCode};
use tauri::ipc::Channel;
use tauri::{AppHandle, State, WebviewWindow};
use tauri_plugin_dialog::{DialogExt as _, FilePath};

use super::Answer;
use crate::page::Page;

/// From now on the page hears of changes, and of what the system asks for (`asks_take` says what).
#[tauri::command]
#[specta::specta]
pub(crate) async fn hear(page: State<'_, Page>, changes: Channel<Event>, asks: Channel<()>) -> Answer<()> {
    page.hear(changes, asks);
    Ok(())
}

/// Asks the user where to save a file of this name; none if the user thought better of it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn pick_save_path(app: AppHandle, window: WebviewWindow, name: String) -> Answer<Option<PathBuf>> {
    let (answer, picked) = tokio::sync::oneshot::channel();
    app.dialog().file().set_parent(&window).set_file_name(name).save_file(|path| drop(answer.send(path)));
    path(picked.await.ok().flatten())
}

/// Asks the user for a folder.
#[tauri::command]
#[specta::specta]
pub(crate) async fn pick_folder(app: AppHandle, window: WebviewWindow) -> Answer<Option<PathBuf>> {
    let (answer, picked) = tokio::sync::oneshot::channel();
    app.dialog().file().set_parent(&window).pick_folder(|path| drop(answer.send(path)));
    path(picked.await.ok().flatten())
}

fn path(picked: Option<FilePath>) -> Answer<Option<PathBuf>> {
    let path = picked.map(FilePath::into_path).transpose();
    path.map_err(|error| {
        Fault::new(FaultCode::InvalidInput, format!("no file can be there: {error}")).with("field", "path")
    })
}
