//! Each way in which a connection fails has its own name.

use std::time::Duration;

use postroom_net::{CertificateReason, NetError, Stream, Trust, connect, start_tls};
use postroom_types::{FaultCode, ServerAddress, TlsMode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::Instant;

use crate::certificate::{Authority, listen, shouting};

const LONG: Duration = Duration::from_secs(20);
const NOW: (i32, i32) = (2020, 2100);

async fn talk(stream: &mut Stream) {
    stream.write_all(b"hello").await.unwrap();
    stream.flush().await.unwrap();
    let mut answer = [0; 5];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HELLO");
}

fn at(address: &ServerAddress, host: &str) -> ServerAddress {
    ServerAddress::new(host, address.port, address.tls).unwrap()
}

/// The reason for which a certificate is not trusted.
fn reason(result: Result<Stream, NetError>) -> CertificateReason {
    let error = result.unwrap_err();
    assert_eq!(error.fault().code, FaultCode::CertificateUntrusted, "{error}");
    match error {
        NetError::CertificateUntrusted { reason, .. } => reason,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_private_authority_is_trusted_for_a_name_and_for_an_address() {
    let authority = Authority::new("Example CA");
    let (_server, address) = shouting(authority.server(&["localhost", "127.0.0.1"], NOW)).await;
    let trust = Trust::with_ca_pem(&authority.pem()).unwrap();
    for host in ["127.0.0.1", "localhost", "LOCALHOST"] {
        let mut stream = connect(&at(&address, host), &trust, LONG).await.unwrap();
        assert!(stream.is_tls());
        talk(&mut stream).await;
        assert!(!format!("{stream:?}").contains("HELLO"));
    }
}

#[tokio::test]
async fn one_of_several_authorities_in_a_file_is_enough() {
    let (other, ours) = (Authority::new("Other CA"), Authority::new("Our CA"));
    let (_server, address) = shouting(ours.server(&["127.0.0.1"], NOW)).await;
    let pem = format!("# two of them\n{}\nbetween\n{}", other.pem(), ours.pem());
    connect(&address, &Trust::with_ca_pem(&pem).unwrap(), LONG).await.unwrap();
}

#[tokio::test]
async fn an_unknown_authority_is_not_trusted() {
    let authority = Authority::new("Example CA");
    let (_server, address) = shouting(authority.server(&["127.0.0.1"], NOW)).await;
    let other = Trust::with_ca_pem(&Authority::new("Other CA").pem()).unwrap();
    assert_eq!(reason(connect(&address, &other, LONG).await), CertificateReason::UnknownIssuer);
    // The same name is not the same authority.
    let namesake = Trust::with_ca_pem(&Authority::new("Example CA").pem()).unwrap();
    let error = connect(&address, &namesake, LONG).await.unwrap_err();
    assert_eq!(error.fault().code, FaultCode::CertificateUntrusted, "{error}");
}

#[tokio::test]
async fn the_platform_alone_does_not_trust_a_private_authority() {
    let authority = Authority::new("Example CA");
    let (_server, address) = shouting(authority.server(&["127.0.0.1"], NOW)).await;
    let error = connect(&address, &Trust::platform(), LONG).await.unwrap_err();
    assert_eq!(error.fault().code, FaultCode::CertificateUntrusted, "{error}");
}

#[tokio::test]
async fn a_certificate_for_another_name_is_not_trusted() {
    let authority = Authority::new("Example CA");
    let trust = Trust::with_ca_pem(&authority.pem()).unwrap();
    let (_server, address) = shouting(authority.server(&["mail.example.com", "10.0.0.1"], NOW)).await;
    for host in ["127.0.0.1", "localhost"] {
        let result = connect(&at(&address, host), &trust, LONG).await;
        assert_eq!(reason(result), CertificateReason::WrongName, "{host}");
    }
    let fault = connect(&address, &trust, LONG).await.unwrap_err().fault();
    assert_eq!((fault.params["server"].as_str(), fault.params["reason"].as_str()), ("127.0.0.1", "wrong-name"));
}

#[tokio::test]
async fn a_certificate_out_of_its_time_is_not_trusted() {
    let authority = Authority::new("Example CA");
    let trust = Trust::with_ca_pem(&authority.pem()).unwrap();
    let (_past, address) = shouting(authority.server(&["127.0.0.1"], (2001, 2002))).await;
    assert_eq!(reason(connect(&address, &trust, LONG).await), CertificateReason::Expired);
    let (_future, address) = shouting(authority.server(&["127.0.0.1"], (2990, 2999))).await;
    assert_eq!(reason(connect(&address, &trust, LONG).await), CertificateReason::NotYetValid);
}

#[tokio::test]
async fn starttls_makes_a_plain_connection_private_once() {
    let authority = Authority::new("Example CA");
    let trust = Trust::with_ca_pem(&authority.pem()).unwrap();
    let (_server, address) = shouting(authority.server(&["127.0.0.1"], NOW)).await;
    let plain = ServerAddress { tls: TlsMode::StartTls, ..address };
    let stream = connect(&plain, &trust, LONG).await.unwrap();
    assert!(!stream.is_tls());
    let mut stream = start_tls(stream, &plain, &trust, LONG).await.unwrap();
    talk(&mut stream).await;
    let error = start_tls(stream, &plain, &trust, LONG).await.unwrap_err();
    assert!(matches!(error, NetError::AlreadyTls { .. }), "{error}");
}

#[tokio::test]
async fn a_port_where_nobody_listens_refuses() {
    let (listener, address) = listen(TlsMode::Implicit).await;
    drop(listener);
    let error = connect(&address, &Trust::platform(), LONG).await.unwrap_err();
    assert!(matches!(error, NetError::Refused { .. }), "{error}");
    let fault = error.fault();
    assert_eq!(fault.code, FaultCode::ConnectionRefused);
    assert_eq!(fault.params["port"], address.port.to_string());
}

#[tokio::test]
async fn a_host_without_address_is_unknown() {
    let address = ServerAddress::new("no-such-host.invalid", 993, TlsMode::Implicit).unwrap();
    let error = connect(&address, &Trust::platform(), LONG).await.unwrap_err();
    assert_eq!(error.fault().code, FaultCode::HostUnknown, "{error}");
}

#[tokio::test]
async fn a_server_that_never_answers_times_out() {
    let (listener, address) = listen(TlsMode::Implicit).await;
    let trust = Trust::with_ca_pem(&Authority::new("Example CA").pem()).unwrap();
    let begin = Instant::now();
    let error = connect(&address, &trust, Duration::from_millis(300)).await.unwrap_err();
    drop(listener);
    assert!(matches!(error, NetError::TimedOut { what: "TLS handshake", .. }), "{error}");
    assert!(begin.elapsed() < LONG);
    assert_eq!(error.fault().code, FaultCode::TimedOut);
}

#[tokio::test]
async fn a_server_that_hangs_up_during_tls_is_lost() {
    let (listener, address) = listen(TlsMode::Implicit).await;
    let trust = Trust::with_ca_pem(&Authority::new("Example CA").pem()).unwrap();
    let server = async { drop(listener.accept().await.unwrap()) };
    let (result, ()) = tokio::join!(connect(&address, &trust, LONG), server);
    assert_eq!(result.unwrap_err().fault().code, FaultCode::ConnectionLost);
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_named() {
    let (listener, address) = listen(TlsMode::Implicit).await;
    let trust = Trust::with_ca_pem(&Authority::new("Example CA").pem()).unwrap();
    let server = async {
        let (mut tcp, _) = listener.accept().await.unwrap();
        tcp.write_all(b"* OK IMAP4rev1 ready for you\r\n").await.unwrap();
        tcp
    };
    let (result, _tcp) = tokio::join!(connect(&address, &trust, LONG), server);
    assert_eq!(result.unwrap_err().fault().code, FaultCode::TlsUnavailable);
}

#[tokio::test]
async fn without_tls_nothing_leaves_this_machine() {
    // Not by `new`, which refuses it too: an address may come from a file.
    let address = ServerAddress { host: "192.0.2.1".to_owned(), port: 143, tls: TlsMode::None };
    let error = connect(&address, &Trust::platform(), LONG).await.unwrap_err();
    assert!(matches!(error, NetError::PlainRefused { .. }), "{error}");

    let (listener, address) = listen(TlsMode::None).await;
    let stream = connect(&address, &Trust::platform(), LONG).await.unwrap();
    assert!(!stream.is_tls());
    drop(listener);
}

#[test]
fn rubbish_is_no_authority() {
    let good = Authority::new("Example CA").pem();
    let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    for (pem, hint) in [
        (String::new(), "no certificate"),
        ("hello".to_owned(), "no certificate"),
        ("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n".to_owned(), "not a PEM file"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned(), "certificate 1"),
        (format!("{good}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "certificate 2"),
        (good[..good.len() / 2].to_owned(), "not a PEM file"),
        (format!("{good}{key}"), "private key"),
        (good.repeat(5000), "larger than"),
    ] {
        let error = Trust::with_ca_pem(&pem).unwrap_err();
        assert!(error.to_string().contains(hint), "{error}");
        assert_eq!(error.fault().code, FaultCode::InvalidInput);
    }
}
