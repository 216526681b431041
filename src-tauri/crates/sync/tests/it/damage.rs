//! Torn and damaged databases: what can be read is kept, above all the queue; the rest comes from the server again.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use postroom_lab::Lab;
use postroom_store::{Integrity, StoreError};
use postroom_types::FlagChange;

use crate::desk::NOW;
use crate::rig::{Open, Rig};

const MAILS: u32 = 60;

/// A profile that is in step, with a queue that the server has yet to hear of.
async fn rig() -> Rig {
    let rig = Rig::new("damage", Lab::shared().imap_plain()).await;
    rig.lab.create_folder(&rig.user, "Work").unwrap();
    rig.fill("INBOX", &(1..=MAILS).collect::<Vec<_>>());
    rig.open().sync("before").await;
    rig
}

async fn queue(open: &Open) {
    let ids = open.ids().await;
    open.store.mark(vec![ids["Mail 003"]], FlagChange::flagged(true), NOW).await.unwrap();
    open.store.move_to(vec![ids["Mail 004"]], open.folder("Work").await, NOW).await.unwrap();
}

/// Overwrites one page.
fn spoil(file: &Path, page: usize, page_size: usize) {
    let mut bytes = fs::read(file).unwrap();
    let begin = page * page_size;
    bytes[begin..begin + page_size].fill(0xa5);
    fs::write(file, bytes).unwrap();
}

fn pages(file: &Path, page_size: usize) -> usize {
    usize::try_from(fs::metadata(file).unwrap().len()).unwrap() / page_size
}

/// Reads all that there is, as the app does in the course of a day.
async fn use_it(open: &Open) -> Result<(), String> {
    let read = async || -> Result<_, StoreError> {
        let mut rows = Vec::new();
        for folder in open.store.folders().await? {
            rows.extend(open.store.list_page(folder.id, 100_000, None).await?.messages);
        }
        let mut fault = None;
        for row in rows.iter().filter(|row| row.has_body) {
            fault = open.store.raw(row.id).await.err().or(fault);
        }
        if let Some(fault) = fault {
            return Err(fault);
        }
        open.store.pending().await?;
        open.store.integrity().await
    };
    let databases: [Integrity; 2] = read().await.map_err(|error| error.to_string())?;
    match databases.iter().find(|one| !one.problems.is_empty()) {
        Some(damaged) => Err(format!("{damaged:?}")),
        None => Ok(()),
    }
}

/// Once the profile is closed: its last threads may still be at work.
fn restore(from: &Path, rig: &Rig) {
    let until = Instant::now() + Duration::from_secs(5);
    while ["mail.db-wal", "vault.db-wal"].iter().any(|name| rig.path().join(name).exists()) && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(5));
    }
    copy(from, rig.path());
}

