//! Servers that close, stall, lie and overflow: each ends in its own error, and nothing panics.

use postroom_imap::{ImapError, UidSet};
use postroom_types::{FaultCode, TlsMode, Uid};

use crate::script::{Peer, STALL, Script, session};

/// How a connection attempt ends against a server that says these bytes, whatever it is sent.
async fn check_opening(tls: TlsMode, says: &'static [&'static str], expected: FaultCode, word: &str) {
    let script = Script::start(tls, async move |mut peer: Peer| {
        for (at, text) in says.iter().enumerate() {
            if at > 0 {
                peer.line().await;
            }
            peer.say(text).await;
        }
        peer
    });
    let script = script.await;
    let error = script.connect().await.expect_err(word);
    let fault = error.fault();
    assert_eq!(fault.code, expected, "{error}");
    assert!(error.to_string().contains(word), "{error} has no {word}");
    assert_eq!(fault.params.get("server").map(String::as_str), Some("127.0.0.1"));
}

#[tokio::test]
async fn openings_go_wrong_each_in_its_way() {
    use FaultCode::{ConnectionLost, LoginRefused, ServerNonsense, ServerRefused, TlsUnavailable};
    use TlsMode::{None, StartTls};
    const INJECTED: &str = "P1 OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nP1 OK\r\n";
    const OK: &str = "* OK hello\r\n";
    const PLAIN: &str = "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hello\r\n";
    check_opening(None, &[""], ConnectionLost, "greeting").await;
    check_opening(None, &["HTTP/1.1 400 Bad Request\r\n\r\n"], ServerNonsense, "no IMAP response").await;
    check_opening(None, &["* BYE too many\r\n"], ConnectionLost, "too many").await;
    check_opening(None, &["* PREAUTH root\r\n"], ServerNonsense, "logged in already").await;
    check_opening(None, &[OK, "* CAPABILITY IMAP4rev1 LOGINDISABLED\r\nP1 OK\r\n"], LoginRefused, "no login").await;
    check_opening(None, &[PLAIN, "A0001 NO [AUTHENTICATIONFAILED] wrong\r\n"], LoginRefused, "wrong").await;
    check_opening(None, &[PLAIN, "A0001 NO [UNAVAILABLE] later\r\n"], ServerRefused, "later").await;
    check_opening(None, &[PLAIN, "A0001 BAD what\r\n"], ServerRefused, "what").await;
    check_opening(None, &[PLAIN, "* BYE go away\r\n"], ConnectionLost, "go away").await;
    check_opening(None, &[PLAIN, "B7 OK yes\r\n"], ServerNonsense, "not sent").await;
    check_opening(None, &[PLAIN, "+ \r\n"], ServerNonsense, "continuation").await;
    check_opening(None, &[PLAIN, "* OK {4294967296}\r\n* LIST () NIL {4294967296}\r\n"], ServerNonsense, "literal")
        .await;
    check_opening(StartTls, &["* PREAUTH root\r\n"], ServerNonsense, "logged in already").await;
    check_opening(StartTls, &[PLAIN, "* CAPABILITY IMAP4rev1\r\nP1 OK\r\n"], TlsUnavailable, "STARTTLS").await;
    check_opening(
        StartTls,
        &[PLAIN, "* CAPABILITY STARTTLS\r\nP1 OK\r\n", "P1 NO not now\r\n"],
        TlsUnavailable,
        "STARTTLS",
    )
    .await;
    // What came with the answer would count as having come under TLS.
    check_opening(StartTls, &[PLAIN, "* CAPABILITY STARTTLS\r\nP1 OK\r\n", INJECTED], ServerNonsense, "before TLS")
        .await;
}

#[tokio::test]
async fn a_password_is_never_sent_in_clear_where_tls_is_required() {
    let script = Script::start(TlsMode::StartTls, async |mut peer: Peer| {
        peer.say("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\r\n").await;
        peer.answer("CAPABILITY", "* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN\r\n{t} OK\r\n").await;
        peer.answer("STARTTLS", "{t} OK\r\n").await;
        // No TLS follows: the server stays in clear and waits for a careless client.
        peer.say("A0001 OK logged in\r\n").await;
        peer.until_closed().await;
        peer
    });
    let script = script.await;
    assert!(script.connect().await.is_err());
    let sent = script.lines().await.join("\n");
    assert!(!sent.contains("LOGIN") && !sent.contains("AUTHENTICATE"), "{sent}");
}

/// How LIST ends on a server that answers it so.
async fn check_answer(answer: impl AsRef<[u8]> + Send + 'static, expected: FaultCode, word: &str) {
    let (mut session, _script) = session("LIST-EXTENDED", async move |mut peer: Peer| {
        peer.line().await;
        peer.say(answer).await;
        peer
    })
    .await;
    let error = session.list().await.expect_err(word);
    let fault = error.fault();
    assert_eq!(fault.code, expected, "{error}");
    assert_eq!(fault.params.get("command").map(String::as_str), Some("LIST"), "{error}");
    assert!(error.to_string().contains("127.0.0.1") && error.to_string().contains(word), "{error} has no {word}");
    // Whatever comes now cannot be trusted.
    assert!(!session.is_usable());
    assert!(matches!(session.noop().await, Err(ImapError::Unusable { .. })));
}

