//! The handle on a real file.
#![expect(clippy::unwrap_used, reason = "tests")]

use postroom_db::{Db, DbError, Migration, Options, Synchronous};

const FIRST: Migration =
    Migration { number: 1, sql: "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, t TEXT NOT NULL) STRICT;" };
const SECOND: Migration = Migration { number: 2, sql: "ALTER TABLE a ADD COLUMN u TEXT NOT NULL DEFAULT 'new';" };
const BROKEN: Migration = Migration { number: 2, sql: "CREATE TABLE b (id INTEGER) STRICT; SELECT nonsense;" };

fn options(migrations: &'static [Migration]) -> Options {
    Options { migrations, synchronous: Synchronous::Full, readers: 2, page_size: 4096, shrinks: false }
}

fn count(db: &Db) -> i64 {
    db.read_blocking(|read| Ok::<i64, DbError>(read.query_row("SELECT count(*) FROM a", [], |row| row.get(0))?))
        .unwrap()
}

fn insert(db: &Db) -> Result<(), DbError> {
    db.write_blocking(|tx| {
        tx.execute("INSERT INTO a (t) VALUES ('x')", [])?;
        Ok(())
    })
}

#[test]
fn a_write_is_seen_by_readers_and_an_error_undoes_it() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(&dir.path().join("a.db"), &options(&[FIRST])).unwrap();
    insert(&db).unwrap();
    let failed: Result<(), DbError> = db.write_blocking(|tx| {
        tx.execute("INSERT INTO a (t) VALUES ('y')", [])?;
        tx.execute("INSERT INTO nowhere (t) VALUES ('y')", [])?;
        Ok(())
    });
    assert!(matches!(failed, Err(DbError::Sql(_))));
    assert_eq!(count(&db), 1);
}

#[test]
fn a_panicking_job_writes_nothing_and_the_writer_lives_on() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(&dir.path().join("a.db"), &options(&[FIRST])).unwrap();
    let failed: Result<(), DbError> = db.write_blocking(|tx| {
        tx.execute("INSERT INTO a (t) VALUES ('y')", [])?;
        panic!("on purpose");
    });
    assert!(matches!(failed, Err(DbError::Gone)));
    insert(&db).unwrap();
    assert_eq!(count(&db), 1);
}

#[test]
fn a_reader_cannot_write() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(&dir.path().join("a.db"), &options(&[FIRST])).unwrap();
    let failed: Result<(), DbError> = db.read_blocking(|read| {
        read.execute("INSERT INTO a (t) VALUES ('y')", [])?;
        Ok(())
    });
    assert!(failed.is_err());
}

#[test]
fn migrations_run_once_each_and_keep_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.db");
    insert(&Db::open(&path, &options(&[FIRST])).unwrap()).unwrap();
    let db = Db::open(&path, &options(&[FIRST, SECOND])).unwrap();
    let u: String =
        db.read_blocking(|read| Ok::<_, DbError>(read.query_row("SELECT u FROM a", [], |row| row.get(0))?)).unwrap();
    assert_eq!(u, "new");
}

#[test]
fn a_failed_migration_leaves_the_file_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.db");
    insert(&Db::open(&path, &options(&[FIRST])).unwrap()).unwrap();
    assert!(matches!(Db::open(&path, &options(&[FIRST, BROKEN])), Err(DbError::Migration { number: 2, .. })));
    assert_eq!(count(&Db::open(&path, &options(&[FIRST])).unwrap()), 1);
}

#[test]
fn a_newer_file_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.db");
    drop(Db::open(&path, &options(&[FIRST, SECOND])).unwrap());
    assert!(matches!(Db::open(&path, &options(&[FIRST])), Err(DbError::TooNew { found: 2, known: 1, .. })));
}

#[tokio::test]
async fn many_writers_and_readers_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(&dir.path().join("a.db"), &options(&[FIRST])).unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..200 {
        let db = db.clone();
        tasks.spawn(async move {
            db.write(|tx| {
                tx.execute("INSERT INTO a (t) VALUES ('x')", [])?;
                Ok::<(), DbError>(())
            })
            .await
            .unwrap();
            db.read(|read| Ok::<i64, DbError>(read.query_row("SELECT count(*) FROM a", [], |row| row.get(0))?))
                .await
                .unwrap()
        });
    }
    assert_eq!(tasks.join_all().await.into_iter().max(), Some(200));
}
