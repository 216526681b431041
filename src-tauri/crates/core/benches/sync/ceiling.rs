//! What the server can give: every body read by two pipelined connections into nothing.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use postroom_lab::{Lab, LabUser};
use postroom_net::{Trust, connect};
use postroom_types::ServerAddress;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Messages a command.
const STEP: u32 = 100;

/// The time for all of the inbox, login and SELECT included.
pub(crate) fn run(lab: &Lab, user: &LabUser, server: &ServerAddress, count: u32) -> anyhow::Result<Duration> {
    let trust = Trust::with_ca_pem(lab.ca_pem())?;
    let start = Instant::now();
    let bytes = tokio::runtime::Runtime::new()?.block_on(async {
        tokio::try_join!(drain(server, &trust, user, count, 0), drain(server, &trust, user, count, 1))
    })?;
    let time = start.elapsed();
    // Less would mean that the server refused something.
    ensure!(bytes.0 + bytes.1 > u64::from(count) * 1_000, "only {bytes:?} bytes came");
    Ok(time)
}

/// Every second hundred of the inbox's messages: all commands at once, and the bytes that came back are only counted.
async fn drain(server: &ServerAddress, trust: &Trust, user: &LabUser, count: u32, half: u32) -> anyhow::Result<u64> {
    let mut stream = connect(server, trust, Duration::from_secs(10)).await?;
    let mut commands = format!("a LOGIN {} {}\r\nb SELECT INBOX\r\n", user.user, user.password);
    for low in (1 + half * STEP..=count).step_by(usize::try_from(2 * STEP)?) {
        let high = low + STEP - 1;
        commands.extend(["c UID FETCH ", &low.to_string(), ":", &high.to_string(), " (UID BODY.PEEK[])\r\n"]);
    }
    commands.push_str("z LOGOUT\r\n");
    stream.write_all(commands.as_bytes()).await?;
    stream.flush().await?;
    let mut buffer = vec![0_u8; 256 << 10];
    let mut bytes = 0;
    let mut tail = Vec::new();
    loop {
        let read = match stream.read(&mut buffer).await {
            Ok(0) => break,
            Ok(read) => read,
            // After LOGOUT some servers close without TLS's own farewell.
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(error).context("reading"),
        };
        bytes += u64::try_from(read)?;
        tail.extend_from_slice(buffer.get(..read).unwrap_or_default());
        let surplus = tail.len().saturating_sub(100);
        tail.drain(..surplus);
    }
    ensure!(String::from_utf8_lossy(&tail).contains("z OK"), "the server ended early");
    Ok(bytes)
}
