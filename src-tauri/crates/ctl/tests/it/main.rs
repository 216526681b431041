//! postroomctl as its users run it: the real binary against the lab's real servers.

#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "test code fails by panicking")]

mod accounts;
mod changes;
mod conversations;
mod corpus;
mod ctl;
mod disk;
mod kill;
mod large;
mod offline;
mod parts;
mod reading;
mod retry;
mod samples;
mod secrets;
mod shrunk;
mod small_disk;
mod usage;
mod verify;
mod watching;
