//! Every real message of `tests/data` is delivered, synced and listed; a sample of them is read in every form.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::ctl::with_account;

#[test]
fn every_message_of_the_corpus_is_listed_and_can_be_read() {
    let ctl = with_account();
    let files = postroom_lab::data::mail_files();
    assert!(files.len() > 100, "{}", files.len());
    for file in &files {
        let bytes = std::fs::read(file).expect("a message");
        ctl.lab.append(&ctl.user, "INBOX", &bytes, "").unwrap_or_else(|error| panic!("{}: {error:#}", file.display()));
    }
    let report = ctl.sync();
    assert_eq!(report["messages"], files.len());
    let rows = ctl.list("INBOX");
    let uids: BTreeSet<u64> = rows.iter().map(|row| row["uid"].as_u64().expect("a UID")).collect();
    assert_eq!((rows.len(), uids.len()), (files.len(), files.len()));
    let status = ctl.json(&["status"]);
    assert_eq!((&status["bodies"], &status["quarantined"]), (&files.len().into(), &0.into()));

    let step = (rows.len() / 40).max(1);
    for row in rows.iter().step_by(step) {
        let id = row["id"].to_string();
        let whole = ctl.json(&["show", &id]);
        assert_eq!((&whole["id"], &whole["subject"]), (&row["id"], &row["subject"]));
        assert!(whole["parts"].as_array().is_some_and(|parts| !parts.is_empty()), "{id}");
        ctl.lines(&["show", &id]);
    }
}

#[test]
fn what_is_made_to_break_is_listed_and_can_be_read() {
    let ctl = with_account();
    let head = |subject: &str| format!("From: a@example.test\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n");
    let nested = "Content-Type: message/rfc822\r\n\r\n".repeat(100_000);
    let parts = "--b\r\n\r\npart\r\n".repeat(20_000);
    let deep = "<div>".repeat(100_000);
    let made = [
        ("nested", format!("{}{nested}end\r\n", head("nested"))),
        ("parts", format!("{}Content-Type: multipart/mixed; boundary=b\r\n\r\n{parts}--b--\r\n", head("parts"))),
        ("deep", format!("{}Content-Type: text/html\r\n\r\n{deep}end\r\n", head("deep"))),
        ("nothing", format!("{}\r\n", head("nothing"))),
    ];
    for (_, message) in &made {
        ctl.append("INBOX", "", message);
    }
    ctl.append("INBOX", "", "no header, no MIME, only words\r\nand a line\r\n");
    assert_eq!(ctl.sync()["messages"], made.len() + 1);
    let defects = |subject: &str| -> Vec<Value> {
        let whole = ctl.json(&["show", &ctl.id("INBOX", subject)]);
        whole["defects"].as_array().expect("defects").iter().map(|defect| defect["kind"].clone()).collect()
    };
    assert!(defects("nested").contains(&"too-deep".into()), "{:?}", defects("nested"));
    assert!(defects("parts").contains(&"too-many-parts".into()), "{:?}", defects("parts"));
    assert!(defects("deep").contains(&"html-too-complex".into()), "{:?}", defects("deep"));
    for (subject, _) in &made {
        ctl.lines(&["show", &ctl.id("INBOX", subject)]);
    }
    let words = ctl.lines(&["show", &ctl.id("INBOX", "")]);
    assert!(words.contains("only words"), "{words}");
    assert_eq!(ctl.json(&["status"])["quarantined"], 0);
}
