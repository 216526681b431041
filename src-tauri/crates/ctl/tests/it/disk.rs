//! A disk that is full or may only be read: told clearly, nothing lost, nothing half done, and all well once there is room.

use serde_json::Value;

use crate::ctl::{Ctl, Run, error_of, fresh};
use crate::samples::plain;
use crate::small_disk::Disk;

const MAILS: u32 = 60;
/// Acts on a disk with more and more room.
const ROUNDS: usize = 24;

/// Text that does not get smaller when it is compressed.
fn noise(number: u32, bytes: usize) -> String {
    let mut state = u64::from(number) + 1;
    let mut text = plain(number);
    for n in 0..bytes {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push(char::from(b'0' + u8::try_from((state >> 40) % 64).expect("small")));
        if n % 76 == 75 {
            text.push_str("\r\n");
        }
    }
    text + "\r\n"
}

/// The account, its mails on the server, and an empty profile on a small disk.
fn on_a_disk(size: &str, bytes: usize) -> (Ctl<'static>, Disk) {
    let ctl = fresh();
    for number in 0..MAILS {
        ctl.append("INBOX", "", &noise(number, bytes));
    }
    let disk = Disk::mount(&ctl, size);
    let mut add = disk.command(&ctl);
    add.args(ctl.unchecked_options());
    let run = ctl.finished_with(add, &format!("{}\n", ctl.user.password));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    (ctl, disk)
}

/// It failed, and said that the disk is full and what to do, for people and for programs.
fn assert_full(disk: &Disk, run: &Run) {
    assert_eq!(run.code, Some(1), "{}", run.text());
    let error = error_of(&run.stderr);
    if let Disk::Mounted { .. } = disk {
        assert_eq!(error["code"], "disk-full", "{error}");
        assert!(error["hint"].as_str().is_some_and(|hint| hint.contains("Make room")), "{error}");
    } else {
        assert!(["disk-full", "storage"].contains(&error["code"].as_str().unwrap_or_default()), "{error}");
    }
}

fn json(ctl: &Ctl<'_>, disk: &Disk, arguments: &[&str]) -> Value {
    let run = disk.run(ctl, &[&["--json"], arguments].concat());
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{arguments:?}: {}", run.text());
    serde_json::from_str(&run.text()).expect("one JSON document")
}

/// Sound, and the same as on the server.
fn assert_whole(ctl: &Ctl<'_>, disk: &Disk) {
    let verified = json(ctl, disk, &["verify", "--deep"]);
    assert_eq!(verified["ok"], true, "{verified}");
    assert_eq!(verified["databases"].as_array().map(Vec::len), Some(2));
    let status = json(ctl, disk, &["status"]);
    assert_eq!((&status["messages"], &status["bodies"]), (&MAILS.into(), &MAILS.into()), "{status}");
    assert_eq!(status["quarantined"], 0);
}

#[test]
fn a_first_sync_fills_the_disk_and_ends_well_once_there_is_room() {
    let (ctl, disk) = on_a_disk("2m", 60_000);
    // Twice: the second begins where there is no room at all.
    for _ in 0..2 {
        assert_full(&disk, &disk.run(&ctl, &["--json", "sync"]));
    }
    let told = disk.run(&ctl, &["sync"]);
    assert_eq!(told.code, Some(1));
    assert!(told.stderr.contains("\nhint: "), "{}", told.stderr);
    disk.resize("64m");
    let verified = disk.run(&ctl, &["--json", "verify", "--deep"]);
    let verified: Value = serde_json::from_str(&verified.text()).expect("one JSON document");
    for database in verified["databases"].as_array().expect("databases") {
        assert_eq!(database["problems"], Value::Array(Vec::new()), "{database}");
    }
    json(&ctl, &disk, &["sync"]);
    assert_whole(&ctl, &disk);
}

/// The acts that a user may do offline, each with room for less and less of it.
#[test]
fn an_act_on_a_full_disk_is_kept_whole_or_refused() {
    let (ctl, disk) = on_a_disk("24m", 100);
    json(&ctl, &disk, &["sync"]);
    let listed = json(&ctl, &disk, &["list", "--folder", "INBOX", "--limit", "1000"]);
    let ids: Vec<String> =
        listed["messages"].as_array().expect("rows").iter().map(|row| row["id"].to_string()).collect();
    let (mut kept, mut refused) = (0_u32, 0);
    let mut before = json(&ctl, &disk, &["pending"])["operations"].clone();
    for (round, id) in ids.iter().take(ROUNDS).enumerate() {
        disk.fill_but(20 * u64::try_from(round).expect("small"));
        let acts: [&[&str]; 3] =
            [&["--json", "mark", id, "--flagged"], &["--json", "archive", id], &["--json", "delete", id]];
        let run = disk.run(&ctl, acts[round % 3]);
        // Looked at while there is room.
        disk.unfill();
        let after = json(&ctl, &disk, &["pending"])["operations"].clone();
        if run.code == Some(0) {
            kept += 1;
            assert_eq!(after.as_array().map(Vec::len), before.as_array().map(|all| all.len() + 1), "{after}");
        } else {
            refused += 1;
            assert_full(&disk, &run);
            assert_eq!(after, before, "refused, and yet done: {}", run.stderr);
        }
        before = after;
    }
    assert!(kept > 2 && refused > 2, "{kept} kept, {refused} refused");
    json(&ctl, &disk, &["sync"]);
    let pending = json(&ctl, &disk, &["pending"]);
    assert_eq!(pending["operations"].as_array().map(Vec::len), Some(0), "{pending}");
    assert_whole(&ctl, &disk);
    let mut imap = ctl.lab.imap(&ctl.user);
    let mut acted = 0;
    for folder in ["INBOX", "Archive", "Trash"] {
        if !imap.folders().iter().any(|name| name == folder) {
            continue;
        }
        imap.select(folder);
        let lines = imap.command("UID FETCH 1:* (FLAGS)");
        let found =
            lines.iter().filter(|line| line.contains(" FETCH (") && (folder != "INBOX" || line.contains("\\Flagged")));
        acted += u32::try_from(found.count()).expect("few");
    }
    assert_eq!(acted, kept, "what was said to be done is what the server has");
}

#[test]
fn a_disk_that_may_only_be_read_is_told_and_left_alone() {
    let (ctl, disk) = on_a_disk("24m", 100);
    json(&ctl, &disk, &["sync"]);
    if !disk.read_only(true) {
        eprintln!("NO DISK CAN BE MADE READ-ONLY HERE: not tried");
        return;
    }
    for arguments in [&["sync"][..], &["list", "--folder", "INBOX"], &["mark", "1", "--flagged"], &["status"]] {
        let run = disk.run(&ctl, &[&["--json"], arguments].concat());
        assert_eq!(run.code, Some(1), "{}", run.text());
        assert_eq!(error_of(&run.stderr)["code"], "read-only", "{arguments:?}");
    }
    assert!(disk.read_only(false));
    json(&ctl, &disk, &["sync"]);
    assert_whole(&ctl, &disk);
}
