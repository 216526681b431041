//! `show --parts`, `--text` and `--html` of made messages (`tests/data/made`), and saving what was packed in them.

use serde_json::{Value, json};

use crate::ctl::{Ctl, keys, with_account};

/// The made messages, synced; each is found by its subject.
fn with_made(names: &[&str]) -> Ctl<'static> {
    let ctl = with_account();
    for name in names {
        let file = postroom_lab::data::dir().join("made").join(format!("{name}.eml"));
        let bytes = std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        ctl.lab.append(&ctl.user, "INBOX", &bytes, "").expect("the message is there");
    }
    ctl.sync();
    ctl
}

/// The types of the tree, as `type(children)`.
fn outline(part: &Value) -> String {
    let children: Vec<String> = part["children"].as_array().expect("children").iter().map(outline).collect();
    let kind = part["type"].as_str().expect("a type");
    if children.is_empty() { kind.to_owned() } else { format!("{kind}({})", children.join(" ")) }
}

fn find<'a>(part: &'a Value, name: &str) -> Option<&'a Value> {
    if part["name"] == name {
        return Some(part);
    }
    part["children"].as_array()?.iter().find_map(|child| find(child, name))
}

#[test]
fn the_tree_holds_what_a_winmail_dat_holds() {
    let ctl = with_made(&["winmail", "outlook"]);
    let id = ctl.id("INBOX", "winmail");
    let tree = ctl.json(&["show", &id, "--parts"]);
    assert_eq!(
        keys(&tree),
        ["charset", "children", "content_id", "defects", "disposition", "id", "name", "size", "type"]
    );
    assert_eq!(
        outline(&tree),
        "multipart/mixed(text/plain application/ms-tnef(text/html application/octet-stream image/png message/rfc822(text/plain)))"
    );
    let picture = find(&tree, "logo.png").expect("the picture");
    assert_eq!((&picture["content_id"], &picture["disposition"]), (&json!("logo@x"), &json!("attachment")));
    assert_eq!((&tree["id"], &tree["defects"]), (&json!(0), &json!([])));

    let part = find(&tree, "报价单.xlsx").expect("the file")["id"].to_string();
    let path = ctl.path("quote.xlsx");
    ctl.json(&["save", &id, &part, path.to_str().expect("a path")]);
    assert_eq!(std::fs::read(&path).expect("the file"), b"PK\x03\x04 not really");
    assert_eq!(ctl.json(&["show", &id, "--text"])["text"], "您好");
    let html = ctl.json(&["show", &id, "--html"])["html"].as_str().expect("html").to_owned();
    assert!(html.contains("您好") && html.starts_with("<div class=\"mail\">"), "{html}");
    let lines = ctl.lines(&["show", &id, "--parts"]);
    assert!(lines.contains("      image/png  logo.png"), "{lines}");

    let tree = ctl.json(&["show", &ctl.id("INBOX", "outlook"), "--parts"]);
    let file = find(&tree, "forwarded.msg").expect("the file");
    assert!(outline(file).starts_with("application/octet-stream(message/rfc822(multipart/mixed("), "{}", outline(file));
    assert!(find(file, "A.txt").is_some());
}

#[test]
fn each_part_says_what_is_odd_about_it() {
    let ctl = with_made(&["defects", "two-names", "winmail-broken"]);
    let kinds = |part: &Value| -> Vec<String> {
        let defects = part["defects"].as_array().expect("defects").iter();
        defects.map(|defect| defect["kind"].as_str().expect("a kind").to_owned()).collect()
    };
    let tree = ctl.json(&["show", &ctl.id("INBOX", "defects"), "--parts"]);
    let found: Vec<_> = tree["children"].as_array().expect("children").iter().map(kinds).collect();
    assert_eq!(found, [["broken-charset"], ["broken-encoding"], ["broken-structure"], ["broken-structure"]]);
    assert!(kinds(&tree).is_empty());

    let id = ctl.id("INBOX", "two names");
    let tree = ctl.json(&["show", &id, "--parts"]);
    assert_eq!(kinds(find(&tree, "picture.exe").expect("the dangerous name")), ["name-unclear"]);
    assert_eq!(kinds(find(&tree, "a.html").expect("the dangerous name")), ["name-unclear"]);
    assert!(ctl.lines(&["show", &id, "--parts"]).contains("! a file has several names"));

    let tree = ctl.json(&["show", &ctl.id("INBOX", "winmail-broken"), "--parts"]);
    let files = &tree["children"].as_array().expect("children")[1..];
    assert!(files.iter().all(|file| kinds(file) == ["container-broken"]), "{tree}");
    assert!(find(&tree, "报价单.xlsx").is_some(), "what came before the break is there");
}

#[test]
fn any_message_has_readable_text() {
    let texts = [
        ("hz", "合同", "Hello 合同 ~ end\n"),
        ("korean", "iso-2022-kr", "\nHello 한국!\n"),
        ("enriched", "enriched", "你好, Bob and all\nnew <line>\n> quoted"),
        ("richtext", "rtf", "Dear Bob,\n您好!"),
        (
            "flowed",
            "flowed",
            "> This paragraph was written on two lines.\n>> deeper \n> not joined\n\nMy own words.\n>stuffed\n-- \nme",
        ),
        ("delsp", "delsp", "关于合同的问题。\n> 引用文字"),
        ("uuencode", "uuencode", "Here is the cat:\nRegards\n"),
        ("yenc", "yenc", "One file:\nbye\n"),
        ("report", "report", "Your mail could not be delivered."),
        ("related", "related", "Hello"),
        ("raw-name", "raw name", "合同"),
    ];
    let ctl = with_made(&texts.map(|(name, _, _)| name));
    for (name, subject, text) in texts {
        let shown = ctl.json(&["show", &ctl.id("INBOX", subject), "--text"]);
        assert_eq!(shown["text"].as_str().expect("a text").trim_end(), text.trim_end(), "{name}");
    }
}
