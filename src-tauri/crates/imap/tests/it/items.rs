//! What comes along with headers where a server has it: previews (RFC 8970) and Gmail's numbers of messages.

use std::ops::ControlFlow;

use postroom_imap::{Capability, HeaderItem, ItemSink, UidSet};
use postroom_lab::{Cyrus, ImapServer, Lab};
use postroom_types::{TlsMode, Uid};

use crate::real::login;
use crate::script::{Peer, Script, session};

/// A folder whose bodies are not kept.
#[derive(Default)]
struct Wanting(Vec<HeaderItem>);

impl ItemSink<HeaderItem> for Wanting {
    async fn accept(&mut self, item: HeaderItem) -> ControlFlow<()> {
        self.0.push(item);
        ControlFlow::Continue(())
    }

    fn wants_previews(&self) -> bool {
        true
    }
}

fn previews(items: &[HeaderItem]) -> Vec<(u32, Option<&str>)> {
    items.iter().map(|item| (item.uid.0, item.preview.as_deref())).collect()
}

fn set(low: u32, high: u32) -> UidSet {
    UidSet::range(Uid(low), Uid(high))
}

const ASKED: &str = "(UID FLAGS INTERNALDATE RFC822.SIZE PREVIEW (LAZY) BODY.PEEK[HEADER])";
const PLAIN: &str = "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER])";

#[tokio::test]
async fn previews_come_in_every_shape_and_only_to_whom_wants_them() {
    let (mut session, _script) = session("PREVIEW", async |mut peer: Peer| {
        let long = "x".repeat(300);
        let answer = format!(
            "* 1 FETCH (UID 1 PREVIEW \"Dear \\\"Bo\\\"\u{202e} 你好\" BODY[HEADER] {{2}}\r\n\r\n)\r\n\
             * 2 FETCH (UID 2 PREVIEW NIL BODY[HEADER] {{2}}\r\n\r\n)\r\n\
             * 3 FETCH (UID 3 BODY[HEADER] {{2}}\r\n\r\n PREVIEW {{7}}\r\na)\r\nb b)\r\n\
             * 4 FETCH (UID 4 PREVIEW \"\" BODY[HEADER] {{2}}\r\n\r\n)\r\n\
             * 5 FETCH (UID 5 PREVIEW (FUZZY \"old\") BODY[HEADER] {{2}}\r\n\r\n)\r\n\
             * 6 FETCH (UID 6 PREVIEW {long} BODY[HEADER] {{2}}\r\n\r\n)\r\n{{t}} OK\r\n"
        );
        peer.answer(&format!("UID FETCH 1:6 {ASKED}"), &answer).await;
        peer.answer(&format!("UID FETCH 1:6 {PLAIN}"), "{t} OK\r\n").await;
        peer.answer(&format!(" FETCH 91:100 {ASKED}"), "{t} OK\r\n").await;
        peer.answer(&format!("UID FETCH 7:4294967295 {PLAIN}"), "{t} OK\r\n").await;
        peer.answer("UID FETCH 7:4294967295 (UID FLAGS INTERNALDATE RFC822.SIZE PREVIEW", "{t} OK\r\n").await;
        peer
    })
    .await;
    let mut sink = Wanting::default();
    session.fetch_headers(&set(1, 6), &mut sink).await.unwrap();
    let long = "x".repeat(200);
    let expected =
        [(1, Some("Dear \"Bo\" 你好")), (2, None), (3, Some("a) b b")), (4, None), (5, None), (6, Some(long.as_str()))];
    assert_eq!(previews(&sink.0), expected);
    let mut none = Vec::new();
    session.fetch_headers(&set(1, 6), &mut none).await.unwrap();
    session.fetch_newest_headers(100, 10, &mut none).await.unwrap();
    session.fetch_headers_from(Uid(7), 1, &mut none).await.unwrap();
    session.fetch_headers_from(Uid(7), 1, &mut sink).await.unwrap();
}

