//! Leaving mailing lists.

use postroom_core::Postroom;
use postroom_types::{Fault, FaultCode};
use tauri::{AppHandle, State};
use tauri_plugin_opener::OpenerExt as _;

use super::Answer;
use super::links::checked;

/// Leaves the list of the open message by one request.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_leave(postroom: State<'_, Postroom>, token: String) -> Answer<()> {
    let message = postroom.token_message(&token)?;
    postroom.unsubscribe(message).await
}

/// Opens the page, or the mail, by which the list of the open message is left.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_open(app: AppHandle, postroom: State<'_, Postroom>, token: String) -> Answer<()> {
    let message = postroom.token_message(&token)?;
    let url = checked(&postroom.unsubscribe_link(message).await?)?;
    app.opener()
        .open_url(url.as_str(), None::<&str>)
        .map_err(|error| Fault::new(FaultCode::Internal, format!("no program opens the link: {error}")))
}
