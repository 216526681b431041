//! Every step interrupted, as isync's own tests do: a pass is stopped behind each commit of the store, and before and behind
//! each reply of the server, then resumed. The end must be the same as without the break, and a further pass must change
//! nothing.
//!
//! `POSTROOM_STEPS=all` takes every step of each scenario; otherwise a sample of each, evenly spread.

use std::collections::BTreeMap;
use std::sync::Arc;

use postroom_db::Fuse;
use postroom_lab::Lab;
use postroom_types::{FlagChange, Flags, MessageId};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::desk::{NOW, mail};
use crate::gate::Gate;
use crate::rig::{ALL, Mailbox, Open, Rig};

/// Cases of one scenario, unless all are asked for.
const SAMPLE: usize = 10;
/// At the same time.
const PARALLEL: usize = 6;

/// What happens before the pass that is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    FirstSync,
    Flags,
    Moves,
    Deletes,
    Elsewhere,
    Renumbered,
    Large,
    Append,
}

#[derive(Debug, Clone, Copy)]
struct Scenario {
    act: Act,
    /// What the server cannot do.
    hidden: &'static [&'static str],
}

/// Where a pass is stopped.
#[derive(Debug, Clone, Copy)]
enum Stop {
    /// After so many commits.
    Commit(u64),
    /// At this reply: before it comes, or behind it.
    Reply(u64, bool),
}

struct Case {
    rig: Rig,
    gate: Gate,
    /// Rows before the pass.
    ids: BTreeMap<String, MessageId>,
}

/// What an unbroken pass leads to.
struct Outcome {
    mailbox: Mailbox,
    /// Subjects of the rows that are the same as before the pass.
    kept: Vec<String>,
    commits: u64,
    replies: u64,
}

impl Scenario {
    async fn prepare(self) -> Case {
        let gate = Gate::start(&Lab::shared().imap_plain(), self.hidden);
        let rig = Rig::new("step", gate.address()).await;
        rig.lab.create_folder(&rig.user, "Work").unwrap();
        rig.fill("INBOX", &[1, 2, 3, 4, 5, 6]);
        rig.fill("Work", &[7, 8, 9]);
        let mut ids = BTreeMap::new();
        if self.act != Act::FirstSync {
            let open = rig.open();
            open.sync("before").await;
            ids = open.ids().await;
            self.act(&rig, &open, &ids).await;
        }
        Case { rig, gate, ids }
    }

    /// What the user and another client do before the pass.
    async fn act(self, rig: &Rig, open: &Open, ids: &BTreeMap<String, MessageId>) {
        let id = |number: u32| ids[&format!("Mail {number:03}")];
        let (store, work) = (&open.store, open.folder("Work").await);
        let mut server = rig.lab.imap(&rig.user);
        match self.act {
            Act::FirstSync => {}
            Act::Flags => {
                store.mark(vec![id(1), id(3), id(7)], FlagChange::seen(true), NOW).await.unwrap();
                store.mark(vec![id(1)], FlagChange::flagged(true), NOW).await.unwrap();
                store.mark(vec![id(2)], FlagChange::seen(false), NOW).await.unwrap();
                server.store("INBOX", 1, "+FLAGS (\\Answered)");
                server.store("INBOX", 4, "+FLAGS (\\Flagged)");
                server.store("Work", 3, "+FLAGS (\\Seen)");
            }
            Act::Moves => {
                store.move_to(vec![id(1), id(2)], work, NOW).await.unwrap();
                store.archive(vec![id(3), id(7)], NOW).await.unwrap();
                store.move_to(vec![id(8)], open.folder("INBOX").await, NOW).await.unwrap();
                store.mark(vec![id(8)], FlagChange::flagged(true), NOW).await.unwrap();
            }
            Act::Deletes => {
                store.delete(vec![id(1), id(2), id(7)], NOW).await.unwrap();
                store.delete(vec![id(2), id(7)], NOW).await.unwrap();
                server.expunge("INBOX", 5);
            }
            Act::Elsewhere => {
                server.expunge("INBOX", 2);
                server.move_to("INBOX", 3, "Work");
                server.store("INBOX", 4, "+FLAGS (\\Seen)");
                rig.fill("INBOX", &[10, 11, 12]);
            }
            Act::Renumbered => {
                store.mark(vec![id(7)], FlagChange::flagged(true), NOW).await.unwrap();
                store.move_to(vec![id(8)], open.folder("INBOX").await, NOW).await.unwrap();
                store.move_to(vec![id(1)], work, NOW).await.unwrap();
                server.command("DELETE Work");
                rig.lab.create_folder(&rig.user, "Work").unwrap();
                rig.fill("Work", &[13, 9, 8, 7]);
            }
            Act::Append => {
                let bare = mail(22).replace("Message-ID: <22@example.test>\r\n", "");
                let texts = [mail(20), mail(21), bare];
                let mut put = Vec::new();
                for text in texts {
                    put.push(open.put(work, text.as_bytes(), Flags::SEEN).await);
                }
                store.mark(vec![put[0]], FlagChange::flagged(true), NOW).await.unwrap();
                store.move_to(vec![put[1]], open.folder("INBOX").await, NOW).await.unwrap();
                // Two of the same text are two messages, and one that was there already is a third.
                open.put(work, mail(7).as_bytes(), Flags::empty()).await;
                open.put(work, mail(7).as_bytes(), Flags::empty()).await;
            }
            Act::Large => {
                let large = mail(10) + &"All goods remain ours until they are paid.\r\n".repeat(80_000);
                rig.lab.append(&rig.user, "INBOX", large.as_bytes(), "").unwrap();
                rig.fill("INBOX", &[11]);
            }
        }
    }

