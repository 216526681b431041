//! What is kept on this computer, and a new password: what the user says, and what it does.

use serde_json::{Value, json};

use crate::ctl::{keys, with_account};
use crate::samples::plain;

fn bodies(shown: &Value) -> Vec<(Value, Value, Value)> {
    let folders = shown["accounts"][0]["folders"].as_array().expect("folders");
    let full = folders.iter().filter(|folder| folder["messages"] != 0);
    full.map(|folder| (folder["path"].clone(), folder["keep"].clone(), folder["bodies"].clone())).collect()
}

#[test]
fn a_rule_takes_bodies_away_and_brings_them_back() {
    let ctl = with_account();
    for n in 0..4 {
        ctl.deliver(&plain(n));
    }
    ctl.sync();
    let shown = ctl.json(&["offline"]);
    assert_eq!(keys(&shown["accounts"][0]), ["account", "budget_bytes", "folders", "keep"]);
    assert_eq!(shown["accounts"][0]["keep"], "all");
    let inbox = |keep: Value, bodies: u32| vec![(json!("INBOX"), keep, json!(bodies))];
    assert_eq!(bodies(&shown), inbox(Value::Null, 4));

    let shown = ctl.json(&["offline", "--keep", "headers", "--budget", "5G"]);
    assert_eq!(
        (&shown["accounts"][0]["keep"], &shown["accounts"][0]["budget_bytes"]),
        (&json!("headers"), &json!(5_000_000_000_u64))
    );
    assert_eq!(bodies(&shown), inbox(Value::Null, 0));
    ctl.sync();
    assert_eq!(bodies(&ctl.json(&["offline"])), inbox(Value::Null, 0), "a sync brings nothing that is not kept");
    let id = ctl.id("INBOX", "Delivery note 1");
    assert_eq!(ctl.error(&["show", &id])["code"], "body-missing");
    assert_eq!(ctl.lab.imap(&ctl.user).uids("INBOX").len(), 4, "the server keeps all");

    ctl.json(&["offline", "--folder", "INBOX", "--keep", "all"]);
    ctl.sync();
    let shown = ctl.json(&["offline", "--folder", "INBOX"]);
    assert_eq!(bodies(&shown), inbox(json!("all"), 4));
    ctl.json(&["offline", "--folder", "INBOX", "--keep", "account"]);
    assert_eq!(bodies(&ctl.json(&["offline"])), inbox(Value::Null, 0));
    assert!(ctl.lines(&["offline"]).contains("keeps headers, budget 5000 MB"));

    for wrong in [&["--keep", "some"][..], &["--budget", "much"], &["--folder", "INBOX", "--budget", "1G"]] {
        assert_eq!(ctl.run(&[&["offline"], wrong].concat()).code, Some(2), "{wrong:?}");
    }
    assert_eq!(ctl.error(&["offline", "--keep", "account"])["code"], "invalid-input");
    assert_eq!(ctl.error(&["offline", "--folder", "None", "--keep", "all"])["code"], "not-found");
}

#[test]
fn compacting_says_what_it_did() {
    let ctl = with_account();
    ctl.deliver(&plain(1));
    ctl.sync();
    let nothing = json!({"messages": 0, "raw_bytes": 0, "before_bytes": 0, "after_bytes": 0});
    assert_eq!(ctl.json(&["compact"]), nothing, "one message is not enough to learn from");
}

#[test]
fn a_new_password_is_taken_once_the_server_takes_it() {
    let ctl = with_account();
    let command = ["account", "password", &ctl.user.email, "--password-stdin"];
    let wrong = ctl.run_with(&[&["--json"][..], &command].concat(), "not the password");
    assert_eq!((wrong.code, crate::ctl::error_of(&wrong.stderr)["code"].clone()), (Some(1), json!("login-refused")));
    assert!(!wrong.stderr.contains("not the password"));
    ctl.json(&["sync"]);
    // A line end behind the password is no part of it.
    let right = ctl.run_with(&[&["--json"][..], &command].concat(), &format!("{}\n", ctl.user.password));
    assert_eq!(right.code, Some(0), "{}", right.stderr);
    ctl.json(&["sync"]);
}
