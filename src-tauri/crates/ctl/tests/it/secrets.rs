//! The password is nowhere: in no output, in no log, in no file, on no command line.
//! (Every other test's output is searched as well: see `Ctl::run`.)

use std::io::Write as _;
use std::process::Stdio;

use crate::ctl::{Ctl, VAULT_KEY, contains, files, fresh, with_account};
use crate::samples::{QUOTATION, plain};

#[track_caller]
fn is_clean(bytes: &[u8], ctl: &Ctl<'_>, place: &str) {
    // Also as SASL PLAIN sends it.
    let plain = format!("\0{}\0{}", ctl.user.user, ctl.user.password);
    let encoded = base64(plain.as_bytes());
    for secret in [ctl.user.password.as_str(), VAULT_KEY, encoded.as_str()] {
        assert!(!contains(bytes, secret.as_bytes()), "a secret stands in {place}");
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[test]
fn the_fullest_log_holds_no_secret() {
    let ctl = with_account();
    ctl.deliver(QUOTATION);
    let runs: [&[&str]; 3] = [&["sync"], &["list", "--folder", "INBOX"], &["pending"]];
    let mut logs = Vec::new();
    for filter in ["trace", "trace,lettre=trace,lettre::transport=trace,async_imap=trace,imap_proto=trace"] {
        for arguments in runs {
            let output = ctl.command().args(arguments).env("POSTROOM_LOG", filter).output().expect("it runs");
            assert_eq!(output.status.code(), Some(0));
            is_clean(&output.stdout, &ctl, "stdout");
            is_clean(&output.stderr, &ctl, "the log");
            logs.extend(output.stderr);
        }
        let other = fresh();
        let options = other.unchecked_options();
        let mut command = other.command();
        let mut child =
            command.args(options).env("POSTROOM_LOG", filter).stdin(Stdio::piped()).spawn().expect("it runs");
        writeln!(child.stdin.take().expect("stdin"), "{}", other.user.password).expect("it reads");
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(0));
        is_clean(&output.stderr, &other, "the log of account add");
        logs.extend(output.stderr);
    }
    assert!(!logs.is_empty(), "there is no log to be searched");
    // A mail's words and addresses are no matter for a log either.
    for words in ["报价单", "zhang.wei", ctl.user.email.as_str()] {
        assert!(!contains(&logs, words.as_bytes()), "{words} stands in the log");
    }
}

#[test]
fn no_file_holds_a_secret() {
    let ctl = with_account();
    ctl.deliver(&plain(1));
    ctl.sync();
    let files = files(&ctl.data_dir());
    assert!(files.len() >= 3, "{files:?}");
    for path in files {
        is_clean(&std::fs::read(&path).expect("a file"), &ctl, &path.display().to_string());
    }
}

#[test]
fn without_vault_key_and_keychain_nothing_is_kept() {
    let ctl = fresh();
    let options = ctl.unchecked_options();
    let mut command = ctl.command();
    let mut child =
        command.args(options).env_remove("POSTROOM_VAULT_KEY").stdin(Stdio::piped()).spawn().expect("it runs");
    drop(writeln!(child.stdin.take().expect("stdin"), "{}", ctl.user.password));
    let output = child.wait_with_output().expect("it ends");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert_eq!(crate::ctl::error_of(&stderr)["code"], "vault-unavailable");
    assert_eq!(ctl.json(&["account", "list"])["accounts"], serde_json::json!([]));
}

#[test]
fn a_wrong_vault_key_is_told() {
    let ctl = with_account();
    let output = ctl.command().args(["sync", "--json"]).env("POSTROOM_VAULT_KEY", "another").output().expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(crate::ctl::error_of(&String::from_utf8_lossy(&output.stderr))["code"], "vault-key-wrong");
}

/// `/proc` is Linux's.
#[cfg(target_os = "linux")]
#[test]
fn no_command_line_holds_the_password() {
    let ctl = fresh();
    let options = ctl.unchecked_options();
    let mut child = ctl.command().args(options).stdin(Stdio::piped()).spawn().expect("it runs");
    // The system shows it a moment after the start.
    let own = (0..500).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        std::fs::read(format!("/proc/{}/cmdline", child.id())).ok().filter(|line| !line.is_empty())
    });
    let own = own.unwrap_or_default();
    assert!(!own.is_empty(), "postroomctl itself is looked at");
    is_clean(&own, &ctl, "its own command line");
    let mut stdin = child.stdin.take().expect("stdin");
    writeln!(stdin, "{}", ctl.user.password).expect("it reads");
    for process in std::fs::read_dir("/proc").expect("/proc").flatten() {
        // One may have ended meanwhile.
        let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        is_clean(&line, &ctl, "a command line");
    }
    drop(stdin);
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}
