//! A change that another client made: how long until a listener here may ask for it.

use std::time::{Duration, Instant};

use postroom_core::{Bodies, Postroom, SyncRequest};
use postroom_lab::Proxy;
use postroom_types::{Event, FolderId, FolderRole};

use crate::Bench;
use crate::ours::{failed, profile};

pub(crate) fn run(bench: &Bench) -> anyhow::Result<()> {
    println!(
        "\n== a change elsewhere, inbox of {}, from the other client's OK (Dovecot pushes 500 ms later)",
        bench.count
    );
    let proxy = Proxy::start(&bench.lab.imap_plain())?;
    let dir = tempfile::tempdir()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let postroom = profile(dir.path(), &bench.lab, &bench.user, proxy.address()).await?;
        let request = SyncRequest { account: None, folder: None, bodies: Bodies::All };
        postroom.sync_once(request).await.map_err(failed)?;
        let folders = postroom.folders().await.map_err(failed)?;
        let inbox = folders.iter().find(|folder| folder.role == FolderRole::Inbox).map(|folder| folder.id);
        let inbox = inbox.ok_or_else(|| anyhow::anyhow!("no inbox"))?;
        postroom.start();
        tokio::time::sleep(Duration::from_secs(2)).await;
        let mut other = bench.lab.imap(&bench.user);
        let uids = other.uids("INBOX");
        let (first, last) = (uids.first().copied().unwrap_or(1), uids.last().copied().unwrap_or(1));
        let half = first + (last - first) / 2;
        let starred = || {
            other.store("INBOX", half, "+FLAGS.SILENT (\\Flagged)");
            Ok(())
        };
        seen(&postroom, inbox, &proxy, "one flag", starred).await?;
        let delivered = || bench.lab.deliver(&bench.user, b"Subject: New\r\n\r\nText\r\n");
        seen(&postroom, inbox, &proxy, "a new mail", delivered).await?;
        // A thousand of many: of few it would be most of the folder, and the user would be asked.
        if bench.count >= 5_000 {
            let end = first + 999;
            other.try_command("SELECT INBOX")?;
            other.try_command(&format!("UID STORE {first}:{end} +FLAGS.SILENT (\\Deleted)"))?;
            tokio::time::sleep(Duration::from_secs(2)).await;
            let removed = || {
                other.try_command(&format!("UID EXPUNGE {first}:{end}"))?;
                Ok(())
            };
            seen(&postroom, inbox, &proxy, "1,000 removals", removed).await?;
        }
        postroom.close().await;
        anyhow::Ok(())
    })
}

async fn seen(
    postroom: &Postroom,
    inbox: FolderId,
    proxy: &Proxy,
    name: &str,
    act: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut events = postroom.events();
    let before = proxy.traffic();
    act()?;
    let start = Instant::now();
    loop {
        match tokio::time::timeout(Duration::from_secs(20), events.recv()).await? {
            Ok(Event::Messages { folder, .. }) if folder == inbox => break,
            _ => {}
        }
    }
    let time = start.elapsed();
    let after = proxy.traffic();
    println!("{name:<14} {:>6.0} ms, {} bytes from the server", time.as_secs_f64() * 1e3, after.down - before.down);
    Ok(())
}
