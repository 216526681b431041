//! A large message as postroomctl's users meet it: killed half-way, read before its end, saved without filling memory.
//!
//! `POSTROOM_LARGE=2048` makes it so many megabytes; `make soak` does.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::ctl::{Ctl, error_of, with_account};
use crate::samples::plain;

const MB: u64 = 1 << 20;
/// What a command may take on top of what it takes with small mails alone.
const MEMORY: u64 = 64 * MB;
/// Bytes of the attachment that are made at a time: whole lines of base64.
const BLOCK: usize = 57 * 18_000;

const HEAD: &str = "From: Bo <bo@example.test>\r\nTo: ann@example.test\r\nSubject: Large\r\nMIME-Version: 1.0\r\n\
    Date: Tue, 03 Feb 2026 10:00:00 +0000\r\nMessage-ID: <large@example.test>\r\n\
    Content-Type: multipart/mixed; boundary=b\r\n\r\n\
    --b\r\nContent-Type: text/plain\r\n\r\nHere are the plans.\r\n\
    --b\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename=small.csv\r\n\r\na;b\r\n\
    --b\r\nContent-Type: application/zip\r\nContent-Disposition: attachment; filename=plans.zip\r\n\
    Content-Transfer-Encoding: base64\r\n\r\n";

fn megabytes() -> u64 {
    std::env::var("POSTROOM_LARGE").ok().and_then(|number| number.parse().ok()).unwrap_or(40)
}

/// The blocks of the attachment, each another.
fn blocks() -> impl Iterator<Item = Vec<u8>> {
    let mut state = 1_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    })
    .take(BLOCK)
    .collect();
    let count = megabytes() * MB * 57 / 78 / BLOCK as u64;
    (0..count).map(move |number| {
        let mut block = noise.clone();
        block[..8].copy_from_slice(&number.to_be_bytes());
        block
    })
}

/// Writes the message straight into the server's folder, never all of it in memory. Gives its file.
fn put_large(ctl: &Ctl<'_>) -> PathBuf {
    let maildir = ctl.lab.maildir_of(&ctl.user);
    let temporary = maildir.join("tmp/large");
    let mut file = BufWriter::new(File::create(&temporary).expect("a file"));
    file.write_all(HEAD.as_bytes()).expect("written");
    for block in blocks() {
        for line in STANDARD.encode(block).as_bytes().chunks(76) {
            file.write_all(line).expect("written");
            file.write_all(b"\r\n").expect("written");
        }
    }
    file.write_all(b"--b--\r\n").expect("written");
    drop(file.into_inner().expect("written"));
    let size = temporary.metadata().expect("a file").len();
    let path = maildir.join(format!("cur/1770112800.M1P1.lab,S={size},W={size}:2,"));
    std::fs::rename(temporary, &path).expect("renamed");
    path
}

/// Bytes that are taken for a moment at the start, to make the password vault's key (Argon2), and given back.
const KEY: u64 = 40 * MB;

