//! Messages in, readings out: messages made up here, the collected real ones, bombs, random bytes.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::string_slice,
    clippy::format_collect,
    reason = "a test fails by panicking, and builds its bombs as it likes"
)]

mod bombs;
mod corpus;
mod messages;
mod random;
