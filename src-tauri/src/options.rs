//! How the app was started.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Parser;
use postroom_types::Secret;

#[derive(Debug, Parser)]
#[command(name = "postroom", version, about = "Postroom, a mail client for business")]
struct Arguments {
    /// Use the profile in this folder instead of the user's own.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// What the system hands over: a mailto: link, or a file with a message.
    #[arg(hide = true)]
    links: Vec<String>,
}

/// What was asked for on the command line and in the environment.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// The profile's folder.
    pub(crate) data_dir: PathBuf,
    /// Whether it is the user's own.
    pub(crate) own_profile: bool,
    /// The key of the password vault; without one passwords are in the keychain.
    pub(crate) vault_key: Option<Secret<String>>,
    /// Links and files of the command line.
    pub(crate) links: Vec<String>,
    /// A file to make once the first sync is done and shown, for scripts.
    pub(crate) ready_file: Option<PathBuf>,
}

impl Options {
    pub(crate) fn read() -> anyhow::Result<Self> {
        let arguments = Arguments::parse();
        let own_profile = arguments.data_dir.is_none();
        let data_dir = arguments
            .data_dir
            .or_else(postroom_core::default_data_dir)
            .context("the system names no home folder: give one with --data-dir")?;
        let vault_key = take_vault_key().map(Secret::new);
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        Ok(Self {
            data_dir,
            own_profile,
            vault_key,
            links: arguments.links,
            ready_file: variable("POSTROOM_READY_FILE").map(PathBuf::from),
        })
    }
}

/// The vault's key, taken out of the environment: the programs that open files and links must not inherit it.
fn take_vault_key() -> Option<String> {
    const NAME: &str = "POSTROOM_VAULT_KEY";
    let key = std::env::var(NAME).ok();
    #[expect(
        unsafe_code,
        reason = "called first in main, while this is the only thread: nothing reads the environment"
    )]
    // SAFETY: no other thread runs yet.
    unsafe {
        std::env::remove_var(NAME);
    }
    key.filter(|key| !key.is_empty())
}