#[tokio::test]
async fn a_server_that_cannot_make_previews_gives_headers_all_the_same() {
    let header = "BODY[HEADER] {2}\r\n\r\n)\r\n";
    // It does not know the question: it is not asked again.
    let (mut deaf, _script) = session("PREVIEW", async move |mut peer: Peer| {
        peer.answer(ASKED, "{t} BAD unknown item\r\n").await;
        peer.answer(PLAIN, &format!("* 1 FETCH (UID 1 {header}{{t}} OK\r\n")).await;
        peer.answer(PLAIN, &format!("* 1 FETCH (UID 1 {header}{{t}} OK\r\n")).await;
        peer
    })
    .await;
    let mut sink = Wanting::default();
    for _ in 0..2 {
        assert!(deaf.fetch_headers(&set(1, 1), &mut sink).await.unwrap().refused.is_empty());
    }
    assert_eq!(previews(&sink.0), [(1, None), (1, None)]);
    let (mut newest, _script) = session("PREVIEW", async move |mut peer: Peer| {
        peer.answer(ASKED, "{t} NO cannot\r\n").await;
        peer.answer(PLAIN, &format!("* 1 FETCH (UID 1 {header}{{t}} OK\r\n")).await;
        peer
    })
    .await;
    let mut sink = Wanting::default();
    newest.fetch_newest_headers(1, 9, &mut sink).await.unwrap();
    assert_eq!(previews(&sink.0), [(1, None)]);
    // Of one message only there is none to be had.
    let (mut one, _script) = session("PREVIEW", async move |mut peer: Peer| {
        peer.answer(&format!("UID FETCH 1:2 {ASKED}"), "{t} NO cannot make one\r\n").await;
        let one = format!("* 1 FETCH (UID 1 PREVIEW \"One\" {header}{{t}} OK\r\n");
        peer.answer(&format!("UID FETCH 1 {ASKED}"), &one).await;
        peer.answer(&format!("UID FETCH 2 {ASKED}"), "{t} NO cannot make one\r\n").await;
        peer.answer(
            "UID FETCH 2 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER]<0.1048576>)",
            "* 2 FETCH (UID 2 BODY[HEADER]<0> {2}\r\n\r\n)\r\n{t} OK\r\n",
        )
        .await;
        peer
    })
    .await;
    let mut sink = Wanting::default();
    assert!(one.fetch_headers(&set(1, 2), &mut sink).await.unwrap().refused.is_empty());
    assert_eq!(previews(&sink.0), [(1, Some("One")), (2, None)]);
}

#[tokio::test]
async fn gmail_is_asked_for_its_numbers_and_nobody_else() {
    let asked = async |greeting: &'static str, expected: &'static str| {
        let script = Script::start(TlsMode::None, async move |mut peer: Peer| {
            peer.say(format!("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] {greeting}\r\n")).await;
            peer.answer("AUTHENTICATE PLAIN ", "{t} OK [CAPABILITY IMAP4rev1 X-GM-EXT-1] in\r\n").await;
            let answer = "* 1 FETCH (UID 1 X-GM-MSGID 18446744073709551615 BODY[HEADER] {2}\r\n\r\n)\r\n\
                          * 2 FETCH (UID 2 X-GM-MSGID 0 BODY[HEADER] {2}\r\n\r\n)\r\n{t} OK\r\n";
            peer.answer(expected, answer).await;
            peer
        });
        let mut session = script.await.connect().await.unwrap();
        let mut items: Vec<HeaderItem> = Vec::new();
        session.fetch_headers(&set(1, 2), &mut items).await.unwrap();
        items.into_iter().map(|item| item.email_id).collect::<Vec<_>>()
    };
    let gmail = asked("Gimap ready", "RFC822.SIZE X-GM-MSGID BODY.PEEK[HEADER])").await;
    assert_eq!(gmail, [Some("18446744073709551615".to_owned()), None]);
    asked("ready", "RFC822.SIZE BODY.PEEK[HEADER])").await;
}

/// A server that has made one before has it at hand; Cyrus 3.6 makes none, and says so.
#[tokio::test]
async fn real_servers_tell_previews_that_they_have_at_hand() {
    let servers: [(&dyn ImapServer, Option<&str>); 2] =
        [(Lab::shared(), Some("The price is 5 €. 好的。")), (Cyrus::shared(), None)];
    for (server, expected) in servers {
        let user = server.user("preview");
        let text = "From: a@example.test\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\
                    \r\n<p>The <b>price</b> is 5 €.</p>\r\n<p>好的。</p>\r\n";
        server.append(&user, "INBOX", text.as_bytes(), "").unwrap();
        let mut other = server.imap(&user);
        other.select("INBOX");
        other.command("FETCH 1 (PREVIEW)");
        let mut session = login(server, &user).await;
        assert!(session.capabilities().has(Capability::Preview));
        session.select("INBOX").await.unwrap();
        let (mut newest, mut wanting, mut plain) = (Wanting::default(), Wanting::default(), Vec::new());
        session.fetch_newest_headers(1, 10, &mut newest).await.unwrap();
        session.fetch_headers(&set(1, 9), &mut wanting).await.unwrap();
        session.fetch_headers(&set(1, 9), &mut plain).await.unwrap();
        assert_eq!(previews(&newest.0), [(1, expected)]);
        assert_eq!(previews(&wanting.0), [(1, expected)]);
        assert_eq!(previews(&plain), [(1, None)]);
        // What the server cannot say is no reason to think that it cannot answer.
        assert!(session.capabilities().has(Capability::Preview));
    }
}