/// Runs a command to its end. Its output, and the most memory that it had once the vault was open, in bytes.
fn measured<S: AsRef<OsStr>>(ctl: &Ctl<'_>, arguments: &[S]) -> (Output, u64) {
    let child = ctl.spawn(arguments);
    let process = format!("/proc/{}", child.id());
    let watching = std::thread::spawn(move || {
        let (mut most, mut opened) = (0, false);
        // Until nothing is left to be looked at: a process that has ended has no memory.
        while let Ok(status) = std::fs::read_to_string(format!("{process}/status")) {
            let (Some(now), Some(peak)) = (memory(&status, "VmRSS:"), memory(&status, "VmHWM:")) else { break };
            if !opened && now + KEY < peak {
                // The peak counts from here on (proc(5), clear_refs).
                std::fs::write(format!("{process}/clear_refs"), "5").expect("the peak is forgotten");
                opened = true;
            } else if opened {
                most = peak;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        most
    });
    let output = child.wait_with_output().expect("postroomctl ends");
    (output, watching.join().expect("the watcher"))
}

fn memory(status: &str, what: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(what))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn large_file(ctl: &Ctl<'_>) -> Option<PathBuf> {
    let mut files = std::fs::read_dir(ctl.data_dir().join("blobs")).ok()?;
    files.find_map(|file| Some(file.ok()?.path()).filter(|path| path.to_string_lossy().contains("large")))
}

/// Waits until so many bytes of it have come, and kills.
fn kill_at(ctl: &Ctl<'_>, mut child: Child, bytes: u64) {
    let begin = Instant::now();
    while large_file(ctl).and_then(|file| file.metadata().ok()).is_none_or(|file| file.len() < bytes) {
        assert!(child.try_wait().expect("the child").is_none(), "it ended before it could be killed");
        assert!(begin.elapsed() < Duration::from_mins(10), "nothing comes");
        std::thread::sleep(Duration::from_millis(1));
    }
    drop(child.kill());
    child.wait().expect("the child ends");
}

fn assert_same(path: &Path, expected: impl Iterator<Item = Vec<u8>>) {
    let mut file = BufReader::new(File::open(path).expect("the file"));
    for block in expected {
        let mut here = vec![0; block.len()];
        file.read_exact(&mut here).expect("as many bytes");
        assert!(here == block, "{} differs", path.display());
    }
    assert_eq!(file.read(&mut [0]).expect("the end"), 0);
}

fn file_blocks(path: &Path) -> impl Iterator<Item = Vec<u8>> {
    let mut file = File::open(path).expect("the file");
    std::iter::from_fn(move || {
        let mut block = Vec::new();
        (&mut file).take(MB).read_to_end(&mut block).expect("read");
        (!block.is_empty()).then_some(block)
    })
}

#[test]
fn a_large_message_is_killed_gone_on_with_read_and_saved_in_little_memory() {
    let ctl = with_account();
    for n in 0..30 {
        ctl.append("INBOX", "", &plain(n));
    }
    let (synced, base_sync) = measured(&ctl, &["sync"]);
    succeeded(&synced);
    let small = ctl.id("INBOX", "Delivery note 1");
    let base_show = measured(&ctl, &["show", &small]).1;
    let original = put_large(&ctl);
    let size = original.metadata().expect("the message").size();

    // Killed twice, and each time it can be looked at.
    let mut before = 0;
    for third in [1, 2] {
        kill_at(&ctl, ctl.spawn(&["sync"]), size * 76 / 100 / 3 * third);
        let id = ctl.id("INBOX", "Large");
        let shown = ctl.json(&["show", &id]);
        assert_eq!(
            shown["text"].as_str().map(|text| text.chars().take(40).collect::<String>()).as_deref(),
            Some("Here are the plans.")
        );
        let (here, total) = (shown["coming"]["bytes"].as_u64(), shown["coming"]["total"].as_u64());
        assert!(here > Some(before + size / 6) && here < total && total == Some(size), "{here:?} of {total:?}");
        before = here.expect("bytes");
        let names: Vec<_> = shown["attachments"].as_array().expect("files").iter().map(|file| &file["name"]).collect();
        assert_eq!(names, ["small.csv", "plans.zip"]);
        assert_eq!(shown["coming"]["missing"], serde_json::json!([0, 3]));
        assert!(ctl.lines(&["show", &id]).contains("Still coming: "));
        let saved = ctl.path("small.csv");
        ctl.json(&["save", "--force", &id, "2", &saved.display().to_string()]);
        assert_eq!(std::fs::read(saved).expect("the file"), b"a;b");
        assert_eq!(
            ctl.error(&["save", &id, "3", &ctl.path("plans.zip").display().to_string()])["code"],
            "body-missing"
        );
        assert_eq!(error_of(&ctl.run(&["show", &id, "--raw", "--json"]).stderr)["code"], "body-missing");
    }

    let (synced, sync) = measured(&ctl, &["sync", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&succeeded(&synced)).expect("JSON");
    let came = document["bytes"].as_u64().expect("bytes");
    assert!(came <= size - before + MB, "{came} bytes came for the {} that were missing", size - before);
    let id = ctl.id("INBOX", "Large");
    let (shown, show) = measured(&ctl, &["show", &id]);
    assert!(succeeded(&shown).contains("Here are the plans."));
    let plans = ctl.path("plans.zip");
    let (saved, save) = measured(&ctl, &["save", &id, "3", &plans.display().to_string()]);
    succeeded(&saved);
    assert_same(&plans, blocks());

    let raw = ctl.path("large.eml");
    let out = File::create(&raw).expect("a file");
    let shown = ctl.command().args(["show", &id, "--raw"]).stdout(Stdio::from(out)).status().expect("postroomctl");
    assert!(shown.success());
    assert_same(&raw, file_blocks(&original));

    println!(
        "{} MB: sync {} MB over {} MB, show {} MB and save {} MB over {} MB",
        size / MB,
        sync / MB,
        base_sync / MB,
        show / MB,
        save / MB,
        base_show / MB
    );
    for (what, most, base) in [("sync", sync, base_sync), ("show", show, base_show), ("save", save, base_show)] {
        assert!(most > 0 && most < base + MEMORY, "{what} took {} MB, {} before", most / MB, base / MB);
    }
    assert_eq!(ctl.json(&["verify", "--deep"])["ok"], true);
    let status = ctl.json(&["status"]);
    assert_eq!(status["bodies"], 31);
    assert!(status["raw_bytes"].as_u64() > Some(size));
}
