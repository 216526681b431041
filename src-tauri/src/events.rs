//! The core's events on their way to the page: coalesced, for each only says "ask again".

use std::collections::BTreeSet;
use std::time::Duration;

use postroom_core::Postroom;
use postroom_types::{AccountId, Event, FolderId};
use tauri::{AppHandle, Manager as _};
use tokio::sync::broadcast::error::RecvError;

use crate::page::Page;

/// Messages and folders that change faster than this are told of together.
const PAUSE: Duration = Duration::from_millis(100);

/// Tells the page of everything, until the profile is closed.
pub(crate) fn forward(postroom: &Postroom, app: AppHandle) {
    let mut events = postroom.events();
    tauri::async_runtime::spawn(async move {
        let mut messages = BTreeSet::<(AccountId, FolderId)>::new();
        let mut folders = BTreeSet::<AccountId>::new();
        let mut progress = None;
        let mut tick = tokio::time::interval(PAUSE);
        loop {
            tokio::select! {
                event = events.recv() => match event {
                    Ok(Event::Messages { account, folder }) => drop(messages.insert((account, folder))),
                    Ok(Event::Folders { account }) => drop(folders.insert(account)),
                    Ok(Event::Progress(now)) => progress = Some(now),
                    Ok(event) => emit(&app, &event),
                    Err(RecvError::Lagged(_)) => emit(&app, &Event::Accounts),
                    Err(RecvError::Closed) => return,
                },
                _ = tick.tick() => {
                    for (account, folder) in std::mem::take(&mut messages) {
                        emit(&app, &Event::Messages { account, folder });
                    }
                    for account in std::mem::take(&mut folders) {
                        emit(&app, &Event::Folders { account });
                    }
                    if let Some(progress) = progress.take() {
                        emit(&app, &Event::Progress(progress));
                    }
                }
            }
        }
    });
}

fn emit(app: &AppHandle, event: &Event) {
    app.state::<Page>().changed(event);
}
