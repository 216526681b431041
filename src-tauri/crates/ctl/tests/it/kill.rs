//! Killed at any moment, a sync goes on where it was.

use std::time::Duration;

use crate::ctl::with_account;
use crate::samples::plain;

const MESSAGES: u32 = 300;

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
}
