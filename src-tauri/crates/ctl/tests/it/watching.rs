//! `watch`: one line of JSON an event, until a signal; and its profile belongs to it alone.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

use crate::ctl::{Ctl, with_account};
use crate::samples::plain;

const PATIENCE: Duration = Duration::from_mins(1);

/// A running `watch` whose events are read by a thread.
struct Watch {
    child: Child,
    events: Receiver<Value>,
}

impl Watch {
    fn start(ctl: &Ctl<'_>) -> Self {
        let mut child = ctl.spawn(&["watch"]);
        let lines = BufReader::new(child.stdout.take().expect("stdout")).lines();
        let (sender, events) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let event = serde_json::from_str(&line).expect("a line is one JSON document");
                if sender.send(event).is_err() {
                    break;
                }
            }
        });
        Self { child, events }
    }

    #[track_caller]
    fn wait_for(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let event = self.events.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("{what}: {error}"));
            assert!(event["event"].is_string(), "{event}");
            if wanted(&event) {
                return event;
            }
        }
    }

    #[track_caller]
    fn stop(mut self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().expect("kill");
        assert!(sent.success());
        assert_eq!(self.child.wait().expect("it ends").code(), Some(0));
    }
}

#[test]
fn what_the_server_pushes_is_an_event() {
    let ctl = with_account();
    let watch = Watch::start(&ctl);
    watch.wait_for("online", |event| event["event"] == "account" && event["state"]["state"] == "online");
    ctl.deliver(&plain(1));
    watch.wait_for("messages", |event| event["event"] == "messages");
    watch.stop("-INT");
    assert_eq!(ctl.list("INBOX").len(), 1);
}

#[test]
fn a_second_process_is_refused() {
    let ctl = with_account();
    let watch = Watch::start(&ctl);
    watch.wait_for("any event", |_| true);
    assert_eq!(ctl.error(&["status"])["code"], "profile-in-use");
    assert_eq!(ctl.error(&["sync"])["code"], "profile-in-use");
    watch.stop("-TERM");
    assert_eq!(ctl.json(&["status"])["accounts"], 1);
}

#[test]
fn changes_wait_for_the_watch() {
    let ctl = with_account();
    ctl.deliver(&plain(1));
    ctl.sync();
    let id = ctl.id("INBOX", "Delivery note 1");
    ctl.json(&["mark", &id, "--flagged"]);
    let watch = Watch::start(&ctl);
    watch.wait_for("an empty queue", |event| event["event"] == "pending" && event["count"] == 0);
    watch.stop("-TERM");
    let mut imap = ctl.lab.imap(&ctl.user);
    let uid = imap.uids("INBOX")[0];
    assert_eq!(imap.flags("INBOX", uid), ["\\Flagged"]);
}
