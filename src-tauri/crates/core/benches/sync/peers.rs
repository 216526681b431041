//! Other programs that sync IMAP, from Debian's packages, each where it is installed.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use postroom_lab::{Lab, LabUser};
use postroom_types::{ServerAddress, TlsMode};
use tempfile::TempDir;

/// `POSTROOM_BENCH_PEERS=0` leaves them out.
fn installed(program: &str) -> bool {
    if std::env::var("POSTROOM_BENCH_PEERS").is_ok_and(|word| word == "0") {
        return false;
    }
    let there = Command::new(program).arg("--version").output().is_ok();
    if !there {
        println!("{program} is not installed: it is left out");
    }
    there
}

fn timed(command: &mut Command) -> anyhow::Result<Duration> {
    let start = Instant::now();
    let output = command.output().with_context(|| format!("{command:?}"))?;
    let time = start.elapsed();
    anyhow::ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(time)
}

/// mbsync with a maildir of its own.
pub(crate) struct Mbsync {
    _dir: TempDir,
    file: PathBuf,
}

impl Mbsync {
    /// `None` where it is not installed. `fsync`: its default, a sync to the disk for each message.
    pub(crate) fn new(lab: &Lab, user: &LabUser, server: &ServerAddress, fsync: bool) -> anyhow::Result<Option<Self>> {
        if !installed("mbsync") {
            return Ok(None);
        }
        let dir = tempfile::tempdir()?;
        let at = dir.path().display();
        let security = if server.tls == TlsMode::None {
            "SSLType None\nAuthMechs LOGIN".to_owned()
        } else {
            format!("SSLType IMAPS\nCertificateFile {}", lab.ca_file().display())
        };
        let fsync = if fsync { "yes" } else { "no" };
        let text = format!(
            "FSync {fsync}\nIMAPAccount a\nHost {}\nPort {}\nUser {}\nPassCmd \"cat {at}/word\"\n{security}\n\n\
             IMAPStore far\nAccount a\n\nMaildirStore near\nPath {at}/mail/\nInbox {at}/mail/INBOX\nSubFolders Verbatim\n\n\
             Channel c\nFar :far:\nNear :near:\nPatterns *\nCreate Near\nSyncState *\n",
            server.host, server.port, user.user
        );
        std::fs::create_dir(dir.path().join("mail"))?;
        std::fs::write(dir.path().join("word"), &user.password)?;
        let file = dir.path().join("mbsyncrc");
        std::fs::write(&file, text)?;
        Ok(Some(Self { _dir: dir, file }))
    }

    /// One run, the program's start included.
    pub(crate) fn run(&self) -> anyhow::Result<Duration> {
        timed(Command::new("mbsync").arg("-q").arg("-c").arg(&self.file).arg("-a"))
    }
}

/// interimap between the user and another user of the lab.
pub(crate) struct Interimap {
    dir: TempDir,
}

impl Interimap {
    /// `None` where it is not installed. It speaks without TLS, so that it does no more than the others.
    pub(crate) fn new(lab: &Lab, user: &LabUser, server: &ServerAddress) -> anyhow::Result<Option<Self>> {
        if !installed("interimap") {
            return Ok(None);
        }
        let mirror = lab.user("mirror");
        let dir = tempfile::tempdir()?;
        let section = |server: &ServerAddress, user: &LabUser| {
            format!(
                "type = imap\nhost = {}\nport = {}\nSTARTTLS = NO\nauth = LOGIN\nusername = {}\npassword = {}\n",
                server.host, server.port, user.user, user.password
            )
        };
        let text = format!(
            "database = {}\nlist-mailbox = *\n\n[local]\n{}\n[remote]\n{}",
            dir.path().join("state.db").display(),
            section(&lab.imap_plain(), &mirror),
            section(server, user)
        );
        std::fs::write(dir.path().join("config"), text)?;
        Ok(Some(Self { dir }))
    }

    /// One run, the program's start included.
    pub(crate) fn run(&self) -> anyhow::Result<Duration> {
        let dir = self.dir.path();
        let config = dir.join("config");
        timed(Command::new("interimap").arg("--quiet").arg("--config").arg(config).env("XDG_DATA_HOME", dir))
    }
}
