//! What Rust source may say: sockets, window words, names, module heads, forgotten files, ignored tests, manifests.

#![expect(clippy::indexing_slicing, reason = "pairs from `windows(2)` have two items")]

use std::collections::BTreeSet;

use crate::code::{blanked, identifiers, product, words};
use crate::house::{File, Package, hold, house, owner};

/// Words that open a socket or speak TLS or HTTP. Only `net` may use them.
const SOCKETS: &[&str] = &[
    "TcpStream",
    "TcpListener",
    "TcpSocket",
    "UdpSocket",
    "ToSocketAddrs",
    "lookup_host",
    "to_socket_addrs",
    "reqwest",
    "hyper",
    "rustls",
    "tokio_rustls",
];

/// Words of a window system, which core must not know.
const WINDOW_WORDS: &[&str] = &["tauri", "webview", "window", "tray"];

/// Names that say nothing about what a thing does.
const EMPTY_NAMES: &[&str] = &["manager", "managers", "helper", "helpers", "util", "utils"];

/// Files that hold only test code: `tests.rs`, `tests/`, `benches/` and the files of `#[cfg(test)] mod name;`.
pub(crate) fn test_files(files: &[File]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let declared: Vec<String> = files
        .iter()
        .filter(|file| file.ends_with(&[".rs"]))
        .flat_map(|file| {
            let folder = module_folder(file);
            product(file.text()).test_modules.into_iter().map(move |name| format!("{folder}/{name}"))
        })
        .collect();
    for file in files {
        let path = &file.path;
        let within = |module: &String| {
            path.strip_prefix(module.as_str()).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        };
        let by_name = file.name() == "tests.rs" || path.contains("/tests/") || path.contains("/benches/");
        if by_name || declared.iter().any(within) {
            found.insert(path.clone());
        }
    }
    found
}

/// The folder in which the modules that a file declares stand.
fn module_folder(file: &File) -> String {
    match file.name() {
        "lib.rs" | "main.rs" => file.folder().to_owned(),
        _ => file.path.trim_end_matches(".rs").to_owned(),
    }
}

/// The product's Rust source files: everything in a `src` folder that is not test code.
pub(crate) fn product_files(files: &[File]) -> Vec<&File> {
    let tests = test_files(files);
    let wanted = |file: &&File| file.ends_with(&[".rs"]) && file.path.contains("/src/") && !tests.contains(&file.path);
    files.iter().filter(wanted).collect()
}

fn sockets(files: &[File], packages: &[Package]) -> Vec<String> {
    let mut faults = Vec::new();
    for file in product_files(files) {
        let room = owner(packages, &file.path).map(|package| package.name.as_str());
        // The lab is no part of the product: it starts servers and asks them whether they are up.
        if matches!(room, Some("postroom-net" | "postroom-lab")) {
            continue;
        }
        let code = product(file.text()).code;
        // The one line that each binary begins with; rustfmt may break it.
        let code = code.replace("rustls::crypto::aws_lc_rs::default_provider()", "");
        let found = identifiers(&code).into_iter().filter(|(_, name)| SOCKETS.contains(&name.as_str()));
        faults.extend(found.map(|(line, name)| format!("{}:{line}: {name}", file.path)));
    }
    faults
}

fn window_words(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    for file in product_files(files).into_iter().filter(|file| file.path.starts_with("src-tauri/crates/core/")) {
        for (line, name) in identifiers(&product(file.text()).code) {
            if words(&name).iter().any(|word| WINDOW_WORDS.contains(&word.as_str())) {
                faults.push(format!("{}:{line}: {name}", file.path));
            }
        }
    }
    faults
}

/// Declared types and modules, in Rust and TypeScript.
fn declared_names(file: &File) -> Vec<(usize, String)> {
    let keywords: &[&str] = if file.ends_with(&[".rs"]) {
        &["struct", "enum", "trait", "type", "union", "mod"]
    } else {
        &["class", "interface", "type", "enum"]
    };
    let names = identifiers(&blanked(file.text()));
    names.windows(2).filter(|pair| keywords.contains(&pair[0].1.as_str())).map(|pair| pair[1].clone()).collect()
}

fn is_empty_name(name: &str) -> bool {
    words(name).iter().any(|word| EMPTY_NAMES.contains(&word.as_str()))
}

fn empty_names(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| !file.path.starts_with("tests/data/")) {
        if file.path.split('/').any(is_empty_name) {
            faults.push(file.path.clone());
        }
        if file.ends_with(&[".rs", ".ts"]) {
            let names = declared_names(file).into_iter().filter(|(_, name)| is_empty_name(name));
            faults.extend(names.map(|(line, name)| format!("{}:{line}: {name}", file.path)));
        }
    }
    faults
}

fn mod_rs(files: &[File]) -> Vec<String> {
    files.iter().filter(|file| file.name() == "mod.rs").map(|file| file.path.clone()).collect()
}