#[tokio::test]
async fn answers_go_wrong_each_in_its_way() {
    use FaultCode::{ConnectionLost, ServerNonsense};
    check_answer("", ConnectionLost, "closed").await;
    check_answer("* LIST () \"/\" {50}\r\nabc", ConnectionLost, "closed").await;
    check_answer("* BYE shutting down\r\n", ConnectionLost, "shutting down").await;
    check_answer("* LIST () \"/\" INBOX\r\n* BYE Internal error\r\nA0002 OK\r\n", ConnectionLost, "Internal error")
        .await;
    check_answer("total rubbish\r\n", ServerNonsense, "no IMAP response").await;
    check_answer("* LIST ( \"/\" a\r\n* \r\n\r\n* LIST\r\n", ServerNonsense, "well-formed").await;
    check_answer("* 1 FETCH (BODY[] {4294967296}\r\n", ServerNonsense, "4294967296").await;
    check_answer("* LIST () NIL {99999999999999999999999999}\r\n", ServerNonsense, "literal").await;
    check_answer("A0999 OK\r\n", ServerNonsense, "not sent").await;
    check_answer("+ go on\r\n", ServerNonsense, "continuation").await;
    let nested = format!("* 1 FETCH (UID 1 BODYSTRUCTURE {}\r\n", "(".repeat(1000));
    check_answer(nested, ServerNonsense, "64 deep").await;
    check_answer(vec![b'('; 2 << 20], ServerNonsense, "1048576").await;
    check_answer("* 1 EXISTS\r\n".repeat(3_000_000), ServerNonsense, "16777216").await;
}

/// A server that never ends its line is cut off at the bound, not when it has sent all of it.
#[tokio::test]
async fn a_line_without_an_end_stops_at_its_bound() {
    let (mut session, script) = session("", async |mut peer: Peer| {
        peer.line().await;
        let chunk = vec![b'a'; 1 << 16];
        peer.say("* LIST () ").await;
        for _ in 0..1024 {
            peer.say(&chunk).await;
        }
        peer
    })
    .await;
    let error = session.list().await.unwrap_err();
    assert!(matches!(&error, ImapError::Nonsense { detail, .. } if detail.contains("1048576")), "{error}");
    drop(session);
    script.lines().await;
}

#[tokio::test]
async fn silence_ends_a_command_in_time() {
    let (mut session, _script) = session("", async |mut peer: Peer| {
        peer.line().await;
        peer.say("* LIST () \"/\" IN").await;
        peer.until_closed().await;
        peer
    })
    .await;
    let begun = std::time::Instant::now();
    let error = session.list().await.unwrap_err();
    assert!(matches!(error, ImapError::TimedOut { command: "LIST", .. }), "{error}");
    assert!(begun.elapsed() >= STALL && begun.elapsed() < STALL * 10);
}

#[tokio::test]
async fn a_command_given_up_half_way_makes_the_session_unusable() {
    let (mut session, _script) = session("", async |mut peer: Peer| {
        peer.until_closed().await;
        peer
    })
    .await;
    let given_up = tokio::time::timeout(STALL / 6, session.list()).await;
    assert!(given_up.is_err());
    assert!(matches!(session.select("INBOX").await, Err(ImapError::Unusable { .. })));
}

#[tokio::test]
async fn words_that_would_end_a_line_are_never_sent() {
    let (mut session, script) = session("", async |mut peer: Peer| {
        peer.answer("SELECT \"a\\\"b\\\\c%*{3}\"", "{t} OK\r\n").await;
        peer.answer("SELECT {6}", "+ \r\n").await;
        let name = peer.bytes(8).await;
        assert_eq!(name, "密码\r\n".as_bytes());
        peer.say("A0003 OK\r\n").await;
        peer
    })
    .await;
    for name in ["a\r\nA2 DELETE INBOX", "a\nb", "a\0b", "\r"] {
        assert!(matches!(session.select(name).await, Err(ImapError::Unsendable { .. })), "{name:?}");
        assert!(matches!(session.create(name).await, Err(ImapError::Unsendable { .. })), "{name:?}");
        assert!(session.find_message_id(name).await.is_err(), "{name:?}");
        assert!(session.move_to(&UidSet::range(Uid(1), Uid(1)), name).await.is_err(), "{name:?}");
    }
    session.select("a\"b\\c%*{3}").await.unwrap();
    session.select("密码").await.unwrap();
    assert_eq!(script.lines().await.len(), 3);
}

#[tokio::test]
async fn credentials_of_any_kind_arrive_whole() {
    for (user, password) in [("alice", "a\"b\\c"), ("张伟@例子.测试", "密码 {3}"), ("a b", "")] {
        let script = Script::start(TlsMode::None, async |mut peer: Peer| {
            peer.say("* OK [CAPABILITY IMAP4rev1] hi\r\n").await;
            let mut line = peer.line().await;
            let mut strings = Vec::new();
            line = line.strip_prefix("A0001 LOGIN ").unwrap().to_owned();
            while let Some(length) =
                line.strip_suffix('}').and_then(|line| line.rsplit_once('{')).map(|(_, n)| n.parse().unwrap())
            {
                strings.push(line);
                peer.say("+ ok\r\n").await;
                let bytes = peer.bytes(length).await;
                strings.push(String::from_utf8(bytes).unwrap());
                line = peer.line().await;
            }
            strings.push(line);
            peer.lines = vec![strings.concat()];
            peer.say("A0001 OK [CAPABILITY IMAP4rev1] in\r\n").await;
            peer
        });
        let script = script.await;
        script.connect_as(user, password).await.unwrap();
        let sent = script.lines().await.concat();
        for part in [user, password] {
            let quoted = part.replace('\\', "\\\\").replace('"', "\\\"");
            assert!(sent.contains(part) || sent.contains(&quoted), "{sent}");
        }
    }
}
