//! The repository as the rules see it: its text files and `cargo metadata`. Read once, shared by all tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

/// When a dependency is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Normal,
    Build,
    Dev,
}

/// A workspace member.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Its folder from the root, with `/`.
    pub(crate) folder: String,
    pub(crate) dependencies: Vec<(String, Kind)>,
    /// Names of its integration test binaries.
    pub(crate) tests: Vec<String>,
}

/// A file that is, or would be, under version control.
#[derive(Debug, Clone)]
pub(crate) struct File {
    /// From the root, with `/`.
    pub(crate) path: String,
    /// `None` where it is not UTF-8.
    pub(crate) text: Option<String>,
}

impl File {
    /// A sample for a rule's own test.
    pub(crate) fn sample(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: Some(text.to_owned()) }
    }

    /// The text, empty for a binary file.
    pub(crate) fn text(&self) -> &str {
        self.text.as_deref().unwrap_or_default()
    }

    /// The last part of the path.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The last part of the path without its first dot and what follows.
    pub(crate) fn stem(&self) -> &str {
        self.name().split('.').next().unwrap_or_default()
    }

    /// The folder, empty at the root.
    pub(crate) fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// Whether the name ends with one of these, dot included.
    pub(crate) fn ends_with(&self, endings: &[&str]) -> bool {
        endings.iter().any(|ending| self.path.ends_with(ending))
    }
}

/// Everything the rules read.
pub(crate) struct House {
    pub(crate) root: PathBuf,
    pub(crate) packages: Vec<Package>,
    pub(crate) files: Vec<File>,
}

impl House {
    /// One file by its path.
    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }
}

/// The package a path belongs to: the one with the longest matching folder.
pub(crate) fn owner<'a>(packages: &'a [Package], path: &str) -> Option<&'a Package> {
    packages
        .iter()
        .filter(|package| path.strip_prefix(&package.folder).is_some_and(|rest| rest.starts_with('/')))
        .max_by_key(|package| package.folder.len())
}

/// The repository this test was built from.
#[expect(clippy::panic, reason = "a test binary without its repository has nothing to say")]
pub(crate) fn house() -> &'static House {
    static HOUSE: OnceLock<House> = OnceLock::new();
    HOUSE.get_or_init(|| read().unwrap_or_else(|error| panic!("the repository cannot be read: {error:#}")))
}

/// Fails with every fault on its own line and what to do about them.
#[track_caller]
pub(crate) fn hold(faults: &[String], what_to_do: &str) {
    assert!(faults.is_empty(), "\n  {}\n{what_to_do}\n", faults.join("\n  "));
}

fn read() -> Result<House> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    Ok(House { packages: packages(&root)?, files: files(&root)?, root })
}

fn packages(root: &Path) -> Result<Vec<Package>> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root)
        .output()
        .context("cargo metadata")?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let base = metadata.get("workspace_root").and_then(Value::as_str).context("workspace_root")?;
    metadata
        .get("packages")
        .and_then(Value::as_array)
        .context("packages")?
        .iter()
        .map(|package| read_package(package, base))
        .collect()
}

fn read_package(package: &Value, base: &str) -> Result<Package> {
    let list = |key: &str| package[key].as_array().cloned().unwrap_or_default();
    let manifest = package["manifest_path"].as_str().context("manifest_path")?;
    let folder = manifest.strip_prefix(base).context("outside the workspace")?.replace('\\', "/");
    let kind = |dependency: &Value| match dependency["kind"].as_str() {
        Some("dev") => Kind::Dev,
        Some("build") => Kind::Build,
        _ => Kind::Normal,
    };
    let name_of = |value: &Value| value["name"].as_str().unwrap_or_default().to_owned();
    Ok(Package {
        name: name_of(package),
        folder: folder.trim_start_matches('/').trim_end_matches("/Cargo.toml").to_owned(),
        dependencies: list("dependencies").iter().map(|one| (name_of(one), kind(one))).collect(),
        tests: list("targets")
            .iter()
            .filter(|one| one.pointer("/kind/0").is_some_and(|kind| kind == "test"))
            .map(name_of)
            .collect(),
    })
}

/// What git would track: everything but what `.gitignore` names. Git itself is not asked, so an unpacked archive works.
fn files(root: &Path) -> Result<Vec<File>> {
    let mut walk = ignore::WalkBuilder::new(root);
    walk.hidden(false).require_git(false).parents(false).git_global(false).git_exclude(false);
    walk.filter_entry(|entry| entry.file_name() != ".git");
    let mut files = Vec::new();
    for entry in walk.build() {
        let entry = entry?;
        if entry.file_type().is_some_and(|kind| kind.is_file()) {
            let path = entry.path().strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            // Another test or an editor may remove a file between the listing and here.
            let Ok(bytes) = std::fs::read(entry.path()) else { continue };
            files.push(File { path, text: String::from_utf8(bytes).ok() });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}
