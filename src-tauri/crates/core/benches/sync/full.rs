//! A first sync of everything: every body stored durably and parsed.

use std::time::{Duration, Instant};

use postroom_core::{Bodies, SyncRequest};
use postroom_types::{ServerAddress, TlsMode};

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
        let report = postroom.sync_once(request).await.map_err(failed)?;
        let (time, busy) = (start.elapsed(), cpu() - cpu_before);
        let peak = peak_resident().unwrap_or_default();
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

#[expect(clippy::cast_precision_loss, reason = "a size to print")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