fn heads(files: &[File]) -> Vec<String> {
    let tests = test_files(files);
    let source = files.iter().filter(|file| file.ends_with(&[".rs"]) && file.path.contains("/src/"));
    let product = source.filter(|file| !tests.contains(&file.path));
    let head = |file: &&File| {
        let first = file.text().lines().next().unwrap_or_default();
        first.strip_prefix("//! ").is_some_and(|head| head.split_whitespace().count() > 1)
    };
    product.filter(|file| !head(file)).map(|file| file.path.clone()).collect()
}

/// Source files that no module declares: cargo leaves them out without a word, tests and all.
fn forgotten(files: &[File]) -> Vec<String> {
    let rust: Vec<&File> = files.iter().filter(|file| file.ends_with(&[".rs"])).collect();
    let mut declared = BTreeSet::new();
    for file in &rust {
        let names = identifiers(&blanked(file.text()));
        for pair in names.windows(2).filter(|pair| pair[0].1 == "mod") {
            declared.insert(format!("{}/{}.rs", module_folder(file), pair[1].1));
        }
    }
    let roots = ["lib.rs", "main.rs", "build.rs"];
    let expected = |file: &&&File| {
        let is_root =
            roots.contains(&file.name()) || file.folder().ends_with("/bin") || file.folder().ends_with("/benches");
        !is_root && !file.path.contains("/examples/")
    };
    rust.iter().filter(expected).filter(|file| !declared.contains(&file.path)).map(|file| file.path.clone()).collect()
}

fn ignored_tests(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| file.ends_with(&[".rs"])) {
        let code = blanked(file.text());
        for attribute in code.split("#[").skip(1).filter_map(|rest| rest.split(']').next()) {
            let names = identifiers(attribute);
            let named = |at: usize, name: &str| names.get(at).is_some_and(|(_, found)| found == name);
            if named(0, "ignore") || (named(0, "cfg_attr") && names.iter().any(|(_, name)| name == "ignore")) {
                faults.push(format!(
                    "{}: #[{}]",
                    file.path,
                    attribute.split_whitespace().collect::<Vec<_>>().join(" ")
                ));
            }
        }
    }
    let in_ui = files.iter().filter(|file| file.ends_with(&[".test.ts", ".test.svelte.ts"]));
    for file in in_ui {
        let marks = [".skip(", ".only(", ".todo(", ".skipIf(", ".runIf("];
        let found = marks.iter().filter(|mark| file.text().contains(**mark));
        faults.extend(found.map(|mark| format!("{}: {mark}…)", file.path)));
    }
    faults
}

/// A member's manifest: lints and versions come from the workspace.
fn manifests(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| file.name() == "Cargo.toml" && file.path != "Cargo.toml") {
        if !file.text().contains("[lints]\nworkspace = true") {
            faults.push(format!("{}: no [lints] workspace = true", file.path));
        }
        let mut in_dependencies = false;
        for line in file.text().lines().map(str::trim) {
            if line.starts_with('[') {
                in_dependencies = line.ends_with("dependencies]");
                if line.contains("dependencies.") {
                    faults.push(format!("{}: {line} (write it on one line)", file.path));
                }
            } else if in_dependencies && line.contains('=') && !line.replace(' ', "").contains("workspace=true") {
                faults.push(format!("{}: {line}", file.path));
            }
        }
    }
    faults
}

#[test]
fn only_net_opens_a_socket() {
    let house = house();
    hold(
        &sockets(&house.files, &house.packages),
        "TLS trust, private CAs, proxies and time limits live in postroom-net: take a stream or a client from there.",
    );
}

#[test]
fn core_knows_no_window() {
    hold(
        &window_words(&house().files),
        "Core serves postroomctl as well. Say what changed by an event, and let the shell care for windows.",
    );
}

#[test]
fn names_say_what_a_thing_does() {
    hold(&empty_names(&house().files), "Name it after what it does or holds: not Manager, Helper or Util.");
}

#[test]
fn modules_are_x_rs_and_a_folder_x() {
    hold(&mod_rs(&house().files), "Rename x/mod.rs to x.rs, so that tabs and searches tell modules apart.");
}

#[test]
fn every_source_file_has_a_head() {
    hold(&heads(&house().files), "Begin the file with `//!`: what the module is for and what it must not do.");
}

#[test]
fn no_source_file_is_forgotten() {
    hold(&forgotten(&house().files), "No `mod` names this file, so it is not compiled. Declare it or delete it.");
}

#[test]
fn no_test_is_ignored() {
    hold(
        &ignored_tests(&house().files),
        "Mend the test or delete it. Where the product is wrong today, assert today's answer and say so.",
    );
}

#[test]
fn versions_and_lints_come_from_the_workspace() {
    hold(
        &manifests(&house().files),
        "Put the version into [workspace.dependencies] of the root's Cargo.toml and write `name.workspace = true`.",
    );
}

#[cfg(test)]
mod samples {
    use super::*;

