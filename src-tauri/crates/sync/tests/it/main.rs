//! The engine against real and hostile servers.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod both;
mod changes;
mod cyrus;
mod damage;
mod desk;
mod dovecot;
mod full;
mod gate;
mod hostile;
mod ledger;
mod liar;
mod moves;
mod personality;
mod quiet;
mod refusals;
mod resync;
mod rig;
mod simulation;
mod steps;
mod watching;
