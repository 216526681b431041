//! Servers that stop when the process that started them ends, however it ends.
//!
//! A test's statics are never dropped and a killed test runs no code at all, so nothing in this process can be trusted
//! to stop a server. A small shell process does it: it starts the server, then waits on a pipe whose other end only
//! this process holds. The kernel closes that end at the latest when this process dies, and the shell sees the end of
//! the file. It must not be started in our process group: test runners kill the whole group at once.

use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::system::{listens, tail};

/// How long a server may take to start on a busy machine.
const START_LIMIT: Duration = Duration::from_mins(1);

/// `$1` pid file, `$2` log, then the server's command line. The end of the pipe means "stop".
const SERVER: &str = r#"
pidfile=$1; log=$2; shift 2
setsid "$@" </dev/null >>"$log" 2>&1 &
server=$!
echo $server >"$pidfile.new" && mv "$pidfile.new" "$pidfile"
read -r line
kill -s TERM $server 2>/dev/null
( sleep 8 & nap=$!; trap 'kill $nap; exit' TERM; wait $nap; kill -s KILL -- -$server ) >/dev/null 2>&1 &
killer=$!
wait $server
kill -s KILL -- -$server 2>/dev/null
kill $killer 2>/dev/null
"#;

/// `$1` a folder, the rest pid files in it. A line on the pipe means that our process removes the folder itself; the
/// pipe's end that it is gone: then the servers end, too, and the folder goes after them.
const FOLDER: &str = r#"
folder=$1; shift
if read -r line; then exit 0; fi
for pidfile in "$@"; do
    server=$(cat "$pidfile" 2>/dev/null) || continue
    tries=0
    while [ $tries -lt 100 ] && kill -s 0 "$server" 2>/dev/null; do sleep 0.1; tries=$((tries + 1)); done
done
sleep 0.3
rm -rf -- "$folder"
# A child of a server that ended late may have written once more.
sleep 2
rm -rf -- "$folder"
"#;

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script, "postroom-lab-watchdog"]).current_dir("/").process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Removes a folder if this process ends without removing it. It lives apart from the servers: a test may have stopped
/// those when it dies.
#[derive(Debug)]
pub(crate) struct FolderGuard(Child);

impl FolderGuard {
    /// Watches over `folder`, which is removed after the servers with these pid files are gone.
    pub(crate) fn start(folder: &Path, pid_files: &[PathBuf]) -> anyhow::Result<Self> {
        let child = shell(FOLDER).arg(folder).args(pid_files).spawn().context("starting the watchdog's shell")?;
        Ok(Self(child))
    }
}

impl Drop for FolderGuard {
    fn drop(&mut self) {
        if let Some(mut pipe) = self.0.stdin.take() {
            // An error means that the shell is gone already.
            drop(pipe.write_all(b"done\n"));
        }
        drop(self.0.wait());
    }
}

/// A running server and the shell that watches over it.
#[derive(Debug)]
pub(crate) struct Watchdog {
    shell: Child,
    pid_file: PathBuf,
}

impl Watchdog {
    /// Starts `program` with `args` in the foreground. `log` gets what it prints.
    pub(crate) fn start(pid_file: PathBuf, log: &Path, program: &Path, args: &[OsString]) -> anyhow::Result<Self> {
        if pid_file.exists() {
            fs::remove_file(&pid_file).context("an old pid file")?;
        }
        let shell = shell(SERVER)
            .arg(&pid_file)
            .arg(log)
            .arg(program)
            .args(args)
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

    /// Waits until the server listens on all of `ports`. The error holds the end of its `log`.
    pub(crate) fn wait_for(&self, ports: &[u16], log: &Path) -> anyhow::Result<()> {
        let start = Instant::now();
        // Its own pid file first: before that an old server could be the one that answers.
        while self.pid().is_none() || !ports.iter().all(|port| listens(*port)) {
            if self.ended() {
                bail!("the server ended while starting:{}", tail(log));
            }
            if start.elapsed() > START_LIMIT {
                bail!("the server does not listen after {} s:{}", START_LIMIT.as_secs(), tail(log));
            }
            sleep(Duration::from_millis(20));
        }
        if self.ended() {
            bail!("the server ended while starting:{}", tail(log));
        }
        Ok(())
    }

    /// Stops the server and waits until it is gone.
    pub(crate) fn stop(&mut self) {
        drop(self.shell.stdin.take());
        drop(self.shell.wait());
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the kernel does when this process dies: the pipe ends without a word.
    fn lose(guard: &mut FolderGuard) {
        drop(guard.0.stdin.take());
        guard.0.wait().unwrap();
    }

    #[test]
    fn a_lost_folder_goes_once_its_server_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("lab");
        fs::create_dir(&folder).unwrap();
        let pid_files = ["a.pid", "b.pid"].map(|name| folder.join(name));
        let args = ["60".into()];
        let server = Watchdog::start(pid_files[1].clone(), &folder.join("log"), Path::new("sleep"), &args).unwrap();
        while server.pid().is_none() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let mut guard = FolderGuard::start(&folder, &pid_files).unwrap();
        drop(guard.0.stdin.take());
        std::thread::sleep(std::time::Duration::from_millis(600));
        assert!(folder.exists() && !server.ended());
        drop(server);
        lose(&mut guard);
        assert!(!folder.exists());
    }

    #[test]
    fn a_folder_stays_with_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        drop(FolderGuard::start(dir.path(), &[dir.path().join("none.pid")]).unwrap());
        assert!(dir.path().exists());
    }
}
