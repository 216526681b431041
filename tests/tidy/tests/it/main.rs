//! The house's rules as tests: which room may use which, who may open a socket or a database, how files are named and
//! how long they get, what the pages must say.
//!
//! Every rule is a function from what it reads to a list of faults, with one test over this repository and one over a
//! bad sample, so that a rule which can no longer fail is noticed. What is deliberately *not* here: anything that the
//! compiler, clippy or eslint already refuses.

mod code;
mod floors;
mod house;
mod length;
mod machine;
mod migrations;
mod pages;
mod source;
mod ui;
