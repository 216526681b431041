//! The lab against itself: what the other crates' tests rely on.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

mod cyrus;
mod ends;
mod mailboxes;
mod submission;
mod tricks;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use postroom_types::{ServerAddress, TlsMode};

/// Whether this process is root and so can become another user.
fn root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout == b"0\n"
}

/// Talks to a server by `openssl s_client`, which verifies the chain and the name, and returns what the server said.
fn talk_tls(server: &ServerAddress, starttls: &str, ca: &Path, say: &str, until: &str) -> String {
    use std::io::Read as _;
    let mut command = Command::new("openssl");
    command.args([
        "s_client",
        "-quiet",
        "-ign_eof",
        "-verify_return_error",
        "-verify_hostname",
        "localhost",
        "-CAfile",
    ]);
    command.arg(ca).arg("-connect").arg(format!("127.0.0.1:{}", server.port));
    if server.tls == TlsMode::StartTls {
        command.args(["-starttls", starttls]);
    }
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("openssl");
    let mut stdin = child.stdin.take().unwrap();
    for line in say.lines() {
        stdin.write_all(format!("{line}\r\n").as_bytes()).unwrap();
    }
    let mut said = Vec::new();
    let mut buffer = [0; 4096];
    let stdout = child.stdout.as_mut().unwrap();
    while !String::from_utf8_lossy(&said).contains(until) {
        match stdout.read(&mut buffer).unwrap() {
            0 => break,
            size => said.extend_from_slice(&buffer[..size]),
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    String::from_utf8_lossy(&said).into_owned()
}
