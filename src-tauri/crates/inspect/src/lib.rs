//! What a file that a message carries really is: by its first bytes, not by its name; what speaks against opening it; how it
//! may be shown.
//!
//! Nothing here unpacks, renders or runs anything, and nothing does I/O: bytes are searched for the marks of formats, so a
//! damaged or hostile file costs no more than its length. What is said of a file is a warning, never a promise: no virus
//! scanner stands behind it.

mod archive;
mod content;
mod names;
mod picture;
mod table;
mod verdict;

pub use content::Real;
pub use table::{MAX_CELLS, MAX_ROWS, table};
pub use verdict::{HEAD, Named, by_name, inspect, wants_all};
