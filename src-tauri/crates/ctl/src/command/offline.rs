//! `postroomctl offline`: how much of the mail is kept on this computer.

use clap::Args;
use postroom_core::Postroom;
use postroom_types::{Account, AccountId, Fault, Keep, Offline as View};
use serde::Serialize;

use crate::failure::Failure;
use crate::profile::Profile;
use crate::terminal;

/// Show or say how much of the mail is kept on this computer
///
/// Headers are always kept, and the server keeps everything in any case. Without `--keep` and `--budget` it only shows.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  postroomctl offline
  postroomctl offline --account anna@example.com --keep 12m --budget 5G
  postroomctl offline --account anna@example.com --folder Archive --keep headers")]
pub(crate) struct Offline {
    /// The account's mail address [default: all, to show; the only one, to change]
    #[arg(long, value_name = "ADDRESS")]
    account: Option<String>,
    /// One folder of it, by its path
    #[arg(long, value_name = "PATH")]
    folder: Option<String>,
    /// `all`, `headers`, or the last months, such as `12m`; for a folder also `account`: as its account
    #[arg(long, value_name = "RULE", value_parser = rule)]
    keep: Option<Rule>,
    /// Bytes of mail that the account may keep, the newest first, such as `500M` or `5G`; 0: no limit
    #[arg(long, value_name = "SIZE", value_parser = size, conflicts_with = "folder")]
    budget: Option<u64>,
}

/// What `--keep` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    AsAccount,
    Keep(Keep),
}

/// All accounts as JSON.
#[derive(Debug, Serialize)]
struct Document {
    accounts: Vec<One>,
}

/// An account as JSON.
#[derive(Debug, Serialize)]
struct One {
    account: String,
    #[serde(flatten)]
    offline: View,
}

impl Offline {
    pub(crate) async fn run(self, profile: &Profile) -> Result<(), Failure> {
        let document = profile
            .with(async |postroom| {
                if self.keep.is_some() || self.budget.is_some() {
                    self.change(postroom).await?;
                }
                let mut accounts = Vec::new();
                for account in self.accounts(postroom).await? {
                    let mut offline = postroom.offline(account.id).await?;
                    if let Some(path) = &self.folder {
                        let folder = postroom.folder_find(Some(account.id), path).await?;
                        offline.folders.retain(|one| one.folder == folder.id);
                    }
                    accounts.push(One { account: account.email, offline });
                }
                Ok(Document { accounts })
            })
            .await?;
        profile.output.print(&document, |out| {
            for One { account, offline } in &document.accounts {
                let budget = match offline.budget_bytes {
                    0 => "no limit".to_owned(),
                    bytes => format!("{} MB", bytes / 1_000_000),
                };
                writeln!(out, "{}: keeps {}, budget {budget}", terminal::line(account), offline.keep)?;
                for folder in &offline.folders {
                    writeln!(
                        out,
                        "{:>7} of {:>7} whole {:>7} MB  {:<8}  {}",
                        folder.bodies,
                        folder.messages,
                        folder.bytes / 1_000_000,
                        folder.keep.map_or_else(|| "-".to_owned(), |keep| keep.to_string()),
                        terminal::line(&folder.path),
                    )?;
                }
            }
            Ok(())
        })
    }

    async fn accounts(&self, postroom: &Postroom) -> Result<Vec<Account>, Fault> {
        match &self.account {
            Some(email) => Ok(vec![postroom.account_by_email(email).await?]),
            None => postroom.accounts().await,
        }
    }

    async fn change(&self, postroom: &Postroom) -> Result<(), Fault> {
        let accounts = self.accounts(postroom).await?;
        let [account] = accounts.as_slice() else {
            return Err(Fault::new(
                postroom_types::FaultCode::InvalidInput,
                "say which account is meant: --account ADDRESS",
            ));
        };
        match (&self.folder, self.keep) {
            (Some(path), Some(rule)) => {
                let folder = postroom.folder_find(Some(account.id), path).await?;
                let keep = if let Rule::Keep(keep) = rule { Some(keep) } else { None };
                postroom.offline_folder_set(folder.id, keep).await
            }
            (_, rule) => self.change_account(postroom, account.id, rule).await,
        }
    }

    async fn change_account(&self, postroom: &Postroom, id: AccountId, rule: Option<Rule>) -> Result<(), Fault> {
        let now = postroom.offline(id).await?;
        let keep = match rule {
            None => now.keep,
            Some(Rule::Keep(keep)) => keep,
            Some(Rule::AsAccount) => {
                return Err(Fault::new(
                    postroom_types::FaultCode::InvalidInput,
                    "`--keep account` is for a folder: --folder PATH",
                ));
            }
        };
        postroom.offline_set(id, keep, self.budget.unwrap_or(now.budget_bytes)).await
    }
}

fn rule(text: &str) -> Result<Rule, String> {
    if text == "account" {
        return Ok(Rule::AsAccount);
    }
    text.parse().map(Rule::Keep).map_err(|error: postroom_types::KeepError| error.to_string())
}

/// A number of bytes with k, M, G or T behind it (powers of 1000).
fn size(text: &str) -> Result<u64, String> {
    let unit = |letter: char| match letter.to_ascii_uppercase() {
        'K' => Some(1_000_u64),
        'M' => Some(1_000_000),
        'G' => Some(1_000_000_000),
        'T' => Some(1_000_000_000_000),
        _ => None,
    };
    let (number, factor) = match text.chars().next_back().and_then(|last| Some((last, unit(last)?))) {
        Some((last, factor)) => (text.strip_suffix(last).unwrap_or(text), factor),
        None => (text, 1),
    };
    let number: u64 = number.parse().map_err(|_| "a size is a number of bytes, such as 500M or 5G".to_owned())?;
    number.checked_mul(factor).ok_or_else(|| "this size is too large".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        for (text, bytes) in [("0", 0), ("17", 17), ("3k", 3_000), ("500M", 500_000_000), ("5G", 5_000_000_000)] {
            assert_eq!(size(text), Ok(bytes));
        }
        for text in ["", "G", "5X", "-1", "5GG", "99999999999999T"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