    fn package(name: &str, folder: &str) -> Package {
        Package { name: name.to_owned(), folder: folder.to_owned(), dependencies: Vec::new(), tests: Vec::new() }
    }

    #[test]
    fn a_socket_elsewhere_is_seen() {
        let packages =
            [package("postroom-imap", "src-tauri/crates/imap"), package("postroom-net", "src-tauri/crates/net")];
        let check = |path: &str, text: &str| sockets(&[File::sample(path, text)], &packages).len();
        let imap = "src-tauri/crates/imap/src/session.rs";
        assert_eq!(check(imap, "async fn a() { tokio::net::TcpStream::connect(b).await; }"), 1);
        assert_eq!(check(imap, "use tokio_rustls::client::TlsStream;"), 1);
        assert_eq!(check(imap, "// a TcpStream\n#[cfg(test)]\nmod tests { use std::net::TcpListener; }"), 0);
        assert_eq!(check(imap, "fn main() { rustls::crypto::aws_lc_rs::default_provider().install_default(); }"), 0);
        assert_eq!(check("src-tauri/crates/net/src/dial.rs", "use tokio::net::TcpStream;"), 0);
    }

    #[test]
    fn files_of_test_modules_are_test_code() {
        let files = [
            File::sample("a/src/lib.rs", "#[cfg(test)]\nmod fake;\nmod real;"),
            File::sample("a/src/fake.rs", ""),
            File::sample("a/src/fake/server.rs", ""),
            File::sample("a/src/real.rs", "#[cfg(test)]\nmod tests;"),
            File::sample("a/src/real/tests.rs", ""),
        ];
        let paths: Vec<_> = product_files(&files).iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["a/src/lib.rs", "a/src/real.rs"]);
    }

    #[test]
    fn a_window_in_core_is_seen() {
        let check = |text| window_words(&[File::sample("src-tauri/crates/core/src/api.rs", text)]).len();
        assert_eq!(check("fn a(w: &WebviewWindow) {}"), 1);
        assert_eq!(check("use tauri_plugin_opener::Opener;"), 1);
        assert_eq!(check("#[cfg(windows)] fn windowed() {}"), 0);
    }

    #[test]
    fn an_empty_name_is_seen() {
        let check = |path, text| empty_names(&[File::sample(path, text)]).len();
        assert_eq!(check("src-tauri/crates/imap/src/utils.rs", ""), 1);
        assert_eq!(check("ui/src/helpers/a.ts", ""), 1);
        assert_eq!(check("a/src/a.rs", "pub struct SyncManager;"), 1);
        assert_eq!(check("a/src/a.rs", "use other::SyncManager; mod utility {}"), 0);
        assert_eq!(check("ui/src/a.ts", "export class DateUtil {}"), 1);
    }

    #[test]
    fn mod_rs_is_seen() {
        assert_eq!(mod_rs(&[File::sample("a/src/x/mod.rs", ""), File::sample("a/src/x.rs", "")]).len(), 1);
    }

    #[test]
    fn a_missing_head_is_seen() {
        let check = |text| heads(&[File::sample("a/src/x.rs", text)]).len();
        assert_eq!(check("//! Reads the folder list and nothing else.\n"), 0);
        assert_eq!(check("//! Placeholder.\n"), 1);
        assert_eq!(check("use std::fmt;\n"), 1);
        assert_eq!(check(""), 1);
    }

    #[test]
    fn a_forgotten_file_is_seen() {
        let files = [
            File::sample("a/tests/it/main.rs", "mod one;"),
            File::sample("a/tests/it/one.rs", "mod deep;"),
            File::sample("a/tests/it/one/deep.rs", ""),
            File::sample("a/tests/it/two.rs", ""),
        ];
        assert_eq!(forgotten(&files), ["a/tests/it/two.rs"]);
    }

    #[test]
    fn an_ignored_test_is_seen() {
        let check = |path, text| ignored_tests(&[File::sample(path, text)]).len();
        assert_eq!(check("a.rs", "#[test]\n#[ignore = \"slow\"]\nfn a() {}"), 1);
        assert_eq!(check("a.rs", "#[cfg_attr(windows, ignore)]\nfn a() {}"), 1);
        assert_eq!(check("a.rs", "#[test]\nfn ignore() { let ignore = a[0]; }"), 0);
        assert_eq!(check("a.test.ts", "it.skip('a', () => {})"), 1);
    }

    #[test]
    fn an_own_version_is_seen() {
        let lints = "[lints]\nworkspace = true\n";
        let check = |text: &str| manifests(&[File::sample("a/Cargo.toml", text)]).len();
        assert_eq!(check(&format!("{lints}[dependencies]\na.workspace = true\nb = {{ workspace = true }}\n")), 0);
        assert_eq!(check(&format!("{lints}[dev-dependencies]\na = \"1\"\n")), 1);
        assert_eq!(check("[dependencies]\n"), 1);
    }
}
