//! What messages made to exhaust their reader cost: every shape at 25 MB, from its bytes to the text and the page that are
//! shown, on a thread with a stack of 512 KiB. More than a second of the processor's time or 256 MB of memory fails the run.
//!
//! Time and memory are read from Linux's `/proc`; elsewhere the shapes are only read.

#![expect(clippy::print_stdout, clippy::expect_used, reason = "a bench says what it measured, and fails by panicking")]

use std::fs;
use std::thread;

use postroom_html::{SanitiseOptions, html_to_text, sanitise, text_to_html};
use postroom_lab::bombs::BOMBS;
use postroom_mime::{parse, summarise};

const SIZE: usize = 25_000_000;
const MOST_SECONDS: f64 = 1.0;
const MOST_KIB: u64 = 256 * 1024;

/// Processor time of this thread, seconds.
fn seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: u64 = stat.split_whitespace().next()?.parse().ok()?;
    Some(u32::try_from(nanoseconds / 1_000).ok().map_or(f64::INFINITY, f64::from) / 1e6)
}

/// The most memory that the process had since it was last asked, KiB.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    // Begins anew.
    fs::write("/proc/self/clear_refs", "5").ok()?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// What a message comes to: as the reader shows it, and as the list does. Gives the time to the first text, and to all.
fn read(raw: &[u8]) -> (f64, f64) {
    let begin = seconds().unwrap_or_default();
    let message = parse(raw);
    let shown = match message.html.as_deref() {
        Some(html) => match sanitise(html, &SanitiseOptions::NOTHING) {
            Ok(safe) => safe.html.len(),
            Err(_too_complex) => text_to_html(&message.text.unwrap_or_else(|| html_to_text(html)), false).len(),
        },
        None => text_to_html(&message.text.unwrap_or_default(), message.text_is_flowed).len(),
    };
    let first = seconds().unwrap_or_default() - begin;
    let preview = summarise(raw).preview.len();
    assert!(shown < 8 * SIZE && preview < 1_000);
    (first, seconds().unwrap_or_default() - begin)
}

fn main() {
    let mut too_much = Vec::new();
    for bomb in BOMBS {
        let raw = (bomb.make)(SIZE);
        peak();
        let reader = thread::Builder::new().stack_size(512 * 1024);
        let reader = reader.spawn(move || read(&raw)).expect("a thread");
        let (first, all) = reader.join().expect("it is read");
        let kib = peak().unwrap_or_default();
        println!("{:>7.3} s, with its row {all:>7.3} s, {:>4} MB  {}", first, kib / 1024, bomb.name);
        if first > MOST_SECONDS || kib > MOST_KIB {
            too_much.push(bomb.name);
        }
    }
    assert!(too_much.is_empty(), "too much: {too_much:?}");
}
