//! The root, the README and the Makefile: small, true and complete.

use std::collections::BTreeSet;

use crate::house::{File, Package, hold, house};

/// Entries at the root that git tracks.
const ROOT_LIMIT: usize = 16;

/// What a newcomer may type.
const TARGETS: [&str; 8] = ["help", "run", "test", "dev", "lint", "bench", "app", "package"];

fn root_entries(files: &[File]) -> Vec<String> {
    let entries: BTreeSet<&str> = files.iter().filter_map(|file| file.path.split('/').next()).collect();
    if entries.len() <= ROOT_LIMIT {
        return Vec::new();
    }
    vec![format!("{} entries: {}", entries.len(), entries.into_iter().collect::<Vec<_>>().join(" "))]
}

/// The README's map has a line for every package, and no line for a room that is not there.
fn map(readme: &str, packages: &[Package]) -> Vec<String> {
    let mut faults = Vec::new();
    let named = |folder: &str| readme.lines().any(|line| line.trim_start_matches(['|', ' ', '`']).starts_with(folder));
    for package in packages {
        let last = package.folder.rsplit('/').next().unwrap_or_default();
        if !named(&format!("{last}/")) {
            faults.push(format!("the map has no line that begins with {last}/ ({})", package.folder));
        }
    }
    let rooms = readme.split("crates/").skip(1).map(|rest| rest.split(|c: char| !c.is_ascii_lowercase()).next());
    for room in rooms.flatten().filter(|room| !room.is_empty()) {
        if !packages.iter().any(|package| package.folder == format!("src-tauri/crates/{room}")) {
            faults.push(format!("it names crates/{room}, which is not there"));
        }
    }
    if readme.lines().count() > 150 {
        faults.push(format!("{} lines, at most 150", readme.lines().count()));
    }
    faults
}

/// Relative links of a page that lead nowhere.
fn dead_links(page: &File, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let links = page.text().split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let local = links.map(|link| link.split('#').next().unwrap_or_default());
    let local = local.filter(|link| !link.is_empty() && !link.contains(':') && !link.contains(' '));
    local.filter(|link| !exists(&resolve(page.folder(), link))).map(|link| format!("{}: {link}", page.path)).collect()
}

fn resolve(folder: &str, link: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in link.trim_end_matches('/').split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Every target stands in the Makefile with a `##` line for `make help`, and in the README.
fn targets(makefile: &str, readme: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for target in TARGETS {
        let explained = |line: &str| line.starts_with(&format!("{target}:")) && line.contains("## ");
        if !makefile.lines().any(explained) {
            faults.push(format!("Makefile: no `{target}:` with `## what it does`"));
        }
        if target != "help" && !readme.contains(&format!("make {target}")) {
            faults.push(format!("README.md: no `make {target}`"));
        }
    }
    faults
}

/// Shell scripts begin with bash and stop at the first error.
fn loose_scripts(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| file.path.starts_with("scripts/") || file.path == ".ci/run") {
        if !file.text().starts_with("#!/usr/bin/env bash\n") || !file.text().contains("\nset -euo pipefail\n") {
            faults.push(file.path.clone());
        }
    }
    faults
}

fn text(path: &str) -> &'static str {
    house().file(path).map_or("", File::text)
}

#[test]
fn the_root_is_small() {
    hold(&root_entries(&house().files), "The root is the first thing that anyone sees: put the file into a folder.");
}

#[test]
fn the_map_in_the_readme_is_true() {
    hold(&map(text("README.md"), &house().packages), "Mend the map of the code in README.md (one line a folder).");
}

#[test]
fn links_lead_somewhere() {
    let house = house();
    let pages = house.files.iter().filter(|file| file.ends_with(&[".md"]) && !file.path.starts_with("tests/data/"));
    let faults: Vec<String> = pages.flat_map(|page| dead_links(page, |path| house.root.join(path).exists())).collect();
    hold(&faults, "Mend the link or take it out.");
}

#[test]
fn every_make_target_is_explained() {
    hold(&targets(text("Makefile"), text("README.md")), "`make` alone and the README list what there is to type.");
}

#[test]
fn scripts_stop_at_the_first_error() {
    hold(&loose_scripts(&house().files), "Begin with `#!/usr/bin/env bash` and have a line `set -euo pipefail`.");
}

#[test]
fn a_crowded_root_is_seen() {
    let files: Vec<File> = (0..17).map(|n| File::sample(&format!("f{n}"), "")).collect();
    assert_eq!(root_entries(&files).len(), 1);
    assert_eq!(root_entries(&files[1..]).len(), 0);
}

#[test]
fn an_untrue_map_is_seen() {
    let package = |folder: &str| Package {
        name: String::new(),
        folder: folder.to_owned(),
        dependencies: Vec::new(),
        tests: Vec::new(),
    };
    let packages = [package("src-tauri/crates/db")];
    assert_eq!(map("    db/   the writer", &packages).len(), 0);
    assert_eq!(map("the db/ folder", &packages).len(), 1);
    assert_eq!(map("db/\nsee crates/attic/", &packages).len(), 1);
    assert_eq!(map(&format!("db/\n{}", "\n".repeat(150)), &packages).len(), 1);
}

#[test]
fn a_dead_link_is_seen() {
    let page = File::sample("docs/decisions/a.md", "[a](b.md#c) [d](../../README.md) [e](https://example.com) [f](#g)");
    assert_eq!(dead_links(&page, |path| path == "README.md"), ["docs/decisions/a.md: b.md#c".trim_end_matches("#c")]);
}

#[test]
fn a_missing_target_is_seen() {
    let makefile = TARGETS.map(|target| format!("{target}: ## does it\n")).concat();
    let readme = TARGETS.map(|target| format!("make {target}\n")).concat();
    assert_eq!(targets(&makefile, &readme).len(), 0);
    assert_eq!(targets(&makefile.replace("run: ##", "run: #"), &readme).len(), 1);
    assert_eq!(targets(&makefile, &readme.replace("make dev", "")).len(), 1);
}

#[test]
fn a_loose_script_is_seen() {
    let good = "#!/usr/bin/env bash\n# What it does.\nset -euo pipefail\n";
    assert_eq!(loose_scripts(&[File::sample("scripts/a.sh", good)]).len(), 0);
    assert_eq!(loose_scripts(&[File::sample("scripts/a.sh", "#!/bin/sh\n")]).len(), 1);
}
