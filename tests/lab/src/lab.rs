//! The lab: one Dovecot and, when first asked for, one Postfix, with their own ports, folders and authority.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postroom_types::{ServerAddress, TlsMode};
use tempfile::TempDir;

use crate::ca::Ca;
use crate::dovecot::{DovecotConfig, Ports};
use crate::imap::LabImap;
use crate::options::LabOptions;
use crate::postfix::{self, Postfix};
use crate::server::{ImapPorts, ImapServer};
use crate::system::{Identity, address, find_program, free_ports, memory_dir, must, random_word, short_temp_dir, tail};
use crate::user::LabUser;
use crate::watchdog::{FolderGuard, Watchdog};

/// The domain of every user of the lab.
pub const DOMAIN: &str = "example.test";

/// What a lab in memory wants to have at least, bytes.
const MEMORY: u64 = 512 << 20;
const DOVECOT_PID: &str = "dovecot.pid";
const POSTFIX_PID: &str = "postfix.pid";

/// Dovecot looks at most once a second whether a user's file has changed, and compares whole seconds. (Hence one file
/// a user: a new one is seen at once.)
const REREAD: Duration = Duration::from_millis(1_100);

/// Running servers with fresh users. See the [crate's page](crate).
#[derive(Debug)]
pub struct Lab {
    mail: PathBuf,
    users: PathBuf,
    options: LabOptions,
    ca: Ca,
    ports: Ports,
    identity: Identity,
    next_user: AtomicU32,
    /// Before `run`: fields drop in this order, and the servers must be gone when their folder goes.
    servers: Mutex<Servers>,
    _guards: Vec<FolderGuard>,
    /// Where the mail is, if it is in memory.
    memory: Option<TempDir>,
    run: TempDir,
}

#[derive(Debug, Default)]
struct Servers {
    dovecot: Option<Watchdog>,
    postfix: Option<Watchdog>,
    /// Whether Postfix was asked for, so that a restart starts it again.
    smtp: bool,
}

