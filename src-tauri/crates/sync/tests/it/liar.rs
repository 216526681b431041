//! A server that lies: whatever it says, no message and no body goes without a question, nothing grows without bound, and
//! what went wrong is told with the server and the command. Once it is honest again, all is as it should be.

mod lies;
pub(crate) mod server;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use postroom_lab::LabUser;
use postroom_net::Trust;
use postroom_sync::Engine;
use postroom_types::{FlagChange, MessageId};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use self::lies::{Case, Told, Work};
use self::server::{Folder, Liar, Mailboxes};
use crate::desk::{NOW, mail, profile};
use crate::rig::{ALL, Open};

const PARALLEL: usize = 8;
/// No lie makes the client take more: the largest bound that one command has.
const MOST_BYTES: u64 = 100 << 20;
/// Far less than a pass may wait for a silent server; no lie here is silence.
const PATIENCE: Duration = Duration::from_mins(2);

fn boxes() -> Mailboxes {
    let mut boxes = Mailboxes::default();
    for (name, validity, numbers) in
        [("INBOX", 7, 1..=30), ("Work", 8, 31..=55), ("Trash", 9, RangeInclusive::new(1, 0))]
    {
        let mut folder = Folder::new(validity);
        for number in numbers {
            folder.append(mail(number));
        }
        boxes.0.insert(name.to_owned(), folder);
    }
    boxes
}

/// What happens while the server is still honest, so that the next pass has something to do.
async fn work(case: &Case, liar: &Liar, open: &Open, ids: &BTreeMap<String, MessageId>) {
    let id = |number: u32| ids[&format!("Mail {number:03}")];
    match case.work {
        Work::None => {}
        Work::News => {
            let mut boxes = liar.boxes();
            let inbox = boxes.get("INBOX");
            inbox.append(mail(81));
            inbox.append(mail(82));
            inbox.modseq += 1;
            let modseq = inbox.modseq;
            let third = inbox.mails.get_mut(&3).unwrap();
            third.flags.insert("\\Seen".to_owned());
            third.modseq = modseq;
        }
        Work::Mark => open.store.mark(vec![id(1), id(2)], FlagChange::flagged(true), NOW).await.unwrap(),
        Work::Move => open.store.move_to(vec![id(1), id(2)], open.folder("Work").await, NOW).await.unwrap(),
        Work::Delete => {
            open.store.delete(vec![id(1)], NOW).await.unwrap();
            open.sync("into the trash").await;
            open.store.delete(vec![id(1)], NOW).await.unwrap();
        }
    }
}

/// Everything that was there is there: the same rows, the same bytes.
async fn assert_kept(what: &str, case: &Case, open: &Open, before: &BTreeMap<String, MessageId>) {
    let after = open.ids().await;
    for number in 1..=55 {
        let subject = format!("Mail {number:03}");
        if case.work == Work::Delete && number == 1 {
            continue;
        }
        let mut id = before[&subject];
        if case.work == Work::Move && number <= 2 && after.contains_key(&subject) {
            // Nobody can tell which row is the moved one where the server says a wrong UID: it may be made anew.
            id = after[&subject];
        }
        assert_eq!(after.get(&subject), Some(&id), "{what}: {subject} lost its row");
        assert_eq!(open.store.raw(id).await.unwrap(), mail(number).as_bytes(), "{what}: {subject} lost its body");
    }
}

async fn check(case: &'static Case) {
    let what = case.name;
    let liar = Liar::start(boxes());
    let user = LabUser { email: "ann@example.test".to_owned(), user: "ann".to_owned(), password: "secret".to_owned() };
    let (context, login, _dir) = profile(liar.address(), &user, Trust::platform()).await;
    let open = Open { store: context.store.clone(), engine: Engine::new(context, login) };
    open.sync(what).await;
    open.assert_settled(what).await;
    let before = open.ids().await;
    assert_eq!(before.len(), 55);
    work(case, &liar, &open, &before).await;

    liar.lie(Some(case.lie));
    let mut told = Vec::new();
    for _ in 0..2 {
        let begin = liar.sent();
        let pass = tokio::time::timeout(PATIENCE, open.engine.sync(&ALL)).await;
        match pass.unwrap_or_else(|_| panic!("{what}: the pass does not end")) {
            Ok(report) => {
                let folders = report.folders.iter().filter_map(|folder| folder.error.as_ref());
                told.extend(folders.chain(report.undone.iter().map(|undone| &undone.fault)).map(|f| f.message.clone()));
            }
            Err(error) => told.push(error.to_string()),
        }
        assert_kept(what, case, &open, &before).await;
        let taken = liar.sent() - begin;
        assert!(taken < MOST_BYTES, "{what}: {taken} bytes were taken in one pass");
    }
    match case.told {
        Told::Command(command) => assert!(
            told.iter().any(|text| text.contains("127.0.0.1") && text.contains(command)),
            "{what}: not told: {told:?}"
        ),
        Told::Silently => {}
    }

    liar.lie(None);
    open.sync(what).await;
    open.sync(what).await;
    open.assert_settled(what).await;
    assert_kept(what, case, &open, &before).await;
    assert_all_once(what, &liar, case);
}

/// Nothing was lost or doubled on the server either.
fn assert_all_once(what: &str, liar: &Liar, case: &Case) {
    let boxes = liar.boxes();
    let all: Vec<&str> =
        boxes.0.values().flat_map(|folder| folder.mails.values()).map(|mail| mail.raw.as_str()).collect();
    let once: BTreeSet<&str> = all.iter().copied().collect();
    assert_eq!(all.len(), once.len(), "{what}: doubled");
    let wanted = match case.work {
        Work::News => 57,
        Work::Delete => 54,
        _ => 55,
    };
    assert_eq!(all.len(), wanted, "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_lie_costs_a_message() {
    let room = Arc::new(Semaphore::new(PARALLEL));
    let mut cases = JoinSet::new();
    for case in lies::CASES.iter().chain(lies::ABOUT_OPERATIONS) {
        let room = Arc::clone(&room);
        cases.spawn(async move {
            let _one = room.acquire().await;
            check(case).await;
        });
    }
    let mut failed = 0;
    while let Some(case) = cases.join_next().await {
        failed += u32::from(case.is_err());
    }
    assert_eq!(failed, 0, "lies that did harm; each is told above");
}

#[test]
fn there_are_more_than_thirty() {
    let names: BTreeSet<&str> = lies::CASES.iter().chain(lies::ABOUT_OPERATIONS).map(|case| case.name).collect();
    assert_eq!(names.len(), lies::CASES.len() + lies::ABOUT_OPERATIONS.len());
    assert!(names.len() >= 30, "{}", names.len());
}
