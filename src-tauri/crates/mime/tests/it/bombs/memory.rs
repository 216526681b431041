//! All shapes of bombs, of 25 MB each (2 MB where the build is not optimised), in a process of its own: no abort on a stack of
//! 512 KiB, at most 256 MB of memory. `cargo bench -p postroom-ctl --bench bombs` measures the time.

use std::process::Command;
use std::{env, fs, thread};

use postroom_lab::bombs::BOMBS;
use postroom_mime::{limits, parse, part_bytes, summarise};
use postroom_types::PartNumber;

const SIZE: usize = if cfg!(debug_assertions) { 2_000_000 } else { 25_000_000 };
/// Kibibytes.
const MOST: u64 = 256 * 1024;
const CHILD: &str = "POSTROOM_BOMBS";

/// Reads one, and gives what it came to.
fn read(raw: &[u8]) -> usize {
    let message = parse(raw);
    let summary = summarise(raw);
    assert!(summary.preview.chars().count() <= limits::PREVIEW_CHARS);
    assert!(message.parts.len() <= limits::PARTS && message.envelope.to.len() <= limits::ADDRESSES);
    assert!(message.parts.iter().all(|part| part.depth as usize <= limits::DEPTH));
    assert!(message.defects.len() < 20);
    let last = PartNumber(u32::try_from(message.parts.len() - 1).unwrap());
    assert!(part_bytes(raw, last).is_some_and(|bytes| bytes.len() <= raw.len() * 4));
    let texts = [message.text.as_deref(), message.html.as_deref()];
    texts.into_iter().flatten().map(str::len).sum()
}

/// The most memory that this process had since it was last asked, KiB.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    // Begins anew.
    fs::write("/proc/self/clear_refs", "5").ok()?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// What the other process does.
#[test]
fn bombs_in_this_process() {
    if env::var_os(CHILD).is_none() {
        return;
    }
    for bomb in BOMBS {
        let raw = (bomb.make)(SIZE);
        let bytes = raw.len() as u64 / 1024;
        peak();
        let reader = thread::Builder::new().stack_size(512 * 1024);
        let shown = reader.spawn(move || read(&raw)).unwrap().join().unwrap();
        let peak = peak().unwrap_or_default();
        println!("{}: {bytes} KiB, {shown} bytes shown, {peak} KiB of memory", bomb.name);
        assert!(shown <= 5 * SIZE, "{} grows to {shown} bytes", bomb.name);
        assert!(peak <= MOST, "{} takes {peak} KiB", bomb.name);
    }
    println!("all {} are read", BOMBS.len());
}

#[test]
fn every_shape_is_read_in_little_memory_on_a_small_stack() {
    assert!(BOMBS.len() >= 40);
    let child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "bombs::memory::bombs_in_this_process", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let (said, told) = (String::from_utf8_lossy(&child.stdout), String::from_utf8_lossy(&child.stderr));
    assert!(child.status.success(), "{}\n{said}\n{told}", child.status);
    assert!(said.contains(&format!("all {} are read", BOMBS.len())), "{said}");
}
