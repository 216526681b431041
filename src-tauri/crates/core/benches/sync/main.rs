//! What a sync costs beside what the server can give and beside other programs, in one run and on one machine.
//!
//! Words after `--` choose: `full` (a first sync of everything), `screen` (the first rows), `quiet` (nothing new),
//! `change` (one flag, a thousand removals, a new mail), `headers` (the headers alone, for a mailbox that is too large for
//! the rest), `open` (a message for reading). Without words all run. `POSTROOM_BENCH_MESSAGES` sets how many messages (20,000), `POSTROOM_BENCH_BYTES` of
//! how many bytes on average (30,000). mbsync and interimap run beside where they are installed; `POSTROOM_CTL` names a release build of
//! postroomctl for what is timed with its start. Quote ratios, not rates.
#![expect(clippy::print_stdout, reason = "prints its result")]

mod ceiling;
mod change;
mod full;
mod headers;
mod open;
mod ours;
mod peers;
mod quiet;
mod screen;

use postroom_lab::{Lab, LabOptions, LabUser};

/// The servers, and one user with one large inbox.
struct Bench {
    lab: Lab,
    user: LabUser,
    count: u32,
}

fn main() -> anyhow::Result<()> {
    let number = |name: &str| std::env::var(name).ok().and_then(|number| number.parse().ok());
    let count = number("POSTROOM_BENCH_MESSAGES").unwrap_or(20_000_u32);
    // About a real mail's.
    let average_bytes = usize::try_from(number("POSTROOM_BENCH_BYTES").unwrap_or(30_000))?;
    // cargo adds `--bench`.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wanted = |word: &str| words.is_empty() || words.iter().any(|one| one == word);
    postroom_core::install_crypto_provider();
    let lab = Lab::start(LabOptions { smtp: false, ..LabOptions::default() })?;
    let user = lab.user("bench");
    println!("filling {count} messages of {average_bytes} bytes on average");
    lab.fill_bulk(&user, "INBOX", count, average_bytes)?;
    // The server builds its own index once, so that no program pays for it.
    let there = lab.imap(&user).uids("INBOX").len();
    anyhow::ensure!(there == usize::try_from(count)?, "the server has {there} messages");
    let bench = Bench { lab, user, count };
    if wanted("headers") {
        headers::run(&bench)?;
    }
    if wanted("full") {
        full::run(&bench)?;
    }
    if wanted("screen") {
        screen::run(&bench)?;
    }
    if wanted("change") {
        change::run(&bench)?;
    }
    if wanted("open") {
        open::run(&bench)?;
    }
    // Last: it adds folders.
    if wanted("quiet") {
        quiet::run(&bench)?;
    }
    Ok(())
}
