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
