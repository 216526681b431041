//! A second real server, because one server hides our assumptions: Cyrus IMAP.
//!
//! Its Debian package and Dovecot's exclude each other, so that `scripts/install.sh test` unpacks it into the build
//! folder: `cyrus/bin` with the programs and `cyrus/lib` with those of their libraries that the system lacks.
//!
//! Cyrus refuses to run as root. Started by root it works as the user `mail`, from a copy of its programs, since that
//! user may not be able to enter the build folder. Passwords are checked by a thread of this process ([`passwords`]).

mod passwords;

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use anyhow::{Context as _, ensure};
use tempfile::TempDir;

use crate::DOMAIN;
use crate::ca::Ca;
use crate::imap::LabImap;
use crate::server::{ImapPorts, ImapServer};
use crate::system::{Identity, free_ports, must, random_word, run, short_temp_dir};
use crate::user::LabUser;
use crate::watchdog::{FolderGuard, Watchdog};
use passwords::Passwords;

const PID: &str = "master.pid";

/// How a Cyrus is started.
#[derive(Debug, Clone, Copy, Default)]
pub struct CyrusOptions {
    /// Folders are below `INBOX.` and a dot separates levels, as in Debian's configuration and in old installations.
    /// Otherwise they are beside the inbox and `/` separates levels.
    pub classic: bool,
    /// A new user has no folder but the inbox. Otherwise there are Drafts, Sent, Archive, Junk and Trash, which Cyrus
    /// lets nobody remove.
    pub bare: bool,
}

/// A running Cyrus with fresh users; a login name is what stands before the address's at sign.
#[derive(Debug)]
pub struct Cyrus {
    ports: ImapPorts,
    ca: Ca,
    programs: PathBuf,
    passwords: Passwords,
    next_user: AtomicU32,
    /// Before `run`: fields drop in this order, and the server must be gone when its folder goes.
    master: Mutex<Option<Watchdog>>,
    _guard: FolderGuard,
    run: TempDir,
}

impl Cyrus {
    /// The Cyrus that all tests of one process share, started on first use. It ends with the process.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Cyrus> = OnceLock::new();
        SHARED.get_or_init(|| must(Self::start(CyrusOptions::default())))
    }

    /// Starts a Cyrus. The error holds the end of what it printed.
    pub fn start(options: CyrusOptions) -> anyhow::Result<Self> {
        let unpacked = find_cyrus()?;
        let run = tempfile::Builder::new().prefix("pr-cyrus-").tempdir_in(short_temp_dir()).context("a folder")?;
        let at = run.path();
        fs::set_permissions(at, fs::Permissions::from_mode(0o711))?;
        let identity = Identity::current()?;
        let programs = if identity.root { copied(&unpacked, at)? } else { unpacked };
        let [imap, imaps, lmtp] = free_ports()?;
        let ports = ImapPorts { imap, imaps, lmtp };
        let ca = Ca::create(at)?;
        for folder in ["config/socket", "mail"] {
            fs::create_dir_all(at.join(folder))?;
        }
        fs::write(at.join("imapd.conf"), imapd_conf(at, &ca, &identity, options))?;
        fs::write(at.join("cyrus.conf"), cyrus_conf(at, &programs, ports))?;
        identity.own(at)?;
        let cyrus = Self {
            ports,
            ca,
            programs,
            passwords: Passwords::listen(&at.join("passwords"))?,
            next_user: AtomicU32::new(1),
            master: Mutex::new(None),
            _guard: FolderGuard::start(at, &[at.join(PID)])?,
            run,
        };
        cyrus.restart_server()?;
        Ok(cyrus)
    }

    /// Starts it if it is not running, on the same ports as before.
    pub fn restart_server(&self) -> anyhow::Result<()> {
        let mut master = self.master();
        if master.is_some() {
            return Ok(());
        }
        let at = self.run.path();
        let log = at.join("log");
        let mut libraries = OsString::from("LD_LIBRARY_PATH=");
        libraries.push(self.programs.join("lib"));
        let args: Vec<OsString> = vec![
            libraries,
            self.programs.join("bin/master").into(),
            "-D".into(),
            "-C".into(),
            at.join("imapd.conf").into(),
            "-M".into(),
            at.join("cyrus.conf").into(),
            "-p".into(),
            at.join("config/master.pid").into(),
        ];
        let started = Watchdog::start(at.join(PID), &log, Path::new("env"), &args)?;
        let ImapPorts { imap, imaps, lmtp } = self.ports;
        started.wait_for(&[imap, imaps, lmtp], &log).context("Cyrus")?;
        *master = Some(started);
        Ok(())
    }

    /// Stops it and waits until it is gone; the mail stays. Connections to its ports are then refused.
    pub fn stop_server(&self) {
        *self.master() = None;
    }

    /// The process id of its master, if it runs.
    pub fn server_pid(&self) -> Option<u32> {
        self.master().as_ref().and_then(Watchdog::pid)
    }

    fn master(&self) -> MutexGuard<'_, Option<Watchdog>> {
        self.master.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Cyrus {
    fn drop(&mut self) {
        self.stop_server();
    }
}

