//! What is changed while the servers are away shows at once, waits, and reaches them when they return.

use postroom_lab::{Lab, LabOptions};
use serde_json::{Value, json};

use crate::ctl::{Ctl, keys, with_account};
use crate::samples::plain;

/// UIDs by number of message: the n-th delivered has the n-th UID.
fn subject(n: u32) -> String {
    format!("Delivery note {n}")
}

#[test]
fn changes_made_offline_reach_the_server() {
    // Its servers stop: no other test may use it.
    let lab = Lab::start(LabOptions::default()).expect("a lab");
    let ctl = Ctl::new(&lab);
    ctl.add();
    for n in 0..6 {
        ctl.deliver(&plain(n));
    }
    ctl.sync();
    let uids = lab.imap(&ctl.user).uids("INBOX");
    let id = |n: u32| ctl.id("INBOX", &subject(n));
    let (seen, starred, moved, deleted, archived) = (id(0), id(1), id(2), id(3), id(4));

    lab.stop_servers();
    let error = ctl.run(&["sync", "--json"]);
    assert_eq!(error.code, Some(1));
    let code = crate::ctl::error_of(&error.stderr)["code"].clone();
    assert!(["connection-refused", "connection-lost"].contains(&code.as_str().unwrap_or_default()), "{code}");

    let answer = ctl.json(&["mark", &seen, &starred, "--seen"]);
    assert_eq!(keys(&answer), ["ids", "pending"]);
    ctl.json(&["mark", &starred, "--flagged"]);
    ctl.json(&["mark", &starred, "--unseen"]);
    ctl.json(&["move", &moved, "--to", "Junk"]);
    ctl.json(&["delete", &deleted]);
    ctl.json(&["archive", &archived]);
    shows_at_once(&ctl, [&seen, &starred, &moved, &deleted, &archived]);
    is_pending(&ctl);
    // Still readable, and a message that does not exist spoils the whole command.
    assert!(ctl.lines(&["show", &moved]).contains("Pallet number 2"));
    assert_eq!(ctl.error(&["mark", &id(5), "999999", "--seen"])["code"], "not-found");
    assert_eq!(ctl.error(&["move", &id(5), "--to", "No such"])["code"], "not-found");

    lab.restart_servers().expect("the servers return");
    ctl.sync();
    assert_eq!(ctl.json(&["pending"]), json!({"operations": []}));
    let mut imap = lab.imap(&ctl.user);
    assert_eq!(imap.flags("INBOX", uids[0]), ["\\Seen"]);
    assert_eq!(imap.flags("INBOX", uids[1]), ["\\Flagged"]);
    assert_eq!(imap.flags("INBOX", uids[5]), Vec::<String>::new());
    assert_eq!(imap.uids("INBOX"), [uids[0], uids[1], uids[5]]);
    for (folder, n) in [("Junk", 2), ("Trash", 3), ("Archive", 4)] {
        let there = imap.uids(folder);
        assert_eq!(there.len(), 1, "{folder}");
        assert!(imap.message(folder, there[0]).is_some_and(|text| text.contains(&format!("<plain-{n}@"))), "{folder}");
    }
    shows_at_once(&ctl, [&seen, &starred, &moved, &deleted, &archived]);

    // Deleted once more, out of the trash: gone.
    ctl.json(&["delete", &deleted]);
    assert_eq!(ctl.list("Trash"), Vec::<Value>::new());
    ctl.sync();
    assert_eq!(lab.imap(&ctl.user).uids("Trash"), Vec::<u32>::new());
    assert_eq!(ctl.error(&["show", &deleted])["code"], "not-found");
}

fn shows_at_once(ctl: &Ctl<'_>, [seen, starred, moved, deleted, archived]: [&String; 5]) {
    let flags = |id: &str| {
        let id: Value = id.parse().expect("a number");
        let rows = ctl.list("INBOX");
        rows.iter().find(|row| row["id"] == id).expect("the message")["flags"].clone()
    };
    assert_eq!((flags(seen), flags(starred)), (json!(["\\Seen"]), json!(["\\Flagged"])));
    let ids = |folder: &str| ctl.list(folder).iter().map(|row| row["id"].to_string()).collect::<Vec<_>>();
    assert_eq!(ids("INBOX").len(), 3);
    assert_eq!((ids("Junk"), ids("Trash")), (vec![moved.clone()], vec![deleted.clone()]));
    assert_eq!(ids("Archive"), std::slice::from_ref(archived));
}

