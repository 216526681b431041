//! Postfix's configuration: submission and submissions on loopback, logins checked by Dovecot, delivery by LMTP to
//! Dovecot. It has no other port, sends nothing to other machines and has its queue in the lab's folder.
//!
//! Postfix is made to be started by root and to hand its work to a user of its own, `mail_owner`. For an ordinary user
//! that owner is the user itself and a library of a dozen lines (`postfix/as_root.c`, compiled when first needed by the
//! C compiler that Rust links with anyway) answers the calls that would fail. A user namespace would not do: without
//! `/etc/subuid` it has one id, and Postfix refuses to run with an owner whose id is root's.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use crate::ca::Ca;
use crate::dovecot::Ports;
use crate::system::{Identity, find_program, run};

/// The path of Postfix's `master`, or why Postfix cannot run here.
pub(crate) fn possible() -> anyhow::Result<PathBuf> {
    let master = ["/usr/lib/postfix/sbin", "/usr/libexec/postfix"].map(|dir| Path::new(dir).join("master"));
    let master = master.into_iter().find(|program| program.is_file());
    let master = master.context("SMTP is not available: Postfix is not installed")?;
    ensure!(
        Identity::current()?.root || find_program(COMPILER).is_some(),
        "SMTP is not available: for an ordinary user it needs a C compiler named {COMPILER}"
    );
    Ok(master)
}

const COMPILER: &str = "cc";

/// Everything the configuration depends on.
pub(crate) struct Postfix<'a> {
    pub(crate) folder: &'a Path,
    /// Dovecot's socket for logins.
    pub(crate) sasl: &'a Path,
    pub(crate) ca: &'a Ca,
    pub(crate) ports: Ports,
    pub(crate) identity: &'a Identity,
}

impl Postfix<'_> {
    /// Writes the configuration and makes the queue's folders.
    pub(crate) fn prepare(&self) -> anyhow::Result<()> {
        let config = self.folder.join("config");
        for dir in [&config, &self.folder.join("queue"), &self.folder.join("data")] {
            fs::create_dir_all(dir)?;
        }
        fs::write(config.join("main.cf"), self.main())?;
        fs::write(config.join("master.cf"), self.master())?;
        fs::write(
            config.join("aliases"),
            "sales@example.test alice@example.test, bob@example.test, carol@example.test\n",
        )?;
        fs::write(
            config.join("recipients"),
            "refused@example.test 550 5.1.1 no such user here\nlater@example.test 450 4.2.0 try again later\n",
        )?;
        if !self.identity.root {
            self.compile_as_root()?;
        }
        self.make_queue()
    }

    /// The program and its arguments that run `master` in the foreground.
    pub(crate) fn command(&self, master: &Path) -> (PathBuf, Vec<OsString>) {
        let config = self.folder.join("config").into_os_string();
        let args = ["-d", "-c"].map(OsString::from).into_iter().chain([config]);
        if self.identity.root {
            return (master.to_owned(), args.collect());
        }
        let mut preload = OsString::from("LD_PRELOAD=");
        preload.push(self.as_root());
        (PathBuf::from("env"), [preload, master.into()].into_iter().chain(args).collect())
    }

    fn as_root(&self) -> PathBuf {
        self.folder.join("as_root.so")
    }

    fn compile_as_root(&self) -> anyhow::Result<()> {
        let (source, library) = (self.folder.join("as_root.c"), self.as_root());
        if library.exists() {
            return Ok(());
        }
        fs::write(&source, include_str!("postfix/as_root.c"))?;
        let flags = ["-shared", "-fPIC", "-O1", "-o"].map(OsStr::new);
        run(Path::new(COMPILER), flags.into_iter().chain([library.as_os_str(), source.as_os_str()]))
            .context("compiling the library that lets Postfix run as an ordinary user")
    }

    /// The users Postfix works under. `mail_owner` may be neither root nor the user for untrusted commands.
    fn privileges(&self) -> String {
        let Identity { root, mail_user, .. } = self.identity;
        if *root {
            return String::new();
        }
        let other = if mail_user == "nobody" { "daemon" } else { "nobody" };
        format!(
            "mail_owner = {mail_user}\ndefault_privs = {other}\nimport_environment = LANG=C LD_PRELOAD MAIL_CONFIG TZ\n"
        )
    }

    /// Makes the queue's folders as `postfix check` would, which takes two seconds for it.
    fn make_queue(&self) -> anyhow::Result<()> {
        const PRIVATE: [&str; 12] = [
            "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "public",
            "saved", "trace",
        ];
        let queue = self.folder.join("queue");
        let mut owned = vec![OsString::from("postfix"), self.folder.join("data").into_os_string()];
        for name in PRIVATE {
            let dir = queue.join(name);
            fs::create_dir_all(&dir)?;
            fs::set_permissions(&dir, fs::Permissions::from_mode(0o700))?;
            owned.push(dir.into_os_string());
        }
        fs::create_dir_all(queue.join("pid"))?;
        if self.identity.root {
            run(Path::new("chown"), owned).context("the queue's owner")?;
        }
        Ok(())
    }

    fn main(&self) -> String {
        let folder = self.folder.display();
        let (cert, key, sasl) = (self.ca.server_cert.display(), self.ca.server_key.display(), self.sasl.display());
        let lmtp = self.ports.lmtp;
        self.privileges()
            + &format!(
                r"compatibility_level = 3.7
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
syslog_name = postroom-lab
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = localhost
mydestination =
mynetworks =
alias_maps =
local_recipient_maps =
local_transport = error:no local users
virtual_mailbox_domains = example.test
virtual_alias_maps = texthash:{folder}/config/aliases
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
mailbox_transport = lmtp:inet:127.0.0.1:{lmtp}
# Mail to other domains is accepted and thrown away.
default_transport = discard:
relay_transport = discard:
message_size_limit = 26214400
mailbox_size_limit = 0
recipient_delimiter = +
smtpd_banner = localhost ESMTP
smtpd_tls_chain_files = {key}, {cert}
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_tls_mandatory_protocols = >=TLSv1.2
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = unix:{sasl}
smtpd_sasl_security_options = noanonymous
smtpd_client_connection_count_limit = 0
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = check_recipient_access texthash:{folder}/config/recipients, permit_sasl_authenticated, reject
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 1000
smtpd_hard_error_limit = 1000
"
            )
    }

    fn master(&self) -> String {
        let Ports { submission, smtps, .. } = self.ports;
        format!(
            r"127.0.0.1:{submission} inet n - n - - smtpd
127.0.0.1:{smtps} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
cleanup    unix        n - n - 0 cleanup
qmgr       unix        n - n 300 1 qmgr
rewrite    unix        - - n - - trivial-rewrite
bounce     unix        - - n - 0 bounce
defer      unix        - - n - 0 bounce
trace      unix        - - n - 0 bounce
verify     unix        - - n - 1 verify
flush      unix        n - n 1000? 0 flush
proxymap   unix        - - n - - proxymap
showq      unix        n - n - - showq
error      unix        - - n - - error
retry      unix        - - n - - error
discard    unix        - - n - - discard
lmtp       unix        - - n - - lmtp
anvil      unix        - - n - 1 anvil
scache     unix        - - n - 1 scache
tlsmgr     unix        - - n 1000? 1 tlsmgr
postlog    unix-dgram  n - n - 1 postlogd
"
        )
    }
}