fn copy(from: &Path, to: &Path) {
    drop(fs::remove_dir_all(to));
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_page_is_damaged_the_profile_comes_back() {
    let rig = rig().await;
    queue(&rig.open()).await;
    let sound = tempfile::tempdir().unwrap();
    copy(rig.path(), sound.path());
    let (mut spoiled, mut repaired, mut emptied) = (0, 0, 0);
    for (name, page_size, step) in [("mail.db", 4096, 2), ("vault.db", 65_536, 1)] {
        // Page 1 begins the schema: without it nothing of the file can be read.
        for page in [0].into_iter().chain((1..pages(&sound.path().join(name), page_size)).step_by(step)) {
            let what = format!("page {} of {name}", page + 1);
            restore(sound.path(), &rig);
            spoil(&rig.path().join(name), page, page_size);
            spoiled += 1;
            // The first start may not meet the damage; once it is met, the next one repairs it.
            let met = rig.try_open();
            let fine = match &met {
                Some(open) => use_it(open).await.is_ok(),
                None => false,
            };
            drop(met);
            let open = rig.open();
            assert_eq!(use_it(&open).await, Ok(()), "{what}: not repaired by the next start");
            if !fine || rig.path().join(format!("{name}.damaged")).exists() {
                assert!(rig.path().join(format!("{name}.damaged")).exists(), "{what}: the old file is kept");
                repaired += 1;
            }
            assert_eq!(open.store.accounts().await.unwrap().len(), 1, "{what}: the account is lost");
            assert_eq!(open.store.pending().await.unwrap().len(), 2, "{what}: the queue is lost");
            // What makes up the tables cannot be told from what is in them.
            if open.store.status().await.unwrap().messages < MAILS / 4 {
                emptied += 1;
            }
        }
    }
    assert!(spoiled > 10 && repaired > 5, "{repaired} of {spoiled} were met");
    assert!(emptied * 4 < spoiled, "{emptied} of {spoiled} cost most rows");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_repair_the_queue_is_sent_and_the_rest_is_fetched() {
    for (name, page_size) in [("mail.db", 4096), ("vault.db", 65_536)] {
        let rig = rig().await;
        queue(&rig.open()).await;
        let before = rig.open().ids().await;
        let file = rig.path().join(name);
        // The last pages hold what came last: messages and bodies, and no account.
        spoil(&file, pages(&file, page_size) - 1, page_size);
        let what = format!("the last page of {name}");
        drop(use_it(&rig.open()).await);
        let open = rig.open();
        assert_eq!(use_it(&open).await, Ok(()), "{what}");
        open.sync(&what).await;
        open.sync(&what).await;
        open.assert_settled(&what).await;
        let after = open.ids().await;
        assert_eq!(after.len(), before.len(), "{what}");
        let mailbox = rig.mailbox();
        assert_eq!(mailbox["Work"].len(), 1, "{what}: the move arrived");
        let starred = mailbox["INBOX"].iter().filter(|(_, flags)| flags.contains("\\Flagged")).count();
        assert_eq!(starred, 1, "{what}: the star arrived");
    }
}

/// Nothing of the file can be read: the account and the queue come from their second copy, all else from the server.
#[tokio::test(flavor = "multi_thread")]
async fn without_its_first_page_or_without_the_file_the_queue_is_sent() {
    for spoilt in [true, false] {
        let rig = rig().await;
        queue(&rig.open()).await;
        let before = rig.open().ids().await;
        let file = rig.path().join("mail.db");
        if spoilt {
            spoil(&file, 0, 4096);
        } else {
            fs::remove_file(&file).unwrap();
        }
        let what = if spoilt { "page 1 is spoilt" } else { "the file is gone" };
        let open = rig.open();
        assert_eq!(open.store.pending().await.unwrap().len(), 2, "{what}");
        // Without the file there was nothing to build anew.
        let told = open.store.rebuilt().unwrap().map(|rebuilt| rebuilt.queue_whole);
        assert_eq!(told, spoilt.then_some(true), "{what}");
        for _ in 0..3 {
            open.sync(what).await;
        }
        open.assert_settled(what).await;
        assert_eq!(open.ids().await.len(), before.len(), "{what}");
        let mailbox = rig.mailbox();
        assert_eq!(mailbox["Work"].len(), 1, "{what}: the move arrived");
        let starred = mailbox["INBOX"].iter().filter(|(_, flags)| flags.contains("\\Flagged")).count();
        assert_eq!(starred, 1, "{what}: the star arrived");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_wal_loses_its_end_and_nothing_else() {
    let rig = rig().await;
    let copies = tempfile::tempdir().unwrap();
    {
        let open = rig.open();
        queue(&open).await;
        rig.fill("INBOX", &[101, 102, 103]);
        open.sync("more").await;
        // While it is open: what was committed last is in the WAL only.
        copy(rig.path(), copies.path());
    }
    let size = |name: &str| fs::metadata(copies.path().join(name)).map_or(0, |data| data.len());
    assert!(size("mail.db-wal") > 0 && size("vault.db-wal") > 0);
    for cut in 0..12_u64 {
        restore(copies.path(), &rig);
        for name in ["mail.db-wal", "vault.db-wal"] {
            let file = fs::OpenOptions::new().write(true).open(rig.path().join(name)).unwrap();
            // Anywhere, also in the middle of a frame.
            file.set_len(size(name) * cut / 12 + cut * 7).unwrap();
        }
        drop(fs::remove_file(rig.path().join("mail.db-shm")));
        drop(fs::remove_file(rig.path().join("vault.db-shm")));
        let what = format!("a WAL of {cut} twelfths");
        let open = rig.open();
        // Bodies that the vault lost with its WAL are missed when they are read.
        drop(use_it(&open).await);
        for one in open.store.integrity().await.unwrap() {
            assert_eq!(one.problems, Vec::<String>::new(), "{what}");
        }
        open.sync(&what).await;
        open.sync(&what).await;
        open.assert_settled(&what).await;
    }
}
