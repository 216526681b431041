//! The headers of a whole mailbox: how fast, in how much memory, and whether a line of the server grows with it.

use std::time::{Duration, Instant};

use postroom_core::{Bodies, SyncRequest};
use postroom_lab::Proxy;
use postroom_types::ServerAddress;

use crate::Bench;
use crate::ours::{cpu, failed, peak_resident, profile, reset_peak};

pub(crate) fn run(bench: &Bench) -> anyhow::Result<()> {
    println!("\n== the headers of {} messages, without TLS", bench.count);
    reset_peak();
    let cpu_before = cpu();
    let (first, again) = passes(bench, bench.lab.imap_plain())?;
    println!(
        "{:.0} headers/s, {:.1} s of processor; again, nothing new: {:.3} s; peak {} MB resident",
        f64::from(bench.count) / first.as_secs_f64(),
        cpu() - cpu_before,
        again.as_secs_f64(),
        peak_resident().unwrap_or_default(),
    );
    // Once more for the lines alone: a proxy in the same process has memory of its own.
    let proxy = Proxy::start(&bench.lab.imap_plain())?;
    passes(bench, proxy.address())?;
    println!("the longest line of the server: {} bytes", proxy.traffic().longest_line);
    Ok(())
}

/// A first pass and one that finds nothing new.
fn passes(bench: &Bench, server: ServerAddress) -> anyhow::Result<(Duration, Duration)> {
    let dir = tempfile::tempdir()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let postroom = profile(dir.path(), &bench.lab, &bench.user, server).await?;
        let request = SyncRequest { account: None, folder: None, bodies: Bodies::None };
        let start = Instant::now();
        postroom.sync_once(request.clone()).await.map_err(failed)?;
        let first = start.elapsed();
        let status = postroom.status().await.map_err(failed)?;
        anyhow::ensure!(status.messages >= bench.count, "{} messages of {}", status.messages, bench.count);
        let start = Instant::now();
        postroom.sync_once(request).await.map_err(failed)?;
        postroom.close().await;
        Ok((first, start.elapsed()))
    })
}
