//! Files that messages carry: saved where the user says, or opened by the system's program for them.

use std::path::PathBuf;

use postroom_core::Postroom;
use postroom_types::{Fault, FaultCode, FileFacts, OpenRule, PartNumber, TextPreview};
use tauri::{AppHandle, State, WebviewWindow};
use tauri_plugin_opener::OpenerExt as _;

use super::Answer;
use crate::drag_out;

#[tauri::command]
#[specta::specta]
pub(crate) async fn attachment_save(
    postroom: State<'_, Postroom>,
    token: String,
    part: PartNumber,
    path: PathBuf,
) -> Answer<()> {
    let message = postroom.token_message(&token)?;
    postroom.attachment_save(message, part, &path).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn attachments_save(
    postroom: State<'_, Postroom>,
    token: String,
    parts: Vec<PartNumber>,
    folder: PathBuf,
) -> Answer<Vec<PathBuf>> {
    let message = postroom.token_message(&token)?;
    postroom.attachments_save(message, parts, &folder).await
}

/// What each file of the open message really is.
#[tauri::command]
#[specta::specta]
pub(crate) async fn attachment_facts(postroom: State<'_, Postroom>, token: String) -> Answer<Vec<FileFacts>> {
    let message = postroom.token_message(&token)?;
    postroom.attachment_facts(message).await
}

/// The text or table of a file.
#[tauri::command]
#[specta::specta]
pub(crate) async fn attachment_text(
    postroom: State<'_, Postroom>,
    token: String,
    part: PartNumber,
) -> Answer<TextPreview> {
    let message = postroom.token_message(&token)?;
    postroom.attachment_text(message, part).await
}

/// Lets the user drag a file out of the window, as a copy that stands in the profile until the next start. Called while the
/// button is held down.
#[tauri::command]
#[specta::specta]
pub(crate) async fn attachment_drag(
    window: WebviewWindow,
    postroom: State<'_, Postroom>,
    token: String,
    part: PartNumber,
) -> Answer<()> {
    let message = postroom.token_message(&token)?;
    let content = postroom.attachment_read(message, part).await?;
    let path = postroom.attachment_stage(&token, part, content).await?;
    let dragged = window.clone();
    window
        .run_on_main_thread(move || drag_out::start(&dragged, &path))
        .map_err(|error| Fault::new(FaultCode::Internal, format!("the file cannot be dragged: {error}")))
}

/// Hands a file to the system's program for it. `sure`: the user has read its warnings.
#[tauri::command]
#[specta::specta]
pub(crate) async fn attachment_open(
    app: AppHandle,
    postroom: State<'_, Postroom>,
    token: String,
    part: PartNumber,
    sure: bool,
) -> Answer<()> {
    let message = postroom.token_message(&token)?;
    let refused = |why: &str| Fault::new(FaultCode::InvalidInput, why).with("field", "attachment");
    // Looked at here again: the page's word is not enough to run something.
    match postroom.attachment_fact(message, part).await?.open {
        OpenRule::Open => {}
        OpenRule::Ask if sure => {}
        OpenRule::Ask => return Err(refused("the file has warnings that the user must read first")),
        OpenRule::Never => return Err(refused("a file that runs is not opened from a message; save it first")),
    }
    let content = postroom.attachment_read(message, part).await?;
    let path = postroom.attachment_stage(&token, part, content).await?;
    app.opener()
        .open_path(path.to_string_lossy(), None::<&str>)
        .map_err(|error| Fault::new(FaultCode::Internal, format!("no program opens the file: {error}")))
}
