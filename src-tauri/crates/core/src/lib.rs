//! The one door: everything that the shell and postroomctl may call, a file a noun under `api/`.
//!
//! [`Postroom`] owns a profile (a folder with the two databases, the password vault and the parse markers) and holds its
//! lock; it composes the rooms below and knows nothing of how it is shown. Every failure is a
//! [`postroom_types::Fault`]: a code that the user interface puts into words.

mod api;
mod around;
mod fault;
mod locking;
mod mark;
mod postroom;
mod random;
mod sender;
pub mod walls;

pub use api::accounts::Check;
pub use api::append::NewMail;
pub use api::attachments::AttachmentContent;
pub use api::content::PartContent;
pub use api::frame::FrameReply;
pub use api::print::PrintWords;
pub use api::reader::{PartInfo, ReadMessage, Remote};
pub use api::sync::{AccountReport, Bodies, FolderReport, SyncReport, SyncRequest, UndoneReport};
pub use api::verify::{DatabaseVerified, FolderVerified, Verified, VerifyRequest};
pub use postroom::{Config, Postroom};
pub use postroom_store::{BodyReader, Compacted};
pub use random::token as random_token;

/// Where a profile stands unless the user says otherwise; `None` where the system names no home.
pub fn default_data_dir() -> Option<std::path::PathBuf> {
    Some(directories::ProjectDirs::from("app", "Postroom", "Postroom")?.data_local_dir().to_owned())
}

/// Installs the process's TLS provider; the first line of every `main`.
pub fn install_crypto_provider() {
    postroom_net::install_crypto_provider();
}
