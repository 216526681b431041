//! The commands of a [`Session`](crate::Session), a file each.

pub(crate) mod append;
pub(crate) mod bodies;
pub(crate) mod compress;
pub(crate) mod create;
pub(crate) mod expunge;
pub(crate) mod fetch;
pub(crate) mod find;
pub(crate) mod flags;
pub(crate) mod headers;
pub(crate) mod idle;
pub(crate) mod ledger;
pub(crate) mod list;
pub(crate) mod logout;
pub(crate) mod moving;
pub(crate) mod namespace;
pub(crate) mod notify;
pub(crate) mod pieces;
pub(crate) mod quota;
pub(crate) mod select;
pub(crate) mod store;
pub(crate) mod uids;
