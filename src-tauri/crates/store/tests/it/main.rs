//! The store on real files: what becomes of headers, acts and bodies, whatever their order.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod append;
mod compact;
mod counts;
mod cursor;
mod headers;
mod kept;
mod large;
mod list;
mod markers;
mod offline;
mod profile;
mod queue;
mod rebuilt;
mod search;
mod support;
mod threads;
mod vault;
