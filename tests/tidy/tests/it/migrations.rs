//! Migrations: numbered without gaps, every table STRICT.

use std::collections::BTreeMap;

use crate::house::{File, hold, house};

fn migrations(files: &[File]) -> Vec<&File> {
    files.iter().filter(|file| file.ends_with(&[".sql"]) && file.path.contains("/migrations/")).collect()
}

fn numbers(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut folders: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for file in migrations(files) {
        let numbered = file.stem().split_once('_').filter(|(number, name)| {
            number.len() == 3
                && !name.is_empty()
                && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        });
        match numbered.and_then(|(number, _)| number.parse().ok()) {
            Some(number) => folders.entry(file.folder()).or_default().push(number),
            None => faults.push(format!("{} is not named NNN_name.sql", file.path)),
        }
    }
    for (folder, mut found) in folders {
        found.sort_unstable();
        if !found.iter().copied().eq(1..=u32::try_from(found.len()).unwrap_or(u32::MAX)) {
            faults.push(format!("{folder} has the numbers {found:?}"));
        }
    }
    faults
}

/// Statements of a script, comments taken out, blanks joined. Enough for migrations, which hold no trigger bodies with
/// a CREATE TABLE inside.
fn statements(sql: &str) -> Vec<String> {
    let bare: String =
        sql.lines().map(|line| line.split("--").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    bare.split(';')
        .map(|one| one.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|one| !one.is_empty())
        .collect()
}

fn loose_tables(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    for file in migrations(files) {
        for statement in statements(file.text()) {
            let upper = statement.to_uppercase();
            let table = upper.starts_with("CREATE TABLE") || upper.starts_with("CREATE TEMP TABLE");
            let options = upper.rsplit_once(')').map_or("", |(_, options)| options);
            if table && !options.split(',').any(|option| option.trim() == "STRICT") {
                faults.push(format!("{}: {}", file.path, statement.split('(').next().unwrap_or_default()));
            }
        }
    }
    faults
}

#[test]
fn migrations_are_numbered_without_gaps() {
    hold(
        &numbers(&house().files),
        "A migration is NNN_name.sql, numbered from 001 in its folder. A shipped file is never renumbered or changed.",
    );
}

#[test]
fn every_table_is_strict() {
    hold(&loose_tables(&house().files), "End the statement with `) STRICT;`, so that SQLite keeps the columns' types.");
}

#[test]
fn a_gap_or_a_wrong_name_is_seen() {
    let check = |names: &[&str]| {
        numbers(&names.iter().map(|name| File::sample(&format!("a/migrations/mail/{name}"), "")).collect::<Vec<_>>())
            .len()
    };
    assert_eq!(check(&["001_start.sql", "002_labels.sql"]), 0);
    assert_eq!(check(&["001_start.sql", "003_labels.sql"]), 1);
    assert_eq!(check(&["001_start.sql", "001_labels.sql"]), 1);
    assert_eq!(check(&["001_start.sql", "2_labels.sql"]), 1);
}

#[test]
fn a_loose_table_is_seen() {
    let check = |sql| loose_tables(&[File::sample("a/migrations/001_start.sql", sql)]).len();
    assert_eq!(check("CREATE TABLE a (b TEXT NOT NULL DEFAULT '') STRICT;\nCREATE INDEX c ON a (b);"), 0);
    assert_eq!(check("CREATE TABLE a (b INTEGER PRIMARY KEY) WITHOUT ROWID, STRICT;"), 0);
    assert_eq!(check("CREATE VIRTUAL TABLE a USING fts5(b);"), 0);
    assert_eq!(check("CREATE TABLE a (b TEXT); -- STRICT"), 1);
    assert_eq!(check("CREATE TABLE strict (b TEXT);"), 1);
}
