//! The engine against real and hostile servers.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod changes;
mod desk;
mod dovecot;
mod full;
mod hostile;
mod moves;
mod refusals;
mod watching;
