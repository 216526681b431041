//! A first full sync of one large folder from a real Dovecot on loopback: every body stored durably and parsed.
//!
//! `POSTROOM_BENCH_MESSAGES` sets how many messages (20,000), `POSTROOM_BENCH_TLS=0` leaves TLS away. With mbsync on the
//! machine it runs beside, in the same minute, with `FSync no`, and the ratio is printed. Quote ratios, not rates.
#![expect(clippy::print_stdout, reason = "prints its result")]

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use postroom_core::{Bodies, Check, Config, Postroom, SyncRequest};
use postroom_lab::{Lab, LabOptions, LabUser};
use postroom_types::{AccountDraft, Fault, Secret};

const AVERAGE_BYTES: usize = 30_000;

fn main() -> anyhow::Result<()> {
    let count = std::env::var("POSTROOM_BENCH_MESSAGES").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000_u32);
    let tls = std::env::var("POSTROOM_BENCH_TLS").map_or(true, |word| word != "0");
    postroom_core::install_crypto_provider();
    let lab = Lab::start(LabOptions { smtp: false, ..LabOptions::default() })?;
    let user = lab.user("bench");
    lab.fill_bulk(&user, "INBOX", count, AVERAGE_BYTES)?;
    // The server's own index is built once, so that no program pays for it.
    println!("{} messages in the lab", lab.imap(&user).uids("INBOX").len());
    let ours = postroom(&lab, &user, tls)?;
    println!("postroom   {:>8.0} messages/s   {:.2} s", rate(count, ours), ours.as_secs_f64());
    if let Some(theirs) = mbsync(&lab, &user, tls)? {
        println!("mbsync     {:>8.0} messages/s   {:.2} s   (FSync no)", rate(count, theirs), theirs.as_secs_f64());
        println!("ratio      {:>8.2}", theirs.as_secs_f64() / ours.as_secs_f64());
    }
    Ok(())
}

fn rate(count: u32, time: Duration) -> f64 {
    f64::from(count) / time.as_secs_f64()
}

fn failed(fault: Fault) -> anyhow::Error {
    anyhow::Error::new(fault)
}

fn postroom(lab: &Lab, user: &LabUser, tls: bool) -> anyhow::Result<Duration> {
    let dir = tempfile::tempdir()?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let config = Config { data_dir: dir.path().to_owned(), vault_key: Some(Secret::new("bench".to_owned())) };
        let postroom = Postroom::open(config).await.map_err(failed)?;
        let draft = AccountDraft {
            name: String::new(),
            email: user.email.clone(),
            imap: if tls { lab.imap_implicit() } else { lab.imap_plain() },
            smtp: lab.imap_plain(),
            user: user.user.clone(),
            ca_pem: Some(lab.ca_pem().to_owned()),
        };
        postroom.account_add(draft, Secret::new(user.password.clone()), Check::Skip).await.map_err(failed)?;
        let start = Instant::now();
        let request = SyncRequest { account: None, folder: None, bodies: Bodies::All };
        let report = postroom.sync_once(request).await.map_err(failed)?;
        let time = start.elapsed();
        let status = postroom.status().await.map_err(failed)?;
        println!(
            "{} messages, {} bodies, {:.0} MB raw, stored {:.0} %, peak {} MB resident",
            report.messages,
            status.bodies,
            megabytes(status.raw_bytes),
            100.0 * megabytes(status.stored_bytes) / megabytes(status.raw_bytes).max(1.0),
            peak_resident().unwrap_or_default(),
        );
        postroom.close().await;
        Ok(time)
    })
}

#[expect(clippy::cast_precision_loss, reason = "a size to print")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// This process's peak, where the system says it.
fn peak_resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib / 1024)
}

fn mbsync(lab: &Lab, user: &LabUser, tls: bool) -> anyhow::Result<Option<Duration>> {
    if Command::new("mbsync").arg("--version").output().is_err() {
        println!("mbsync is not installed (Debian's isync): no ratio");
        return Ok(None);
    }
    let dir = tempfile::tempdir()?;
    let server = if tls { lab.imap_implicit() } else { lab.imap_plain() };
    let security = if tls {
        format!("SSLType IMAPS\nCertificateFile {}", lab.ca_file().display())
    } else {
        "SSLType None\nAuthMechs LOGIN".to_owned()
    };
    let at = dir.path().display();
    let text = format!(
        "FSync no\nIMAPAccount a\nHost {}\nPort {}\nUser {}\nPassCmd \"cat {at}/word\"\n{security}\n\n\
         IMAPStore far\nAccount a\n\nMaildirStore near\nPath {at}/mail/\nInbox {at}/mail/INBOX\n\n\
         Channel c\nFar :far:\nNear :near:\nPatterns INBOX\nCreate Near\nSyncState *\n",
        server.host, server.port, user.user
    );
    std::fs::create_dir(dir.path().join("mail"))?;
    std::fs::write(dir.path().join("word"), &user.password)?;
    let file = dir.path().join("mbsyncrc");
    std::fs::write(&file, text)?;
    let start = Instant::now();
    let output = Command::new("mbsync").arg("-q").arg("-c").arg(&file).arg("-a").output().context("mbsync")?;
    let time = start.elapsed();
    anyhow::ensure!(output.status.success(), "mbsync: {}", String::from_utf8_lossy(&output.stderr));
    Ok(Some(time))
}
