//! `shrunk`: a folder that was emptied elsewhere keeps its messages here until that is allowed.

use serde_json::json;

use crate::ctl::{keys, with_account};
use crate::samples::plain;

#[test]
fn what_an_emptied_folder_held_stays_until_it_may_go() {
    let ctl = with_account();
    for n in 0..25 {
        ctl.append("INBOX", "", &plain(n));
    }
    ctl.sync();
    assert_eq!(ctl.json(&["shrunk"]), json!({"folders": []}));
    let mut server = ctl.lab.imap(&ctl.user);
    server.select("INBOX");
    server.command("UID STORE 1:* +FLAGS.SILENT (\\Deleted)");
    server.command("EXPUNGE");
    ctl.sync();
    assert_eq!(ctl.list("INBOX").len(), 25);
    let asked = ctl.json(&["shrunk"])["folders"].clone();
    assert_eq!(keys(&asked[0]), ["account", "folder", "gone", "noticed_at", "path"]);
    assert_eq!((&asked[0]["path"], &asked[0]["gone"]), (&json!("INBOX"), &json!(25)));
    assert_eq!(ctl.lines(&["shrunk"]), "     25 gone from the server  INBOX\n");
    assert_eq!(ctl.error(&["shrunk", "--allow", "Sent"])["code"], "not-found");
    assert_eq!(ctl.run(&["verify"]).code, Some(1));
    let shown = ctl.lines(&["show", &ctl.id("INBOX", "Delivery note 3")]);
    assert!(shown.contains("Pallet number 3"), "it can be read: {shown}");
    assert_eq!(ctl.json(&["shrunk", "--allow", "INBOX"]), json!({"folders": []}));
    assert_eq!(ctl.list("INBOX").len(), 25, "with the next sync");
    ctl.sync();
    assert_eq!(ctl.list("INBOX").len(), 0);
    assert_eq!(ctl.json(&["verify"])["ok"], true);
}
