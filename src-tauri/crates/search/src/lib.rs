//! What the user types into the search field, and the folding that makes what is written and what is searched look the same.
//!
//! Plain functions without I/O: nothing here knows the database or the index.

mod fold;
mod query;

pub use fold::fold;
pub use query::Query;
