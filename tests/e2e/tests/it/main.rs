//! The real app in its real web view, on real servers: what a user does, from the first start on.
//!
//! Each test has a display, a driver, a profile and a mailbox of its own. `POSTROOM_APP` and `TAURI_DRIVER` name the
//! binaries; `make test` builds both.

mod app;
mod conversations;
mod first_run;
mod instances;
mod keyboard;
mod mailbox;
mod offline;
mod preview;
mod safety;
mod storage;
mod walls;
