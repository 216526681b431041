//! Pages in, safe pages out: golden cases, the HTML5 Security Cheatsheet, caniemail's pages, bombs and random markup.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::format_collect,
    reason = "a test fails by panicking, and builds its bombs as it likes"
)]

mod bombs;
mod fuzz;
mod golden;
mod random;
mod replies;
mod strict;
mod vectors;
