//! What a sync costs on the wire, and that it costs no more when the mailbox is large: turns and bytes, never time.

use std::time::Duration;

use postroom_lab::{Lab, Proxy, Traffic};
use postroom_net::Trust;
use postroom_sync::{Bodies, PassRequest, WatchHandle};
use postroom_types::{AccountState, Flags};
use tokio_util::task::TaskTracker;

use crate::desk::{Desk, NOW, mail, names, of, until};

const HEADERS: PassRequest = PassRequest { folder: None, bodies: Bodies::None };

/// A user of the shared lab behind a proxy.
async fn desk(hint: &str) -> (Desk, Proxy) {
    let lab = Lab::shared();
    let proxy = Proxy::start(&lab.imap_plain()).unwrap();
    (Desk::at(lab, proxy.address(), Trust::platform(), lab.user(hint)).await, proxy)
}

/// What has passed since `before`.
fn since(proxy: &Proxy, before: Traffic) -> (u64, u64) {
    let now = proxy.traffic();
    (now.turns - before.turns, now.up + now.down - before.up - before.down)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_new_in_fifty_folders_costs_four_turns_and_eight_kilobytes() {
    let (desk, proxy) = desk("quiet").await;
    desk.lab.fill_bulk(&desk.user, "INBOX", 2000, 2000).unwrap();
    for number in 0..45 {
        desk.lab.fill_bulk(&desk.user, &format!("Project {number:02}"), 3, 500).unwrap();
    }
    desk.engine.sync(&PassRequest { folder: None, bodies: Bodies::All }).await.unwrap();
    // The server's own housekeeping after the first look is over then.
    desk.engine.sync(&HEADERS).await.unwrap();
    let (before, written) = (proxy.traffic(), desk.written());
    let report = desk.engine.sync(&PassRequest { folder: None, bodies: Bodies::All }).await.unwrap();
    let (turns, bytes) = since(&proxy, before);
    assert!(written == desk.written(), "nothing is written either");
    assert_eq!(report.folders.len(), 51, "with those that every user has");
    assert_eq!((of(&report, "INBOX").messages, of(&report, "Project 44").messages), (2000, 3));
    assert!(turns <= 4 && bytes <= 8000, "{turns} turns, {bytes} bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_removals_and_a_flag_cost_a_pass_no_more_than_a_few_lines() {
    let (desk, proxy) = desk("resync").await;
    desk.lab.fill_bulk(&desk.user, "INBOX", 3000, 600).unwrap();
    desk.engine.sync(&HEADERS).await.unwrap();
    desk.engine.sync(&HEADERS).await.unwrap();
    let mut server = desk.server();
    server.select("INBOX");
    server.command("UID STORE 1001:2000 +FLAGS.SILENT (\\Deleted)");
    server.command("UID EXPUNGE 1001:2000");
    server.command("UID STORE 2500 +FLAGS.SILENT (\\Flagged)");
    let before = proxy.traffic();
    let report = desk.engine.sync(&HEADERS).await.unwrap();
    let (turns, bytes) = since(&proxy, before);
    let inbox = of(&report, "INBOX");
    assert_eq!((inbox.messages, inbox.removed, inbox.flags_changed, inbox.new), (2000, 1000, 1, 0));
    assert!(turns <= 5 && bytes <= 4000, "{turns} turns, {bytes} bytes");
}

/// A watch of an inbox, once it says no more by itself.
async fn watch(desk: &Desk, proxy: &Proxy, tasks: &TaskTracker, messages: usize) -> WatchHandle {
    let mut events = desk.context.events.subscribe();
    let handle = desk.engine.clone().watch(tasks);
    until(&mut events, "the first pass", async || desk.rows_if_any("INBOX").await.len() == messages).await;
    until(&mut events, "the bodies", async || {
        desk.store.bodies_missing(desk.account, None, NOW).await.unwrap() == 0 && handle.state() == AccountState::Online
    })
    .await;
    settle(proxy).await;
    handle
}

/// Waits until nothing passes any more for longer than the server waits before it pushes.
async fn settle(proxy: &Proxy) {
    loop {
        let before = proxy.traffic();
        tokio::time::sleep(Duration::from_millis(1500)).await;
        if proxy.traffic() == before {
            return;
        }
    }
}

async fn end(handle: WatchHandle, tasks: TaskTracker) {
    drop(handle);
    tasks.close();
    tasks.wait().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pushed_into_a_large_folder_is_taken_in_without_opening_it_again() {
    let ((desk, proxy), tasks) = (desk("pushed").await, TaskTracker::new());
    desk.lab.fill_bulk(&desk.user, "INBOX", 3000, 600).unwrap();
    let mut server = desk.server();
    server.select("INBOX");
    server.command("UID STORE 1:1000 -FLAGS.SILENT (\\Flagged)");
    server.command("UID STORE 1001:2000 +FLAGS.SILENT (\\Deleted)");
    let handle = watch(&desk, &proxy, &tasks, 3000).await;
    let mut events = desk.context.events.subscribe();

    let before = proxy.traffic();
    server.command("UID STORE 7 +FLAGS.SILENT (\\Flagged)");
    until(&mut events, "a flag", async || desk.rows("INBOX").await[6].flags.contains(Flags::FLAGGED)).await;
    settle(&proxy).await;
    let (turns, bytes) = since(&proxy, before);
    assert!(turns <= 2 && bytes < 500, "a flag: {turns} turns, {bytes} bytes");

    let before = proxy.traffic();
    server.command("UID EXPUNGE 1001:2000");
    until(&mut events, "removals", async || desk.rows("INBOX").await.len() == 2000).await;
    settle(&proxy).await;
    let (turns, bytes) = since(&proxy, before);
    assert!(turns <= 4 && bytes < 1000, "removals: {turns} turns, {bytes} bytes");

    let before = proxy.traffic();
    desk.append("INBOX", 1..=2);
    until(&mut events, "new mail", async || desk.rows("INBOX").await.len() == 2002).await;
    until(&mut events, "its body", async || desk.rows("INBOX").await.iter().rev().take(2).all(|row| row.has_body))
        .await;
    settle(&proxy).await;
    let (_, bytes) = since(&proxy, before);
    // Another connection fetches the bodies.
    assert!(bytes < 8000, "new mail: {bytes} bytes");
    assert_eq!(
        desk.rows("INBOX").await[2000..].iter().map(|row| row.subject.clone()).collect::<Vec<_>>(),
        names(1..=2)
    );

    // All of it is known: the next round finds nothing to do.
    let inbox = desk.store.sync_folders(desk.account).await.unwrap().remove(0);
    assert_eq!(inbox.cursor.top, 3003);
    end(handle, tasks).await;
    let before = proxy.traffic();
    let report = desk.engine.sync(&HEADERS).await.unwrap();
    assert_eq!((of(&report, "INBOX").messages, of(&report, "INBOX").flags_changed), (2002, 0));
    let (turns, bytes) = since(&proxy, before);
    assert!(turns <= 5 && bytes < 4000, "{turns} turns, {bytes} bytes");
}

/// Rounds are minutes apart, longer than this waits: Dovecot tells of other folders by NOTIFY.
#[tokio::test(flavor = "multi_thread")]
async fn mail_in_another_folder_shows_without_waiting_for_a_round() {
    let ((desk, proxy), tasks) = (desk("notify").await, TaskTracker::new());
    desk.lab.create_folder(&desk.user, "Work").unwrap();
    desk.append("Work", 1..=2);
    let handle = watch(&desk, &proxy, &tasks, 0).await;
    let mut events = desk.context.events.subscribe();
    desk.append("Work", 3..=3);
    until(&mut events, "mail in another folder", async || desk.subjects("Work").await == names(1..=3)).await;
    until(&mut events, "its body", async || desk.rows("Work").await.iter().all(|row| row.has_body)).await;
    desk.server().store("Work", 2, "+FLAGS (\\Seen)");
    until(&mut events, "a flag in another folder", async || desk.rows("Work").await[1].flags == Flags::SEEN).await;
    // The inbox is heard again afterwards.
    desk.append("INBOX", 9..=9);
    until(&mut events, "mail in the inbox", async || desk.rows("INBOX").await.len() == 1).await;
    // A folder that was not there.
    desk.lab.create_folder(&desk.user, "New").unwrap();
    desk.append("New", 4..=4);
    until(&mut events, "a new folder", async || desk.rows_if_any("New").await.len() == 1).await;
    assert_eq!(desk.store.raw(desk.id("Work", "Mail 003").await).await.unwrap(), mail(3).as_bytes());
    end(handle, tasks).await;
}
