//! `verify`: the shape of its document, its exit code, and what it finds.

use serde_json::{Value, json};

use crate::ctl::{Ctl, error_of, with_account};
use crate::samples::plain;

fn filled() -> Ctl<'static> {
    let ctl = with_account();
    for n in 0..4 {
        ctl.append("INBOX", "", &plain(n));
    }
    ctl.sync();
    ctl
}

fn of<'a>(document: &'a Value, folder: &str) -> &'a Value {
    let folders = document["folders"].as_array().expect("folders");
    folders.iter().find(|one| one["name"] == folder).expect("the folder")
}

#[test]
fn a_clean_profile_is_ok() {
    let ctl = filled();
    for arguments in
        [&["verify"][..], &["verify", "--deep"], &["verify", "--folder", "INBOX", "--account", &ctl.user.email]]
    {
        let document = ctl.json(arguments);
        assert_eq!(document["ok"], true);
        assert_eq!(
            *of(&document, "INBOX"),
            json!({
                "account": ctl.user.email, "name": "INBOX", "server": 4, "local": 4, "missing": [], "extra": [],
                "flags_differ": [], "sizes_differ": [], "headers_differ": [], "unplaced": 0, "renumbered": false,
                "error": null
            })
        );
    }
    assert!(ctl.lines(&["verify"]).ends_with("nothing differs\n"));
    assert_eq!(ctl.error(&["verify", "--folder", "No such"])["code"], "not-found");
    // Marked here, not yet there: no difference.
    ctl.json(&["mark", &ctl.id("INBOX", "Delivery note 1"), "--flagged"]);
    assert_eq!(ctl.json(&["verify"])["ok"], true);
}

#[test]
fn a_difference_is_printed_and_the_exit_code_is_1() {
    let ctl = filled();
    let mut server = ctl.lab.imap(&ctl.user);
    server.expunge("INBOX", 1);
    server.store("INBOX", 2, "+FLAGS (\\Answered)");
    ctl.append("INBOX", "", &plain(9));
    let run = ctl.run(&["verify", "--json"]);
    assert_eq!(run.code, Some(1));
    assert_eq!(error_of(&run.stderr)["code"], "differs");
    let document: Value = serde_json::from_str(&run.text()).expect("one JSON document");
    assert_eq!(document["ok"], false);
    let inbox = of(&document, "INBOX");
    let lists = ["missing", "extra", "flags_differ"].map(|key| inbox[key].clone());
    assert_eq!(lists, [json!([5]), json!([1]), json!([2])]);
    let lines = ctl.run(&["verify"]).text();
    for line in ["1 not here: UID 5", "1 not on the server: UID 1", "1 other flags: UID 2"] {
        assert!(lines.contains(line), "{lines}");
    }
    ctl.sync();
    assert_eq!(ctl.json(&["verify", "--deep"])["ok"], true);
}

#[test]
fn a_profile_that_was_rebuilt_says_what_was_kept_and_where_the_damaged_files_are() {
    let ctl = filled();
    assert_eq!(ctl.json(&["status"])["rebuilt"], Value::Null);
    let file = ctl.data_dir().join("mail.db");
    let mut bytes = std::fs::read(&file).expect("mail.db");
    bytes[..4096].fill(0xa5);
    std::fs::write(&file, bytes).expect("mail.db is written");
    let status = ctl.json(&["status"]);
    let rebuilt = &status["rebuilt"];
    assert_eq!((&rebuilt["queue_whole"], &status["accounts"]), (&json!(true), &json!(1)));
    assert_eq!(rebuilt["files"], json!(["mail.db.damaged", "vault.db.damaged"]));
    assert_eq!(rebuilt["folder"], ctl.data_dir().display().to_string());
    let lines = ctl.lines(&["status"]);
    assert!(lines.contains("what waited for the server was kept"), "{lines}");
    assert!(lines.contains("damaged files: mail.db.damaged, vault.db.damaged in "), "{lines}");
    ctl.sync();
    assert_eq!(ctl.json(&["verify", "--deep"])["ok"], true);
}
