//! What the lab needs from the machine: who we are, free ports, random words, waiting for a server.

use std::ffi::OsStr;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, bail};
use postroom_types::{ServerAddress, TlsMode};

/// Which user owns the mail files.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// Whether this process is root; the mail is then the user `mail`'s.
    pub(crate) root: bool,
    pub(crate) mail_user: String,
    pub(crate) mail_group: String,
}

impl Identity {
    /// Looks at this process.
    pub(crate) fn current() -> anyhow::Result<Self> {
        let root = fs::metadata("/proc/self").context("/proc")?.uid() == 0;
        if root {
            return Ok(Self { root, mail_user: "mail".to_owned(), mail_group: "mail".to_owned() });
        }
        Ok(Self { root, mail_user: id("-un")?, mail_group: id("-gn")? })
    }

    /// Gives `path` and all below it to the mail's owner. Nothing to do for an ordinary user.
    pub(crate) fn own(&self, path: &Path) -> anyhow::Result<()> {
        if !self.root {
            return Ok(());
        }
        let owner = format!("{}:{}", self.mail_user, self.mail_group);
        run(Path::new("chown"), [OsStr::new("-R"), OsStr::new(&owner), path.as_os_str()])
    }
}

fn id(flag: &str) -> anyhow::Result<String> {
    let output = Command::new("id").arg(flag).output().context("id")?;
    let name = String::from_utf8(output.stdout)?.trim().to_owned();
    if !output.status.success() || name.is_empty() {
        bail!("the current user has no name: Dovecot needs one");
    }
    Ok(name)
}

/// Runs a program to its end; what it printed is in the error.
pub(crate) fn run<S: AsRef<OsStr>>(program: &Path, args: impl IntoIterator<Item = S>) -> anyhow::Result<()> {
    let output = Command::new(program).args(args).output().with_context(|| format!("{}", program.display()))?;
    if !output.status.success() {
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        bail!("{} ended with {}: {out}{err}", program.display(), output.status);
    }
    Ok(())
}

/// A program's path; servers' programs are often outside an ordinary user's `PATH`.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let known = ["/usr/sbin", "/usr/lib/postfix/sbin", "/usr/libexec/postfix", "/usr/local/sbin"];
    std::env::split_paths(&path)
        .chain(known.map(PathBuf::from))
        .map(|dir| dir.join(name))
        .find(|program| program.is_file())
}

/// `N` free ports on 127.0.0.1, below the range from which the kernel takes outgoing ports, so that none is gone when
/// the servers are started again.
pub(crate) fn free_ports<const N: usize>() -> anyhow::Result<[u16; N]> {
    let mut held = Vec::with_capacity(N);
    let mut ports = [0; N];
    for slot in &mut ports {
        let (port, listener) = (0..200)
            .find_map(|_| {
                let [a, b] = random::<2>().ok()?;
                let port = 12_000 + u16::from_le_bytes([a, b]) % 20_000;
                Some((port, TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()?))
            })
            .context("no free port on 127.0.0.1")?;
        *slot = port;
        held.push(listener);
    }
    Ok(ports)
}

/// A folder with a short path: Unix sockets' paths may have 107 bytes.
pub(crate) fn short_temp_dir() -> PathBuf {
    let temp = std::env::temp_dir();
    if temp.as_os_str().len() > 30 { PathBuf::from("/tmp") } else { temp }
}

/// Where short-lived files need no disk: `/dev/shm` if it is there and has this many bytes left, else the usual
/// temporary folder.
pub(crate) fn memory_dir(needed: u64) -> PathBuf {
    let memory = Path::new("/dev/shm");
    let free = || -> Option<u64> {
        let output = Command::new("df").args(["-B1", "--output=avail"]).arg(memory).output().ok()?;
        String::from_utf8(output.stdout).ok()?.lines().nth(1)?.trim().parse().ok()
    };
    // A folder that is made there shows that it may be.
    let usable = || tempfile::tempdir_in(memory).is_ok();
    if free().is_some_and(|free| free >= needed) && usable() { memory.to_owned() } else { std::env::temp_dir() }
}

/// A server of the lab, for the program under test.
#[track_caller]
pub(crate) fn address(host: &str, port: u16, tls: TlsMode) -> ServerAddress {
    must(ServerAddress::new(host, port, tls).map_err(anyhow::Error::from))
}

/// Random bytes.
pub(crate) fn random<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
    Ok(bytes)
}

/// A random word of 32 hexadecimal digits.
pub(crate) fn random_word() -> anyhow::Result<String> {
    Ok(format!("{:032x}", u128::from_le_bytes(random::<16>()?)))
}

/// Whether something accepts connections on 127.0.0.1.
pub(crate) fn listens(port: u16) -> bool {
    TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), Duration::from_secs(1)).is_ok()
}

/// The last lines of a log, for an error.
pub(crate) fn tail(log: &Path) -> String {
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines.iter().skip(lines.len().saturating_sub(20)).fold(String::new(), |all, line| all + "\n  " + line)
}

/// The value, or a panic that tells the whole chain of causes: for helpers whose failure ends the test anyway.
#[expect(clippy::panic, reason = "a test library: a broken lab must end the test, with the reason")]
#[track_caller]
pub(crate) fn must<T>(result: anyhow::Result<T>) -> T {
    result.unwrap_or_else(|error| panic!("lab: {error:#}"))
}
