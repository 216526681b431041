use std::io::ErrorKind;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
use tokio::time::{Instant, sleep};

use super::*;

#[tokio::test(start_paused = true)]
async fn a_silent_server_times_out_after_the_time_given() {
    let (ours, _theirs) = duplex(16);
    let mut stream = with_read_timeout(ours, STALL);
    let begin = Instant::now();
    let error = stream.read_u8().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_eq!(begin.elapsed().as_secs(), 60);
}

#[tokio::test(start_paused = true)]
async fn every_byte_starts_the_time_anew() {
    let (ours, mut theirs) = duplex(16);
    let mut stream = with_read_timeout(ours, STALL);
    let slow = async {
        for _ in 0..5 {
            sleep(Duration::from_secs(50)).await;
            theirs.write_u8(7).await.unwrap();
        }
        theirs
    };
    let reader = async {
        let mut seen = 0;
        while stream.read_u8().await.is_ok() {
            seen += 1;
        }
        seen
    };
    let (_theirs, seen) = tokio::join!(slow, reader);
    assert_eq!(seen, 5);
}

#[tokio::test(start_paused = true)]
async fn time_runs_only_while_a_read_waits() {
    let (ours, mut theirs) = duplex(16);
    let mut stream = with_read_timeout(ours, STALL);
    theirs.write_u8(1).await.unwrap();
    assert_eq!(stream.read_u8().await.unwrap(), 1);
    sleep(Duration::from_secs(500)).await;
    theirs.write_u8(2).await.unwrap();
    assert_eq!(stream.read_u8().await.unwrap(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_handle_changes_a_read_that_waits_already() {
    let (ours, _theirs) = duplex(16);
    let mut stream = with_read_timeout(ours, STALL);
    let handle = stream.timeout_handle();
    let begin = Instant::now();
    let change = async {
        sleep(Duration::from_secs(10)).await;
        handle.set(Duration::from_mins(29));
    };
    let (read, ()) = tokio::join!(stream.read_u8(), change);
    assert_eq!(read.unwrap_err().kind(), ErrorKind::TimedOut);
    assert_eq!(begin.elapsed().as_secs(), 10 + 29 * 60);
    assert_eq!(handle.get(), Duration::from_mins(29));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_nothing_times_out_too() {
    let (ours, _theirs) = duplex(16);
    let mut stream = with_read_timeout(ours, STALL);
    let error = stream.write_all(&[0; 64]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}
