//! A disk of a few megabytes, mounted in a name space of its own, which needs no rights where the system lets users have
//! one. Where it does not, the size of every file is limited instead (and the test says so): then no file can grow, which
//! is as much of a full disk as can be had.

use std::cell::Cell;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::ctl::{Ctl, Run};

pub(crate) enum Disk {
    /// Mounted over the profile's folder by this process, which holds the name space.
    Mounted { holder: Child, dir: PathBuf },
    /// Files up to so many bytes.
    Limited { bytes: Cell<Option<u64>>, dir: PathBuf },
}

/// Mounts, says so, and holds the name space until its standard input ends.
const HOLD: &str = "mount -t tmpfs -o size=\"$2\" tmpfs \"$1\" && echo mounted && exec cat";

impl Disk {
    /// Over the profile's folder, which is left behind as it was.
    #[expect(clippy::print_stderr, reason = "whoever runs the tests is to know how")]
    pub(crate) fn mount(ctl: &Ctl<'_>, size: &str) -> Self {
        let dir = ctl.data_dir();
        std::fs::create_dir_all(&dir).expect("a folder");
        for options in [&["--mount"][..], &["--mount", "--user", "--map-root-user"]] {
            let mut command = Command::new("unshare");
            command.args(options).args(["--propagation", "private", "sh", "-c", HOLD, "sh"]).arg(&dir).arg(size);
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
            let Ok(mut holder) = command.spawn() else { continue };
            let mut line = String::new();
            let said = BufReader::new(holder.stdout.take().expect("a pipe")).read_line(&mut line);
            if said.is_ok() && line == "mounted\n" {
                return Self::Mounted { holder, dir };
            }
            drop(holder.wait());
        }
        eprintln!("NO DISK CAN BE MOUNTED HERE: the size of files is limited instead");
        Self::Limited { bytes: Cell::new(Some(600 << 10)), dir }
    }

    /// A command that sees the disk.
    pub(crate) fn command(&self, ctl: &Ctl<'_>) -> Command {
        let plain = ctl.command();
        let mut command = match self {
            Self::Mounted { holder, .. } => enter(holder),
            Self::Limited { bytes, .. } => {
                let mut command = Command::new("sh");
                let blocks = bytes.get().map_or_else(|| "unlimited".to_owned(), |bytes| (bytes / 512).to_string());
                command.args(["-c", "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\""]).arg(blocks);
                command
            }
        };
        command.arg(plain.get_program()).args(plain.get_args());
        for (name, value) in plain.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // What is left over must not outlive the test.
        command.process_group(0);
        command
    }

    pub(crate) fn run(&self, ctl: &Ctl<'_>, arguments: &[&str]) -> Run {
        ctl.finished(self.command(ctl).args(arguments).spawn().expect("postroomctl starts"))
    }

    /// Another size from now on.
    pub(crate) fn resize(&self, size: &str) {
        match self {
            Self::Mounted { holder, dir } => remount(holder, dir, &format!("size={size}")),
            Self::Limited { bytes, .. } => bytes.set(None),
        }
    }

    /// From now on it may only be read, or may be written again; `false`: that cannot be had here.
    pub(crate) fn read_only(&self, on: bool) -> bool {
        match self {
            Self::Mounted { holder, dir } => remount(holder, dir, if on { "ro" } else { "rw" }),
            Self::Limited { dir, .. } => {
                let change = if on { "a-w" } else { "u+w" };
                let changed = Command::new("chmod").arg("-R").arg(change).arg(dir).status();
                assert!(changed.is_ok_and(|status| status.success()));
                // Who may do everything may write here too.
                return !on || std::fs::write(dir.join("written"), "").is_err();
            }
        }
        true
    }

    /// Fills it up to the last so many KiB.
    pub(crate) fn fill_but(&self, kib: u64) {
        let (holder, dir) = match self {
            Self::Mounted { holder, dir } => (holder, dir),
            Self::Limited { bytes, .. } => return bytes.set(Some(kib << 10)),
        };
        let script = "cd \"$1\" && rm -f filler && n=$(($(stat -f -c '%a * %S / 1024' .) - $2)) &&
            if [ $n -gt 0 ]; then head -c ${n}K /dev/zero > filler; fi";
        let mut command = enter(holder);
        command.args(["sh", "-c", script, "sh"]).arg(dir).arg(kib.to_string());
        assert!(command.status().expect("sh").success());
    }

    pub(crate) fn unfill(&self) {
        match self {
            Self::Mounted { holder, dir } => {
                assert!(enter(holder).arg("rm").arg("-f").arg(dir.join("filler")).status().expect("rm").success());
            }
            Self::Limited { bytes, .. } => bytes.set(None),
        }
    }
}

fn enter(holder: &Child) -> Command {
    let mut command = Command::new("nsenter");
    let id = holder.id().to_string();
    command.args(["--target", &id, "--mount", "--preserve-credentials"]);
    // A user's own name space must be entered first; with root there is none.
    let of = |id: &str| std::fs::read_link(format!("/proc/{id}/ns/user")).ok();
    if of(&id) != of("self") {
        command.arg("--user");
    }
    command.arg("--");
    command
}

fn remount(holder: &Child, dir: &Path, options: &str) {
    let mut command = enter(holder);
    command.args(["mount", "-o", &format!("remount,{options}")]).arg(dir);
    assert!(command.status().expect("mount").success(), "{options}");
}

impl Drop for Disk {
    fn drop(&mut self) {
        if let Self::Mounted { holder, .. } = self {
            // Its end ends the name space, and with that the disk.
            drop(holder.kill());
            drop(holder.wait());
        }
    }
}