impl Lab {
    /// The lab that all tests of one process share, started on first use. It ends with the process.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Lab> = OnceLock::new();
        SHARED.get_or_init(|| must(Self::start(LabOptions::default())))
    }

    /// Starts a lab. The error holds the end of the server's log.
    #[expect(clippy::needless_pass_by_value, reason = "written out in the call, as options are")]
    pub fn start(options: LabOptions) -> anyhow::Result<Self> {
        if options.smtp {
            postfix::possible()?;
        }
        let mut attempt = 0;
        loop {
            attempt += 1;
            match Self::try_start(&options) {
                // Another process may have taken a port in between.
                Err(error) if attempt < 3 && format!("{error:#}").contains("Address already in use") => {}
                result => return result,
            }
        }
    }

    fn try_start(options: &LabOptions) -> anyhow::Result<Self> {
        let run = tempfile::Builder::new().prefix("pr-lab-").tempdir_in(short_temp_dir()).context("a folder")?;
        // Servers under other users must pass through; they cannot list it.
        fs::set_permissions(run.path(), fs::Permissions::from_mode(0o711))?;
        let identity = Identity::current()?;
        let memory = (options.in_memory && options.dir.is_none()).then(in_memory).transpose()?;
        let mail = options.dir.as_deref().or(memory.as_ref().map(TempDir::path)).unwrap_or(run.path()).join("mail");
        fs::create_dir_all(&mail).with_context(|| format!("creating {}", mail.display()))?;
        let mail = mail.canonicalize()?;
        identity.own(&mail)?;
        let users = run.path().join("users");
        fs::create_dir(&users)?;
        let [imap, imaps, lmtp, sieve, submission, smtps] = free_ports()?;
        let pid_files = [DOVECOT_PID, POSTFIX_PID].map(|name| run.path().join(name));
        // The one in memory first: it waits for the servers by files in the other.
        let folders = memory.iter().chain([&run]);
        let guards =
            folders.map(|folder| FolderGuard::start(folder.path(), &pid_files)).collect::<anyhow::Result<_>>()?;
        let lab = Self {
            ca: Ca::create(run.path())?,
            ports: Ports { imap, imaps, lmtp, sieve, submission, smtps },
            mail,
            users,
            options: options.clone(),
            identity,
            next_user: AtomicU32::new(1),
            servers: Mutex::new(Servers { smtp: options.smtp, ..Servers::default() }),
            _guards: guards,
            memory,
            run,
        };
        lab.restart_servers()?;
        Ok(lab)
    }

    /// Starts whatever is not running, on the same ports as before.
    pub fn restart_servers(&self) -> anyhow::Result<()> {
        let mut servers = self.servers();
        if servers.dovecot.is_none() {
            servers.dovecot = Some(self.start_dovecot()?);
        }
        if servers.smtp && servers.postfix.is_none() {
            servers.postfix = Some(self.start_postfix()?);
        }
        Ok(())
    }

    /// Stops the servers and waits until they are gone; the mail stays. Connections to their ports are then refused.
    pub fn stop_servers(&self) {
        let mut servers = self.servers();
        servers.postfix = None;
        servers.dovecot = None;
    }

    /// The process ids of the servers that run now.
    pub fn server_pids(&self) -> Vec<u32> {
        let servers = self.servers();
        [&servers.dovecot, &servers.postfix].into_iter().flatten().filter_map(Watchdog::pid).collect()
    }

    fn servers(&self) -> MutexGuard<'_, Servers> {
        self.servers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start_dovecot(&self) -> anyhow::Result<Watchdog> {
        let program = find_program("dovecot").context("Dovecot is not installed (dovecot-imapd and its companions)")?;
        let run = self.run.path();
        let (config, log) = (run.join("dovecot.conf"), run.join("dovecot.log"));
        let text = DovecotConfig {
            run,
            mail: &self.mail,
            users: &self.users,
            log: &log,
            ca: &self.ca,
            ports: self.ports,
            identity: &self.identity,
            options: &self.options,
        }
        .text();
        fs::write(&config, text)?;
        let args = ["-F".into(), "-c".into(), config.clone().into_os_string()];
        let dovecot = Watchdog::start(run.join(DOVECOT_PID), &log, &program, &args)?;
        let Ports { imap, imaps, lmtp, sieve, .. } = self.ports;
        dovecot.wait_for(&[imap, imaps, lmtp, sieve], &log).context("Dovecot")?;
        Ok(dovecot)
    }

    fn start_postfix(&self) -> anyhow::Result<Watchdog> {
        let master = postfix::possible()?;
        let run = self.run.path();
        let folder = run.join("postfix");
        let log = folder.join("postfix.log");
        let postfix = Postfix {
            folder: &folder,
            sasl: &run.join("dovecot/postfix-auth"),
            ca: &self.ca,
            ports: self.ports,
            identity: &self.identity,
        };
        postfix.prepare()?;
        let (program, args) = postfix.command(&master);
        let output = folder.join("master.log");
        let watchdog = Watchdog::start(run.join(POSTFIX_PID), &output, &program, &args)?;
        watchdog
            .wait_for(&[self.ports.submission, self.ports.smtps], &log)
            .with_context(|| format!("Postfix{}", tail(&output)))?;
        Ok(watchdog)
    }

    /// A fresh user whose address begins with `hint`, with a random password.
    #[track_caller]
    pub fn user(&self, hint: &str) -> LabUser {
        let email = format!("{hint}-{}@{DOMAIN}", self.next_user.fetch_add(1, Ordering::Relaxed));
        let password = must(random_word());
        let user = must(self.add_user(&email, &password));
        // Dovecot may believe for a second what it knew of the address before.
        for _ in 0..40 {
            if LabImap::login(self.imap_plain().port, &user).is_ok() {
                break;
            }
            sleep(REREAD / 20);
        }
        user
    }

    /// Adds a user, or changes the password of one, which takes two seconds. The address must be in [`DOMAIN`] and in small letters.
    pub fn add_user(&self, email: &str, password: &str) -> anyhow::Result<LabUser> {
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.' | '_');
        let local = email.strip_suffix(DOMAIN).and_then(|rest| rest.strip_suffix('@'));
        ensure!(
            local.is_some_and(|local| !local.is_empty() && local.chars().all(known)),
            "{email} is no address of {DOMAIN} in small letters"
        );
        let file = self.users.join(email);
        let change = file.exists();
        if change {
            sleep(REREAD);
        }
        // Written beside and renamed: Dovecot may be reading it.
        let new = self.users.join(format!("{email}~"));
        fs::write(&new, format!("{email}:{{PLAIN.B64}}{}::::::\n", STANDARD.encode(password)))?;
        fs::rename(&new, &file)?;
        if change {
            sleep(REREAD);
        }
        Ok(LabUser::new(email, password))
    }

    /// Takes away a user and all its mail. For tests with very many users; nobody may be logged in as this one.
    pub fn remove_user(&self, user: &LabUser) -> anyhow::Result<()> {
        fs::remove_file(self.users.join(&user.email)).context("the user's entry")?;
        let maildir = self.maildir_of(user);
        let home = maildir.parent().context("a user's folder")?;
        // Dovecot may still be writing there for a connection that was just cut.
        let mut tries = 0;
        loop {
            match fs::remove_dir_all(home) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound && tries < 50 => {
                    tries += 1;
                    sleep(REREAD / 50);
                }
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("removing {}", home.display()));
                }
                Ok(()) | Err(_) => return Ok(()),
            }
        }
    }

    /// A folder for other short-lived files of a test: beside the mail, in memory if that is.
    pub fn temporary(&self) -> &Path {
        self.memory.as_ref().unwrap_or(&self.run).path()
    }

    /// The user with this address, if it was added.
    pub fn find_user(&self, email: &str) -> Option<LabUser> {
        let text = fs::read_to_string(self.users.join(email)).ok()?;
        let line = text.strip_prefix(email)?.strip_prefix(":{PLAIN.B64}")?;
        let password = STANDARD.decode(line.split(':').next()?).ok()?;
        Some(LabUser::new(email, &String::from_utf8(password).ok()?))
    }

    /// IMAP with TLS from the first byte.
    pub fn imap_implicit(&self) -> ServerAddress {
        ImapServer::imap_implicit(self)
    }

    /// IMAP with `STARTTLS`.
    pub fn imap_starttls(&self) -> ServerAddress {
        ImapServer::imap_starttls(self)
    }

    /// IMAP without TLS, at 127.0.0.1.
    pub fn imap_plain(&self) -> ServerAddress {
        ImapServer::imap_plain(self)
    }

    /// Submission with TLS from the first byte. Starts Postfix; panics where it cannot be started
    /// (see [`Lab::start_smtp`]).
    #[track_caller]
    pub fn smtp_implicit(&self) -> ServerAddress {
        must(self.start_smtp());
        address("localhost", self.ports.smtps, TlsMode::Implicit)
    }

    /// Submission with `STARTTLS`. Starts Postfix; panics where it cannot be started (see [`Lab::start_smtp`]).
    #[track_caller]
    pub fn smtp_starttls(&self) -> ServerAddress {
        must(self.start_smtp());
        address("localhost", self.ports.submission, TlsMode::StartTls)
    }

    /// Starts Postfix unless it was started before. The error names what is not installed.
    pub fn start_smtp(&self) -> anyhow::Result<()> {
        let mut servers = self.servers();
        if !servers.smtp {
            servers.postfix = Some(self.start_postfix()?);
            servers.smtp = true;
        }
        Ok(())
    }

    /// The authority's certificate: the one that the servers' certificate is signed by.
    pub fn ca_pem(&self) -> &str {
        &self.ca.pem
    }

    /// The file with [`Lab::ca_pem`].
    pub fn ca_file(&self) -> &Path {
        &self.ca.file
    }

    /// The `ManageSieve` port at 127.0.0.1 (RFC 5804), with `STARTTLS` and without.
    pub fn sieve_port(&self) -> u16 {
        self.ports.sieve
    }

    /// Dovecot's log, for a test that wants to know what the server saw.
    pub fn dovecot_log(&self) -> PathBuf {
        self.run.path().join("dovecot.log")
    }

    /// Delivers a message to the user's inbox as a mail server does, through the user's Sieve script.
    pub fn deliver(&self, user: &LabUser, message: &[u8]) -> anyhow::Result<()> {
        ImapServer::deliver(self, user, message)
    }

    /// Puts a message into a folder as a mail client does. `flags` as in `\Seen $Label1`, may be empty. The bytes go
    /// as they are: give them CRLF line ends.
    pub fn append(&self, user: &LabUser, folder: &str, message: &[u8], flags: &str) -> anyhow::Result<()> {
        ImapServer::append(self, user, folder, message, flags)
    }

    /// Creates a folder and subscribes to it; nothing happens to one that is there. `/` separates levels.
    pub fn create_folder(&self, user: &LabUser, folder: &str) -> anyhow::Result<()> {
        ImapServer::create_folder(self, user, folder)
    }

    /// The user's maildir. The inbox is itself, a folder `a/b` the folder `.a.b` in it, in modified UTF-7.
    pub fn maildir_of(&self, user: &LabUser) -> PathBuf {
        let local = user.email.split('@').next().unwrap_or_default();
        self.mail.join(DOMAIN).join(local).join("Maildir")
    }

    /// A session that shows what the server has.
    #[track_caller]
    pub fn imap(&self, user: &LabUser) -> LabImap {
        ImapServer::imap(self, user)
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }
}

fn in_memory() -> anyhow::Result<TempDir> {
    let folder = tempfile::Builder::new().prefix("pr-lab-").tempdir_in(memory_dir(MEMORY)).context("a folder")?;
    // As the other one: to be passed through.
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711))?;
    Ok(folder)
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.stop_servers();
    }
}

impl ImapServer for Lab {
    fn user(&self, hint: &str) -> LabUser {
        Self::user(self, hint)
    }

    fn add_user(&self, email: &str, password: &str) -> anyhow::Result<LabUser> {
        Self::add_user(self, email, password)
    }

    fn ports(&self) -> ImapPorts {
        let Ports { imap, imaps, lmtp, .. } = self.ports;
        ImapPorts { imap, imaps, lmtp }
    }

    fn ca_pem(&self) -> &str {
        &self.ca.pem
    }
}
