//! The command line as a whole: the global options and the list of commands. Each command's own options stand in its
//! file under `command/`.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::command::{
    account, archive, compact, conversation, delete, folders, import, list, mark, moving, offline, pending, retry,
    save, search, show, shrunk, status, sync, verify, watch,
};

/// Reads and changes mail without a window: the same core, the same profile as the Postroom app.
///
/// Every command but `sync` and `watch` works on what is on this computer, online or not. Changes are kept and reach
/// the server with the next `sync`, `watch` or start of the app.
#[derive(Debug, Parser)]
#[command(
    name = "postroomctl",
    version,
    max_term_width = 100,
    after_help = "\
Environment:
  POSTROOM_VAULT_KEY  encrypts passwords in a file, where the system has no keychain
  POSTROOM_LOG        logs to stderr, such as POSTROOM_LOG=info or POSTROOM_LOG=postroom_sync=debug

Example:
  postroomctl sync && postroomctl list --folder INBOX"
)]
pub(crate) struct Cli {
    /// The profile: where accounts and mail are kept [default: the app's own]
    #[arg(long, global = true, value_name = "DIR", display_order = 900)]
    pub(crate) data_dir: Option<PathBuf>,
    /// Print one JSON document; failures as {"error":{"code","message","hint"}} on stderr
    #[arg(long, global = true, display_order = 901)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What there is to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(subcommand)]
    Account(account::Account),
    Sync(sync::Sync),
    Watch(watch::Watch),
    Folders(folders::Folders),
    List(list::List),
    Conversation(conversation::Conversation),
    Show(show::Show),
    Save(save::Save),
    Mark(mark::Mark),
    Import(import::Import),
    #[command(name = "move")]
    Move(moving::Move),
    Delete(delete::Delete),
    Archive(archive::Archive),
    Pending(pending::Pending),
    Offline(offline::Offline),
    Compact(compact::Compact),
    Retry(retry::Retry),
    Search(search::Search),
    Shrunk(shrunk::Shrunk),
    Status(status::Status),
    Verify(verify::Verify),
}

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory as _};

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    fn each_leaf(command: &Command, check: &mut dyn FnMut(&Command)) {
        if command.has_subcommands() {
            command.get_subcommands().for_each(|inner| each_leaf(inner, check));
        } else {
            check(command);
        }
    }

    #[test]
    fn every_command_says_what_it_does_with_an_example() {
        let mut seen = 0;
        each_leaf(&Cli::command(), &mut |command| {
            seen += 1;
            let name = command.get_name();
            assert!(command.get_about().is_some_and(|about| about.to_string().len() > 10), "{name}: no description");
            let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(after.contains("Example") && after.contains(&format!(" {name}")), "{name}: no example");
        });
        assert_eq!(seen, 24);
    }
}
