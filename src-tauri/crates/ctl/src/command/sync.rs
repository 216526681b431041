//! `postroomctl sync`: one full pass over the servers.

use std::io::{self, Write};

use clap::{Args, ValueEnum};
use postroom_core::{AccountReport, Bodies, FolderReport, SyncReport, SyncRequest, UndoneReport};
use postroom_types::{MessageId, OperationKind};
use serde::Serialize;

use crate::failure::{Failure, Told};
use crate::profile::{self, Profile};
use crate::terminal;

/// Get new mail and send queued changes: one full pass, then exit
///
/// What works is kept and printed: where one account or folder fails, or the server refuses a change, the rest is done all
/// the same, the first failure is told on stderr, and the exit code is 1.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  postroomctl sync --account anna@example.com --folder INBOX --bodies none")]
pub(crate) struct Sync {
    /// Only the account with this address
    #[arg(long, value_name = "ADDRESS")]
    account: Option<String>,
    /// Only the folder with this path
    #[arg(long, value_name = "PATH")]
    folder: Option<String>,
    /// Whether whole messages come to this computer, or only what the list shows
    #[arg(long, value_enum, default_value_t = Wanted::All)]
    bodies: Wanted,
}

/// Whether bodies are fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Wanted {
    /// Whole messages
    All,
    /// Senders, subjects, dates and flags
    None,
}

/// The whole pass as JSON.
#[derive(Debug, Serialize)]
struct Document<'a> {
    accounts: Vec<Account<'a>>,
    undone: Vec<Undone<'a>>,
    folders: Vec<Folder<'a>>,
    messages: u32,
    bytes: u64,
    seconds: f64,
}

/// An account as JSON.
#[derive(Debug, Serialize)]
struct Account<'a> {
    account: &'a str,
    error: Option<Told<'a>>,
}

/// A change that the server refused and that was taken back, as JSON.
#[derive(Debug, Serialize)]
struct Undone<'a> {
    account: &'a str,
    id: MessageId,
    kind: OperationKind,
    error: Told<'a>,
}

/// A folder as JSON.
#[derive(Debug, Serialize)]
struct Folder<'a> {
    account: &'a str,
    path: &'a str,
    messages: u32,
    new: u32,
    removed: u32,
    flags_changed: u32,
    error: Option<Told<'a>>,
}

impl Sync {
    pub(crate) async fn run(self, profile: &Profile) -> Result<(), Failure> {
        let report = profile
            .with(async |postroom| {
                let account = profile::account(postroom, self.account.as_deref()).await?;
                let bodies = match self.bodies {
                    Wanted::All => Bodies::All,
                    Wanted::None => Bodies::None,
                };
                Ok(postroom.sync_once(SyncRequest { account, folder: self.folder, bodies }).await?)
            })
            .await?;
        profile.output.print(&document(&report), |out| write_lines(out, &report))?;
        match report.first_error() {
            Some(fault) => Err(fault.clone().into()),
            None => Ok(()),
        }
    }
}

fn document<'a>(report: &'a SyncReport) -> Document<'a> {
    let account =
        |report: &'a AccountReport| Account { account: &report.account, error: report.error.as_ref().map(Told::of) };
    let undone = |report: &'a UndoneReport| Undone {
        account: &report.account,
        id: report.message,
        kind: report.kind,
        error: Told::of(&report.error),
    };
    Document {
        accounts: report.accounts.iter().map(account).collect(),
        undone: report.undone.iter().map(undone).collect(),
        folders: report.folders.iter().map(folder).collect(),
        messages: report.messages,
        bytes: report.bytes,
        seconds: report.seconds,
    }
}

fn folder(folder: &FolderReport) -> Folder<'_> {
    Folder {
        account: &folder.account,
        path: &folder.path,
        messages: folder.messages,
        new: folder.new,
        removed: folder.removed,
        flags_changed: folder.flags_changed,
        error: folder.error.as_ref().map(Told::of),
    }
}

fn write_lines(out: &mut dyn Write, report: &SyncReport) -> io::Result<()> {
    for folder in &report.folders {
        write!(
            out,
            "{:>7} messages  {:>6} new  {:>6} removed  {:>6} changed  {}  {}",
            folder.messages,
            folder.new,
            folder.removed,
            folder.flags_changed,
            terminal::fit(&folder.account, 28),
            terminal::line(&folder.path),
        )?;
        match &folder.error {
            Some(fault) => writeln!(out, ": {}", terminal::line(&fault.message))?,
            None => writeln!(out)?,
        }
    }
    for account in &report.accounts {
        if let Some(fault) = &account.error {
            let (email, message) = (terminal::line(&account.account), terminal::line(&fault.message));
            writeln!(out, "{email} could not be synced: {message}")?;
        }
    }
    for undone in &report.undone {
        let message = terminal::line(&undone.error.message);
        writeln!(out, "message {}: the change was refused and taken back: {message}", undone.message)?;
    }
    writeln!(out, "{} messages, {} received in {:.1} s", report.messages, terminal::size(report.bytes), report.seconds)
}
