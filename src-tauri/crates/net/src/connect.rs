//! From a server's address to a connection.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use postroom_types::{ServerAddress, TlsMode};
use rustls::pki_types::ServerName;
use rustls::{AlertDescription, ClientConfig};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_rustls::TlsConnector;

use crate::stream::Kind;
use crate::{CertificateReason, NetError, Stream, Trust};

/// How much later the next address is tried while an earlier one has not answered (RFC 8305 §5).
const STAGGER: Duration = Duration::from_millis(250);

/// More addresses than this are not tried.
const MAX_ADDRESSES: usize = 16;

/// Opens a connection: every address of the host is tried (RFC 8305), then TLS at once where the mode is implicit.
///
/// With [`TlsMode::StartTls`] the connection that comes back is plain: speak `STARTTLS`, then call [`start_tls`].
/// `timeout` is for all of it.
///
/// # Errors
/// Every [`NetError`] about a host; [`NetError::PlainRefused`] for [`TlsMode::None`] to another machine.
pub async fn connect(server: &ServerAddress, trust: &Trust, timeout: Duration) -> Result<Stream, NetError> {
    if server.tls == TlsMode::None && !server.is_loopback() {
        return Err(NetError::PlainRefused { host: server.host.clone() });
    }
    let deadline = Instant::now() + timeout;
    let late = |what| NetError::TimedOut { host: server.host.clone(), port: server.port, what };
    let addresses = timeout_at(deadline, addresses(server)).await.map_err(|_elapsed| late("looking up the name"))??;
    let tcp = timeout_at(deadline, tcp(server, addresses)).await.map_err(|_elapsed| late("connecting"))??;
    // Commands are short and wait for their answers.
    tcp.set_nodelay(true).map_err(|source| lost(server, source))?;
    keep_alive(&tcp);
    if server.tls == TlsMode::Implicit { tls(tcp, server, trust, deadline).await } else { Ok(Stream(Kind::Plain(tcp))) }
}

/// Makes a plain connection private, after the caller spoke `STARTTLS` and made sure that nothing came after its answer.
///
/// # Errors
/// [`NetError::AlreadyTls`]; those of a TLS handshake.
pub async fn start_tls(
    stream: Stream,
    server: &ServerAddress,
    trust: &Trust,
    timeout: Duration,
) -> Result<Stream, NetError> {
    match stream.0 {
        Kind::Tls(_) => Err(NetError::AlreadyTls { host: server.host.clone() }),
        Kind::Plain(tcp) => tls(tcp, server, trust, Instant::now() + timeout).await,
    }
}

/// The host as DNS and certificates know it: an IP address, or a name with its labels in ASCII (RFC 5890).
fn ascii_host(server: &ServerAddress) -> Result<String, NetError> {
    if server.host.parse::<IpAddr>().is_ok() || server.host.is_ascii() {
        return Ok(server.host.trim_end_matches('.').to_owned());
    }
    match url::Host::parse(&server.host) {
        Ok(url::Host::Domain(name)) => Ok(name),
        Ok(_) | Err(_) => Err(NetError::HostUnknown { host: server.host.clone() }),
    }
}

async fn addresses(server: &ServerAddress) -> Result<Vec<SocketAddr>, NetError> {
    let host = ascii_host(server)?;
    let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), server.port))
        .await
        .map_err(|_error| NetError::HostUnknown { host: server.host.clone() })?
        // A name that a resolver maps to this machine is fine; the reverse, plain to another machine, is not.
        .filter(|address| server.tls != TlsMode::None || address.ip().is_loopback())
        .collect();
    if found.is_empty() {
        return Err(NetError::HostUnknown { host: server.host.clone() });
    }
    Ok(interleave(found))
}

/// Turn and turn about between IPv6 and IPv4, beginning with the resolver's favourite (RFC 8305 §4).
fn interleave(found: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v6 = found.first().is_some_and(SocketAddr::is_ipv6);
    let (favourites, others): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|address| address.is_ipv6() == first_is_v6);
    let (mut favourites, mut others) = (favourites.into_iter(), others.into_iter());
    let mut ordered = Vec::new();
    loop {
        let pair = (favourites.next(), others.next());
        if pair == (None, None) {
            ordered.truncate(MAX_ADDRESSES);
            return ordered;
        }
        ordered.extend([pair.0, pair.1].into_iter().flatten());
    }
}

