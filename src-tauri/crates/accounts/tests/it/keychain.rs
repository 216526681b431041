//! The Secret Service, on a session bus of the test's own.
//!
//! Each test runs itself a second time inside the surroundings that it needs; there the variable [`INSIDE`] is set. Needs
//! the Debian packages `dbus` and `gnome-keyring`; without them the tests fail and say so.

use std::path::Path;
use std::process::Command;

use postroom_accounts::{CredentialError, CredentialStore};
use postroom_types::{FaultCode, Protocol, Secret};

const INSIDE: &str = "POSTROOM_TEST_INSIDE";
const ACCOUNT: &str = "alice@example.com";

fn inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

fn keychain() -> CredentialStore {
    CredentialStore::open(Path::new("unused"), None).unwrap()
}

fn unavailable<T: std::fmt::Debug>(result: Result<T, CredentialError>) {
    let error = result.unwrap_err();
    assert_eq!(error.fault().code, FaultCode::VaultUnavailable, "{error}");
}

/// Runs the test `name` again, below `wrapper` (a shell script that ends in `exec "$@"`), with a home of its own.
fn again(name: &str, program: &str, wrapper: &str) {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(program);
    if program != "sh" {
        command.args(["--", "sh"]);
    }
    command.args(["-c", wrapper, "sh"]).arg(std::env::current_exe().unwrap());
    command.args([name, "--exact", "--nocapture"]);
    command.env(INSIDE, "1").env("HOME", home.path()).env("XDG_RUNTIME_DIR", home.path());
    command.env("XDG_DATA_HOME", home.path()).env_remove("DBUS_SESSION_BUS_ADDRESS").env_remove("DISPLAY");
    let output = command.output().unwrap_or_else(|error| panic!("{program}: {error}; install dbus and gnome-keyring"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed"), "the test was not run again: {text}");
}

#[test]
fn a_password_is_kept_in_an_unlocked_keychain() {
    if !inside() {
        let unlock =
            "printf 'test\\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null || exit 9; exec \"$@\"";
        return again("keychain::a_password_is_kept_in_an_unlocked_keychain", "dbus-run-session", unlock);
    }
    let store = keychain();
    assert_eq!(store.get(ACCOUNT, Protocol::Imap).unwrap(), None);
    store.delete(ACCOUNT, Protocol::Imap).unwrap();
    for word in ["first", "密码 with blanks\n", ""] {
        let word = Secret::new(word.to_owned());
        store.set(ACCOUNT, Protocol::Imap, &word).unwrap();
        assert_eq!(store.get(ACCOUNT, Protocol::Imap).unwrap(), Some(word));
    }
    assert_eq!(store.get(ACCOUNT, Protocol::Smtp).unwrap(), None);
    store.delete(ACCOUNT, Protocol::Imap).unwrap();
    assert_eq!(store.get(ACCOUNT, Protocol::Imap).unwrap(), None);
}

#[test]
fn a_locked_keychain_is_an_error_and_no_wait() {
    if !inside() {
        return again("keychain::a_locked_keychain_is_an_error_and_no_wait", "dbus-run-session", "exec \"$@\"");
    }
    unavailable(keychain().set(ACCOUNT, Protocol::Imap, &Secret::new("secret".to_owned())));
}

#[test]
fn without_a_session_bus_there_is_no_keychain() {
    if !inside() {
        return again("keychain::without_a_session_bus_there_is_no_keychain", "sh", "exec \"$@\"");
    }
    let store = keychain();
    unavailable(store.get(ACCOUNT, Protocol::Imap));
    unavailable(store.set(ACCOUNT, Protocol::Imap, &Secret::new("secret".to_owned())));
    unavailable(store.delete(ACCOUNT, Protocol::Imap));
}
