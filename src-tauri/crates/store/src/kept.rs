//! The second copy of what no server has: the accounts, the queue, the senders that are trusted, and the folders and
//! messages that the queue names. It is a database of its own (`kept.db`), which follows each commit of `mail.db`: triggers
//! of the writer's connection note which rows changed, so that nothing that writes needs to know of it.
//!
//! When `mail.db` is damaged beyond reading, a new one begins with these rows, and the rest comes from the server again
//! ([`crate::rebuild`]). When its WAL lost its end, what the user did then is taken from here. Otherwise `mail.db` is right.
//! Its columns are those of `mail.db` at the time: a migration makes the tables anew. No message text is in it.

use postroom_db::{Companion, DbError, Read, Tx, params};

pub(crate) const COMPANION: Companion = Companion { file: FILE, prepare, is_behind, follow };
pub(crate) const FILE: &str = "kept.db";

/// A table with a second copy, those first that others refer to.
struct Kept {
    table: &'static str,
    /// Its first column.
    key: &'static str,
    /// Columns that change with every pass and are found out again.
    without: &'static [&'static str],
    /// Which rows, if not all.
    only: &'static str,
    /// What a row must have to be put back.
    needs: &'static str,
}

const TABLES: [Kept; 5] = [
    Kept { table: "account", key: "id", without: &["keep_from_at"], only: "1", needs: "1" },
    Kept {
        table: "folder",
        key: "id",
        without: &["top_uid", "bottom_uid", "modseq", "message_count", "unread_count", "flags_next_uid", "refused"],
        only: "1",
        needs: "account_id IN (SELECT id FROM main.account)",
    },
    Kept {
        table: "message",
        key: "id",
        without: &["body_state", "preview", "has_attachments", "thread_id", "subject_key", "seeks"],
        only: "id IN (SELECT message_id FROM main.operation)",
        needs: "account_id IN (SELECT id FROM main.account) AND folder_id IN (SELECT id FROM main.folder)
            AND server_folder_id IN (SELECT id FROM main.folder)",
    },
    Kept {
        table: "operation",
        key: "id",
        without: &[],
        only: "1",
        needs: "message_id IN (SELECT id FROM main.message)
            AND (target_folder_id IS NULL OR target_folder_id IN (SELECT id FROM main.folder))",
    },
    Kept { table: "trusted_sender", key: "email", without: &[], only: "1", needs: "1" },
];

/// The rows of messages show where and how they are with the queue on top; a message that got its operations back does too.
const SHOWN_AGAIN: &str = "
UPDATE main.message SET (folder_id, hidden, flags) =
    (SELECT k.folder_id, k.hidden, k.flags FROM kept.kept_message AS k WHERE k.id = message.id)
WHERE id IN (SELECT id FROM kept.kept_message) AND id IN (SELECT message_id FROM main.operation WHERE id > ?1)";

fn columns(tx: &Tx<'_>, schema: &str, table: &str) -> Result<Vec<String>, DbError> {
    let mut statement = tx.prepare("SELECT name FROM pragma_table_info(?1, ?2)")?;
    let names = statement.query_map(params![table, schema], |row| row.get(0))?;
    Ok(names.collect::<postroom_db::SqlResult<_>>()?)
}

/// Columns that both have.
fn common(tx: &Tx<'_>, kept: &Kept) -> Result<Vec<String>, DbError> {
    let there = columns(tx, "kept", &format!("kept_{}", kept.table))?;
    Ok(columns(tx, "main", kept.table)?.into_iter().filter(|name| there.contains(name)).collect())
}

fn prepare(tx: &Tx<'_>) -> Result<(), DbError> {
    recover(tx)?;
    for kept in &TABLES {
        refresh(tx, kept)?;
    }
    // Without a key: what a trigger does with a conflict is up to the statement that it belongs to.
    tx.execute_batch("CREATE TEMP TABLE keep_changed (name TEXT NOT NULL, key NOT NULL);")?;
    for kept in &TABLES {
        tx.execute_batch(&triggers(tx, kept)?)?;
    }
    Ok(())
}

