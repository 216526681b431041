//! How the window looks: its zoom, and a message on paper.

use postroom_core::{Postroom, PrintWords};
use postroom_types::{Fault, FaultCode};
use tauri::{AppHandle, State, WebviewWindow};

use super::Answer;
use crate::print;

/// Makes everything in the window larger or smaller; 1 is as designed.
#[tauri::command]
#[specta::specta]
pub(crate) async fn zoom(window: WebviewWindow, scale: f64) -> Answer<()> {
    let scale = if scale.is_finite() { scale.clamp(0.5, 3.0) } else { 1.0 };
    window.set_zoom(scale).map_err(|error| Fault::new(FaultCode::Internal, format!("the zoom cannot be set: {error}")))
}

/// Shows the open message in a window of its own and asks the system to print it, or to keep it as PDF.
#[tauri::command]
#[specta::specta]
pub(crate) async fn message_print(
    app: AppHandle,
    postroom: State<'_, Postroom>,
    token: String,
    words: PrintWords,
) -> Answer<()> {
    let page = postroom.message_print(&token, words).await?;
    print::show(&app, &page)
}
