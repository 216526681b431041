//! The program itself.

use postroom_core::Postroom;
use postroom_types::Status;
use serde::Serialize;
use specta::Type;
use tauri::State;

use super::Answer;

/// What the page must know before it draws.
#[derive(Debug, Clone, Serialize, Type)]
pub(crate) struct AppInfo {
    /// The program's version.
    version: String,
    /// What the addresses of the message frame begin with: the scheme has another form on Windows.
    mail_base: String,
    /// `linux`, `macos` or `windows`.
    os: String,
    /// The system's language, as the environment names it; may be empty.
    locale: String,
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn app_info() -> Answer<AppInfo> {
    let mail_base = if cfg!(windows) { "http://mail.localhost" } else { "mail://localhost" };
    let locale =
        ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
    Ok(AppInfo {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        mail_base: mail_base.to_owned(),
        os: std::env::consts::OS.to_owned(),
        locale: locale.unwrap_or_default(),
    })
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn status(postroom: State<'_, Postroom>) -> Answer<Status> {
    postroom.status().await
}
