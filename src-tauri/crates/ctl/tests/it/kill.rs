//! Killed at any moment, a sync goes on where it was: of a first sync, and of a queue that is being replayed.
//!
//! `POSTROOM_KILLS=1000` kills so often in all; the moments are random, so each run tries others.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::ctl::{Ctl, error_of, with_account};
use crate::samples::plain;

const MESSAGES: u32 = 300;
/// Mails of the mailboxes that are synced again and again.
const FEW: u32 = 40;
/// Kills in all; three in five hit a first sync.
const KILLS: u32 = 100;

fn kills(of_five: u32) -> u32 {
    let all = std::env::var("POSTROOM_KILLS").ok().and_then(|number| number.parse().ok()).unwrap_or(KILLS);
    all * of_five / 5
}

#[test]
fn a_sync_killed_at_any_moment_is_completed_by_the_next() {
    let ctl = with_account();
    for n in 0..MESSAGES {
        // Large enough that bodies take a while.
        let text = format!("{}{}", plain(n), "All goods remain ours until they are paid.\r\n".repeat(200));
        ctl.append("INBOX", "", &text);
    }
    let mut killed = 0;
    for wait in [20, 50, 80, 110, 150, 200, 260, 330, 410, 500, 600, 750] {
        let mut child = ctl.spawn(&["sync"]);
        std::thread::sleep(Duration::from_millis(wait));
        if child.try_wait().expect("the child").is_none() {
            killed += 1;
        }
        // SIGKILL: nothing can be tidied up. It may just have ended.
        drop(child.kill());
        child.wait().expect("the child ends");
        // Whatever there is can be opened and read.
        ctl.json(&["status"]);
    }
    assert!(killed > 0, "every sync was done before it could be killed");
    ctl.sync();
    let rows = ctl.list("INBOX");
    let mut subjects: Vec<&str> = rows.iter().map(|row| row["subject"].as_str().expect("a subject")).collect();
    subjects.sort_unstable();
    let mut wanted: Vec<String> = (0..MESSAGES).map(|n| format!("Delivery note {n}")).collect();
    wanted.sort_unstable();
    assert_eq!(subjects, wanted);
    let status = ctl.json(&["status"]);
    assert_eq!(status["bodies"], MESSAGES);
    // What was being read at the moment of a kill is shown as source from then on: a few at most, and none is lost.
    assert!(status["quarantined"].as_u64() < Some(u64::from(MESSAGES) / 10), "{status}");
    for row in rows.iter().step_by(15) {
        let shown = ctl.lines(&["show", &row["id"].to_string()]);
        assert!(shown.contains("is on its way.") && shown.contains("All goods remain ours"), "{shown}");
    }
    // They were only unlucky: read again, all are as the others.
    assert_eq!(ctl.json(&["retry", "--all"])["quarantined"], 0);
    assert_eq!(ctl.json(&["status"])["quarantined"], 0);
    for row in ctl.list("INBOX") {
        assert!(row["preview"].as_str().is_some_and(|preview| preview.contains("is on its way.")), "{row}");
    }
    assert_eq!(ctl.json(&["verify", "--deep"])["ok"], true);
}

fn with_few() -> Ctl<'static> {
    let ctl = with_account();
    ctl.lab.create_folder(&ctl.user, "Work").expect("a folder");
    for n in 0..FEW {
        let flags = if n % 3 == 0 { "\\Seen" } else { "" };
        ctl.append(if n % 4 == 0 { "Work" } else { "INBOX" }, flags, &plain(n));
    }
    ctl
}

/// A sync, killed after a random part of `whole`. Whether it was still running then.
fn kill_a_sync(ctl: &Ctl<'_>, whole: Duration) -> bool {
    let part = f64::from(u16::from_le_bytes(random())) / f64::from(u16::MAX);
    let mut child = ctl.spawn(&["sync"]);
    std::thread::sleep(whole.mul_f64(part));
    let running = child.try_wait().expect("the child").is_none();
    drop(child.kill());
    child.wait().expect("the child ends");
    running
}

fn random() -> [u8; 2] {
    let mut bytes = [0; 2];
    let mut source = std::fs::File::open("/dev/urandom").expect("random bytes");
    std::io::Read::read_exact(&mut source, &mut bytes).expect("random bytes");
    bytes
}

/// Both databases open and are sound, whatever the folders lack.
fn assert_sound(ctl: &Ctl<'_>) {
    let run = ctl.run(&["verify", "--deep", "--json"]);
    let document: Value = serde_json::from_str(&run.text()).unwrap_or_else(|_| panic!("{}", run.stderr));
    let names: Vec<_> = document["databases"].as_array().expect("databases").iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["mail.db", "vault.db"]);
    for database in document["databases"].as_array().expect("databases") {
        assert_eq!(database["problems"], Value::Array(Vec::new()), "{database}");
    }
    if run.code != Some(0) {
        assert_eq!(error_of(&run.stderr)["code"], "differs");
    }
}

fn copy(from: &Path, to: &Path) {
    drop(std::fs::remove_dir_all(to));
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, target).expect("a copy");
        }
    }
}

