//! Which room stands on which floor, who may use whom, and which library belongs to which room.

use crate::house::{Kind, Package, hold, house};

/// Floor of each room. A dependency points to a lower floor: never beside, never up.
const FLOORS: &[(&str, u8)] = &[
    ("postroom-types", 0),
    ("postroom-mime", 1),
    ("postroom-html", 1),
    ("postroom-inspect", 1),
    ("postroom-search", 1),
    ("postroom-db", 2),
    ("postroom-net", 2),
    ("postroom-store", 3),
    ("postroom-imap", 3),
    ("postroom-smtp", 3),
    ("postroom-accounts", 3),
    ("postroom-sync", 4),
    ("postroom-team", 5),
    ("postroom-trust", 5),
    ("postroom-crypto", 5),
    ("postroom-policy", 5),
    ("postroom-directory", 5),
    ("postroom-calendar", 5),
    ("postroom-files", 5),
    ("postroom-archive", 5),
    ("postroom-audit", 5),
    ("postroom-core", 6),
    ("postroom-ctl", 7),
    ("postroom", 7),
];

/// The packages under `tests/`, which are no part of the product.
const TESTS: &[&str] = &["postroom-lab", "postroom-e2e", "postroom-tidy"];

/// Libraries that one room keeps to itself. A `*` stands for any ending.
const OWNERS: &[(&str, &[&str])] = &[
    ("rusqlite", &["postroom-db"]),
    ("libsqlite3-sys", &["postroom-db"]),
    ("async-imap", &["postroom-imap"]),
    ("imap-proto", &["postroom-imap"]),
    ("lettre", &["postroom-smtp"]),
    ("mail-parser", &["postroom-mime"]),
    ("mail-builder", &["postroom-mime"]),
    ("ammonia", &["postroom-html"]),
    ("keyring", &["postroom-accounts"]),
    ("reqwest", &["postroom-net"]),
    ("tokio-rustls", &["postroom-net"]),
    ("rustls-platform-verifier", &["postroom-net"]),
    // The binaries install the process's TLS provider; `source.rs` sees that they do nothing else with it.
    ("rustls", &["postroom-net", "postroom-ctl", "postroom"]),
    ("tauri*", &["postroom"]),
];

fn floor(name: &str) -> Option<u8> {
    FLOORS.iter().find(|(room, _)| *room == name).map(|(_, floor)| *floor)
}

fn is_ours(name: &str) -> bool {
    name == "postroom" || name.starts_with("postroom-")
}

fn arrows(packages: &[Package]) -> Vec<String> {
    let mut faults = Vec::new();
    for package in packages.iter().filter(|package| !TESTS.contains(&package.name.as_str())) {
        let Some(own) = floor(&package.name) else {
            faults.push(format!("{} has no floor", package.name));
            continue;
        };
        for (name, kind) in package.dependencies.iter().filter(|(name, _)| is_ours(name)) {
            let lab = *kind == Kind::Dev && name == "postroom-lab";
            if !lab && floor(name).is_none_or(|other| other >= own) {
                faults.push(format!("{} (floor {own}) depends on {name}", package.name));
            }
        }
    }
    faults
}

fn lab_arrows(packages: &[Package]) -> Vec<String> {
    let lab = packages.iter().filter(|package| package.name == "postroom-lab");
    let ours = lab.flat_map(|package| &package.dependencies).filter(|(name, _)| is_ours(name));
    ours.filter(|(name, _)| name != "postroom-types").map(|(name, _)| format!("the lab depends on {name}")).collect()
}

fn owned_libraries(packages: &[Package]) -> Vec<String> {
    let mut faults = Vec::new();
    for package in packages.iter().filter(|package| !TESTS.contains(&package.name.as_str())) {
        // A room's tests may look at a database or a socket from outside; its product code may not.
        for (name, _) in package.dependencies.iter().filter(|(_, kind)| *kind != Kind::Dev) {
            let matches = |pattern: &str| match pattern.strip_suffix('*') {
                Some(beginning) => name.starts_with(beginning),
                None => name == pattern,
            };
            let owners = OWNERS.iter().filter(|(library, _)| matches(library)).map(|(_, owners)| owners);
            for owners in owners.filter(|owners| !owners.contains(&package.name.as_str())) {
                faults.push(format!("{} depends on {name}, which belongs to {}", package.name, owners.join(", ")));
            }
        }
    }
    faults
}

