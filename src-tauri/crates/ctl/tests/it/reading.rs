//! Sync, folders, lists, messages in every form, saved files, search.

use serde_json::{Value, json};

use crate::ctl::{Ctl, keys, redacted, with_account};
use crate::samples::{FILE, PAINTER, QUOTATION, plain};

/// What differs from run to run.
const CHANGING: [&str; 12] = [
    "thread",
    "id",
    "uid",
    "account",
    "seconds",
    "bytes",
    "size",
    "data_dir",
    "raw_bytes",
    "stored_bytes",
    "used_bytes",
    "version",
];

/// Two messages in INBOX, synced.
fn with_mail() -> Ctl<'static> {
    let ctl = with_account();
    ctl.deliver(QUOTATION);
    ctl.deliver(PAINTER);
    ctl.sync();
    ctl
}

#[test]
fn json_keeps_its_shape() {
    let ctl = with_account();
    ctl.deliver(QUOTATION);
    let snapshot = |name: &str, value: Value| insta::assert_json_snapshot!(name, redacted(&value, &CHANGING));
    snapshot("sync", ctl.sync());
    snapshot("folders", ctl.json(&["folders"]));
    snapshot("list", ctl.json(&["list", "--folder", "INBOX"]));
    let id = ctl.id("INBOX", "报价单 2026");
    // The head as it came has the servers' own lines.
    let mut whole = ctl.json(&["show", &id]);
    assert!(whole["headers"].take().as_str().is_some_and(|head| head.contains("Message-ID: <quotation@")));
    snapshot("show", whole);
    snapshot("parts", ctl.json(&["show", &id, "--parts"]));
    snapshot("search", ctl.json(&["search", "报价"]));
    snapshot("status", ctl.json(&["status"]));
}

#[test]
fn a_row_says_whose_it_is() {
    let ctl = with_mail();
    let email = json!(ctl.user.email);
    assert!(ctl.list("INBOX").iter().all(|row| row["account"] == email));
    assert_eq!(ctl.json(&["search", "报价"])["messages"][0]["account"], email);
    assert_eq!(ctl.json(&["show", &ctl.id("INBOX", "报价单 2026")])["account"], email);
}

#[test]
fn sync_counts_what_came_and_went() {
    let ctl = with_account();
    let inbox = |report: &Value| -> Vec<u64> {
        let folders = report["folders"].as_array().expect("folders");
        let inbox = folders.iter().find(|folder| folder["path"] == "INBOX").expect("INBOX");
        assert_eq!((&inbox["account"], &inbox["error"]), (&json!(ctl.user.email), &Value::Null));
        ["messages", "new", "removed", "flags_changed"].map(|key| inbox[key].as_u64().expect(key)).to_vec()
    };
    for n in 0..5 {
        ctl.deliver(&plain(n));
    }
    let report = ctl.sync();
    assert_eq!(inbox(&report), [5, 5, 0, 0]);
    assert_eq!(report["messages"], 5);
    assert!(report["bytes"].as_u64() > Some(500) && report["seconds"].as_f64() > Some(0.0), "{report}");
    assert_eq!(inbox(&ctl.sync()), [5, 0, 0, 0]);

    let mut imap = ctl.lab.imap(&ctl.user);
    let uids = imap.uids("INBOX");
    imap.store("INBOX", uids[0], "+FLAGS (\\Seen \\Flagged)");
    imap.expunge("INBOX", uids[1]);
    ctl.deliver(&plain(9));
    assert_eq!(inbox(&ctl.sync()), [5, 1, 1, 1]);
    let rows = ctl.list("INBOX");
    let starred = rows.iter().find(|row| row["uid"] == uids[0]).expect("the starred one");
    assert_eq!(starred["flags"], json!(["\\Seen", "\\Flagged"]));
    assert!(rows.iter().all(|row| row["uid"] != uids[1]));
}

#[cfg(unix)]
#[test]
fn a_folder_that_fails_spoils_no_other() {
    use std::os::unix::fs::PermissionsExt as _;

    let ctl = with_account();
    ctl.deliver(&plain(1));
    ctl.append("Archive", "", &plain(2));
    ctl.append("Sent", "", &plain(3));
    let folder = ctl.lab.maildir_of(&ctl.user).join(".Archive/cur");
    let allow = |mode| std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(mode)).expect("permissions");
    allow(0o000);
    let run = ctl.run(&["sync", "--json"]);
    assert_eq!(run.code, Some(1), "{}", run.text());
    let told = crate::ctl::error_of(&run.stderr);
    let report: Value = serde_json::from_str(&run.text()).expect("the report is there all the same");
    let folders = report["folders"].as_array().expect("folders");
    let failed: Vec<_> = folders.iter().filter(|folder| !folder["error"].is_null()).collect();
    assert_eq!((failed.len(), &failed[0]["path"], &failed[0]["error"]), (1, &json!("Archive"), &told));
    assert_eq!((ctl.list("INBOX").len(), ctl.list("Sent").len()), (1, 1));
    allow(0o700);
    ctl.sync();
    assert_eq!(ctl.list("Archive").len(), 1);
}

