//! A login against Postfix, and against servers that follow a script, the good and the bad.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail as tests do")]

mod login;
mod logs;
mod postfix;
mod script;
mod starttls;
mod stubborn;
