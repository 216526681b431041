//! A watched account: what arrives, what is asked for, what a lost connection does.

use postroom_lab::{Lab, LabOptions};
use postroom_net::Trust;
use postroom_sync::{WatchHandle, Wish};
use postroom_types::{AccountState, Event, FaultCode, FlagChange, Flags, ListBy};
use tokio::sync::broadcast::error::TryRecvError;
use tokio_util::task::TaskTracker;

use crate::desk::{Desk, NOW, mail, names, until};

/// A watch that is online and has the inbox as it is.
async fn watch(desk: &Desk, tasks: &TaskTracker, subjects: &[String]) -> WatchHandle {
    let mut events = desk.context.events.subscribe();
    let handle = desk.engine.clone().watch(tasks);
    until(&mut events, "online", async || handle.state() == AccountState::Online).await;
    until(&mut events, "the first pass", async || {
        desk.rows_if_any("INBOX").await.iter().filter(|row| row.has_body).count() == subjects.len()
    })
    .await;
    assert_eq!(desk.subjects("INBOX").await, subjects);
    handle
}

/// Ends a watch and waits for what it left running.
async fn end(handle: WatchHandle, tasks: TaskTracker) {
    drop(handle);
    tasks.close();
    let ended = tokio::time::timeout(std::time::Duration::from_secs(30), tasks.wait()).await;
    assert!(ended.is_ok(), "the watch does not end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_a_flag_and_a_removal_are_seen_without_asking() {
    let (desk, tasks) = (Desk::new("push").await, TaskTracker::new());
    desk.append("INBOX", 1..=2);
    let handle = watch(&desk, &tasks, &names(1..=2)).await;
    let mut events = desk.context.events.subscribe();
    desk.lab.deliver(&desk.user, mail(3).as_bytes()).unwrap();
    until(&mut events, "a delivery", async || desk.subjects("INBOX").await == names(1..=3)).await;
    until(&mut events, "its body", async || desk.rows("INBOX").await.iter().all(|row| row.has_body)).await;

    let mut server = desk.server();
    server.store("INBOX", 1, "+FLAGS (\\Flagged)");
    until(&mut events, "a flag", async || desk.rows("INBOX").await[0].flags == Flags::FLAGGED).await;
    server.expunge("INBOX", 2);
    until(&mut events, "a removal", async || desk.rows("INBOX").await.len() == 2).await;
    end(handle, tasks).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_user_does_is_sent_at_once() {
    let (desk, tasks) = (Desk::new("replay").await, TaskTracker::new());
    desk.lab.create_folder(&desk.user, "Work").unwrap();
    desk.append("INBOX", 1..=3);
    let handle = watch(&desk, &tasks, &names(1..=3)).await;
    let mut events = desk.context.events.subscribe();
    let (first, second) = (desk.id("INBOX", "Mail 001").await, desk.id("INBOX", "Mail 002").await);
    desk.store.mark(vec![first], FlagChange::seen(true), NOW).await.unwrap();
    handle.wish(Wish::Replay);
    until(&mut events, "a mark", async || desk.store.pending().await.unwrap().is_empty()).await;
    assert_eq!(desk.server().flags("INBOX", 1), ["\\Seen"]);
    desk.store.move_to(vec![second], desk.folder_id("Work").await, NOW).await.unwrap();
    handle.wish(Wish::Replay);
    until(&mut events, "a move", async || desk.store.pending().await.unwrap().is_empty()).await;
    assert_eq!(desk.server().uids("Work").len(), 1);
    // A folder other than the inbox is looked at when asked.
    desk.append("Work", 7..=7);
    handle.wish(Wish::Sync);
    until(&mut events, "another folder", async || desk.subjects("Work").await == ["Mail 002", "Mail 007"]).await;
    assert_eq!(desk.id("Work", "Mail 002").await, second);
    end(handle, tasks).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_server_is_found_again_and_the_queue_waits() {
    let lab: &'static Lab = Box::leak(Box::new(Lab::start(LabOptions::default()).unwrap()));
    let (desk, tasks) =
        (Desk::at(lab, lab.imap_plain(), Trust::platform(), lab.user("lost")).await, TaskTracker::new());
    desk.append("INBOX", 1..=2);
    let handle = watch(&desk, &tasks, &names(1..=2)).await;
    let mut events = desk.context.events.subscribe();
    lab.stop_servers();
    until(&mut events, "offline", async || matches!(handle.state(), AccountState::Offline { .. })).await;
    let id = desk.id("INBOX", "Mail 001").await;
    desk.store.mark(vec![id], FlagChange::flagged(true), NOW).await.unwrap();
    handle.wish(Wish::Replay);
    assert_eq!(desk.rows("INBOX").await[0].flags, Flags::FLAGGED, "works offline");
    lab.restart_servers().unwrap();
    lab.deliver(&desk.user, mail(3).as_bytes()).unwrap();
    until(&mut events, "online again", async || handle.state() == AccountState::Online).await;
    until(&mut events, "what came meanwhile", async || desk.subjects("INBOX").await == names(1..=3)).await;
    until(&mut events, "the queue", async || desk.store.pending().await.unwrap().is_empty()).await;
    assert_eq!(desk.server().flags("INBOX", 1), ["\\Flagged"]);
    end(handle, tasks).await;
    lab.stop_servers();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_body_asked_for_comes_before_the_others() {
    let (desk, tasks) = (Desk::new("body").await, TaskTracker::new());
    desk.lab.fill_bulk(&desk.user, "INBOX", 3000, 16 << 10).unwrap();
    let mut events = desk.context.events.subscribe();
    let handle = desk.engine.clone().watch(&tasks);
    until(&mut events, "the headers", async || desk.rows_if_any("INBOX").await.len() == 3000).await;
    // The list's last: the background would fetch it last.
    let page = desk.store.list_index(desk.folder_id("INBOX").await, ListBy::Message).await.unwrap();
    let oldest = *page.ids.last().unwrap();
    handle.wish(Wish::Body(oldest));
    until(&mut events, "the body", async || desk.store.message(oldest).await.unwrap().row.has_body).await;
    assert!(desk.store.bodies_missing(desk.account, None, NOW).await.unwrap() > 0, "before the others");
    assert!(!desk.store.raw(oldest).await.unwrap().is_empty());
    let mut states = desk.context.events.subscribe();
    // A wish for what is there, or is not, does no harm.
    handle.wish(Wish::Body(oldest));
    handle.wish(Wish::Body(postroom_types::MessageId(999_999)));
    desk.append("INBOX", 1..=1);
    until(&mut events, "still awake", async || desk.rows("INBOX").await.len() == 3001).await;
    let mut told = Vec::new();
    loop {
        match states.try_recv() {
            Ok(Event::Account { state, .. }) => told.push(state),
            Ok(_) | Err(TryRecvError::Lagged(_)) => {}
            Err(TryRecvError::Empty | TryRecvError::Closed) => break,
        }
    }
    assert_eq!(told, [], "it stayed online");
    end(handle, tasks).await;
}

/// The folder was made anew under its old name, so that what we know of its UIDs is void.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_a_renumbered_folder_comes_without_waiting_for_the_next_round() {
    let (desk, tasks) = (Desk::new("renumbered").await, TaskTracker::new());
    desk.lab.create_folder(&desk.user, "Work").unwrap();
    desk.append("Work", 5..=7);
    desk.append("INBOX", 1..=1);
    let handle = watch(&desk, &tasks, &names(1..=1)).await;
    let mut events = desk.context.events.subscribe();
    until(&mut events, "the other folder", async || {
        desk.rows_if_any("Work").await.iter().filter(|row| row.has_body).count() == 3
    })
    .await;
    let id = desk.id("Work", "Mail 006").await;
    // Filled under another name: a server that tells of other folders (NOTIFY) has it looked at before it is full.
    desk.lab.create_folder(&desk.user, "Next").unwrap();
    for number in [9, 7, 6] {
        desk.lab.append(&desk.user, "Next", mail(number).as_bytes(), "").unwrap();
    }
    let mut server = desk.server();
    server.command("DELETE Work");
    server.command("RENAME Next Work");
    // Only now: before, the old folder could still give it.
    desk.store
        .write(move |tx| Ok(tx.execute("UPDATE message SET body_state = 'none' WHERE id = ?1", [id.0])?))
        .await
        .unwrap();
    handle.wish(Wish::Body(id));
    // The next round is two minutes away, longer than this waits.
    until(&mut events, "the body", async || desk.store.message(id).await.unwrap().row.has_body).await;
    assert_eq!(desk.store.raw(id).await.unwrap(), mail(6).as_bytes());
    until(&mut events, "the others", async || desk.subjects("Work").await == ["Mail 006", "Mail 007", "Mail 009"])
        .await;
    end(handle, tasks).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_waits_for_the_user() {
    let lab = Lab::shared();
    let mut user = lab.user("wrong");
    let right = std::mem::replace(&mut user.password, "wrong".to_owned());
    let (desk, tasks) = (Desk::at(lab, lab.imap_plain(), Trust::platform(), user).await, TaskTracker::new());
    let mut events = desk.context.events.subscribe();
    let handle = desk.engine.clone().watch(&tasks);
    let refused = |state| matches!(state, AccountState::Blocked { fault } if fault.code == FaultCode::LoginRefused);
    until(&mut events, "blocked", async || refused(handle.state())).await;
    lab.add_user(&desk.user.email, "wrong").unwrap();
    handle.wish(Wish::Sync);
    until(&mut events, "online once it is right", async || handle.state() == AccountState::Online).await;
    lab.add_user(&desk.user.email, &right).unwrap();
    end(handle, tasks).await;
}
