//! `postroom-lab serve`: the lab as a program, for end-to-end tests and demonstrations.
//!
//! It prints one line of JSON with the servers' addresses and the users, then stays until its standard input ends or it
//! gets SIGTERM or SIGINT. The passwords in that line are random and guard nothing but this lab.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use postroom_lab::{Company, Lab, LabOptions, LabUser, sample as mails};
use postroom_types::ServerAddress;
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};

/// Mail servers on this machine for trying Postroom.
#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    command: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Start the company `Example GmbH` and print its addresses and users as one line of JSON.
    Serve {
        /// Keep the mail in this folder; otherwise it goes when the lab ends.
        #[arg(long)]
        dir: Option<PathBuf>,
        /// Fill the company's mailboxes with this many made-up business mails, most of them Alice's.
        #[arg(long, default_value_t = 0)]
        sample: usize,
    },
}

/// What the line of JSON says.
#[derive(Serialize)]
struct Served<'a> {
    imap: ServerAddress,
    /// Missing where Postfix is not installed.
    smtp: Option<ServerAddress>,
    ca_file: &'a std::path::Path,
    users: [&'a LabUser; 4],
}

fn main() -> anyhow::Result<()> {
    let Verb::Serve { dir, sample } = Args::parse().command;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // From here on a signal is noted, so that one that comes while starting is not lost.
    let (mut terminate, mut interrupt) =
        runtime.block_on(async { anyhow::Ok((signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?)) })?;

    let lab = Lab::start(LabOptions { dir, ..LabOptions::default() })?;
    let company = Company::found(&lab)?;
    let smtp = match lab.start_smtp() {
        Ok(()) => Some(lab.smtp_implicit()),
        Err(error) => {
            writeln!(std::io::stderr(), "{error:#}")?;
            None
        }
    };
    if sample > 0 {
        mails::fill(&lab, sample)?;
    }
    let served = Served { imap: lab.imap_implicit(), smtp, ca_file: lab.ca_file(), users: company.everyone() };
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{}", serde_json::to_string(&served)?)?;
    stdout.flush()?;

    let (ended, stdin_ended) = tokio::sync::oneshot::channel();
    std::thread::Builder::new()
        .name("stdin".to_owned())
        .spawn(move || {
            let mut buffer = [0; 256];
            while std::io::stdin().read(&mut buffer).is_ok_and(|size| size > 0) {}
            // The receiver is gone if a signal came first.
            ended.send(()).ok();
        })
        .context("the thread that waits for the end of the input")?;
    runtime.block_on(async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = stdin_ended => {}
        }
    });
    drop(lab);
    Ok(())
}
