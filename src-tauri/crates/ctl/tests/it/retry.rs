//! A message that was being read when the program was killed is shown as source, and is read again when asked for.

use serde_json::json;

use crate::ctl::{keys, with_account};
use crate::samples::plain;

#[test]
fn an_unlucky_message_is_read_again() {
    let ctl = with_account();
    for n in 0..2 {
        ctl.deliver(&plain(n));
    }
    ctl.sync();
    let id = ctl.id("INBOX", "Delivery note 1");
    let number: i64 = id.parse().expect("a number");
    // The mark of a process that was killed while it read the message.
    let mark = [2, number, 0].map(i64::to_le_bytes).concat();
    std::fs::write(ctl.data_dir().join("parsing"), mark).expect("the mark is written");

    let whole = ctl.json(&["show", &id]);
    assert_eq!(whole["defects"][0]["kind"], "quarantined");
    assert_eq!(whole["parts"], json!([]));
    let answer = ctl.json(&["retry", &id]);
    assert_eq!(keys(&answer), ["ids", "quarantined"]);
    assert_eq!(answer, json!({"ids": [number], "quarantined": 0}));
    let whole = ctl.json(&["show", &id]);
    assert_eq!(whole["defects"], json!([]));
    assert_eq!(whole["parts"].as_array().map(Vec::len), Some(1));
    assert_eq!(ctl.json(&["retry", "--all"]), json!({"ids": [], "quarantined": 0}));
    assert!(ctl.lines(&["retry", &id]).contains("1 message read again"));
}
