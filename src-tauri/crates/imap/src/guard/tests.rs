use std::collections::VecDeque;
use std::time::Duration;

use proptest::prelude::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// Sends the bytes and closes; gives every event up to the failure.
fn events(bytes: &[u8], limits: Limits) -> (Vec<Event>, Failure) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let mut guard = Guard::new(std::io::Cursor::new(bytes.to_vec()), SECOND);
        guard.allow(limits, 64 << 20);
        let mut events = Vec::new();
        loop {
            match guard.next_event().await {
                Ok(event) => events.push(event),
                Err(failure) => return (events, failure),
            }
        }
    })
}

fn check_violation(bytes: &[u8], expected: Violation) {
    let (_, failure) = events(bytes, Limits::default());
    assert_eq!(failure, Failure::Violation(expected), "{}", String::from_utf8_lossy(&bytes[..bytes.len().min(80)]));
}

#[test]
fn violations_are_named() {
    check_violation(b"* 1 FETCH (BODY[] {4294967296}\r\n", Violation::LiteralTooLarge(1 << 32));
    check_violation(&[b"* ".as_slice(), &vec![b'a'; 3 << 20]].concat(), Violation::LineTooLong(1 << 20));
    let nested = format!("* 1 FETCH (BODYSTRUCTURE {}{} UID 1)\r\n", "(".repeat(1000), ")".repeat(1000));
    check_violation(nested.as_bytes(), Violation::TooDeep(64));
    check_violation(b"* 1 FE\0TCH (UID 1)\r\n", Violation::Nul);
    check_violation(b"hello\r\n", Violation::NotAResponse);
    check_violation(b"* 1 FETCH UID 3\r\n", Violation::Malformed("FETCH"));
    check_violation(b"* SEARCH 1 2 x\r\n", Violation::Malformed("a number"));
}

#[test]
fn parentheses_in_strings_and_literals_do_not_nest() {
    let deep = "(".repeat(200);
    let line = format!("* 1 FETCH (ENVELOPE (\"{deep}\" {{200}}\r\n{deep}) UID 7)\r\n");
    let (events, failure) = events(line.as_bytes(), Limits::default());
    assert_eq!(failure, Failure::Eof);
    assert!(matches!(&events[..], [Event::Untagged(Untagged::Fetch(fetch))] if fetch.uid.is_some()));
}

#[test]
fn an_oversized_literal_is_thrown_away_and_the_rest_read() {
    let limits = Limits { keep: 10, refuse: 1 << 20, ..Limits::default() };
    let body = "x\r\n* 9 EXISTS\r\n".repeat(1000);
    let bytes = format!("* 1 FETCH (UID 5 BODY[HEADER] {{{}}}\r\n{body} FLAGS (\\Seen))\r\n* 2 EXISTS\r\n", body.len());
    let (events, failure) = events(bytes.as_bytes(), limits);
    assert_eq!(failure, Failure::Eof);
    let [Event::Untagged(Untagged::Fetch(fetch)), Event::Untagged(Untagged::Exists(2))] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(fetch.sections[0].data, wire::SectionData::Oversize);
    assert!(fetch.flags.is_some());
}

#[test]
fn a_parenthesis_on_a_line_of_its_own_still_ends_the_fetch() {
    let (events, _) = events(b"* 1 FETCH (UID 5 BODY[] {3}\r\nabc\r\n)\r\n* 2 EXISTS\r\n", Limits::default());
    assert_eq!(events.len(), 2, "{events:?}");
}

#[tokio::test]
async fn more_than_was_allowed_for_a_command_ends_it() {
    let mut guard = Guard::new(std::io::Cursor::new(b"* 1 EXISTS\r\n".repeat(1000)), SECOND);
    guard.allow(Limits::default(), 5000);
    let failure = loop {
        if let Err(failure) = guard.next_event().await {
            break failure;
        }
    };
    assert_eq!(failure, Failure::Violation(Violation::TooMuch(5000)));
}

