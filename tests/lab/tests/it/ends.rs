//! Starting, stopping, and ending with the process.

use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use postroom_lab::{Lab, LabOptions, LabUser};
use postroom_types::ServerAddress;

use crate::submission::{SUBJECT, conversation};
use crate::{root, talk_tls};

pub(crate) fn alive(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::sleep(Duration::from_millis(30));
    }
}

#[test]
fn stopping_ends_the_servers_and_a_restart_keeps_ports_and_mail() {
    let lab = Lab::start(LabOptions { smtp: true, ..LabOptions::default() }).unwrap();
    let user = lab.user("stop");
    lab.deliver(&user, b"Subject: kept\n\ntext\n").unwrap();
    let mut open = lab.imap(&user);
    let (before, pids) = (lab.imap_plain(), lab.server_pids());
    assert_eq!(pids.len(), 2);
    lab.stop_servers();
    assert!(!pids.iter().any(|pid| alive(*pid)), "a server is still there");
    assert!(TcpStream::connect(("127.0.0.1", before.port)).is_err());
    let said = open.try_command("NOOP");
    assert!(said.is_err(), "{said:?}");
    lab.restart_servers().unwrap();
    assert_eq!(lab.imap_plain(), before);
    assert_eq!(lab.imap(&user).uids("INBOX").len(), 1);
    let pids = lab.server_pids();
    let ca = lab.ca_file().to_owned();
    drop(lab);
    assert!(!pids.iter().any(|pid| alive(*pid)));
    assert!(!ca.exists());
}

#[test]
fn a_given_folder_keeps_the_mail() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    for count in 1..=2 {
        let lab = Lab::start(LabOptions { dir: Some(dir.path().to_owned()), ..LabOptions::default() }).unwrap();
        let user = lab.add_user("kept@example.test", "pass: word").unwrap();
        lab.deliver(&user, b"Subject: kept\n\ntext\n").unwrap();
        assert_eq!(lab.imap(&user).uids("INBOX").len(), count);
    }
}

/// Starts the program, as another user if asked, sends a mail to the group, kills the program without mercy, and sees
/// everything go.
fn serve_and_kill(mut command: Command) {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let said: serde_json::Value = serde_json::from_str(&line).expect("one line of JSON");
    let server = |name: &str| serde_json::from_value::<ServerAddress>(said[name].clone()).expect("an address");
    let (imap, smtp) = (server("imap"), server("smtp"));
    let ca = Path::new(said["ca_file"].as_str().unwrap());
    let folder = ca.parent().unwrap().to_owned();
    let user = |number: usize| {
        let text = |key: &str| said["users"][number][key].as_str().unwrap().to_owned();
        LabUser { email: text("email"), user: text("user"), password: text("password") }
    };
    let [alice, carol] = [user(0), user(2)];
    assert_eq!(alice.email, "alice@example.test");

    let answer = talk_tls(&smtp, "smtp", ca, &conversation(&alice, "sales@example.test"), "221 ");
    assert!(answer.contains("250 2.0.0 Ok: queued"), "{answer}");
    let look =
        format!("a LOGIN {} {}\nb EXAMINE INBOX\nc SEARCH SUBJECT \"{SUBJECT}\"\nd LOGOUT", carol.user, carol.password);
    wait_until("the mail to the group does not arrive", || {
        talk_tls(&imap, "imap", ca, &look, "d OK").lines().any(|line| line.starts_with("* SEARCH "))
    });

    child.kill().unwrap();
    child.wait().unwrap();
    for port in [imap.port, smtp.port] {
        wait_until("a server still listens", || TcpStream::connect(("127.0.0.1", port)).is_err());
    }
    wait_until("the folder is still there", || !folder.exists());
}

#[test]
fn killing_the_process_ends_the_servers() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_postroom-lab"));
    command.args(["serve", "--sample", "40"]);
    serve_and_kill(command);
}

#[test]
fn an_ordinary_user_can_start_it() {
    if !root() {
        // Then the other tests have shown it.
        return;
    }
    // The other user may not be able to enter the build folder or the clone.
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let program = dir.path().join("postroom-lab");
    std::fs::copy(env!("CARGO_BIN_EXE_postroom-lab"), &program).unwrap();
    let data = dir.path().join("data");
    let copied = Command::new("cp").arg("-r").arg(postroom_lab::data::dir()).arg(&data).status().unwrap();
    assert!(copied.success());
    let mut command = Command::new("setpriv");
    command
        .env("POSTROOM_TEST_DATA", &data)
        .args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"])
        .arg(&program)
        .args(["serve", "--sample", "20"]);
    serve_and_kill(command);
}

#[test]
fn the_program_ends_with_its_input() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_postroom-lab"))
        .arg("serve")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    let said: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert!(!Path::new(said["ca_file"].as_str().unwrap()).exists());
}
