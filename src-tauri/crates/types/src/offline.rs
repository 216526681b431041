//! How much mail is kept on this computer.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::{AccountId, FolderId};

/// How much of an account's or a folder's mail is kept here. Headers always are; the server keeps all of it in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(try_from = "String", into = "String")]
#[specta(type = String)]
pub enum Keep {
    /// Every message whole.
    Everything,
    /// Messages of the last so many months whole, 1 to 1200.
    Months(u16),
    /// No bodies but those that were asked for.
    Headers,
}

/// A word that says nothing about how much to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("how much to keep is one of all, headers, or a number of months such as 12m")]
pub struct KeepError;

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("all"),
            Self::Months(months) => write!(f, "{months}m"),
            Self::Headers => f.write_str("headers"),
        }
    }
}

impl FromStr for Keep {
    type Err = KeepError;

    fn from_str(text: &str) -> Result<Self, KeepError> {
        match text {
            "all" => Ok(Self::Everything),
            "headers" => Ok(Self::Headers),
            _ => {
                let months = text.strip_suffix('m').and_then(|number| number.parse().ok());
                months.filter(|months| (1..=1200).contains(months)).map(Self::Months).ok_or(KeepError)
            }
        }
    }
}

impl TryFrom<String> for Keep {
    type Error = KeepError;

    fn try_from(text: String) -> Result<Self, KeepError> {
        text.parse()
    }
}

impl From<Keep> for String {
    fn from(keep: Keep) -> Self {
        keep.to_string()
    }
}

/// What an account keeps here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Offline {
    /// The rule for folders that have none of their own.
    pub keep: Keep,
    /// Bytes of mail, as the server counts them, that may be kept, the newest first; 0: no limit.
    #[specta(type = u32)]
    pub budget_bytes: u64,
    /// The folders.
    pub folders: Vec<FolderOffline>,
}

/// What a folder keeps here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct FolderOffline {
    /// The folder.
    pub folder: FolderId,
    /// Its path.
    pub path: String,
    /// Its own rule; `None`: the account's.
    pub keep: Option<Keep>,
    /// Messages in it.
    pub messages: u32,
    /// Messages that are here whole.
    pub bodies: u32,
    /// Their size in bytes, as the server counts it.
    #[specta(type = u32)]
    pub bytes: u64,
}

/// What another rule would change on this computer. The server's mail is the same before and after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Type)]
pub struct OfflineChange {
    /// Whole messages that would go from here.
    pub goes: u32,
    /// Their size in bytes, as the server counts it.
    #[specta(type = u32)]
    pub goes_bytes: u64,
    /// Messages that would come whole.
    pub comes: u32,
    /// Their size in bytes, as the server counts it.
    #[specta(type = u32)]
    pub comes_bytes: u64,
}

/// What an account may use on its server, and what it uses (QUOTA, RFC 9208).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AccountQuota {
    /// The account.
    pub account: AccountId,
    /// The server's name of the limit; may be empty.
    pub name: String,
    /// Bytes that are used.
    #[specta(type = u32)]
    pub used_bytes: u64,
    /// Bytes that may be used.
    #[specta(type = u32)]
    pub limit_bytes: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_nothing_else() {
        for keep in [Keep::Everything, Keep::Headers, Keep::Months(1), Keep::Months(1200)] {
            assert_eq!(keep.to_string().parse(), Ok(keep));
        }
        for text in ["", "m", "0m", "1201m", "-1m", "12", "12 m", "All", "99999999m"] {
            assert_eq!(text.parse::<Keep>(), Err(KeepError), "{text:?}");
        }
    }
}
