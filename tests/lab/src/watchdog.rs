//! Servers that stop when the process that started them ends, however it ends.
//!
//! A test's statics are never dropped and a killed test runs no code at all, so nothing in this process can be trusted
//! to stop a server. A small shell process does it: it starts the server, then waits on a pipe whose other end only
//! this process holds. The kernel closes that end at the latest when this process dies, and the shell sees the end of
//! the file. It must not be started in our process group: test runners kill the whole group at once.

use std::fs;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;

/// `$1` pid file, `$2` log, `$3` folder to remove at the end (may be empty), then the server's command line.
/// A line on the pipe means "stop, keep the folder"; the pipe's end means that our process is gone.
const SCRIPT: &str = r#"
pidfile=$1; log=$2; remove=$3; shift 3
setsid "$@" </dev/null >>"$log" 2>&1 &
server=$!
echo $server >"$pidfile.new" && mv "$pidfile.new" "$pidfile"
if read -r line; then remove=; fi
kill -s TERM $server 2>/dev/null
( sleep 8; kill -s KILL -- -$server 2>/dev/null ) >/dev/null 2>&1 &
killer=$!
wait $server
kill -s KILL -- -$server 2>/dev/null
kill $killer 2>/dev/null
if [ -n "$remove" ]; then sleep 0.3; rm -rf -- "$remove"; sleep 2; rm -rf -- "$remove"; fi
"#;

/// A running server and the shell that watches over it.
#[derive(Debug)]
pub(crate) struct Watchdog {
    shell: Child,
    pid_file: PathBuf,
}

impl Watchdog {
    /// Starts `program` with `args` in the foreground. `log` gets what it prints; `remove` is deleted if this process
    /// ends without [`Watchdog::stop`].
    pub(crate) fn start(
        pid_file: PathBuf,
        log: &Path,
        remove: Option<&Path>,
        program: &Path,
        args: &[&str],
    ) -> anyhow::Result<Self> {
        if pid_file.exists() {
            fs::remove_file(&pid_file).context("an old pid file")?;
        }
        let shell = Command::new("sh")
            .args(["-c", SCRIPT, "postroom-lab-watchdog"])
            .arg(&pid_file)
            .arg(log)
            .arg(remove.unwrap_or(Path::new("")))
            .arg(program)
            .args(args)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("starting the watchdog's shell")?;
        Ok(Self { shell, pid_file })
    }

    /// The server's process id; `None` for the first moment.
    pub(crate) fn pid(&self) -> Option<u32> {
        fs::read_to_string(&self.pid_file).ok()?.trim().parse().ok()
    }

    /// Whether the server has ended by itself. (It stays a zombie until the watchdog collects it.)
    pub(crate) fn ended(&self) -> bool {
        let Some(pid) = self.pid() else { return false };
        match fs::read_to_string(format!("/proc/{pid}/stat")) {
            Ok(stat) => stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('Z')),
            Err(_) => true,
        }
    }

    /// Stops the server and waits until it is gone.
    pub(crate) fn stop(&mut self) {
        if let Some(mut pipe) = self.shell.stdin.take() {
            // An error means that the shell is gone already; the wait below tells.
            drop(pipe.write_all(b"stop\n"));
        }
        drop(self.shell.wait());
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.stop();
    }
}