#[test]
fn one_folder_and_no_bodies() {
    let ctl = with_account();
    ctl.deliver(&plain(1));
    ctl.append("Archive", "", &plain(2));
    let report = ctl.json(&["sync", "--folder", "INBOX", "--bodies", "none", "--account", &ctl.user.email]);
    let paths: Vec<_> = report["folders"].as_array().expect("folders").iter().map(|folder| &folder["path"]).collect();
    assert_eq!(paths, ["INBOX"]);
    assert_eq!(ctl.json(&["status"])["bodies"], 0);
    let id = ctl.id("INBOX", "Delivery note 1");
    assert_eq!(ctl.error(&["show", &id])["code"], "body-missing");
    ctl.sync();
    assert_eq!(ctl.json(&["status"])["bodies"], 2);
    assert_eq!(ctl.json(&["show", &id, "--text"])["text"], "Pallet number 1 is on its way.\n");
    assert_eq!(ctl.error(&["sync", "--folder", "No such"])["code"], "not-found");
}

#[test]
fn folders_keep_names_roles_and_counts() {
    let ctl = with_account();
    let mut imap = ctl.lab.imap(&ctl.user);
    imap.command("CREATE \"&W6JiNw-/&YqVO9w-\"");
    ctl.append("客户/报价", "\\Seen", &plain(1));
    ctl.append("客户/报价", "", &plain(2));
    ctl.sync();
    let folders = ctl.json(&["folders"])["folders"].as_array().expect("folders").clone();
    let find = |path: &str| folders.iter().find(|folder| folder["path"] == path).expect("the folder").clone();
    assert_eq!(
        find("客户/报价"),
        json!({"path": "客户/报价", "name": "报价", "role": "other", "account": ctl.user.email, "messages": 2, "unread": 1})
    );
    for (path, role) in [("INBOX", "inbox"), ("Sent", "sent"), ("Trash", "trash"), ("Archive", "archive")] {
        assert_eq!(find(path)["role"], role);
    }
    assert_eq!(ctl.list("客户/报价").len(), 2);
    assert!(ctl.lines(&["folders"]).contains("客户/报价"));
}

#[test]
fn a_list_is_the_same_for_every_limit() {
    let ctl = with_account();
    // Equal dates at the borders of pages: 3 messages an hour.
    for n in 0..25 {
        ctl.append("INBOX", "", &plain(n / 3));
    }
    ctl.sync();
    let all = ctl.list("INBOX");
    assert_eq!(all.len(), 25);
    let dates: Vec<&str> = all.iter().map(|row| row["date"].as_str().expect("a date")).collect();
    assert!(dates.is_sorted_by(|a, b| a >= b), "{dates:?}");
    for limit in [1, 2, 3, 7, 24, 25, 26] {
        let mut rows: Vec<Value> = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let limit = limit.to_string();
            let mut arguments = vec!["list", "--folder", "INBOX", "--limit", &limit];
            if let Some(cursor) = &cursor {
                arguments.extend(["--before", cursor]);
            }
            let page = ctl.json(&arguments);
            rows.extend(page["messages"].as_array().expect("messages").iter().cloned());
            cursor = page["next"].as_str().map(str::to_owned);
            if cursor.is_none() {
                break;
            }
            assert_eq!(page["messages"].as_array().map(Vec::len), limit.parse().ok());
        }
        assert_eq!(rows, all, "limit {limit}");
    }
    let lines = ctl.lines(&["list", "--folder", "INBOX", "--limit", "2"]);
    assert_eq!(lines.lines().count(), 3);
    assert!(lines.contains("Alice Adams") && lines.contains("more: --before "), "{lines}");
    assert_eq!(ctl.error(&["list", "--folder", "INBOX", "--before", "nonsense"])["code"], "invalid-input");
}