/// How long one sync takes now: the machine may be busier than a minute ago.
fn timed(mut work: impl FnMut()) -> Duration {
    let begin = Instant::now();
    work();
    begin.elapsed()
}

#[test]
fn a_first_sync_survives_many_kills() {
    let ctl = with_few();
    let empty = ctl.path("empty");
    copy(&ctl.data_dir(), &empty);
    let mut whole = timed(|| drop(ctl.sync()));
    let (wanted, mut hit) = (kills(3), 0);
    for number in 0..wanted {
        copy(&empty, &ctl.data_dir());
        hit += u32::from(kill_a_sync(&ctl, whole));
        assert_sound(&ctl);
        whole = (whole + timed(|| drop(ctl.sync()))) / 2;
        let verified = ctl.json(&["verify", "--deep"]);
        assert_eq!(verified["ok"], true, "kill {number}: {verified}");
        if number % 10 == 0 {
            let status = ctl.json(&["status"]);
            assert_eq!((&status["messages"], &status["bodies"]), (&FEW.into(), &FEW.into()), "kill {number}");
        }
    }
    assert!(hit * 2 > wanted, "only {hit} of {wanted} syncs were still running when they were killed");
}

/// What the server must have: by subject, the folder and whether it is starred.
type Wanted = BTreeMap<String, (&'static str, bool)>;

#[test]
fn a_queue_survives_many_kills() {
    let ctl = with_few();
    let mut whole = timed(|| drop(ctl.sync()));
    let ids: Vec<_> = (0..FEW).map(|n| ctl.id(if n % 4 == 0 { "Work" } else { "INBOX" }, &subject(n))).collect();
    let mut wanted: Wanted =
        (0..FEW).map(|n| (subject(n), (if n % 4 == 0 { "Work" } else { "INBOX" }, false))).collect();
    let (rounds, mut hit) = (kills(2), 0);
    for round in 0..rounds {
        change(&ctl, round, &ids, &mut wanted);
        hit += u32::from(kill_a_sync(&ctl, whole));
        assert_sound(&ctl);
        whole = (whole + timed(|| drop(ctl.sync()))) / 2;
        let verified = ctl.json(&["verify"]);
        assert_eq!(verified["ok"], true, "round {round}: {verified}");
        assert_eq!(on_server(&ctl), wanted, "round {round}");
    }
    assert!(hit * 2 > rounds, "only {hit} of {rounds} syncs were still running when they were killed");
    assert_eq!(ctl.json(&["status"])["pending"], 0);
    // No row was made anew for what was only moved.
    for row in ["INBOX", "Work", "Archive"].iter().flat_map(|path| ctl.list(path)) {
        let row_id = row["id"].to_string();
        let n = ids.iter().position(|id| *id == row_id).expect("a row from before");
        assert_eq!(row["subject"], format!("Delivery note {n}"));
    }
}

fn subject(n: u32) -> String {
    format!("Delivery note {n}")
}

/// Moves some, and stars or archives others; each round others.
fn change(ctl: &Ctl<'_>, round: u32, ids: &[String], wanted: &mut Wanted) {
    let mut by_change: BTreeMap<&'static str, Vec<&str>> = BTreeMap::new();
    for (n, id) in (0..).zip(ids) {
        let place = wanted.get_mut(&subject(n)).expect("the message");
        let change = match ((n * 7 + round * 5) % 6, round % 3) {
            (0, 0) => "archive",
            (0 | 1, 1) => "to Work",
            (0 | 1, _) => "to INBOX",
            (2 | 3, 0 | 1) => "star",
            (3, _) => "unstar",
            _ => continue,
        };
        match change {
            "archive" => place.0 = "Archive",
            "to Work" => place.0 = "Work",
            "to INBOX" => place.0 = "INBOX",
            star => place.1 = star == "star",
        }
        by_change.entry(change).or_default().push(id);
    }
    for (change, ids) in by_change {
        let (command, more): (&str, &[&str]) = match change {
            "to Work" => ("move", &["--to", "Work"]),
            "to INBOX" => ("move", &["--to", "INBOX"]),
            "archive" => ("archive", &[]),
            "star" => ("mark", &["--flagged"]),
            _ => ("mark", &["--unflagged"]),
        };
        ctl.json(&[&[command], ids.as_slice(), more].concat());
    }
}

fn on_server(ctl: &Ctl<'_>) -> Wanted {
    let mut imap = ctl.lab.imap(&ctl.user);
    let mut found = Wanted::new();
    for folder in ["INBOX", "Work", "Archive"] {
        if !imap.folders().iter().any(|name| name == folder) {
            continue;
        }
        imap.select(folder);
        for line in imap.command("UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])") {
            let Some((_, rest)) = line.split_once("Subject: ") else { continue };
            let subject = rest.lines().next().unwrap_or_default().to_owned();
            let before = found.insert(subject, (folder, line.contains("\\Flagged")));
            assert_eq!(before, None, "twice on the server: {line}");
        }
    }
    found
}
