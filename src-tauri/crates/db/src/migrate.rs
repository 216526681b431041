//! Numbered migrations, forward only.

use rusqlite::Connection;

use crate::DbError;

/// One step of a schema. Shipped steps are frozen: a change is a new step.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Position, from 1 without gaps; stored as `user_version`.
    pub number: u32,
    /// What it does: SQL statements.
    pub sql: &'static str,
}

/// Brings a database to the newest step, one transaction a step.
pub(crate) fn run(connection: &mut Connection, file: &str, migrations: &[Migration]) -> Result<(), DbError> {
    let found: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = migrations.last().map_or(0, |migration| migration.number);
    if found > known {
        return Err(DbError::TooNew { file: file.to_owned(), found, known });
    }
    for migration in migrations.iter().filter(|migration| migration.number > found) {
        step(connection, migration).map_err(|source| DbError::Migration {
            file: file.to_owned(),
            number: migration.number,
            source,
        })?;
    }
    Ok(())
}

fn step(connection: &mut Connection, migration: &Migration) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(migration.sql)?;
    transaction.pragma_update(None, "user_version", migration.number)?;
    transaction.commit()
}
