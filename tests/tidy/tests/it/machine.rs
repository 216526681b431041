//! Nothing that is true on one machine only: lock files stand, no absolute path, no private registry.

use crate::house::{File, hold, house};

/// The registries that a lock file may name.
const CRATES: &str = "registry+https://github.com/rust-lang/crates.io-index";
const NPM: &str = "https://registry.npmjs.org/";

/// Where absolute paths of a developer's machine begin. Written in pieces, so that this file passes its own rule.
fn machine_folders() -> Vec<String> {
    let folders = ["root", "work", "home", "Users"];
    folders.iter().map(|folder| format!("/{folder}/")).chain(["C:".to_owned() + "\\Users\\"]).collect()
}

/// Settings that point a package client at another registry.
fn registry_settings() -> Vec<String> {
    let pieces = [("replace", "-with"), ("registry", "="), ("registry", " ="), ("index", "-url"), ("_auth", "Token")];
    pieces.iter().map(|(a, b)| format!("{a}{b}")).collect()
}

fn paths(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    // Real messages of other people's machines are test data.
    for file in files.iter().filter(|file| !file.path.starts_with("tests/data/")) {
        for (number, line) in file.text().lines().enumerate() {
            if machine_folders().iter().any(|folder| names_folder(line, folder)) {
                faults.push(format!("{}:{}", file.path, number + 1));
            }
        }
    }
    faults
}

/// Whether an absolute path into the folder stands in the line. A folder further down (`a/home/b`), a URL's path and a
/// folder that is only named, with nothing after its slash, are none.
fn names_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let inside = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | '}' | ')' | '*' | '~');
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + folder.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(inside) && after.is_some_and(|c| c.is_alphanumeric() || c == '.' || c == '_')
    })
}

fn registries(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    for file in files {
        for (number, line) in file.text().lines().enumerate() {
            let line = line.trim();
            let value = |key: &str| line.strip_prefix(key).map(|rest| rest.trim_matches([' ', '"', ',']));
            let wrong = match file.name() {
                "Cargo.lock" => value("source = ").is_some_and(|source| !source.starts_with(CRATES)),
                "package-lock.json" => value("\"resolved\": ").is_some_and(|url| !url.starts_with(NPM)),
                ".npmrc" | "config.toml" | "pip.conf" => {
                    registry_settings().iter().any(|setting| line.contains(setting.as_str()))
                }
                _ => false,
            };
            if wrong {
                faults.push(format!("{}:{}: {line}", file.path, number + 1));
            }
        }
    }
    faults
}

fn locks(files: &[File]) -> Vec<String> {
    let wanted = ["Cargo.lock", "ui/package-lock.json"];
    let missing = wanted.iter().filter(|path| !files.iter().any(|file| file.path == **path && !file.text().is_empty()));
    missing.map(|path| format!("{path} is missing, empty or ignored")).collect()
}

#[test]
fn no_path_of_one_machine() {
    hold(
        &paths(&house().files),
        "Take the path from the environment, from a test's temporary folder or relative to the repository.",
    );
}

#[test]
fn no_private_registry() {
    hold(
        &registries(&house().files),
        "Lock files name the public registries or none (npm: omit-lockfile-registry-resolved=true in ui/.npmrc).",
    );
}

#[test]
fn lock_files_stand() {
    hold(&locks(&house().files), "Both lock files belong to the repository: everyone builds the same.");
}

#[test]
fn a_machine_path_is_seen() {
    let check = |text: &str| paths(&[File::sample("a.md", text)]).len();
    assert_eq!(check(&format!("see /{}/anna/notes", "home")), 1);
    assert_eq!(check(&format!("\"/{}/.cargo\"", "root")), 1);
    assert_eq!(check(&format!("C:{}", "\\Users\\anna")), 1);
    assert_eq!(check("https://example.com/home/page, $HOME/x, tests/work/x"), 0);
}

#[test]
fn a_registry_is_seen() {
    let check = |path, text: &str| registries(&[File::sample(path, text)]).len();
    assert_eq!(check("Cargo.lock", &format!("source = \"{CRATES}\"")), 0);
    assert_eq!(check("Cargo.lock", "source = \"registry+https://crates.example.test/index\""), 1);
    assert_eq!(check("Cargo.lock", "source = \"git+https://example.test/a\""), 1);
    assert_eq!(check("ui/package-lock.json", "  \"resolved\": \"https://npm.example.test/a.tgz\","), 1);
    assert_eq!(check("ui/package-lock.json", &format!("  \"resolved\": \"{NPM}a.tgz\",")), 0);
    assert_eq!(check("ui/.npmrc", &format!("{}=https://npm.example.test", "registry")), 1);
    assert_eq!(check("ui/.npmrc", "omit-lockfile-registry-resolved=true"), 0);
}

#[test]
fn a_missing_lock_file_is_seen() {
    assert_eq!(locks(&[File::sample("Cargo.lock", "version = 4")]).len(), 1);
}
