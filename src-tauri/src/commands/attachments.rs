//! Files that messages carry: saved where the user says, or opened by the system's program for them.

use std::path::{Path, PathBuf};

use postroom_core::Postroom;
use postroom_types::{Fault, FaultCode, PartNumber};
use tauri::{AppHandle, State};
use tauri_plugin_opener::OpenerExt as _;

use super::Answer;

/// Kinds that run when they are opened. They can be saved, not opened from here.
const RUNS: &[&str] = &[
    "exe",
    "bat",
    "cmd",
    "com",
    "scr",
    "pif",
    "ps1",
    "psm1",
    "vb",
    "vbs",
    "vbe",
    "js",
    "jse",
    "mjs",
    "ws",
    "wsf",
    "wsh",
    "hta",
    "lnk",
    "msi",
    "msp",
    "msc",
    "reg",
    "cpl",
    "inf",
    "scf",
    "chm",
    "jar",
    "jnlp",
    "xll",
    "gadget",
    "application",
    "sh",
    "bash",
    "zsh",
    "csh",
    "run",
    "desktop",
    "appimage",
    "deb",
    "rpm",
    "app",
    "command",
    "tool",
    "workflow",
    "pkg",
    "dmg",
    "terminal",
    "scpt",
    "applescript",
    "py",
    "pyw",
    "pl",
    "rb",
    "php",
    "url",
    "webloc",
    "inetloc",
    "fileloc",
    "website",
    "library-ms",
    "search-ms",
    "settingcontent-ms",
    "appref-ms",
    "iso",
    "img",
    "vhd",
    "vhdx",
];

#[tauri::command]
#[specta::specta]
pub(crate) async fn attachment_save(
    postroom: State<'_, Postroom>,
    token: String,
    part: PartNumber,
    path: PathBuf,
) -> Answer<()> {
    let message = postroom.token_message(&token)?;
    postroom.attachment_save(message, part, &path).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn attachments_save(
    postroom: State<'_, Postroom>,
    token: String,
    parts: Vec<PartNumber>,
    folder: PathBuf,
) -> Answer<Vec<PathBuf>> {
    let message = postroom.token_message(&token)?;
    postroom.attachments_save(message, parts, &folder).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn attachment_open(
    app: AppHandle,
    postroom: State<'_, Postroom>,
    token: String,
    part: PartNumber,
) -> Answer<()> {
    let message = postroom.token_message(&token)?;
    let content = postroom.attachment_read(message, part).await?;
    if runs(&content.name) {
        return Err(Fault::new(
            FaultCode::InvalidInput,
            "a file that runs is not opened from a message; save it first",
        )
        .with("field", "attachment")
        .with("reason", content.name.clone()));
    }
    let path = postroom.attachment_stage(&token, part, content).await?;
    app.opener()
        .open_path(path.to_string_lossy(), None::<&str>)
        .map_err(|error| Fault::new(FaultCode::Internal, format!("no program opens the file: {error}")))
}

fn runs(name: &str) -> bool {
    // Windows drops dots and spaces at the end of a name, so `a.exe.` runs too.
    let kind =
        Path::new(name.trim_end_matches(['.', ' '])).extension().map(|kind| kind.to_string_lossy().to_lowercase());
    kind.is_some_and(|kind| RUNS.contains(&kind.as_str()))
}

#[cfg(test)]
mod tests {
    use super::runs;

    #[test]
    fn files_that_run_are_known_whatever_their_case() {
        assert!(runs("invoice.pdf.EXE"));
        assert!(runs("发票.lnk"));
        assert!(runs("a.exe. "));
        assert!(!runs("PO-20417 排期_v3.xlsx"));
        assert!(!runs("exe"));
    }
}
