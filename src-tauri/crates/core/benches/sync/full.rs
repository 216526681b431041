//! A first sync of everything: every body stored durably and parsed.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use postroom_core::{Bodies, Postroom, SyncRequest};
use postroom_types::{FolderRole, ListBy, ServerAddress, TlsMode};
use tokio::task::JoinSet;

use crate::ours::{cpu, failed, peak_resident, profile, reset_peak};
use crate::peers::Mbsync;
use crate::{Bench, ceiling};

pub(crate) fn run(bench: &Bench) -> anyhow::Result<()> {
    for server in [bench.lab.imap_plain(), bench.lab.imap_implicit()] {
        let words = if server.tls == TlsMode::None { "without TLS" } else { "over TLS" };
        println!("\n== first full sync of {} messages, {words}", bench.count);
        let mut lines = vec![("the server itself", ceiling::run(&bench.lab, &bench.user, &server, bench.count)?)];
        let ours = postroom(bench, &server)?;
        lines.push(("postroom", ours));
        for (name, fsync) in [("mbsync, FSync no", false), ("mbsync", true)] {
            if let Some(mbsync) = Mbsync::new(&bench.lab, &bench.user, &server, fsync)? {
                lines.push((name, mbsync.run()?));
            }
        }
        for (name, time) in lines {
            let rate = f64::from(bench.count) / time.as_secs_f64();
            let ratio = time.as_secs_f64() / ours.as_secs_f64();
            println!(
                "{name:<20} {rate:>7.0} messages/s {:>8.2} s   postroom is {ratio:.2} times as fast",
                time.as_secs_f64()
            );
        }
    }
    Ok(())
}

fn postroom(bench: &Bench, server: &ServerAddress) -> anyhow::Result<Duration> {
    // Not on a file system in memory: what is measured is durable.
    let dir = tempfile::tempdir()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let postroom = profile(dir.path(), &bench.lab, &bench.user, server.clone()).await?;
        reset_peak();
        let (start, cpu_before) = (Instant::now(), cpu());
        let request = SyncRequest { account: None, folder: None, bodies: Bodies::All };
        let mut list = JoinSet::new();
        list.spawn(read_list(postroom.clone()));
        let report = postroom.sync_once(request).await.map_err(failed)?;
        let (time, busy) = (start.elapsed(), cpu() - cpu_before);
        let peak = peak_resident().unwrap_or_default();
        list.abort_all();
        let mut reads = READS.lock().map(|mut reads| std::mem::take(&mut *reads)).unwrap_or_default();
        reads.sort_unstable();
        let at =
            |percent: usize| reads.get(reads.len() * percent / 100).copied().unwrap_or_default().as_secs_f64() * 1e3;
        println!("50 rows of the list, asked for meanwhile: median {:.1} ms, 95 % within {:.1} ms", at(50), at(95));
        let status = postroom.status().await.map_err(failed)?;
        anyhow::ensure!(status.bodies == bench.count, "{} bodies of {}", status.bodies, bench.count);
        println!(
            "{} messages, {:.0} MB raw, stored {:.0} %, peak {peak} MB resident, {busy:.1} s of processor",
            report.messages,
            megabytes(status.raw_bytes),
            100.0 * megabytes(status.stored_bytes) / megabytes(status.raw_bytes).max(1.0),
        );
        let start = Instant::now();
        let request = SyncRequest { account: None, folder: None, bodies: Bodies::All };
        postroom.sync_once(request).await.map_err(failed)?;
        println!("again, nothing new: {:.3} s", start.elapsed().as_secs_f64());
        let start = Instant::now();
        let small = postroom.compact().await.map_err(failed)?;
        println!(
            "small mails: {} of {:.0} MB, stored {:.0} %, after compacting for {:.1} s {:.0} %",
            small.messages,
            megabytes(small.raw_bytes),
            100.0 * megabytes(small.before) / megabytes(small.raw_bytes).max(0.001),
            start.elapsed().as_secs_f64(),
            100.0 * megabytes(small.after) / megabytes(small.raw_bytes).max(0.001),
        );
        postroom.close().await;
        Ok(time)
    })
}

/// How long the reads of [`read_list`] took.
static READS: Mutex<Vec<Duration>> = Mutex::new(Vec::new());

/// Reads rows of the inbox as one who scrolls does, until it is aborted.
async fn read_list(postroom: Postroom) -> anyhow::Result<()> {
    let mut at = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let folders = postroom.folders().await.map_err(failed)?;
        let Some(inbox) = folders.iter().find(|folder| folder.role == FolderRole::Inbox) else { continue };
        let ids = postroom.list_index(inbox.id, ListBy::Conversation).await.map_err(failed)?.ids;
        at = if at + 50 < ids.len() { at + 50 } else { 0 };
        let start = Instant::now();
        postroom
            .list_rows(ids.iter().skip(at).take(50).copied().collect(), ListBy::Conversation)
            .await
            .map_err(failed)?;
        if let Ok(mut reads) = READS.lock() {
            reads.push(start.elapsed());
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a size to print")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
