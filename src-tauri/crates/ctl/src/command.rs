//! The commands, one file a noun: its options, its call of the core, its JSON and its lines.

pub(crate) mod account;
pub(crate) mod archive;
pub(crate) mod compact;
pub(crate) mod conversation;
pub(crate) mod delete;
pub(crate) mod folders;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod mark;
pub(crate) mod moving;
pub(crate) mod offline;
pub(crate) mod pending;
pub(crate) mod retry;
pub(crate) mod save;
pub(crate) mod search;
pub(crate) mod show;
pub(crate) mod shrunk;
pub(crate) mod status;
pub(crate) mod sync;
pub(crate) mod verify;
pub(crate) mod watch;

mod changed;

use crate::cli::Command;
use crate::failure::Failure;
use crate::profile::Profile;

/// Runs a command to its end.
pub(crate) async fn run(command: Command, profile: &Profile) -> Result<(), Failure> {
    match command {
        Command::Account(command) => command.run(profile).await,
        Command::Sync(command) => command.run(profile).await,
        Command::Watch(command) => command.run(profile).await,
        Command::Folders(command) => command.run(profile).await,
        Command::List(command) => command.run(profile).await,
        Command::Show(command) => command.run(profile).await,
        Command::Save(command) => command.run(profile).await,
        Command::Mark(command) => command.run(profile).await,
        Command::Import(command) => command.run(profile).await,
        Command::Move(command) => command.run(profile).await,
        Command::Delete(command) => command.run(profile).await,
        Command::Archive(command) => command.run(profile).await,
        Command::Offline(command) => command.run(profile).await,
        Command::Compact(command) => command.run(profile).await,
        Command::Conversation(command) => command.run(profile).await,
        Command::Pending(command) => command.run(profile).await,
        Command::Retry(command) => command.run(profile).await,
        Command::Search(command) => command.run(profile).await,
        Command::Shrunk(command) => command.run(profile).await,
        Command::Status(command) => command.run(profile).await,
        Command::Verify(command) => command.run(profile).await,
    }
}
