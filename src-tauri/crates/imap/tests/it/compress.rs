//! COMPRESS=DEFLATE: agreed on, refused, broken, and used as a bomb.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use postroom_imap::ImapError;

use crate::script::{Peer, session};

/// One compressed stream, flushed after each piece.
fn packed(pieces: &[&[u8]]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    for piece in pieces {
        encoder.write_all(piece).unwrap();
        encoder.flush().unwrap();
    }
    encoder.get_ref().clone()
}

#[tokio::test]
async fn both_directions_are_compressed_from_the_agreement_on() {
    let (mut session, _script) = session("COMPRESS=DEFLATE", async |mut peer: Peer| {
        // What comes in the same packet as the agreement is compressed.
        let answer =
            [&b"A0002 OK go\r\n"[..], &packed(&[b"* 4 EXISTS\r\n", b"A0003 OK [HIGHESTMODSEQ 7] x\r\n"])].concat();
        assert!(peer.line().await.ends_with("COMPRESS DEFLATE"));
        peer.say(&answer).await;
        let mut sent = peer.bytes(8).await;
        let mut inflate = flate2::Decompress::new(false);
        let mut line = Vec::with_capacity(100);
        while !line.ends_with(b"\r\n") {
            let taken = inflate.total_in();
            inflate.decompress_vec(&sent, &mut line, flate2::FlushDecompress::None).unwrap();
            sent.drain(..usize::try_from(inflate.total_in() - taken).unwrap());
            if !line.ends_with(b"\r\n") {
                sent.extend(peer.bytes(1).await);
            }
        }
        assert_eq!(line, b"A0003 NOOP\r\n");
        peer
    })
    .await;
    assert!(session.compress().await.unwrap());
    session.noop().await.unwrap();
    assert_eq!(session.take_changes().exists, Some(4));
    assert!(session.compress().await.unwrap(), "not asked twice");
}

#[tokio::test]
async fn a_server_that_will_not_is_left_alone() {
    let (mut session, script) = session("COMPRESS=DEFLATE", async |mut peer: Peer| {
        peer.answer("COMPRESS DEFLATE", "{t} NO [COMPRESSIONACTIVE] the line is\r\n").await;
        peer.answer("NOOP", "{t} OK\r\n").await;
        peer
    })
    .await;
    assert!(!session.compress().await.unwrap());
    assert!(!session.compress().await.unwrap());
    session.noop().await.unwrap();
    assert_eq!(script.lines().await.iter().filter(|line| line.contains("COMPRESS")).count(), 1);
    let (mut session, _script) = self::session("", async |peer: Peer| peer).await;
    assert!(!session.compress().await.unwrap(), "not offered, not asked");
}

async fn broken_by(compressed: Vec<u8>) -> (ImapError, Option<ImapError>) {
    let (mut session, _script) = session("COMPRESS=DEFLATE", async move |mut peer: Peer| {
        peer.answer("COMPRESS DEFLATE", "{t} OK go\r\n").await;
        peer.bytes(4).await;
        peer.say(&compressed).await;
        peer.until_closed().await;
        peer
    })
    .await;
    assert!(session.compress().await.unwrap());
    let error = session.noop().await.unwrap_err();
    (error, session.noop().await.err())
}

#[tokio::test]
async fn a_bomb_is_stopped_by_the_bounds_of_what_it_becomes() {
    // A gigabyte in a megabyte: lines without end…
    let lines = b"* 7 RECENT\r\n".repeat(100_000);
    let flood = packed(&vec![lines.as_slice(); 900]);
    assert!(flood.len() < 5 << 20, "{} bytes", flood.len());
    let (error, after) = broken_by(flood).await;
    assert!(matches!(&error, ImapError::Nonsense { command: "NOOP", .. }), "{error}");
    assert!(error.to_string().contains("more than 16777216 bytes"), "{error}");
    assert!(matches!(after, Some(ImapError::Unusable { .. })));
    // …and one line without an end.
    let line = vec![b'x'; 1 << 20];
    let (error, _) = broken_by(packed(&[[b"* OK ".as_slice(), &line].concat().as_slice(); 900])).await;
    assert!(error.to_string().contains("a line of more than"), "{error}");
}

#[tokio::test]
async fn what_cannot_be_decompressed_is_nonsense() {
    let (error, _) = broken_by(b"* OK in clear after all, and not at all compressed\r\n".to_vec()).await;
    assert!(matches!(&error, ImapError::Nonsense { .. }), "{error}");
    assert!(error.to_string().contains("compressed data"), "{error}");
    // The end of the compressed stream is the end of the connection.
    let mut ended = DeflateEncoder::new(Vec::new(), Compression::fast());
    ended.write_all(b"* OK bye\r\n").unwrap();
    let (error, _) = broken_by(ended.finish().unwrap()).await;
    assert!(matches!(&error, ImapError::Closed { .. }), "{error}");
}
