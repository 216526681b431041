//! postroomctl as its users run it: the real binary against the lab's real servers.

#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "test code fails by panicking")]

mod accounts;
mod changes;
mod corpus;
mod ctl;
mod kill;
mod offline;
mod reading;
mod retry;
mod samples;
mod secrets;
mod shrunk;
mod usage;
mod verify;
mod watching;