#[tokio::test(start_paused = true)]
async fn a_trickle_counts_as_silence() {
    let (ours, mut theirs) = duplex(64);
    let mut guard = Guard::new(ours, Duration::from_mins(1));
    guard.allow(Limits::default(), 1 << 20);
    let trickle = async {
        for byte in b"* OK ".iter().chain(std::iter::repeat(&b'a')) {
            tokio::time::sleep(SECOND).await;
            if theirs.write_all(&[*byte]).await.is_err() {
                return;
            }
        }
    };
    let failure = tokio::select! { failure = guard.next_event() => failure.unwrap_err(), () = trickle => panic!() };
    assert_eq!(failure, Failure::Stalled);
}

#[tokio::test]
async fn async_imap_never_holds_a_credential() {
    let (ours, mut theirs) = duplex(4096);
    let mut guard = Guard::new(ours, SECOND);
    guard.allow(Limits::default(), 1 << 20);
    let pieces = ["LOGIN {4}", "user {6}", "secret"].map(|piece| Secret::new(piece.as_bytes().to_vec()));
    guard.arm_login(VecDeque::from(pieces));
    let server = async {
        let mut got = Vec::new();
        for answer in ["+ go\r\n* CAPABILITY X\r\n", "+ \r\n", "A0001 NO [AUTHENTICATIONFAILED] no\r\n"] {
            let mut line = [0; 100];
            let length = theirs.read(&mut line).await.unwrap();
            got.extend_from_slice(&line[..length]);
            theirs.write_all(answer.as_bytes()).await.unwrap();
        }
        String::from_utf8(got).unwrap()
    };
    let (login, sent) = tokio::join!(async_imap::Client::new(guard).login(PLACEHOLDER, PLACEHOLDER), server);
    assert_eq!(sent, "A0001 LOGIN {4}\r\nuser {6}\r\nsecret\r\n");
    let (_, client) = login.unwrap_err();
    let (state, untagged) = client.into_inner().take_login();
    assert_eq!(state.unwrap().text, "no");
    assert_eq!(untagged, [Untagged::Capability(vec!["X".to_owned()])]);
}

/// Words and characters that make up responses, so that the noise gets far into the reader.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let bits: Vec<&'static [u8]> = vec![
        b"* ",
        b"1 ",
        b"FETCH ",
        b"(",
        b")",
        b"UID ",
        b"BODY[] ",
        b"BODY[HEADER]<0> ",
        b"{3}\r\n",
        b"{0}\r\n",
        b"{9",
        b"\"",
        b"\\",
        b"FLAGS ",
        b"NIL ",
        b"\r\n",
        b"\n",
        b" ",
        b"LIST ",
        b"STATUS ",
        b"ESEARCH ",
        b"SEARCH ",
        b"VANISHED (EARLIER) ",
        b"1:4294967295",
        b"INTERNALDATE ",
        b"MODSEQ (",
        b"OK [",
        b"COPYUID 1 1:2 3:4",
        b"]",
        b"A0001 ",
        b"BAD ",
        b"+ ",
        b"ALL ",
        b"\0",
        b"\x01",
        b"\xff",
        b"abc",
        b"4294967296",
        b"-1",
        b"9.3e+06 ",
        b"PERMANENTFLAGS (\\*)",
        b"&AA",
        b"~{2}\r\n",
        b"<",
        b">",
    ];
    let bits = prop::collection::vec(prop::sample::select(bits), 0..60).prop_map(|bits| bits.concat());
    prop_oneof![3 => bits, 1 => prop::collection::vec(any::<u8>(), 0..300)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn nothing_panics_or_hangs(bytes in noise(), keep in 0_u64..20) {
        let limits = Limits { line: 200, keep, refuse: 40 };
        let (events, _) = events(&bytes, limits);
        prop_assert!(events.len() <= bytes.len());
    }
}
