//! Messages in, readings out: messages made up here, the collected real ones and their answers, bombs, random bytes.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::format_collect,
    reason = "a test fails by panicking, and builds its bombs as it likes"
)]

mod answers;
mod bombs;
mod corpus;
mod fuzz;
mod messages;
mod random;
