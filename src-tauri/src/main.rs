//! The desktop app: a window, the commands that its page may call, the events that it hears, and the `mail:` scheme that
//! the message frame loads from. No mail logic: every command is one call of `postroom-core`.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]
#![expect(
    clippy::exit,
    clippy::unreachable,
    clippy::let_underscore_must_use,
    reason = "what Tauri's macros expand to; the app itself does none of it"
)]

mod app;
mod asks;
mod commands;
mod drag_out;
mod events;
mod instance;
mod logging;
mod mail_scheme;
mod navigation;
mod options;
mod page;
mod print;
mod ready;
mod startup;

fn main() -> anyhow::Result<()> {
    postroom_core::install_crypto_provider();
    app::run(options::Options::read()?)
}
