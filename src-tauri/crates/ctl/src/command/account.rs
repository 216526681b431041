//! `postroomctl account`: add, list and remove accounts. The password comes by standard input only.

use std::io::Read as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use postroom_core::Check;
use postroom_types::{Account as View, AccountDraft, AccountState, Secret, ServerAddress, TlsMode};
use serde::Serialize;

use crate::failure::Failure;
use crate::profile::Profile;
use crate::terminal;

/// No password is longer, bytes; what is longer is a file given by mistake.
const LONGEST_PASSWORD: u64 = 4_096;

/// Add, list and remove accounts
#[derive(Debug, Subcommand)]
pub(crate) enum Account {
    Add(Box<Add>),
    List(List),
    Password(Password),
    Remove(Remove),
}

/// Add an account; both logins are tried first
///
/// The password is read from standard input and kept in the system's keychain; where there is none, in a file encrypted
/// under `POSTROOM_VAULT_KEY`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  pass show mail | postroomctl account add --email anna@example.com \\
    --imap imap.example.com:993 --imap-tls implicit \\
    --smtp smtp.example.com:587 --smtp-tls starttls --password-stdin")]
pub(crate) struct Add {
    /// The mail address
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    /// The name shown beside the address
    #[arg(long, default_value = "", hide_default_value = true)]
    name: String,
    /// Where mail is read
    #[arg(long, value_name = "HOST:PORT")]
    imap: String,
    /// TLS from the first byte, STARTTLS, or none (this machine only)
    #[arg(long, value_name = "MODE", default_value = "implicit", value_parser = TLS_MODES)]
    imap_tls: String,
    /// Where mail is submitted
    #[arg(long, value_name = "HOST:PORT")]
    smtp: String,
    /// TLS from the first byte, STARTTLS, or none (this machine only)
    #[arg(long, value_name = "MODE", default_value = "implicit", value_parser = TLS_MODES)]
    smtp_tls: String,
    /// The login name [default: the mail address]
    #[arg(long)]
    user: Option<String>,
    /// A certificate authority (PEM) to trust for this account alone
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Add it without trying the logins
    #[arg(long)]
    no_check: bool,
    /// Read the password from standard input; a line end behind it is left out
    #[arg(long, required = true)]
    password_stdin: bool,
}

const TLS_MODES: [&str; 3] = ["implicit", "starttls", "none"];

/// List the accounts
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  postroomctl account list")]
pub(crate) struct List {}

/// Give an account a new password, once its server takes it
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  pass show mail | postroomctl account password anna@example.com --password-stdin")]
pub(crate) struct Password {
    /// The account's mail address
    #[arg(value_name = "ADDRESS")]
    email: String,
    /// Read the password from standard input; a line end behind it is left out
    #[arg(long, required = true)]
    password_stdin: bool,
}

/// Remove an account, its password and its mail from this computer; the server keeps the mail
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  postroomctl account remove anna@example.com")]
pub(crate) struct Remove {
    /// The account's mail address
    #[arg(value_name = "ADDRESS")]
    email: String,
}

/// One account as JSON.
#[derive(Debug, Serialize)]
struct One {
    account: View,
}

/// All accounts as JSON.
#[derive(Debug, Serialize)]
struct All {
    accounts: Vec<View>,
}

/// A removed account as JSON.
#[derive(Debug, Serialize)]
struct Removed {
    removed: String,
}

impl Account {
    pub(crate) async fn run(self, profile: &Profile) -> Result<(), Failure> {
        match self {
            Self::Add(add) => add.run(profile).await,
            Self::List(_) => list(profile).await,
            Self::Password(command) => command.run(profile).await,
            Self::Remove(remove) => remove.run(profile).await,
        }
    }
}

impl Password {
    async fn run(self, profile: &Profile) -> Result<(), Failure> {
        let password = password()?;
        let account = profile
            .with(async |postroom| {
                let account = postroom.account_by_email(&self.email).await?;
                postroom.account_password_set(account.id, password).await?;
                Ok(account)
            })
            .await?;
        profile.output.print(&One { account: account.clone() }, |out| {
            writeln!(out, "{} has a new password", terminal::line(&account.email))
        })
    }
}

