//! The second copy of accounts and queue: always what `mail.db` holds, and enough to begin anew.

use std::fs;
use std::path::Path;

use postroom_db::{Db, DbError, Migration, Options, Synchronous};
use postroom_store::Store;
use postroom_types::{FlagChange, MessageId};
use proptest::prelude::*;

use crate::support::{NOW, Profile};

const DONE: &[Migration] = &[Migration { number: 99, sql: "" }];

/// Each table of the copy as text, beside what it must be.
fn copies(dir: &Path) -> Vec<(String, Vec<String>, Vec<String>)> {
    let options =
        Options { migrations: DONE, synchronous: Synchronous::Full, readers: 1, page_size: 4096, shrinks: false };
    let work = tempfile::tempdir().unwrap();
    for name in ["mail.db", "mail.db-wal", "kept.db", "kept.db-wal"] {
        if dir.join(name).exists() {
            fs::copy(dir.join(name), work.path().join(name)).unwrap();
        }
    }
    let (mail, kept) = (Db::open(&work.path().join("mail.db"), &options).unwrap(), {
        Db::open(&work.path().join("kept.db"), &options).unwrap()
    });
    let names = |db: &Db, table: &str| {
        let sql = format!("SELECT name FROM pragma_table_info('{table}')");
        rows(db, sql)
    };
    ["account", "folder", "message", "operation", "trusted_sender"]
        .into_iter()
        .map(|table| {
            let columns = names(&kept, &format!("kept_{table}"));
            assert!(columns.len() > 1, "{table}: {columns:?}");
            let line = columns.iter().map(|name| format!("quote({name})")).collect::<Vec<_>>().join("||','||");
            let only = if table == "message" { "WHERE id IN (SELECT message_id FROM operation)" } else { "" };
            let wanted = rows(&mail, format!("SELECT {line} FROM {table} {only} ORDER BY 1"));
            (table.to_owned(), rows(&kept, format!("SELECT {line} FROM kept_{table} ORDER BY 1")), wanted)
        })
        .collect()
}

fn rows(db: &Db, sql: String) -> Vec<String> {
    db.read_blocking(move |read| {
        let mut statement = read.prepare(&sql)?;
        let lines = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
        Ok::<_, DbError>(lines)
    })
    .unwrap()
}

fn assert_in_step(dir: &Path) {
    for (table, kept, wanted) in copies(dir) {
        assert_eq!(kept, wanted, "{table}");
    }
}

#[derive(Debug, Clone)]
enum Act {
    Mark(usize, bool),
    Star(usize, bool),
    Move(usize, usize),
    Delete(usize),
    Refused(usize),
    Trust(u8),
    Sent,
    Reopen,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let one = prop_oneof![
        (0..12_usize, any::<bool>()).prop_map(|(n, on)| Act::Mark(n, on)),
        (0..12_usize, any::<bool>()).prop_map(|(n, on)| Act::Star(n, on)),
        (0..12_usize, 0..3_usize).prop_map(|(n, to)| Act::Move(n, to)),
        (0..12_usize).prop_map(Act::Delete),
        (0..12_usize).prop_map(Act::Refused),
        any::<u8>().prop_map(Act::Trust),
        Just(Act::Sent),
        Just(Act::Reopen),
    ];
    prop::collection::vec(one, 1..25)
}

async fn act(store: &Store, ids: &[MessageId], act: &Act) {
    let folders = store.folders().await.unwrap();
    // What is gone may be refused: then nothing may change in either file.
    let done = match act {
        Act::Mark(n, on) => store.mark(vec![ids[*n]], FlagChange::seen(*on), NOW).await,
        Act::Star(n, on) => store.mark(vec![ids[*n]], FlagChange::flagged(*on), NOW).await,
        Act::Move(n, to) => store.move_to(vec![ids[*n]], folders[*to % folders.len()].id, NOW).await,
        Act::Delete(n) => store.delete(vec![ids[*n]], NOW).await,
        // The first is changed and the second is none: all of it is undone.
        Act::Refused(n) => store.mark(vec![ids[*n], MessageId(999_999)], FlagChange::flagged(true), NOW).await,
        Act::Trust(n) => store.sender_trust(format!("{}@example.test", n % 4), NOW).await,
        Act::Sent | Act::Reopen => Ok(()),
    };
    drop(done);
    if let Act::Sent = act {
        let account = folders[0].account;
        let tasks = store.operations_next(account, 3, NOW).await.unwrap();
        if store.operations_begin(&tasks).await.unwrap() {
            store.operations_unsent(&tasks).await.unwrap();
        }
        if let Some(task) = tasks.first() {
            store.operation_undone(task).await.unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]
    #[test]
    fn whatever_is_done_the_copy_is_in_step(acts in acts()) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let mut profile = Profile::new().await;
            let ids = profile.fill(profile.inbox, 12).await;
            for one in &acts {
                if let Act::Reopen = one {
                    assert_in_step(profile.path());
                    profile = profile.reopened();
                }
                act(&profile.store, &ids, one).await;
            }
            assert_in_step(profile.path());
        });
    }
}

