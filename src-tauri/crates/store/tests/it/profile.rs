//! The files: their schema, what opens them and what may not.

use std::path::Path;

use postroom_db::{Db, DbError, Migration, Options, Synchronous, Tx, params};
use postroom_store::{Store, StoreError};
use postroom_types::{FaultCode, MessageId};

use crate::support::{NOW, Profile, draft};

/// Opens a database of the store past the store; the migration is one that it has already, or a later one.
pub(crate) fn open(dir: &Path, file: &str, migrations: &'static [Migration]) -> Db {
    let options = Options { migrations, synchronous: Synchronous::Full, readers: 1, page_size: 4096, shrinks: false };
    Db::open(&dir.join(file), &options).unwrap()
}

fn schema(db: &Db) -> String {
    db.read_blocking(|read| {
        let mut statement = read.prepare(
            "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'
             ORDER BY CASE type WHEN 'table' THEN 1 WHEN 'index' THEN 2 ELSE 3 END, name",
        )?;
        let sql = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
        Ok::<_, DbError>(sql.join(";\n\n"))
    })
    .unwrap()
}

/// A shipped schema is frozen: a change here means a new migration, not another snapshot.
#[tokio::test]
async fn the_schema_is_the_one_of_the_snapshot() {
    // Neither database is beyond this number; nothing is left to do.
    const fn done(number: u32) -> Migration {
        Migration { number, sql: "" }
    }
    const DONE: &[Migration] =
        &[done(1), done(2), done(3), done(4), done(5), done(6), done(7), done(8), done(9), done(10)];
    let dir = tempfile::tempdir().unwrap();
    drop(Store::open(dir.path()).unwrap());
    insta::assert_snapshot!("mail", schema(&open(dir.path(), "mail.db", DONE)));
    insta::assert_snapshot!("vault", schema(&open(dir.path(), "vault.db", DONE)));
}

#[tokio::test]
async fn a_profile_of_a_newer_program_is_refused() {
    const LATER: &[Migration] =
        &[Migration { number: 99, sql: "CREATE TABLE future (id INTEGER PRIMARY KEY) STRICT;" }];
    for file in ["mail.db", "vault.db"] {
        let dir = tempfile::tempdir().unwrap();
        drop(Store::open(dir.path()).unwrap());
        drop(open(dir.path(), file, LATER));
        let error = Store::open(dir.path()).unwrap_err();
        assert!(matches!(error, StoreError::Db(DbError::TooNew { found: 99, .. })), "{error}");
        assert_eq!(error.fault().code, FaultCode::ProfileTooNew);
    }
}

#[tokio::test]
async fn the_bodies_of_an_older_vault_are_kept() {
    const OLDER: &[Migration] = &[
        Migration { number: 1, sql: include_str!("../../migrations/vault/001_vault.sql") },
        Migration { number: 2, sql: include_str!("../../migrations/vault/002_files.sql") },
        Migration { number: 3, sql: include_str!("../../migrations/vault/003_dictionary.sql") },
    ];
    let dir = tempfile::tempdir().unwrap();
    let vault = open(dir.path(), "vault.db", OLDER);
    let raw = |id: i64| format!("Subject: {id}\r\n\r\n{}", "text ".repeat(200)).into_bytes();
    let write = move |tx: &Tx<'_>| {
        for id in [7_i64, 3, 900_000] {
            let data = zstd::bulk::compress(&raw(id), 3).unwrap();
            tx.execute(
                "INSERT INTO raw_message (message_id, codec, raw_size, data) VALUES (?1, 1, ?2, ?3)",
                params![id, i64::try_from(raw(id).len()).unwrap(), data],
            )?;
        }
        Ok::<_, DbError>(())
    };
    vault.write_blocking(write).unwrap();
    drop(vault);
    let store = Store::open(dir.path()).unwrap();
    for id in [3, 7, 900_000] {
        assert_eq!(store.raw(MessageId(id)).await.unwrap(), raw(id));
    }
    assert!(store.raw(MessageId(4)).await.is_err());
}

#[tokio::test]
async fn what_was_written_is_there_after_opening_again() {
    let profile = Profile::new().await;
    let ids = profile.fill(profile.inbox, 5).await;
    profile.store.move_to(vec![ids[0]], profile.work, NOW).await.unwrap();
    let before = (profile.store.folders().await.unwrap(), profile.store.pending().await.unwrap());
    let again = Store::open(profile.path()).unwrap();
    assert_eq!((again.folders().await.unwrap(), again.pending().await.unwrap()), before);
}

#[tokio::test]
async fn a_query_cannot_write() {
    let profile = Profile::new().await;
    profile.fill(profile.inbox, 3).await;
    for sql in ["DELETE FROM message", "UPDATE message SET flags = 1", "CREATE TABLE x (y)", "PRAGMA user_version = 9"]
    {
        let failed = profile
            .store
            .read(move |read| {
                read.execute_batch(sql)?;
                Ok(())
            })
            .await;
        assert!(matches!(failed, Err(StoreError::Db(_))), "{sql}: {failed:?}");
    }
    assert_eq!(profile.rows(profile.inbox).await.len(), 3);
}

#[tokio::test]
async fn an_address_is_added_once_and_accounts_come_back_whole() {
    let profile = Profile::new().await;
    let mut second = draft("li@example.test");
    second.ca_pem = Some("-----BEGIN CERTIFICATE-----".to_owned());
    let id = profile.store.account_add(second.clone(), NOW).await.unwrap();
    assert_eq!(profile.store.account(id).await.unwrap().draft, second);
    let again = profile.store.account_add(draft("LI@example.test"), NOW).await;
    assert!(matches!(again, Err(StoreError::AccountExists(_))), "{again:?}");
    assert_eq!(profile.store.accounts().await.unwrap().len(), 2);
    profile.store.account_remove(id).await.unwrap();
    assert!(matches!(profile.store.account_remove(id).await, Err(StoreError::NotFound(_))));
}

#[tokio::test]
async fn trusted_senders_are_remembered_whatever_their_case() {
    let profile = Profile::new().await;
    profile.store.sender_trust("News@Example.test".to_owned(), NOW).await.unwrap();
    profile.store.sender_trust("news@example.test".to_owned(), NOW).await.unwrap();
    assert!(profile.store.sender_trusted("NEWS@example.test".to_owned()).await.unwrap());
    assert!(!profile.store.sender_trusted("other@example.test".to_owned()).await.unwrap());
}