impl Add {
    async fn run(self, profile: &Profile) -> Result<(), Failure> {
        let check = if self.no_check { Check::Skip } else { Check::Both };
        let draft = self.draft()?;
        let password = password()?;
        let account = profile
            .with(async |postroom| {
                let email = draft.email.clone();
                postroom.account_add(draft, password, check).await?;
                Ok(postroom.account_by_email(&email).await?)
            })
            .await?;
        let email = account.email.clone();
        profile.output.print(&One { account }, |out| writeln!(out, "added {}", terminal::line(&email)))
    }

    fn draft(self) -> Result<AccountDraft, Failure> {
        let imap = address("--imap", &self.imap, &self.imap_tls)?;
        let smtp = address("--smtp", &self.smtp, &self.smtp_tls)?;
        let ca_pem = match self.ca {
            Some(path) => Some(std::fs::read_to_string(&path).map_err(|source| Failure::File { path, source })?),
            None => None,
        };
        let user = self.user.unwrap_or_else(|| self.email.clone());
        Ok(AccountDraft { name: self.name, email: self.email, imap, smtp, user, ca_pem })
    }
}

impl Remove {
    async fn run(self, profile: &Profile) -> Result<(), Failure> {
        let removed = profile
            .with(async |postroom| {
                let account = postroom.account_by_email(&self.email).await?;
                postroom.account_remove(account.id).await?;
                Ok(account.email)
            })
            .await?;
        profile
            .output
            .print(&Removed { removed: removed.clone() }, |out| writeln!(out, "removed {}", terminal::line(&removed)))
    }
}

async fn list(profile: &Profile) -> Result<(), Failure> {
    let accounts = profile.with(async |postroom| Ok(postroom.accounts().await?)).await?;
    let document = All { accounts };
    profile.output.print(&document, |out| {
        for account in &document.accounts {
            writeln!(
                out,
                "{}  imap {}  smtp {}  {}",
                terminal::fit(&account.email, 32),
                server(&account.imap),
                server(&account.smtp),
                state(&account.state),
            )?;
        }
        Ok(())
    })
}

fn server(server: &ServerAddress) -> String {
    terminal::line(&format!("{}:{} ({})", server.host, server.port, server.tls.as_str()))
}

fn state(state: &AccountState) -> String {
    match state {
        AccountState::Idle => "idle".to_owned(),
        AccountState::Connecting => "connecting".to_owned(),
        AccountState::Online => "online".to_owned(),
        AccountState::Offline { fault } => format!("offline: {}", terminal::line(&fault.message)),
        AccountState::Blocked { fault } => format!("needs you: {}", terminal::line(&fault.message)),
    }
}

fn address(option: &'static str, host_port: &str, tls: &str) -> Result<ServerAddress, Failure> {
    tls.parse::<TlsMode>()
        .and_then(|tls| ServerAddress::parse(host_port, tls))
        .map_err(|source| Failure::Address { option, source })
}

/// Reads standard input to its end.
fn password() -> Result<Secret<String>, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(LONGEST_PASSWORD + 1).read_to_end(&mut bytes).map_err(Failure::Input)?;
    read_password(bytes)
}

fn read_password(bytes: Vec<u8>) -> Result<Secret<String>, Failure> {
    if bytes.len() as u64 > LONGEST_PASSWORD {
        return Err(Failure::Password("is longer than 4,096 bytes"));
    }
    let mut password = String::from_utf8(bytes).map_err(|_| Failure::Password("is not UTF-8"))?;
    if password.ends_with('\n') {
        password.pop();
        if password.ends_with('\r') {
            password.pop();
        }
    }
    if password.is_empty() {
        return Err(Failure::Password("is empty"));
    }
    if password.contains(['\r', '\n', '\0']) {
        return Err(Failure::Password("has more than one line"));
    }
    Ok(Secret::new(password))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_end_is_left_out() {
        let read = |bytes: &[u8]| read_password(bytes.to_vec()).unwrap().expose().clone();
        assert_eq!(read(b"p w \n"), "p w ");
        assert_eq!(read(b"pw\r\n"), "pw");
        assert_eq!(read("密码".as_bytes()), "密码");
    }

    #[test]
    fn what_is_no_password_is_refused() {
        for bytes in [&b""[..], b"\n", b"\r\n", b"a\nb", b"a\n\n", b"a\0b", b"\xff", &[b'x'; 5_000]] {
            assert!(matches!(read_password(bytes.to_vec()), Err(Failure::Password(_))), "{bytes:?}");
        }
    }
}