fn is_behind(read: &Read<'_>) -> Result<bool, DbError> {
    let mut statement = read.prepare_cached("SELECT EXISTS (SELECT 1 FROM temp.keep_changed)")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

fn follow(tx: &Tx<'_>) -> Result<(), DbError> {
    for kept in &TABLES {
        let Kept { table, key, only, .. } = kept;
        let any = "SELECT EXISTS (SELECT 1 FROM temp.keep_changed WHERE name = ?1)";
        if !tx.prepare_cached(any)?.query_row(params![table], |row| row.get(0))? {
            continue;
        }
        let changed = "(SELECT key FROM temp.keep_changed WHERE name = ?1)";
        let before = format!("DELETE FROM kept.kept_{table} WHERE {key} IN {changed}");
        tx.prepare_cached(&before)?.execute(params![table])?;
        let list = columns(tx, "kept", &format!("kept_{table}"))?.join(", ");
        let copy = format!(
            "INSERT INTO kept.kept_{table} ({list}) SELECT {list} FROM main.{table} WHERE {key} IN {changed} AND {only}"
        );
        tx.prepare_cached(&copy)?.execute(params![table])?;
    }
    tx.prepare_cached("DELETE FROM temp.keep_changed")?.execute([])?;
    Ok(())
}

/// The highest number that a table ever gave.
fn sequence(tx: &Tx<'_>, table: &str) -> Result<i64, DbError> {
    let sql = "SELECT coalesce(max(seq), 0) FROM main.sqlite_sequence WHERE name = ?1";
    Ok(tx.query_row(sql, params![table], |row| row.get(0))?)
}

/// Rows whose numbers `mail.db` never gave: it has lost the end of its WAL, or is a new file.
fn recover(tx: &Tx<'_>) -> Result<(), DbError> {
    let before = sequence(tx, "operation")?;
    let mut found = 0;
    for kept in TABLES.iter().filter(|kept| kept.key == "id") {
        let list = common(tx, kept)?.join(", ");
        if list.is_empty() {
            continue;
        }
        let Kept { table, needs, .. } = kept;
        let newer = sequence(tx, table)?;
        let sql = format!(
            "INSERT OR IGNORE INTO main.{table} ({list}) SELECT {list} FROM kept.kept_{table} WHERE id > ?1 AND {needs}"
        );
        found += tx.execute(&sql, params![newer])?;
    }
    if found > 0 {
        tracing::warn!(rows = found, "taken from the second copy");
        tx.execute(SHOWN_AGAIN, params![before])?;
    }
    Ok(())
}

/// Makes the copy of a table what the table is.
fn refresh(tx: &Tx<'_>, kept: &Kept) -> Result<(), DbError> {
    let Kept { table, key, without, only, .. } = kept;
    let mut wanted = columns(tx, "main", table)?;
    wanted.retain(|name| !without.contains(&name.as_str()));
    let list = wanted.join(", ");
    if columns(tx, "kept", &format!("kept_{table}"))? != wanted {
        let rest: Vec<_> = wanted.iter().filter(|name| name != key).map(String::as_str).collect();
        tx.execute_batch(&format!(
            "DROP TABLE IF EXISTS kept.kept_{table};
             CREATE TABLE kept.kept_{table} ({key} PRIMARY KEY NOT NULL, {});",
            rest.join(", ")
        ))?;
    }
    let (here, there) =
        (format!("SELECT {list} FROM main.{table} WHERE {only}"), format!("SELECT {list} FROM kept.kept_{table}"));
    let differ: bool = tx.query_row(
        &format!(
            "SELECT EXISTS (SELECT * FROM ({here} EXCEPT {there})) OR EXISTS (SELECT * FROM ({there} EXCEPT {here}))"
        ),
        [],
        |row| row.get(0),
    )?;
    if differ {
        tx.execute_batch(&format!("DELETE FROM kept.kept_{table}; INSERT INTO kept.kept_{table} ({list}) {here};"))?;
    }
    Ok(())
}

/// Triggers of this connection, which note what the copy must follow.
fn triggers(tx: &Tx<'_>, kept: &Kept) -> Result<String, DbError> {
    let Kept { table, key, .. } = kept;
    let list = columns(tx, "kept", &format!("kept_{table}"))?.join(", ");
    let note = |table: &str, key: &str| format!("INSERT INTO keep_changed (name, key) VALUES ('{table}', {key});");
    let of = |row: &str| {
        let messages =
            if *table == "operation" { note("message", &format!("{row}.message_id")) } else { String::new() };
        note(table, &format!("{row}.{key}")) + &messages
    };
    if *table == "message" {
        return Ok(format!(
            "CREATE TEMP TRIGGER keep_message AFTER UPDATE OF {list} ON main.message
             WHEN EXISTS (SELECT 1 FROM operation WHERE message_id = new.id) BEGIN {} END;",
            of("new")
        ));
    }
    Ok(format!(
        "CREATE TEMP TRIGGER keep_{table} AFTER INSERT ON main.{table} BEGIN {new} END;
         CREATE TEMP TRIGGER keep_{table}_changed AFTER UPDATE OF {list} ON main.{table} BEGIN {new} END;
         CREATE TEMP TRIGGER keep_{table}_gone AFTER DELETE ON main.{table} BEGIN {old} END;",
        new = of("new"),
        old = of("old"),
    ))
}

/// Puts back what a damaged `mail.db` has lost: into a new file, where references are not checked yet.
pub(crate) fn restore(tx: &Tx<'_>) -> Result<(), DbError> {
    for kept in &TABLES {
        let list = common(tx, kept)?.join(", ");
        if list.is_empty() {
            continue;
        }
        let table = kept.table;
        let rows = tx.execute(
            &format!("INSERT OR IGNORE INTO main.{table} ({list}) SELECT {list} FROM kept.kept_{table}"),
            [],
        )?;
        if rows > 0 {
            tracing::warn!(table, rows, "taken from the second copy");
        }
    }
    Ok(())
}
