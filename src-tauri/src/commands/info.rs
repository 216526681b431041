//! The program itself.

use postroom_core::Postroom;
use postroom_types::{Rebuilt, Status};
use serde::Serialize;
use specta::Type;
use tauri::{AppHandle, Manager as _, State};

use super::Answer;
use crate::app::{self, Profile};
use crate::asks::{Ask, Asks};
use crate::startup::Startup;

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
pub(crate) async fn app_info(startup: State<'_, Startup>) -> Answer<AppInfo> {
    // Asked first of all: without a profile nothing else can be.
    if let Some(fault) = startup.fault() {
        return Err(fault);
    }
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

/// Tries again to open the profile that could not be opened at the start.
#[tauri::command]
#[specta::specta]
pub(crate) async fn profile_open(app: AppHandle, startup: State<'_, Startup>) -> Answer<()> {
    let _one = startup.trying.lock().await;
    if app.try_state::<Postroom>().is_some() {
        return Ok(());
    }
    match app::open(startup.options()).await {
        Ok(Profile::Open(opened)) => {
            app::begin(&app, opened);
            startup.done();
        }
        Ok(Profile::HandedOver) => app.exit(0),
        Err(fault) => {
            startup.failed(fault.clone());
            return Err(fault);
        }
    }
    Ok(())
}

/// What the system asked for by the command line, of this start or a later one; each is given once.
#[tauri::command]
#[specta::specta]
pub(crate) async fn asks_take(asks: State<'_, Asks>) -> Answer<Vec<Ask>> {
    Ok(asks.take())
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn status(postroom: State<'_, Postroom>) -> Answer<Status> {
    postroom.status().await
}

/// What was damaged and built anew, until the user has seen it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn rebuilt(postroom: State<'_, Postroom>) -> Answer<Option<Rebuilt>> {
    postroom.rebuilt().await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn rebuilt_seen(postroom: State<'_, Postroom>) -> Answer<()> {
    postroom.rebuilt_seen().await
}
