//! What became of a damaged profile.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::UnixMillis;

/// A damaged database was built anew when the profile was opened. Told until the user has seen it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Rebuilt {
    /// When.
    pub at: UnixMillis,
    /// Whether the accounts and everything that the server had yet to hear of are certainly all there. Mail itself comes
    /// from the server again.
    pub queue_whole: bool,
    /// Where the damaged files were put aside; the store leaves it empty, the core fills it in.
    pub folder: String,
    /// Their names, as in `mail.db.damaged`.
    pub files: Vec<String>,
}
