//! `postroomctl verify`: what is here beside what the servers have.

use std::io::{self, Write};

use clap::Args;
use postroom_core::{DatabaseVerified, FolderVerified, Verified, VerifyRequest};
use postroom_types::Uid;
use serde::Serialize;

use crate::failure::{Failure, Told};
use crate::profile::{self, Profile};
use crate::terminal;

/// UIDs that a line names; JSON has them all.
const NAMED: usize = 10;

/// Compare what is here with what the servers have now; change nothing
///
/// Every folder's UIDs, flags and sizes are compared. Changes that wait for the next sync are no difference. If anything
/// differs the exit code is 1.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  postroomctl sync && postroomctl verify --deep")]
pub(crate) struct Verify {
    /// Only the account with this address
    #[arg(long, value_name = "ADDRESS")]
    account: Option<String>,
    /// Only the folder with this path
    #[arg(long, value_name = "PATH")]
    folder: Option<String>,
    /// Fetch the header of every message again and compare it too, and read the databases through
    #[arg(long)]
    deep: bool,
}

/// The whole comparison as JSON.
#[derive(Debug, Serialize)]
struct Document<'a> {
    /// Only with `--deep`.
    #[serde(skip_serializing_if = "<[DatabaseVerified]>::is_empty")]
    databases: &'a [DatabaseVerified],
    folders: Vec<Folder<'a>>,
    ok: bool,
}

/// A folder as JSON.
#[derive(Debug, Serialize)]
struct Folder<'a> {
    account: &'a str,
    name: &'a str,
    server: u64,
    local: u64,
    missing: &'a [Uid],
    extra: &'a [Uid],
    flags_differ: &'a [Uid],
    sizes_differ: &'a [Uid],
    headers_differ: &'a [Uid],
    unplaced: u32,
    renumbered: bool,
    error: Option<Told<'a>>,
}

impl Verify {
    pub(crate) async fn run(self, profile: &Profile) -> Result<(), Failure> {
        let verified = profile
            .with(async |postroom| {
                let account = profile::account(postroom, self.account.as_deref()).await?;
                Ok(postroom.verify(VerifyRequest { account, folder: self.folder, deep: self.deep }).await?)
            })
            .await?;
        let folders = verified.folders.iter().map(folder).collect();
        let document = Document { databases: &verified.databases, folders, ok: verified.ok };
        profile.output.print(&document, |out| write_lines(out, &verified))?;
        if verified.ok { Ok(()) } else { Err(Failure::Differs) }
    }
}

fn folder(folder: &FolderVerified) -> Folder<'_> {
    Folder {
        account: &folder.account,
        name: &folder.name,
        server: folder.server,
        local: folder.local,
        missing: &folder.missing,
        extra: &folder.extra,
        flags_differ: &folder.flags_differ,
        sizes_differ: &folder.sizes_differ,
        headers_differ: &folder.headers_differ,
        unplaced: folder.unplaced,
        renumbered: folder.renumbered,
        error: folder.error.as_ref().map(Told::of),
    }
}

fn write_lines(out: &mut dyn Write, verified: &Verified) -> io::Result<()> {
    for database in &verified.databases {
        for problem in &database.problems {
            writeln!(out, "{} is damaged: {}", database.name, terminal::line(problem))?;
        }
    }
    for folder in &verified.folders {
        writeln!(
            out,
            "{:>7} there  {:>7} here  {}  {}",
            folder.server,
            folder.local,
            terminal::fit(&folder.account, 28),
            terminal::line(&folder.name),
        )?;
        write_differences(out, folder)?;
    }
    writeln!(out, "{}", if verified.ok { "nothing differs" } else { "something differs" })
}

fn write_differences(out: &mut dyn Write, folder: &FolderVerified) -> io::Result<()> {
    if let Some(fault) = &folder.error {
        writeln!(out, "        {}", terminal::line(&fault.message))?;
    }
    if folder.renumbered {
        writeln!(out, "        the server has renumbered the folder since the last sync")?;
    }
    if folder.unplaced > 0 {
        writeln!(out, "        {} here whose place on the server is not known", folder.unplaced)?;
    }
    let kinds = [
        ("not here", &folder.missing),
        ("not on the server", &folder.extra),
        ("other flags", &folder.flags_differ),
        ("another size", &folder.sizes_differ),
        ("another header", &folder.headers_differ),
    ];
    for (what, uids) in kinds {
        if uids.is_empty() {
            continue;
        }
        let named: Vec<_> = uids.iter().take(NAMED).map(|uid| uid.0.to_string()).collect();
        let more = if uids.len() > NAMED { ", …" } else { "" };
        writeln!(out, "        {} {what}: UID {}{more}", uids.len(), named.join(", "))?;
    }
    Ok(())
}