#[test]
fn a_message_is_shown_in_every_form() {
    let ctl = with_mail();
    let id = ctl.id("INBOX", "报价单 2026");
    let form = |form: &str| ctl.json(&["show", &id, form]);
    assert_eq!(form("--text")["text"], "您好，附件是报价单，请查收。\n");
    let html = form("--html")["html"].as_str().expect("html").to_owned();
    assert!(html.contains("<b>quotation</b>") && !html.contains("script"), "{html}");
    assert!(form("--headers")["headers"].as_str().is_some_and(|head| head.contains("boundary=outer")));
    let tree = form("--parts");
    let types = |part: &Value| -> Vec<Value> {
        part["children"].as_array().expect("children").iter().map(|child| child["type"].clone()).collect()
    };
    assert_eq!((&tree["type"], &tree["id"]), (&json!("multipart/mixed"), &json!(0)));
    assert_eq!(types(&tree), ["multipart/alternative", "application/pdf"]);
    assert_eq!(types(&tree["children"][0]), ["text/plain", "text/html"]);
    assert_eq!(keys(&form("--raw")), ["id", "raw"]);

    let raw = ctl.run(&["show", &id, "--raw"]);
    assert_eq!(raw.code, Some(0));
    let raw = String::from_utf8(raw.stdout).expect("a message in ASCII");
    assert!(raw.ends_with(QUOTATION), "{raw}");
    let whole = ctl.lines(&["show", &id]);
    for wanted in ["From: 张伟 <zhang.wei@example.test>", "Cc: sales@", "Subject: 报价单 2026", "报价单.pdf", "您好"]
    {
        assert!(whole.contains(wanted), "{wanted} is not in {whole}");
    }
    assert_eq!(ctl.lines(&["show", &id, "--text"]), "您好，附件是报价单，请查收。\n");
    assert!(ctl.lines(&["show", &id, "--parts"]).contains("application/pdf  报价单.pdf"));
    // Reading is not marking.
    assert!(ctl.list("INBOX").iter().all(|row| row["flags"] == json!([])));
}

#[test]
fn no_mail_paints_the_terminal() {
    let ctl = with_mail();
    let rows = ctl.list("INBOX");
    let painter = rows.iter().find(|row| row["from"][0]["email"] == "pay@example.test").expect("the message");
    let id = painter["id"].to_string();
    let runs: [&[&str]; 6] = [
        &["list", "--folder", "INBOX"],
        &["show", &id],
        &["show", &id, "--text"],
        &["show", &id, "--headers"],
        &["show", &id, "--html"],
        &["search", "red"],
    ];
    for arguments in runs {
        for json in [false, true] {
            let run = ctl.run(&[arguments, if json { &["--json"][..] } else { &[] }].concat());
            assert_eq!(run.code, Some(0), "{arguments:?}: {}", run.stderr);
            let text = run.text();
            let bad =
                text.chars().find(|&c| (c.is_control() && !matches!(c, '\n' | '\t')) || (!json && c == '\u{202e}'));
            assert_eq!(bad, None, "{arguments:?}: {text:?}");
        }
    }
    assert!(ctl.lines(&["show", &id]).contains("second 2J line"), "the text itself stays");
}

#[test]
fn a_part_is_saved_and_nothing_overwritten() {
    let ctl = with_mail();
    let id = ctl.id("INBOX", "报价单 2026");
    let whole = ctl.json(&["show", &id]);
    let attachment = &whole["attachments"][0];
    assert_eq!((&attachment["name"], &attachment["mime_type"]), (&json!("报价单.pdf"), &json!("application/pdf")));
    let part = attachment["part"].to_string();
    let path = ctl.path("quote.pdf");
    let file = path.to_str().expect("a path");

    let saved = ctl.json(&["save", &id, &part, file]);
    assert_eq!(keys(&saved), ["file", "id", "mime_type", "name", "part", "size"]);
    assert_eq!((&saved["file"], &saved["size"]), (&json!(file), &json!(FILE.len())));
    assert_eq!(std::fs::read(&path).expect("the file"), FILE);

    std::fs::write(&path, "mine").expect("a file");
    assert_eq!(ctl.error(&["save", &id, &part, file])["code"], "file-exists");
    assert_eq!(std::fs::read(&path).expect("the file"), b"mine");
    ctl.json(&["save", &id, &part, file, "--force"]);
    assert_eq!(std::fs::read(&path).expect("the file"), FILE);
    assert_eq!(ctl.error(&["save", &id, "99", &format!("{file}.2")])["code"], "not-found");
    assert!(!ctl.path("quote.pdf.2").exists());
}

#[test]
fn search_finds_subjects_and_senders() {
    let ctl = with_mail();
    for n in 0..5 {
        ctl.deliver(&plain(n));
    }
    ctl.sync();
    let found = |query: &str| {
        let result = ctl.json(&["search", query]);
        assert_eq!(result["total"], result["messages"].as_array().expect("messages").len());
        result["total"].as_u64().expect("a total")
    };
    assert_eq!((found("报价"), found("张伟"), found("zhang.wei@example.test")), (1, 1, 1));
    assert_eq!((found("delivery NOTE"), found("delivery 3"), found("nowhere")), (5, 1, 0));
    let page = ctl.json(&["search", "delivery", "--limit", "2"]);
    assert_eq!((page["messages"].as_array().map(Vec::len), &page["total"]), (Some(2), &json!(5)));
    assert_eq!(page["messages"][0]["subject"], "Delivery note 4");
    for odd in ["\"", "a AND (", "*", "from:", "-", "😀", "\0x", "NEAR(", ""] {
        let run = ctl.run(&["search", "--", &odd.replace('\0', "")]);
        assert!(run.code == Some(0) || run.stderr.contains("hint: "), "{odd}: {}", run.stderr);
    }
}
