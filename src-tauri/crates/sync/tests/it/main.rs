//! The engine against real and hostile servers.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod appends;
mod both;
mod changes;
mod clients;
mod cyrus;
mod damage;
mod desk;
mod dovecot;
mod full;
mod fuzz;
mod gate;
mod hostile;
mod large;
mod ledger;
mod liar;
mod moves;
mod offered;
mod personality;
mod quiet;
mod refusals;
mod renamed;
mod resync;
mod rig;
mod simulation;
mod slow;
mod steps;
mod watching;