    async fn unbroken(self) -> Outcome {
        let case = self.prepare().await;
        let fuse = Fuse::default();
        let open = case.rig.open_fused(&fuse);
        case.gate.count();
        let what = format!("{self:?} unbroken");
        open.sync(&what).await;
        let (commits, replies) = (fuse.commits(), case.gate.replies());
        // What was sent may be seen by the next pass only, as in any client.
        open.sync(&what).await;
        open.assert_settled(&what).await;
        let after = open.ids().await;
        let kept = case.ids.iter().filter(|(subject, id)| after.get(*subject) == Some(id));
        let kept = kept.map(|(subject, _)| subject.clone()).collect();
        Outcome { mailbox: case.rig.mailbox(), kept, commits, replies }
    }

    async fn stopped(self, stop: Stop, outcome: &Outcome) {
        let what = format!("{self:?} stopped at {stop:?}");
        let case = self.prepare().await;
        match stop {
            Stop::Commit(number) => {
                let open = case.rig.open_fused(&Fuse::after(number));
                let result = open.engine.sync(&ALL).await;
                assert!(result.is_err() || number >= outcome.commits, "{what}: it went on without its store");
            }
            Stop::Reply(number, behind) => {
                case.gate.cut_at(number, behind);
                let open = case.rig.open();
                let result = open.engine.sync(&ALL).await;
                // The last reply is to a farewell, with which no pass fails.
                assert!(result.is_err() || number + 1 >= outcome.replies, "{what}: it did not notice");
                case.gate.heal();
            }
        }
        let open = case.rig.open();
        open.sync(&what).await;
        open.sync(&what).await;
        open.assert_settled(&what).await;
        assert_eq!(case.rig.mailbox(), outcome.mailbox, "{what}");
        let after = open.ids().await;
        for subject in &outcome.kept {
            assert_eq!(after.get(subject), case.ids.get(subject), "{what}: {subject} lost its row");
        }
    }
}

async fn every_step(act: Act, hidden: &'static [&'static str]) {
    let scenario = Scenario { act, hidden };
    let outcome = Arc::new(scenario.unbroken().await);
    let commits = (0..outcome.commits).map(Stop::Commit);
    let replies = (1..=outcome.replies).flat_map(|reply| [Stop::Reply(reply, false), Stop::Reply(reply, true)]);
    let all: Vec<_> = commits.chain(replies).collect();
    let chosen = if std::env::var("POSTROOM_STEPS").is_ok_and(|steps| steps == "all") { all.len() } else { SAMPLE };
    let stops: Vec<_> = (0..chosen.min(all.len())).map(|n| all[n * all.len() / chosen.min(all.len())]).collect();
    assert!(stops.len() >= 6, "{scenario:?} has {} steps", all.len());
    let room = Arc::new(Semaphore::new(PARALLEL));
    let mut cases = JoinSet::new();
    for stop in stops {
        let (outcome, room) = (Arc::clone(&outcome), Arc::clone(&room));
        cases.spawn(async move {
            let _one = room.acquire().await;
            scenario.stopped(stop, &outcome).await;
        });
    }
    while let Some(case) = cases.join_next().await {
        case.unwrap();
    }
}

/// Without anything that tells a pass what changed.
const PLAIN: &[&str] = &["CONDSTORE", "QRESYNC", "ESEARCH", "LIST-STATUS", "NOTIFY"];
/// Moves are copies, and nobody says where they went.
const NO_MOVE: &[&str] = &["MOVE", "COPYUID"];
/// Messages that are put into a folder wait to be asked for, and are not told their UIDs.
const NO_APPENDUID: &[&str] = &["APPENDUID", "LITERAL+", "ESEARCH"];
/// Moves do not say where they went.
const NO_COPYUID: &[&str] = &["COPYUID"];

#[tokio::test(flavor = "multi_thread")]
async fn a_first_sync() {
    every_step(Act::FirstSync, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn flags_both_ways() {
    every_step(Act::Flags, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn flags_both_ways_without_condstore() {
    every_step(Act::Flags, PLAIN).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn moves() {
    every_step(Act::Moves, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn moves_without_copyuid() {
    every_step(Act::Moves, NO_COPYUID).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn moves_by_copies() {
    every_step(Act::Moves, NO_MOVE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deletes() {
    every_step(Act::Deletes, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_did() {
    every_step(Act::Elsewhere, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_did_without_condstore() {
    every_step(Act::Elsewhere, PLAIN).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renumbered_folder_with_a_queue() {
    every_step(Act::Renumbered, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_put_into_folders() {
    every_step(Act::Append, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_put_into_folders_without_being_told_their_uids() {
    every_step(Act::Append, NO_APPENDUID).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_message() {
    every_step(Act::Large, &[]).await;
}
