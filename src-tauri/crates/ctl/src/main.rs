//! postroomctl: Postroom without a window, for terminals, scripts and tests.
//!
//! It parses arguments, calls `postroom-core` and prints. It has no mail logic of its own: whatever it can do, the app
//! can do, and the other way round. It must not print a secret, nor send a terminal a control character out of a mail.

mod cli;
mod command;
mod failure;
mod logging;
mod output;
mod profile;
mod row;
mod terminal;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::Cli;
use crate::failure::Failure;
use crate::profile::Profile;

fn main() -> ExitCode {
    postroom_core::install_crypto_provider();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return failure::report_usage(&error, failure::wants_json(&arguments)),
    };
    let json = cli.json;
    match start(cli) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read our output has seen enough (`postroomctl list | head`): that is no failure.
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(failure) => failure.report(json),
    }
}

fn start(cli: Cli) -> Result<(), Failure> {
    logging::start()?;
    let profile = Profile::new(cli.data_dir, cli.json)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::Runtime)?;
    runtime.block_on(command::run(cli.command, &profile))
}
