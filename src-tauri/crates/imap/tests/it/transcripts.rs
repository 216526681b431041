//! Recorded answers of real servers (tests/data/imap, MIT, see its LICENCE.md), whole and damaged, to a session that asks
//! for something else: it ends well or with an error, and never panics or hangs.

use std::time::Duration;

use postroom_imap::UidSet;
use postroom_types::Uid;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::script::{Peer, session};

fn transcripts() -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/imap");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "txt"));
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Plays the bytes in answer to `ask` (0: LIST, 1: FETCH of bodies, 2: headers, 3: SELECT), and hangs up.
async fn play(bytes: Vec<u8>, ask: u8) -> bool {
    let (mut session, _script) = session("UIDPLUS ESEARCH", async move |mut peer: Peer| {
        peer.line().await;
        peer.say(bytes).await;
        peer
    })
    .await;
    let asking = async {
        match ask {
            0 => session.list().await.map(drop),
            1 => session.fetch_bodies([(Uid(1), 10), (Uid(2), 10)], &mut Vec::new()).await,
            2 => session.fetch_headers(&UidSet::range(Uid(1), Uid(9)), &mut Vec::new()).await.map(drop),
            _ => session.select("INBOX").await.map(drop),
        }
    };
    tokio::time::timeout(Duration::from_secs(20), asking).await.expect("it hangs").is_ok()
}

fn tagged(bytes: &[u8]) -> Vec<u8> {
    // Checked out with bare LF on some systems; the literals count CRLF.
    let text = bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line).to_vec());
    let mut bytes = text.collect::<Vec<_>>().join(b"\r\n".as_slice());
    while let Some(at) = bytes.windows(9).position(|part| part == b"A########") {
        bytes.splice(at..at + 9, *b"A0002");
    }
    bytes
}

#[tokio::test]
async fn recorded_answers_are_taken_whole() {
    let files = transcripts();
    assert!(files.len() > 50, "{}", files.len());
    let mut good = 0;
    for file in &files {
        let bytes = tagged(file);
        // Greetings and refusals have no OK for us.
        let ends_well = String::from_utf8_lossy(&bytes).lines().any(|line| line.starts_with("A0002 OK"));
        if ends_well {
            assert!(play(bytes.clone(), 3).await, "{}", String::from_utf8_lossy(&bytes));
            good += 1;
        }
    }
    assert!(good > 40, "{good}");
}

#[test]
fn damaged_answers_never_panic() {
    let files = transcripts();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let damage =
        (0..files.len(), prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..4), 1..6), 0_u8..4);
    TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(400) })
        .run(&damage, |(file, edits, ask)| {
            let mut bytes = tagged(&files[file]);
            for (at, byte, edit) in edits {
                let at = at.index(bytes.len().max(1)).min(bytes.len().saturating_sub(1));
                match edit {
                    0 if !bytes.is_empty() => bytes[at] = byte,
                    1 if !bytes.is_empty() => drop(bytes.remove(at)),
                    2 => bytes.truncate(at),
                    _ => bytes.insert(at, b"(){}\"\r\n\0"[usize::from(byte) % 8]),
                }
            }
            runtime.block_on(play(bytes, ask));
            Ok(())
        })
        .unwrap();
}