/// The WAL of `mail.db` is cut or spoilt anywhere while the copy's is whole: no act is lost, and the file is sound.
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_torn_wals_lose_no_act() {
    let profile = Profile::new().await;
    let ids = profile.fill(profile.inbox, 40).await;
    let profile = profile.reopened();
    for (n, id) in ids.iter().enumerate().take(10) {
        profile.store.mark(vec![*id], FlagChange::flagged(true), NOW).await.unwrap();
        if n % 2 == 0 {
            profile.store.archive(vec![*id], NOW).await.unwrap();
        }
    }
    let wanted = profile.store.pending().await.unwrap();
    let torn = tempfile::tempdir().unwrap();
    let names = ["mail.db", "mail.db-wal", "kept.db", "kept.db-wal", "vault.db", "vault.db-wal"];
    let whole: Vec<_> =
        names.iter().map(|name| (name, fs::read(profile.path().join(name)).unwrap_or_default())).collect();
    let length = whole[1].1.len();
    assert!(length > 20_000, "{length}");
    let mut lost = 0;
    for seed in 0..100_usize {
        for (name, bytes) in &whole {
            fs::write(torn.path().join(name), bytes).unwrap();
            drop(fs::remove_file(torn.path().join(format!("{name}-shm"))));
        }
        let at = (seed * 7919 + seed * seed * 31) % length;
        let mut wal = whole[1].1.clone();
        if seed % 2 == 0 {
            wal.truncate(at);
        } else {
            wal[at] ^= 1 << (seed % 8);
        }
        fs::write(torn.path().join("mail.db-wal"), wal).unwrap();
        let store = Store::open(torn.path()).unwrap();
        for one in store.integrity().await.unwrap() {
            assert_eq!(one.problems, Vec::<String>::new(), "seed {seed}");
        }
        let pending = store.pending().await.unwrap();
        let missing = wanted.iter().filter(|one| !pending.iter().any(|here| here.id == one.id)).count();
        assert_eq!(missing, 0, "seed {seed}: acts are lost");
        for id in ids.iter().take(10) {
            let row = store.message(*id).await.unwrap().row;
            assert!(row.flags.contains(postroom_types::Flags::FLAGGED), "seed {seed}: shown without its star");
        }
        lost += usize::from(at < length / 2);
        drop(store);
        assert_in_step(torn.path());
    }
    assert!(lost > 20, "only {lost} lost much");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_copy_is_made_anew() {
    let profile = Profile::new().await;
    let ids = profile.fill(profile.inbox, 12).await;
    profile.store.mark(ids.clone(), FlagChange::flagged(true), NOW).await.unwrap();
    let dir = profile.closed();
    for spoilt in [&b"no database at all"[..], b""] {
        fs::write(dir.path().join("kept.db"), spoilt).unwrap();
        let store = Store::open(dir.path()).unwrap();
        assert_eq!(store.pending().await.unwrap().len(), ids.len());
        drop(store);
        assert_in_step(dir.path());
    }
    // Its pages, one by one.
    let whole = fs::read(dir.path().join("kept.db")).unwrap();
    for page in 0..whole.len() / 4096 {
        let mut bytes = whole.clone();
        bytes[page * 4096..(page + 1) * 4096].fill(0xa5);
        fs::write(dir.path().join("kept.db"), bytes).unwrap();
        let store = Store::open(dir.path()).unwrap();
        assert_eq!(store.pending().await.unwrap().len(), ids.len());
        drop(store);
    }
}