fn is_pending(ctl: &Ctl<'_>) {
    let pending = ctl.json(&["pending"])["operations"].as_array().expect("operations").clone();
    for operation in &pending {
        let wanted = ["account", "add", "attempts", "created", "id", "kind", "message", "remove", "state", "to"];
        assert_eq!(keys(operation), wanted);
        assert_eq!((&operation["account"], &operation["state"]), (&json!(ctl.user.email), &json!("queued")));
    }
    let moves: Vec<_> = pending.iter().filter(|operation| operation["kind"] == "move").collect();
    let targets: Vec<_> = moves.iter().map(|operation| operation["to"].as_str().expect("a target")).collect();
    assert_eq!(targets, ["Junk", "Trash", "Archive"]);
    assert!(pending.iter().any(|operation| operation["kind"] == "flags" && operation["add"] == json!(["\\Seen"])));
    assert_eq!(ctl.json(&["status"])["pending"], pending.len());
    assert_eq!(ctl.lines(&["pending"]).lines().count(), pending.len());
}

#[test]
fn marks_go_both_ways() {
    let ctl = with_account();
    ctl.append("INBOX", "\\Seen \\Flagged", &plain(1));
    ctl.sync();
    let id = ctl.id("INBOX", &subject(1));
    assert_eq!(
        ctl.lines(&["mark", &id, "--unseen", "--unflagged"]),
        "1 message marked; changes that wait for the server: 1\n"
    );
    ctl.sync();
    let mut imap = ctl.lab.imap(&ctl.user);
    let uid = imap.uids("INBOX")[0];
    assert_eq!(imap.flags("INBOX", uid), Vec::<String>::new());
    imap.store("INBOX", uid, "+FLAGS (\\Answered)");
    ctl.sync();
    assert_eq!(ctl.list("INBOX")[0]["flags"], json!(["\\Answered"]));
}

#[test]
fn files_are_put_into_a_folder() {
    let ctl = with_account();
    ctl.sync();
    let (first, second, picture) = (ctl.path("first.eml"), ctl.path("second.eml"), ctl.path("picture.png"));
    // As other programs save it: lines end in LF.
    std::fs::write(&first, plain(1).replace("\r\n", "\n")).expect("a file");
    std::fs::write(&second, plain(2)).expect("a file");
    std::fs::write(&picture, b"\x89PNG\r\n\x1a\n\0").expect("a file");
    let path = |path: &std::path::Path| path.display().to_string();
    let refused = ctl.error(&["import", "--folder", "Archive", &path(&first), &path(&picture)]);
    assert_eq!(refused["code"], "invalid-input");
    assert!(refused["message"].as_str().expect("a message").starts_with(&path(&picture)), "{refused}");
    // A byte more than may be; all of it a hole, which a mail would be refused for at its first byte.
    std::fs::File::create(&picture).and_then(|file| file.set_len((256 << 20) + 1)).expect("a file");
    let refused = ctl.error(&["import", "--folder", "Archive", &path(&picture)]);
    assert_eq!(refused["code"], "invalid-input");
    let message = refused["message"].as_str().expect("a message");
    assert!(
        message.starts_with(&path(&picture)) && message.ends_with("larger than any mail may be (256 MiB)"),
        "{message}"
    );
    assert_eq!(ctl.error(&["import", "--folder", "Archive", "/nonexistent.eml"])["code"], "storage");
    assert_eq!(ctl.error(&["import", "--folder", "Nowhere", &path(&first)])["code"], "not-found");
    assert_eq!(ctl.list("Archive"), Vec::<Value>::new(), "none was taken");

    let done = ctl.json(&["import", "--folder", "Archive", &path(&first), &path(&second)]);
    assert_eq!((done["ids"].as_array().map(Vec::len), &done["pending"]), (Some(2), &json!(2)));
    assert_eq!(ctl.list("Archive").len(), 2, "shown at once");
    let pending = ctl.json(&["pending"])["operations"].clone();
    assert_eq!((&pending[0]["kind"], &pending[0]["to"]), (&json!("append"), &json!("Archive")));
    assert!(ctl.lines(&["pending"]).lines().all(|line| line.ends_with("put into Archive")));
    ctl.sync();
    let mut imap = ctl.lab.imap(&ctl.user);
    let uids = imap.uids("Archive");
    assert_eq!((uids.len(), imap.message("Archive", uids[0])), (2, Some(plain(1))));
    assert_eq!(imap.flags("Archive", uids[0]), ["\\Seen"]);
    assert_eq!(ctl.json(&["verify", "--deep"])["ok"], true);
    assert_eq!(ctl.json(&["import", "--unseen", "--folder", "INBOX", &path(&second)])["pending"], 1);
    assert_eq!(ctl.list("INBOX")[0]["flags"], json!([]));
}
