//! Delivery as a mail server does it: LMTP (RFC 2033) to Dovecot.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, bail};

/// Delivers `message` to one address. Bare line feeds become CRLF.
pub(crate) fn deliver(port: u16, recipient: &str, message: &[u8]) -> anyhow::Result<()> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).context("connecting to the lab's LMTP port")?;
    stream.set_read_timeout(Some(Duration::from_mins(1)))?;
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    reply(&mut stream, '2')?;
    command(&mut stream, "LHLO localhost", '2')?;
    command(&mut stream, "MAIL FROM:<outside@example.org>", '2')?;
    command(&mut stream, &format!("RCPT TO:<{recipient}>"), '2')?;
    command(&mut stream, "DATA", '3')?;
    stream.get_mut().write_all(&stuffed(message))?;
    reply(&mut stream, '2').context("the message was not delivered")?;
    command(&mut stream, "QUIT", '2')
}

fn command(stream: &mut BufReader<TcpStream>, line: &str, class: char) -> anyhow::Result<()> {
    stream.get_mut().write_all(format!("{line}\r\n").as_bytes())?;
    reply(stream, class).with_context(|| line.to_owned())
}

/// Reads one reply, which may have many lines, and checks its first digit.
fn reply(stream: &mut BufReader<TcpStream>, class: char) -> anyhow::Result<()> {
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            bail!("the server closed the connection");
        }
        if line.as_bytes().get(3) == Some(&b'-') {
            continue;
        }
        if !line.starts_with(class) {
            bail!("the server said {}", line.trim_end());
        }
        return Ok(());
    }
}

/// CRLF line ends, doubled leading dots, and the final dot (RFC 5321, section 4.5.2).
fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + message.len() / 40);
    let body = message.strip_suffix(b"\n").unwrap_or(message);
    for line in body.split(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            out.push(b'.');
        }
        out.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::stuffed;

    #[test]
    fn lines_end_in_crlf_and_dots_are_doubled() {
        assert_eq!(stuffed(b"a\n.\n\r\nb"), b"a\r\n..\r\n\r\nb\r\n.\r\n");
        assert_eq!(stuffed(b"a\r\n"), b"a\r\n.\r\n");
    }
}
