//! How long until there is something to read, at a round trip of 40 ms.

use std::time::{Duration, Instant};

use postroom_lab::Proxy;
use postroom_types::{AccountState, Event, FolderRole, ListBy};

use crate::Bench;
use crate::ours::{failed, profile};

const ONE_WAY: Duration = Duration::from_millis(20);
const ROWS: usize = 100;

pub(crate) fn run(bench: &Bench) -> anyhow::Result<()> {
    println!("\n== first screen: the newest {ROWS} of {} rows, 40 ms round trip", bench.count);
    println!(
        "the server itself takes {:.0} ms for the listing and these rows",
        server_alone(bench)?.as_secs_f64() * 1e3
    );
    for server in [bench.lab.imap_plain(), bench.lab.imap_implicit()] {
        let proxy = Proxy::start(&server)?;
        proxy.set_latency(ONE_WAY);
        let dir = tempfile::tempdir()?;
        let (login, rows) = tokio::runtime::Runtime::new()?.block_on(async {
            let postroom = profile(dir.path(), &bench.lab, &bench.user, proxy.address()).await?;
            let mut events = postroom.events();
            let start = Instant::now();
            postroom.start();
            let mut login = None;
            loop {
                // A lagging listener only missed "ask again".
                let event = events.recv().await;
                if let Ok(Event::Account { state: AccountState::Online, .. }) = event {
                    login = Some(start.elapsed());
                }
                let folders = postroom.folders().await.map_err(failed)?;
                let Some(inbox) = folders.iter().find(|folder| folder.role == FolderRole::Inbox) else { continue };
                if postroom.list_index(inbox.id, ListBy::Conversation).await.map_err(failed)?.ids.len() >= ROWS {
                    break;
                }
            }
            let rows = start.elapsed();
            postroom.close().await;
            anyhow::Ok((login.unwrap_or_default(), rows))
        })?;
        println!(
            "{:?}: logged in after {:.0} ms, {ROWS} rows {:.0} ms later",
            server.tls,
            login.as_secs_f64() * 1e3,
            rows.saturating_sub(login).as_secs_f64() * 1e3
        );
    }
    Ok(())
}

/// What no client can go below: the folders with their states, the inbox opened, and its newest headers, without latency.
fn server_alone(bench: &Bench) -> anyhow::Result<Duration> {
    let mut client = bench.lab.imap(&bench.user);
    let start = Instant::now();
    client.try_command("LIST \"\" \"*\" RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ))")?;
    client.try_command("SELECT INBOX")?;
    let first = u64::from(bench.count).saturating_sub(ROWS as u64) + 1;
    client.try_command(&format!("FETCH {first}:{} (UID FLAGS RFC822.SIZE BODY.PEEK[HEADER])", bench.count))?;
    Ok(start.elapsed())
}
