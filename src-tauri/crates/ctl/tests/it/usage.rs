//! The command line itself: help, errors of usage, a closed pipe. No server is asked.

use std::io::Read as _;
use std::process::Command;

use serde_json::Value;

use crate::ctl::{error_of, fresh, with_account};

fn bare(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_postroomctl")).args(arguments).output().expect("it runs");
    (
        output.status.code(),
        String::from_utf8(output.stdout).expect("it runs"),
        String::from_utf8(output.stderr).expect("it runs"),
    )
}

#[test]
fn every_help_page_has_an_example() {
    let commands = "sync watch folders list show save mark move delete archive pending retry search shrunk status verify \
                    offline compact";
    let mut pages: Vec<Vec<&str>> = commands.split(' ').map(|command| vec![command]).collect();
    pages.extend([
        vec!["account", "add"],
        vec!["account", "list"],
        vec!["account", "remove"],
        vec!["account", "password"],
    ]);
    for page in pages {
        let (code, out, err) = bare(&[page.as_slice(), &["--help"]].concat());
        assert_eq!((code, err.as_str()), (Some(0), ""), "{page:?}");
        assert!(out.contains(&format!("postroomctl {}", page.join(" "))) && out.contains("Example:"), "{out}");
        assert!(out.contains("--data-dir") && out.contains("--json"), "{out}");
    }
}

#[test]
fn an_error_of_usage_is_code_2_and_json_where_asked() {
    let cases: [&[&str]; 8] = [
        &["list"],
        &["nonsense"],
        &["mark", "1"],
        &["mark", "1", "--seen", "--unseen"],
        &["show", "1", "--raw", "--text"],
        &["list", "--folder", "INBOX", "--limit", "0"],
        &["retry"],
        &["retry", "1", "--all"],
    ];
    for arguments in cases {
        let (code, out, err) = bare(arguments);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(err.starts_with("error: "), "{err}");
        let (code, out, err) = bare(&[arguments, &["--json"]].concat());
        assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}");
        assert_eq!(error_of(&err)["code"], "usage");
    }
}

#[test]
fn a_failure_is_code_1_with_a_hint() {
    let ctl = fresh();
    let run = ctl.run(&["show", "1"]);
    assert_eq!((run.code, run.text().as_str()), (Some(1), ""));
    assert!(run.stderr.starts_with("postroomctl: ") && run.stderr.contains("\nhint: "), "{}", run.stderr);
    for arguments in
        [&["show", "1"][..], &["save", "1", "1", "x"], &["mark", "1", "--seen"], &["delete", "1"], &["retry", "1"]]
    {
        assert_eq!(ctl.error(arguments)["code"], "not-found", "{arguments:?}");
    }
    assert_eq!(ctl.error(&["list", "--folder", "INBOX"])["code"], "not-found");
    assert_eq!(ctl.error(&["sync", "--account", "nobody@example.test"])["code"], "not-found");
    assert_eq!(ctl.error(&["account", "remove", "nobody@example.test"])["code"], "not-found");
}

#[test]
fn an_empty_profile_answers() {
    let ctl = fresh();
    for (arguments, key) in [
        (&["account", "list"][..], "accounts"),
        (&["folders"], "folders"),
        (&["pending"], "operations"),
        (&["search", "word"], "messages"),
    ] {
        assert_eq!(ctl.json(arguments)[key], Value::Array(Vec::new()), "{arguments:?}");
    }
    let synced = ctl.sync();
    assert_eq!((&synced["folders"], &synced["messages"]), (&Value::Array(Vec::new()), &Value::from(0)));
}

#[test]
fn a_closed_pipe_is_no_panic() {
    let ctl = with_account();
    for _ in 0..40 {
        ctl.deliver(&crate::samples::plain(1));
    }
    ctl.sync();
    // The pipe is closed before the program has opened its profile, and so before it writes.
    let mut child = ctl.spawn(&["list", "--folder", "INBOX"]);
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().expect("it runs").read_to_string(&mut stderr).expect("it runs");
    assert_eq!((child.wait().expect("it runs").code(), stderr.as_str()), (Some(0), ""));
}
