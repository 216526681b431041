//! The switches that take walls down are in debug builds only.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The switch's name in the environment.
const SWITCH: &[u8] = b"POSTROOM_TEST_WALLS_DOWN";

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/walls.rs")
}

/// The file compiled by itself, as a release or a debug build does it.
fn compiled(folder: &Path, debug: bool) -> Vec<u8> {
    let out = folder.join(format!("walls-{debug}.o"));
    let status = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args(["--edition", "2024", "--crate-name", "walls", "--crate-type", "lib", "--emit", "obj"])
        .args(["-C", if debug { "debug-assertions=yes" } else { "debug-assertions=no" }])
        .arg("-o")
        .args([&out, &source()])
        .status()
        .unwrap();
    assert!(status.success());
    std::fs::read(out).unwrap()
}

#[test]
fn a_release_has_no_switch() {
    let folder = tempfile::tempdir().unwrap();
    let has_switch = |debug| compiled(folder.path(), debug).windows(SWITCH.len()).any(|window| window == SWITCH);
    assert!(has_switch(true), "or this test looks for what is never there");
    assert!(!has_switch(false));
    // And nobody gives a release debug assertions, nor reads the variable elsewhere.
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../Cargo.toml");
    let manifest = std::fs::read_to_string(manifest).unwrap();
    assert!(manifest.contains("[profile.release]") && !manifest.contains("debug-assertions"));
    assert_eq!(mentions(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..").join("src-tauri")), [source()]);
}

/// Files of source under a folder that name the switch, without this one.
fn mentions(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(mentions(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests/it/walls.rs") {
            let text = std::fs::read(&path).unwrap();
            if text.windows(SWITCH.len()).any(|window| window == SWITCH) {
                found.push(path.canonicalize().unwrap());
            }
        }
    }
    found
}
