//! What may go wrong, and how it is told: a line and a hint, or one JSON document, on stderr.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use postroom_types::{Fault, FaultCode, ServerAddressError};
use serde::Serialize;

use crate::output::to_json;
use crate::terminal;

/// The exit code of a command line that cannot be read; clap's own.
const USAGE: u8 = 2;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The core says why.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// A HOST:PORT that cannot be used.
    #[error("{option}: {source}")]
    Address { option: &'static str, source: ServerAddressError },
    /// The password on stdin cannot be used.
    #[error("the password on standard input {0}")]
    Password(&'static str),
    /// A file that is there already would be overwritten.
    #[error("{} is there already", .0.display())]
    FileExists(PathBuf),
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    /// The system names no folder for programs' data.
    #[error("no folder for the profile is known")]
    NoDataDir,
    /// `POSTROOM_LOG` cannot be read.
    #[error("POSTROOM_LOG: {0}")]
    LogFilter(String),
    /// Standard input could not be read.
    #[error("standard input: {0}")]
    Input(io::Error),
    /// Standard output could not be written.
    #[error("standard output: {0}")]
    Output(#[from] io::Error),
    /// What is here is not what the servers have, or a database is damaged; the document told how.
    #[error("what is here is not what the servers have")]
    Differs,
    /// The system gave us no threads.
    #[error("cannot start: {0}")]
    Runtime(io::Error),
}

/// A failure as JSON.
#[derive(Debug, Serialize)]
struct Document<'a> {
    error: Told<'a>,
}

/// What is told of a failure.
#[derive(Debug, Serialize)]
pub(crate) struct Told<'a> {
    code: &'a str,
    message: String,
    hint: &'a str,
}

impl<'a> Told<'a> {
    /// A fault of the core, with its hint.
    pub(crate) fn of(fault: &'a Fault) -> Self {
        Told { code: fault.code.as_str(), message: fault.message.clone(), hint: fault.code.hint() }
    }

    fn write(self, json: bool) {
        let text = if json {
            to_json(&Document { error: self }).unwrap_or_default()
        } else {
            // A server's own words may be in it.
            format!("postroomctl: {}\nhint: {}", terminal::line(&self.message), self.hint)
        };
        // Where stderr is closed too, only the exit code is left to tell.
        writeln!(io::stderr().lock(), "{text}").unwrap_or_default();
    }
}

impl Failure {
    /// Whether stdout was closed by its reader.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// Tells the user. Returns the exit code.
    pub(crate) fn report(&self, json: bool) -> ExitCode {
        Told { code: self.code(), message: self.to_string(), hint: self.hint() }.write(json);
        ExitCode::FAILURE
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Fault(fault) => fault.code.as_str(),
            Self::Address { .. } | Self::Password(_) | Self::LogFilter(_) => FaultCode::InvalidInput.as_str(),
            Self::FileExists(_) => "file-exists",
            Self::File { source: error, .. } | Self::Output(error) => FaultCode::of_io(error).as_str(),
            Self::NoDataDir | Self::Input(_) => FaultCode::Storage.as_str(),
            Self::Differs => "differs",
            Self::Runtime(_) => FaultCode::Internal.as_str(),
        }
    }

    fn hint(&self) -> &'static str {
        match self {
            Self::Fault(fault) => fault.code.hint(),
            Self::Address { .. } => "Write HOST:PORT, as in imap.example.com:993.",
            Self::Password(_) => "Give the password alone, as in: postroomctl account add … --password-stdin < FILE",
            Self::FileExists(_) => "Choose another name, or overwrite it with --force.",
            Self::File { .. } => "Check the path, its permissions and the room on the disk.",
            Self::NoDataDir => "Name one with --data-dir DIR.",
            Self::LogFilter(_) => "Write a level (error, warn, info, debug, trace) or target=level, parted by commas.",
            Self::Input(_) => "Check what is given to postroomctl to read.",
            Self::Output(_) => "Check where the output goes and the room on that disk.",
            Self::Differs => "Run postroomctl sync, then verify once more: mail may have come in meanwhile.",
            Self::Runtime(_) => "Close other programs and try again.",
        }
    }
}

/// Whether `--json` stands on a command line that clap could not read.
pub(crate) fn wants_json(arguments: &[OsString]) -> bool {
    arguments.iter().skip(1).take_while(|argument| *argument != "--").any(|argument| argument == "--json")
}

/// Tells of a command line that cannot be read, or prints the help that was asked for.
pub(crate) fn report_usage(error: &clap::Error, json: bool) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        error.print().unwrap_or_default();
        return ExitCode::SUCCESS;
    }
    if json {
        let message = usage_message(&error.render().to_string());
        let hint = "Run postroomctl --help, or postroomctl COMMAND --help.";
        Told { code: "usage", message, hint }.write(true);
    } else {
        error.print().unwrap_or_default();
    }
    ExitCode::from(USAGE)
}

/// The sentence out of clap's page.
fn usage_message(page: &str) -> String {
    if !page.starts_with("error:") {
        return "no command is given".to_owned();
    }
    let lines = page.lines().take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"));
    terminal::line(lines.collect::<Vec<_>>().join(" ").trim_start_matches("error:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usage_error_is_one_sentence() {
        let page = "error: the following required arguments were not provided:\n  --folder <PATH>\n\nUsage: x\n\nFor y";
        assert_eq!(usage_message(page), "the following required arguments were not provided: --folder <PATH>");
        assert_eq!(usage_message("Reads mail\n\nUsage: postroomctl"), "no command is given");
    }

    #[test]
    fn json_behind_two_dashes_is_no_option() {
        let check = |words: &[&str]| wants_json(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert!(check(&["postroomctl", "list", "--json"]));
        assert!(!check(&["postroomctl", "search", "--", "--json"]));
        assert!(!check(&["--json"]));
    }
}
