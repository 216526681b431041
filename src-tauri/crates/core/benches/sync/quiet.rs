//! Nothing new in 51 folders, one of them large: the commonest sync of all.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use postroom_core::{Bodies, SyncRequest};
use postroom_lab::Proxy;

use crate::Bench;
use crate::ours::{VAULT_KEY, failed, profile};
use crate::peers::{Interimap, Mbsync};

const FOLDERS: usize = 50;
const ONE_WAY: Duration = Duration::from_millis(20);
const RUNS: usize = 5;

pub(crate) fn run(bench: &Bench) -> anyhow::Result<()> {
    println!("\n== nothing new in {} folders, one of {} messages, without TLS", FOLDERS + 1, bench.count);
    for number in 0..FOLDERS {
        bench.lab.fill_bulk(&bench.user, &format!("Project {number:02}"), 20, 2_000)?;
    }
    let proxy = Proxy::start(&bench.lab.imap_plain())?;
    let dir = tempfile::tempdir()?;
    // Its first sync is over before the clock starts.
    tokio::runtime::Runtime::new()?.block_on(async {
        let postroom = profile(dir.path(), &bench.lab, &bench.user, proxy.address()).await?;
        let request = SyncRequest { account: None, folder: None, bodies: Bodies::All };
        postroom.sync_once(request.clone()).await.map_err(failed)?;
        postroom.sync_once(request).await.map_err(failed)?;
        postroom.close().await;
        anyhow::Ok(())
    })?;
    let ctl = std::env::var_os("POSTROOM_CTL").map(PathBuf::from);
    let ours = || match &ctl {
        Some(ctl) => {
            let start = Instant::now();
            let output = Command::new(ctl)
                .arg("--data-dir")
                .arg(dir.path())
                .args(["--json", "sync"])
                .env("POSTROOM_VAULT_KEY", VAULT_KEY)
                .output()?;
            anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            Ok(start.elapsed())
        }
        None => anyhow::bail!("POSTROOM_CTL does not name postroomctl"),
    };
    measure("postroom", &proxy, ours)?;
    if let Some(interimap) = Interimap::new(&bench.lab, &bench.user, &proxy.address())? {
        interimap.run()?;
        measure("interimap", &proxy, || interimap.run())?;
    }
    if let Some(mbsync) = Mbsync::new(&bench.lab, &bench.user, &proxy.address(), false)? {
        mbsync.run()?;
        measure("mbsync", &proxy, || mbsync.run())?;
    }
    Ok(())
}

/// Turns and bytes of one run at 40 ms, and the median time of some without latency, the program's start included.
fn measure(name: &str, proxy: &Proxy, run: impl Fn() -> anyhow::Result<Duration>) -> anyhow::Result<()> {
    proxy.set_latency(ONE_WAY);
    let before = proxy.traffic();
    let slow = run()?;
    let after = proxy.traffic();
    proxy.set_latency(Duration::ZERO);
    let mut times = (0..RUNS).map(|_| run()).collect::<anyhow::Result<Vec<_>>>()?;
    times.sort_unstable();
    let fast = times.get(RUNS / 2).copied().unwrap_or_default();
    println!(
        "{name:<10} at 40 ms: {:>3} turns, {:>7} bytes, {:.2} s; on loopback {:.3} s",
        after.turns - before.turns,
        after.up + after.down - before.up - before.down,
        slow.as_secs_f64(),
        fast.as_secs_f64()
    );
    Ok(())
}
