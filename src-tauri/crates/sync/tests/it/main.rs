//! The engine against real and hostile servers.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod changes;
mod desk;
mod full;
mod hostile;
mod moves;
mod watching;