impl ImapServer for Cyrus {
    fn user(&self, hint: &str) -> LabUser {
        let email = format!("{hint}-{}@{DOMAIN}", self.next_user.fetch_add(1, Ordering::Relaxed));
        must(random_word().and_then(|password| self.add_user(&email, &password)))
    }

    fn add_user(&self, email: &str, password: &str) -> anyhow::Result<LabUser> {
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let local = email.strip_suffix(DOMAIN).and_then(|rest| rest.strip_suffix('@')).unwrap_or_default();
        ensure!(
            !local.is_empty() && local.chars().all(known),
            "{email} is no address of {DOMAIN} in small letters, without dots"
        );
        self.passwords.set(local, password);
        let user = LabUser { email: email.to_owned(), user: local.to_owned(), password: password.to_owned() };
        // The first login makes the mailbox, without which nothing can be delivered.
        LabImap::login(self.ports.imap, &user)?;
        Ok(user)
    }

    fn ports(&self) -> ImapPorts {
        self.ports
    }

    fn ca_pem(&self) -> &str {
        &self.ca.pem
    }
}

/// The folder with `bin` and `lib`, beside what cargo built.
fn find_cyrus() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe().context("this program's path")?;
    program
        .ancestors()
        .map(|folder| folder.join("cyrus"))
        .find(|folder| folder.join("bin/master").is_file())
        .context("Cyrus is not in the build folder: scripts/install.sh test unpacks it")
}

fn copied(unpacked: &Path, at: &Path) -> anyhow::Result<PathBuf> {
    let copy = at.join("cyrus");
    run(Path::new("cp"), ["-R".as_ref(), unpacked.as_os_str(), copy.as_os_str()]).context("a copy of Cyrus")?;
    Ok(copy)
}

fn imapd_conf(at: &Path, ca: &Ca, identity: &Identity, options: CyrusOptions) -> String {
    let (folder, user) = (at.display(), &identity.mail_user);
    let (cert, key) = (ca.server_cert.display(), ca.server_key.display());
    let layout = if options.classic { "no" } else { "yes" };
    let mut text = format!(
        "configdirectory: {folder}/config\n\
         defaultpartition: default\n\
         partition-default: {folder}/mail\n\
         cyrus_user: {user}\n\
         servername: localhost\n\
         altnamespace: {layout}\n\
         unixhierarchysep: {layout}\n\
         tls_server_cert: {cert}\n\
         tls_server_key: {key}\n\
         tls_versions: tls1_2 tls1_3\n\
         allowplaintext: yes\n\
         sasl_mech_list: PLAIN LOGIN\n\
         sasl_pwcheck_method: saslauthd\n\
         sasl_saslauthd_path: {folder}/passwords\n\
         autocreate_quota: 0\n\
         # The corpus has mails with bytes above 127 in their headers; by default Cyrus puts an X for each.\n\
         munge8bit: no\n\
         # No fsync for its databases: they need not outlive the machine.\n\
         skiplist_unsafe: yes\n"
    );
    if !options.bare {
        let names = ["Drafts", "Sent", "Archive", "Junk", "Trash"];
        let list = names.join("|");
        text.extend(["inbox", "subscribe"].map(|which| format!("autocreate_{which}_folders: {list}\n")));
        text.extend(names.map(|name| format!("xlist-{}: {name}\n", name.to_lowercase())));
    }
    text
}

fn cyrus_conf(at: &Path, programs: &Path, ports: ImapPorts) -> String {
    let ImapPorts { imap, imaps, lmtp } = ports;
    let config = at.join("imapd.conf");
    let command = |program: &str| format!("cmd=\"{}/bin/{program} -C {}", programs.display(), config.display());
    let (recover, idled, imapd, lmtpd) = (command("ctl_cyrusdb"), command("idled"), command("imapd"), command("lmtpd"));
    format!(
        "START {{\n  recover {recover} -r\"\n}}\n\
         DAEMON {{\n  idled {idled}\"\n}}\n\
         SERVICES {{\n  imap {imapd}\" listen=\"127.0.0.1:{imap}\" prefork=1\n  \
         imaps {imapd} -s\" listen=\"127.0.0.1:{imaps}\" prefork=0\n  \
         lmtp {lmtpd} -a\" listen=\"127.0.0.1:{lmtp}\" prefork=0\n}}\n"
    )
}
