//! How long the reading of a header, of a message for the list, and of a whole message takes, over the collected messages.

use std::fs;
use std::path::Path;

use postroom_mime::{parse, parse_envelope, summarise};

fn main() {
    divan::main();
}

fn corpus() -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/data/mail")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() { folders.push(path) } else { messages.extend(fs::read(path)) }
        }
    }
    messages
}

#[divan::bench]
fn envelopes(bencher: divan::Bencher<'_, '_>) {
    let messages = corpus();
    let count = divan::counter::ItemsCount::new(messages.len());
    bencher.counter(count).bench(|| messages.iter().map(|raw| parse_envelope(raw).subject.len()).sum::<usize>());
}

#[divan::bench]
fn summaries(bencher: divan::Bencher<'_, '_>) {
    let messages = corpus();
    let count = divan::counter::ItemsCount::new(messages.len());
    bencher.counter(count).bench(|| messages.iter().map(|raw| summarise(raw).preview.len()).sum::<usize>());
}

#[divan::bench]
fn messages(bencher: divan::Bencher<'_, '_>) {
    let messages = corpus();
    let count = divan::counter::ItemsCount::new(messages.len());
    bencher.counter(count).bench(|| messages.iter().map(|raw| parse(raw).parts.len()).sum::<usize>());
}
