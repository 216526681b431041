//! `postroomctl watch`: stays, sends and receives changes, and prints one line of JSON an event.

use std::io::{self, Write as _};

use clap::Args;
use postroom_core::Postroom;
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;

use crate::failure::Failure;
use crate::output::to_json;
use crate::profile::Profile;

/// Stay connected: send and receive changes until Ctrl-C, one JSON line an event
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  postroomctl watch | jq --unbuffered 'select(.event == \"messages\")'")]
pub(crate) struct Watch {}

/// Says that events were missed, because their reader is slow: ask again for everything.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Own {
    Missed { count: u64 },
}

impl Watch {
    pub(crate) async fn run(self, profile: &Profile) -> Result<(), Failure> {
        profile
            .with(async |postroom| {
                tokio::select! {
                    // Dropping the loop loses events only, and nobody reads them any more.
                    done = print_events(postroom) => done,
                    asked = asked_to_stop() => asked.map_err(Failure::Runtime),
                }
            })
            .await
    }
}

async fn print_events(postroom: &Postroom) -> Result<(), Failure> {
    let mut events = postroom.events();
    postroom.start();
    loop {
        match events.recv().await {
            Ok(event) => print(&event)?,
            Err(RecvError::Lagged(count)) => print(&Own::Missed { count })?,
            Err(RecvError::Closed) => return Ok(()),
        }
    }
}

fn print(event: &impl Serialize) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", to_json(event)?)?;
    Ok(out.flush()?)
}

/// Waits for SIGINT or SIGTERM.
#[cfg(unix)]
async fn asked_to_stop() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        // Either is enough.
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
async fn asked_to_stop() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