fn folders(packages: &[Package]) -> Vec<String> {
    let expected = |name: &str| match name.strip_prefix("postroom-") {
        None => "src-tauri".to_owned(),
        Some(room) if TESTS.contains(&name) => format!("tests/{room}"),
        Some(room) => format!("src-tauri/crates/{room}"),
    };
    let wrong = packages.iter().filter(|package| package.folder != expected(&package.name));
    wrong.map(|package| format!("{} is in {}", package.name, package.folder)).collect()
}

fn test_binaries(packages: &[Package]) -> Vec<String> {
    let wrong = |package: &Package| package.tests.iter().any(|test| test != "it");
    packages
        .iter()
        .filter(|package| wrong(package))
        .map(|package| format!("{} has the test binaries {}", package.name, package.tests.join(", ")))
        .collect()
}

#[test]
fn arrows_point_to_a_lower_floor() {
    hold(
        &arrows(&house().packages),
        "A room uses only rooms on lower floors (and the lab in its tests). Move what is shared down, or let core \
         plug the rooms together through a trait. A new room gets its floor in FLOORS (tests/tidy/tests/it/floors.rs).",
    );
}

#[test]
fn the_lab_knows_only_types() {
    hold(
        &lab_arrows(&house().packages),
        "The lab serves every room's tests, so it may depend on postroom-types alone.",
    );
}

#[test]
fn each_library_has_its_room() {
    hold(
        &owned_libraries(&house().packages),
        "Go through the room that owns the library, so that its holes are worked around in one place.",
    );
}

#[test]
fn a_package_lives_in_the_folder_of_its_name() {
    hold(&folders(&house().packages), "postroom-x stands in src-tauri/crates/x (or tests/x).");
}

#[test]
fn a_package_has_one_test_binary() {
    hold(
        &test_binaries(&house().packages),
        "Integration tests stand in tests/it/main.rs and its modules: one link step a package.",
    );
}

#[cfg(test)]
mod samples {
    use super::*;

    fn package(name: &str, folder: &str, dependencies: &[(&str, Kind)]) -> Package {
        Package {
            name: name.to_owned(),
            folder: folder.to_owned(),
            dependencies: dependencies.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect(),
            tests: vec!["it".to_owned()],
        }
    }

    #[test]
    fn arrows_up_and_beside_are_seen() {
        let check = |name, dependency, kind| arrows(&[package(name, "", &[(dependency, kind)])]).len();
        assert_eq!(check("postroom-sync", "postroom-imap", Kind::Normal), 0);
        assert_eq!(check("postroom-imap", "postroom-lab", Kind::Dev), 0);
        assert_eq!(check("postroom-imap", "postroom-lab", Kind::Normal), 1);
        assert_eq!(check("postroom-imap", "postroom-store", Kind::Normal), 1);
        assert_eq!(check("postroom-imap", "postroom-store", Kind::Dev), 1);
        assert_eq!(check("postroom-imap", "postroom-core", Kind::Build), 1);
        assert_eq!(check("postroom-ctl", "postroom", Kind::Normal), 1);
        assert_eq!(check("postroom-attic", "postroom-types", Kind::Normal), 1);
    }

    #[test]
    fn a_lab_that_knows_more_is_seen() {
        assert_eq!(lab_arrows(&[package("postroom-lab", "", &[("postroom-types", Kind::Normal)])]).len(), 0);
        assert_eq!(lab_arrows(&[package("postroom-lab", "", &[("postroom-mime", Kind::Dev)])]).len(), 1);
    }

    #[test]
    fn a_library_in_the_wrong_room_is_seen() {
        let check = |name, library, kind| owned_libraries(&[package(name, "", &[(library, kind)])]).len();
        assert_eq!(check("postroom-db", "rusqlite", Kind::Normal), 0);
        assert_eq!(check("postroom-store", "rusqlite", Kind::Dev), 0);
        assert_eq!(check("postroom-store", "rusqlite", Kind::Normal), 1);
        assert_eq!(check("postroom-core", "tauri-plugin-opener", Kind::Normal), 1);
        assert_eq!(check("postroom-sync", "async-imap", Kind::Build), 1);
    }

    #[test]
    fn a_package_elsewhere_is_seen() {
        assert_eq!(folders(&[package("postroom-db", "src-tauri/crates/db", &[])]).len(), 0);
        assert_eq!(folders(&[package("postroom-db", "src-tauri/crates/database", &[])]).len(), 1);
    }

    #[test]
    fn a_second_test_binary_is_seen() {
        let mut sample = package("postroom-db", "", &[]);
        assert_eq!(test_binaries(&[sample.clone()]).len(), 0);
        sample.tests.push("other".to_owned());
        assert_eq!(test_binaries(&[sample]).len(), 1);
    }
}
