//! The store of passwords from outside.
#![cfg_attr(
    target_os = "linux",
    expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")
)]

mod faults;
#[cfg(target_os = "linux")]
mod keychain;
