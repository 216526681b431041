//! The proxy and the scripted server.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use postroom_lab::{Lab, Proxy, ScriptedServer, Step};
use postroom_types::ServerAddress;

fn connect(server: &ServerAddress) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut said = Vec::new();
    let mut byte = [0];
    while !said.ends_with(end.as_bytes()) {
        match stream.read(&mut byte) {
            Ok(1) => said.push(byte[0]),
            _ => break,
        }
    }
    String::from_utf8(said).unwrap()
}

#[test]
fn the_proxy_counts_and_delays() {
    let proxy = Proxy::start(&Lab::shared().imap_plain()).unwrap();
    let mut stream = connect(&proxy.address());
    let greeting = read_until(&mut stream, "\r\n");
    assert!(greeting.starts_with("* OK"));
    proxy.set_latency(Duration::from_millis(80));
    for tag in ["a", "b"] {
        let start = Instant::now();
        stream.write_all(format!("{tag} NOOP\r\n").as_bytes()).unwrap();
        assert!(read_until(&mut stream, "\r\n").starts_with(tag));
        assert!(start.elapsed() >= Duration::from_millis(160));
    }
    let traffic = proxy.traffic();
    assert_eq!((traffic.connections, traffic.turns, traffic.up), (1, 2, 16));
    assert!(traffic.down > greeting.len() as u64);
}

#[test]
fn the_proxy_cuts_stalls_and_heals() {
    let proxy = Proxy::start(&Lab::shared().imap_plain()).unwrap();
    proxy.cut_after(7);
    assert_eq!(read_until(&mut connect(&proxy.address()), "\r\n").len(), 7);
    proxy.stall_after(4);
    let mut stream = connect(&proxy.address());
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert_eq!(read_until(&mut stream, "\r\n"), "* OK");
    proxy.heal();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    assert!(read_until(&mut stream, "\r\n").len() > 20);
    proxy.cut_now();
    assert_eq!(read_until(&mut stream, "\r\n"), "");
    proxy.refuse();
    assert_eq!(read_until(&mut connect(&proxy.address()), "\r\n"), "");
    proxy.heal();
    assert!(read_until(&mut connect(&proxy.address()), "\r\n").starts_with("* OK"));
    let address = proxy.address();
    drop(proxy);
    std::thread::sleep(Duration::from_millis(100));
    assert!(TcpStream::connect(("127.0.0.1", address.port)).is_err());
}

/// A mail in a mailbox of its own, and a client that has selected it and asked for the text, by way of `rule`.
fn fetch_by(rule: impl FnOnce(&Proxy)) -> (Proxy, TcpStream, Vec<u8>) {
    let lab = Lab::shared();
    let user = lab.user("proxy");
    let mail = format!("Subject: long\r\n\r\n{}", "0123456789\r\n".repeat(40));
    lab.append(&user, "INBOX", mail.as_bytes(), "").unwrap();
    let proxy = Proxy::start(&lab.imap_plain()).unwrap();
    let mut stream = connect(&proxy.address());
    stream.write_all(format!("a LOGIN {} {}\r\nb EXAMINE INBOX\r\n", user.user, user.password).as_bytes()).unwrap();
    assert!(read_until(&mut stream, "b OK [READ-ONLY]").contains("1 EXISTS"));
    read_until(&mut stream, "\r\n");
    rule(&proxy);
    stream.write_all(b"c FETCH 1 BODY[]\r\n").unwrap();
    (proxy, stream, mail.into_bytes())
}

#[test]
fn the_proxy_drips() {
    let pause = Duration::from_millis(20);
    let start = Instant::now();
    let (_proxy, mut stream, mail) = fetch_by(|proxy| proxy.drip(100, pause));
    let mut first = [0; 400];
    let size = stream.read(&mut first).unwrap();
    assert!(size <= 100, "{size} bytes at once");
    let said = read_until(&mut stream, "c OK");
    assert!(said.contains(std::str::from_utf8(&mail[100..]).unwrap()), "{said}");
    let pauses = u32::try_from(mail.len() / 100).unwrap();
    assert!(start.elapsed() >= pause * pauses, "{:?}", start.elapsed());
}

#[test]
fn the_proxy_passes_byte_by_byte_and_loses_none() {
    let (proxy, mut stream, mail) = fetch_by(Proxy::byte_by_byte);
    let said = read_until(&mut stream, "c OK");
    assert!(said.contains(std::str::from_utf8(&mail).unwrap()), "{said}");
    read_until(&mut stream, "\r\n");
    proxy.heal();
    stream.write_all(b"d NOOP\r\n").unwrap();
    assert!(read_until(&mut stream, "\r\n").starts_with("d OK"));
}

#[test]
fn the_proxy_ends_the_stream_after_so_many_bytes() {
    let (proxy, mut stream, _) = fetch_by(|proxy| proxy.truncate_after(33));
    let mut said = Vec::new();
    assert_eq!(stream.read_to_end(&mut said).unwrap(), 33, "an end, no error");
    // The client may still talk.
    for _ in 0..3 {
        stream.write_all(b"d NOOP\r\n").unwrap();
    }
    assert!(read_until(&mut connect(&proxy.address()), "\r\n").starts_with("* OK"), "once");
}

#[test]
fn the_proxy_ends_the_stream_inside_a_literal() {
    let (_proxy, mut stream, mail) = fetch_by(|proxy| proxy.truncate_in_literal(17));
    let mut said = Vec::new();
    stream.read_to_end(&mut said).unwrap();
    let wanted = format!("* 1 FETCH (BODY[] {{{}}}\r\n", mail.len());
    assert_eq!(String::from_utf8(said).unwrap(), wanted + std::str::from_utf8(&mail[..17]).unwrap());
}

#[test]
fn the_proxy_resets() {
    let (_proxy, mut stream, _) = fetch_by(|proxy| proxy.reset_after(33));
    let mut said = Vec::new();
    let error = stream.read_to_end(&mut said).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    assert!(said.len() <= 33);
    let (proxy, mut stream, _) = fetch_by(|proxy| proxy.stall_after(5));
    assert_eq!(read_until(&mut stream, "* 1 F"), "* 1 F");
    proxy.reset_now();
    proxy.heal();
    assert_eq!(stream.read_to_end(&mut said).unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
}

#[test]
fn the_scripted_server_follows_its_script() {
    let server = ScriptedServer::start(vec![
        Step::send("* OK hello\r\n"),
        Step::expect("login"),
        Step::send("$TAG OK [X] $TAG\r\n"),
        Step::answer(&[("noop", "* 1 EXISTS\r\n$TAG OK\r\n"), ("", "$TAG BAD\r\n")]),
    ])
    .unwrap();
    let mut stream = connect(&server.address());
    assert_eq!(read_until(&mut stream, "\r\n"), "* OK hello\r\n");
    stream.write_all(b"x1 capability\r\nx2 LOGIN a b\r\n").unwrap();
    assert_eq!(read_until(&mut stream, "\r\n"), "x2 OK [X] x2\r\n");
    stream.write_all(b"x3 Noop\r\nx4 what\r\n").unwrap();
    assert_eq!(read_until(&mut stream, "BAD\r\n"), "* 1 EXISTS\r\nx3 OK\r\nx4 BAD\r\n");
    assert_eq!(server.received(), ["x1 capability", "x2 LOGIN a b", "x3 Noop", "x4 what"]);
}
