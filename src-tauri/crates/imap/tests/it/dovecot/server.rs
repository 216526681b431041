//! A real Dovecot on free ports of loopback, with data under a temporary folder, as root or not.

use std::fmt::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::Path;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use postroom_imap::{ConnectOptions, ImapError, Session, connect};
use postroom_net::Trust;
use postroom_types::{Secret, ServerAddress, TlsMode};
use tempfile::TempDir;

/// One server for one test; every user name exists, each with an empty mailbox.
pub(super) struct Dovecot {
    child: Child,
    imap: u16,
    imaps: u16,
    ca_pem: String,
    _folder: TempDir,
}

pub(super) const PASSWORD: &str = "ge\"heim密码";

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn as_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout.starts_with(b"0\n")
}

impl Dovecot {
    pub(super) fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("pr-imap").tempdir().unwrap();
        let at = folder.path();
        std::fs::set_permissions(at, std::fs::Permissions::from_mode(0o755)).unwrap();
        let (imap, imaps) = (free_port(), free_port());
        let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        let ca_pem = certificate.cert.pem();
        std::fs::write(at.join("cert.pem"), &ca_pem).unwrap();
        std::fs::write(at.join("key.pem"), certificate.signing_key.serialize_pem()).unwrap();
        std::fs::create_dir(at.join("mail")).unwrap();
        std::fs::write(at.join("users"), "").unwrap();
        std::fs::write(at.join("dovecot.conf"), config(at, imap, imaps)).unwrap();
        if as_root() {
            chown(at.join("mail"), Some(8), Some(8)).unwrap();
        }
        let child = Command::new("dovecot").args(["-F", "-c"]).arg(at.join("dovecot.conf")).spawn().unwrap();
        let server = Self { child, imap, imaps, ca_pem, _folder: folder };
        let until = Instant::now() + Duration::from_secs(10);
        while std::net::TcpStream::connect(("127.0.0.1", server.imaps)).is_err() {
            assert!(Instant::now() < until, "Dovecot does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    pub(super) async fn connect(&self, user: &str, tls: TlsMode) -> Result<Session, ImapError> {
        self.connect_with(user, tls, PASSWORD, &Trust::with_ca_pem(&self.ca_pem).unwrap()).await
    }

    pub(super) async fn connect_with(
        &self,
        user: &str,
        tls: TlsMode,
        password: &str,
        trust: &Trust,
    ) -> Result<Session, ImapError> {
        let port = if tls == TlsMode::Implicit { self.imaps } else { self.imap };
        let server = ServerAddress::new("localhost", port, tls).unwrap();
        let password = Secret::new(password.to_owned());
        let stall = Duration::from_secs(20);
        connect(&ConnectOptions { server: &server, trust, user, password: &password, stall }).await
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        // SIGTERM lets the master stop its children; SIGKILL would leave them.
        let stopped = Command::new("kill").arg(self.child.id().to_string()).status();
        if stopped.is_ok_and(|status| status.success()) {
            self.child.wait().unwrap();
        }
    }
}

static COUNTER: AtomicU32 = AtomicU32::new(0);

/// A user whom no other test has.
pub(super) fn fresh_user() -> String {
    format!("user{}", COUNTER.fetch_add(1, Ordering::Relaxed))
}

fn config(at: &Path, imap: u16, imaps: u16) -> String {
    let at = at.display();
    let mut text = format!(
        "base_dir = {at}/run\nstate_dir = {at}/state\nlog_path = {at}/log\nprotocols = imap\nlisten = 127.0.0.1, ::1\n\
         ssl = yes\nssl_cert = <{at}/cert.pem\nssl_key = <{at}/key.pem\nssl_min_protocol = TLSv1.2\ndisable_plaintext_auth = no\n\
         mail_location = mdbox:~/mdbox\nmailbox_list_index = yes\nfirst_valid_uid = 1\nmail_max_userip_connections = 100\n\
         passdb {{\n driver = static\n args = password={PASSWORD}\n}}\n\
         namespace inbox {{\n inbox = yes\n separator = /\n mailbox Sent {{\n special_use = \\Sent\n auto = create\n }}\n mailbox Trash {{\n special_use = \\Trash\n auto = create\n }}\n}}\n\
         service imap-login {{\n inet_listener imap {{\n port = {imap}\n }}\n inet_listener imaps {{\n port = {imaps}\n ssl = yes\n }}\n}}\n"
    );
    let write = if as_root() {
        write!(text, "userdb {{\n driver = static\n args = uid=8 gid=8 home={at}/mail/%u\n}}\n")
    } else {
        let me = std::env::var("USER").unwrap_or_else(|_| "nobody".to_owned());
        write!(
            text,
            "default_internal_user = {me}\ndefault_login_user = {me}\nuserdb {{\n driver = static\n args = home={at}/mail/%u\n}}\n\
             service imap-login {{\n chroot =\n}}\nservice anvil {{\n chroot =\n}}\n"
        )
    };
    write.unwrap();
    text
}
