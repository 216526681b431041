//! What may be called, a file a noun.

pub(crate) mod accounts;
pub(crate) mod append;
pub(crate) mod attachments;
pub(crate) mod coming;
pub(crate) mod content;
pub(crate) mod facts;
pub(crate) mod folders;
pub(crate) mod frame;
pub(crate) mod messages;
pub(crate) mod offline;
pub(crate) mod organise;
pub(crate) mod print;
pub(crate) mod quarantine;
pub(crate) mod reader;
pub(crate) mod search;
pub(crate) mod status;
pub(crate) mod sync;
pub(crate) mod unsubscribe;
pub(crate) mod verify;
