//! How long a file may get: what a person can read in one sitting.

use crate::code::product;
use crate::house::{File, hold, house};
use crate::source::product_files;

/// Lines of a file, without its tests.
const LIMIT: usize = 400;

/// Files that may be longer, each with its reason. An entry that is no longer needed fails the test.
const EXCEPTIONS: &[(&str, &str)] = &[];

fn too_long(files: &[File], exceptions: &[(&str, &str)]) -> Vec<String> {
    let mut faults = Vec::new();
    let measured: Vec<(&str, usize)> = product_files(files)
        .into_iter()
        .map(|file| (file.path.as_str(), file.text().lines().count().saturating_sub(product(file.text()).test_lines)))
        .collect();
    for (path, lines) in &measured {
        if *lines > LIMIT && !exceptions.iter().any(|(name, _)| name == path) {
            faults.push(format!("{path} has {lines} lines"));
        }
    }
    for (name, reason) in exceptions {
        if reason.len() < 20 {
            faults.push(format!("the exception for {name} gives no reason"));
        }
        if !measured.iter().any(|(path, lines)| path == name && *lines > LIMIT) {
            faults.push(format!("the exception for {name} is no longer needed"));
        }
    }
    faults
}

#[test]
fn a_file_can_be_read_in_one_sitting() {
    hold(
        &too_long(&house().files, EXCEPTIONS),
        "Cut the file where its parts have names of their own (at most 400 lines without tests), or add it to \
         EXCEPTIONS in tests/tidy/tests/it/length.rs with the reason; take entries out that are no longer needed.",
    );
}

#[test]
fn a_long_file_and_an_idle_exception_are_seen() {
    let long = "fn a() {}\n".repeat(LIMIT + 1);
    let tested = format!("{}#[cfg(test)]\nmod tests {{\n{long}}}\n", "fn a() {}\n".repeat(LIMIT));
    let files = [
        File::sample("a/src/long.rs", &long),
        File::sample("a/src/tested.rs", &tested),
        File::sample("a/src/x/tests.rs", &long),
    ];
    assert_eq!(too_long(&files, &[]), ["a/src/long.rs has 401 lines"]);
    let reason = "a table that is read by its keys";
    assert_eq!(too_long(&files, &[("a/src/long.rs", reason)]), Vec::<String>::new());
    assert_eq!(too_long(&files, &[("a/src/long.rs", "long")]).len(), 1);
    assert_eq!(too_long(&files, &[("a/src/long.rs", reason), ("a/src/tested.rs", reason)]).len(), 1);
}