async fn tcp(server: &ServerAddress, addresses: Vec<SocketAddr>) -> Result<TcpStream, NetError> {
    let mut waiting = addresses.into_iter();
    let mut running = FuturesUnordered::new();
    let mut failure: Option<io::Error> = None;
    loop {
        if let Some(address) = waiting.next() {
            running.push(TcpStream::connect(address));
        }
        let more = waiting.len() > 0;
        // Dropping the timer is harmless; the attempts stay in `running`.
        tokio::select! {
            biased;
            Some(attempt) = running.next() => match attempt {
                Ok(stream) => return Ok(stream),
                Err(error) => {
                    // "Refused" tells the user more than "unreachable", whichever came last.
                    if failure.as_ref().is_none_or(|known| known.kind() != io::ErrorKind::ConnectionRefused) {
                        failure = Some(error);
                    }
                }
            },
            () = sleep(STAGGER), if more => {}
        }
        if !more && running.is_empty() {
            return Err(connect_failure(server, failure));
        }
    }
}

fn connect_failure(server: &ServerAddress, failure: Option<io::Error>) -> NetError {
    let (host, port) = (server.host.clone(), server.port);
    let source = failure.unwrap_or_else(|| io::ErrorKind::AddrNotAvailable.into());
    match source.kind() {
        io::ErrorKind::ConnectionRefused => NetError::Refused { host, port },
        io::ErrorKind::TimedOut => NetError::TimedOut { host, port, what: "connecting" },
        _ => NetError::Lost { host, source },
    }
}

/// Lets the system notice that the other end is gone while IDLE waits. Failure is no reason to do without a connection.
fn keep_alive(tcp: &TcpStream) {
    let probes = socket2::TcpKeepalive::new().with_time(Duration::from_mins(2)).with_interval(Duration::from_secs(30));
    if let Err(error) = socket2::SockRef::from(tcp).set_tcp_keepalive(&probes) {
        tracing::debug!(%error, "no TCP keepalive");
    }
}

async fn tls(tcp: TcpStream, server: &ServerAddress, trust: &Trust, deadline: Instant) -> Result<Stream, NetError> {
    let config: Arc<ClientConfig> = trust.config().await?;
    let name = ServerName::try_from(ascii_host(server)?)
        .map_err(|_error| NetError::HostUnknown { host: server.host.clone() })?;
    let late = |_elapsed| NetError::TimedOut { host: server.host.clone(), port: server.port, what: "TLS handshake" };
    let handshake = TlsConnector::from(config).connect(name, tcp);
    match timeout_at(deadline, handshake).await.map_err(late)? {
        Ok(stream) => Ok(Stream(Kind::Tls(Box::new(stream)))),
        Err(error) => Err(handshake_failure(server, error)),
    }
}

fn handshake_failure(server: &ServerAddress, error: io::Error) -> NetError {
    use rustls::Error as Tls;
    let host = server.host.clone();
    let Some(cause) = error.get_ref().and_then(|inner| inner.downcast_ref::<Tls>()) else {
        return lost(server, error);
    };
    match cause {
        Tls::InvalidCertificate(certificate) => {
            NetError::CertificateUntrusted { host, reason: CertificateReason::from(certificate) }
        }
        Tls::InvalidMessage(_) | Tls::PeerIncompatible(_) | Tls::AlertReceived(AlertDescription::ProtocolVersion) => {
            NetError::TlsUnavailable { host, detail: cause.to_string() }
        }
        other => NetError::Tls { host, detail: other.to_string() },
    }
}

fn lost(server: &ServerAddress, source: io::Error) -> NetError {
    NetError::Lost { host: server.host.clone(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_two_families_take_turns() {
        let found = ["[2001:db8::1]:1", "[2001:db8::2]:1", "192.0.2.1:1"].map(address).to_vec();
        let ordered = ["[2001:db8::1]:1", "192.0.2.1:1", "[2001:db8::2]:1"].map(address).to_vec();
        assert_eq!(interleave(found), ordered);
    }

    #[test]
    fn a_name_in_another_script_is_looked_up_in_ascii() {
        let server = |host| ServerAddress::new(host, 993, TlsMode::Implicit).unwrap();
        assert_eq!(ascii_host(&server("邮件.公司")).unwrap(), "xn--5nq051n.xn--55qx5d");
        assert_eq!(ascii_host(&server("imap.example.com.")).unwrap(), "imap.example.com");
        assert_eq!(ascii_host(&server("::1")).unwrap(), "::1");
    }
}
