//! Accounts: what each fault is called, and what is kept.

use postroom_lab::Lab;
use serde_json::{Value, json};

use crate::ctl::{Ctl, failure, fresh, keys, success};

/// The value of an option is replaced.
fn with(mut options: Vec<String>, option: &str, value: &str) -> Vec<String> {
    let at = options.iter().position(|known| known == option).expect("the option");
    value.clone_into(&mut options[at + 1]);
    options
}

/// The lab's authority is trusted.
fn trusting(ctl: &Ctl<'_>, options: Vec<String>) -> Vec<String> {
    [options, vec!["--ca".to_owned(), ctl.ca()]].concat()
}

#[test]
fn each_fault_has_its_code_and_nothing_is_added() {
    let ctl = fresh();
    let untrusting = ctl.add_options(&ctl.lab.imap_implicit(), &ctl.lab.smtp_implicit());
    let options = trusting(&ctl, untrusting.clone());
    let refused = |options: &[String], password: &str| failure(&ctl.run_with(options, password))["code"].clone();
    let password = ctl.user.password.clone();

    assert_eq!(refused(&options, "wrong\n"), "login-refused");
    assert_eq!(refused(&with(options.clone(), "--imap", "no-such-host.invalid:993"), &password), "host-unknown");
    assert_eq!(refused(&with(options.clone(), "--smtp", "no-such-host.invalid:465"), &password), "host-unknown");
    assert_eq!(refused(&with(options.clone(), "--imap", "127.0.0.1:1"), &password), "connection-refused");
    assert_eq!(refused(&untrusting, &password), "certificate-untrusted");
    assert_eq!(refused(&with(options.clone(), "--imap", "no port"), &password), "invalid-input");
    assert_eq!(refused(&with(options.clone(), "--ca", "/no/such/file"), &password), "storage");
    for password in ["", "\n", "a\nb\n"] {
        assert_eq!(refused(&options, password), "invalid-input");
    }
    let remote = with(with(options.clone(), "--imap-tls", "none"), "--imap", "imap.example.com:143");
    assert_eq!(refused(&remote, &password), "invalid-input");
    assert_eq!(ctl.json(&["account", "list"]), json!({"accounts": []}));

    let added = success(&ctl.run_with(&options, &password));
    assert_eq!(added["account"]["email"], ctl.user.email);
    assert_eq!(refused(&options, &password), "account-exists");
    assert_eq!(ctl.json(&["account", "list"])["accounts"].as_array().map(Vec::len), Some(1));
}

#[test]
fn an_account_has_its_shape() {
    let ctl = fresh();
    let account = ctl.add()["account"].clone();
    assert_eq!(keys(&account), ["email", "id", "imap", "name", "private_ca", "smtp", "state", "user"]);
    assert_eq!(keys(&account["imap"]), ["host", "port", "tls"]);
    assert_eq!((&account["user"], &account["name"]), (&json!(ctl.user.email), &json!("")));
    assert_eq!((&account["imap"]["tls"], &account["smtp"]["tls"]), (&json!("implicit"), &json!("implicit")));
    assert_eq!((&account["private_ca"], &account["state"]), (&json!(true), &json!({"state": "idle"})));
    assert_eq!(ctl.json(&["account", "list"]), json!({"accounts": [account]}));
    let lines = ctl.lines(&["account", "list"]);
    assert!(lines.contains(&ctl.user.email) && lines.contains("(implicit)"), "{lines}");
}

#[test]
fn starttls_and_loopback_without_tls_work() {
    let lab = Lab::shared();
    for imap in [lab.imap_starttls(), lab.imap_plain()] {
        let ctl = fresh();
        let options = trusting(&ctl, ctl.add_options(&imap, &lab.smtp_starttls()));
        let added = success(&ctl.run_with(&options, &ctl.user.password));
        assert_eq!(added["account"]["imap"]["tls"], imap.tls.as_str());
        ctl.deliver(&crate::samples::plain(1));
        assert_eq!(ctl.sync()["messages"], 1);
    }
}

#[test]
fn without_check_a_wrong_password_fails_at_sync() {
    let ctl = fresh();
    success(&ctl.run_with(&ctl.unchecked_options(), "wrong\n"));
    let run = ctl.run(&["sync", "--json"]);
    assert_eq!(run.code, Some(1));
    assert_eq!(crate::ctl::error_of(&run.stderr)["code"], "login-refused");
}

#[test]
fn accounts_do_not_disturb_each_other() {
    // The first in order fails, the second must be synced all the same.
    let (broken, ctl) = (fresh(), fresh());
    ctl.add_other(&broken, "wrong");
    ctl.add();
    ctl.deliver(crate::samples::QUOTATION);
    let run = ctl.run(&["sync", "--json"]);
    assert_eq!((run.code, &crate::ctl::error_of(&run.stderr)["code"]), (Some(1), &json!("login-refused")));
    // Both are told: what failed, and what worked.
    let report: Value = serde_json::from_str(&run.text()).expect("one JSON document");
    let told = |n: usize| (report["accounts"][n]["account"].clone(), report["accounts"][n]["error"]["code"].clone());
    assert_eq!(told(0), (json!(broken.user.email), json!("login-refused")));
    assert_eq!(told(1), (json!(ctl.user.email), Value::Null));
    assert_eq!((&report["messages"], &report["undone"]), (&json!(1), &json!([])));
    assert!(report["folders"].as_array().expect("folders").iter().all(|f| f["account"] == ctl.user.email), "{report}");
    let lines = ctl.run(&["sync"]);
    assert_eq!(lines.code, Some(1));
    assert!(lines.text().contains(&format!("{} could not be synced", broken.user.email)), "{}", lines.text());
    let inbox = ["list", "--folder", "INBOX", "--account", &ctl.user.email];
    assert_eq!(ctl.json(&inbox)["messages"].as_array().map(Vec::len), Some(1));
    assert_eq!(ctl.json(&["sync", "--account", &ctl.user.email])["messages"], 1);
    // Both work: a folder's path alone is the first account's, a move stays within the message's account.
    ctl.json(&["account", "remove", &broken.user.email]);
    ctl.add_other(&broken, &broken.user.password);
    broken.deliver(&crate::samples::plain(1));
    ctl.sync();
    let rows = ctl.json(&["search", "delivery"])["messages"].clone();
    let id = rows[0]["id"].to_string();
    ctl.json(&["move", &id, "--to", "Archive"]);
    ctl.sync();
    assert_eq!(broken.lab.imap(&broken.user).uids("Archive").len(), 1);
    assert_eq!(ctl.lab.imap(&ctl.user).uids("INBOX").len(), 1);
    let listed = ctl.json(&["list", "--folder", "Archive", "--account", &broken.user.email]);
    assert_eq!(listed["messages"][0]["id"].to_string(), id);
}

#[test]
fn a_removed_account_takes_its_mail_along() {
    let ctl = fresh();
    ctl.add();
    ctl.deliver(crate::samples::QUOTATION);
    ctl.sync();
    assert_eq!(ctl.json(&["status"])["messages"], 1);
    assert_eq!(ctl.json(&["account", "remove", &ctl.user.email]), json!({"removed": ctl.user.email}));
    assert_eq!(ctl.json(&["folders"])["folders"], Value::Array(Vec::new()));
    assert_eq!((&ctl.json(&["status"])["messages"], &ctl.json(&["status"])["accounts"]), (&json!(0), &json!(0)));
    // It can be added again.
    ctl.add();
    assert_eq!(ctl.sync()["messages"], 1);
}
