//! APPEND: how a message is announced, and how large it may be.

use postroom_imap::NewMessage;
use postroom_types::{Flags, UnixMillis};

use crate::script::{Peer, new, session};

async fn announced(capabilities: &'static str, bytes: &'static [u8], expected: &'static str) {
    let (mut session, script) = session(capabilities, async move |mut peer: Peer| {
        peer.answer(expected, if expected.ends_with("+}") { "" } else { "+ go\r\n" }).await;
        assert_eq!(peer.bytes(bytes.len()).await, bytes);
        peer.line().await;
        peer.say("A0002 OK done\r\n").await;
        peer
    })
    .await;
    assert_eq!(session.append("Sent", new(Flags::empty(), bytes)).await.unwrap(), None, "no UID was told");
    drop(session);
    let lines = script.lines().await;
    assert!(lines[1].ends_with(expected), "{lines:?}");
}

#[tokio::test]
async fn a_literal_waits_unless_the_server_needs_no_waiting() {
    static LONG: [u8; 4097] = [b'x'; 4097];
    announced("", &LONG[..10], "APPEND \"Sent\" () {10}").await;
    announced("LITERAL+", &LONG, "{4097+}").await;
    announced("LITERAL-", &LONG[..4096], "{4096+}").await;
    announced("LITERAL-", &LONG, "{4097}").await;
}

#[tokio::test]
async fn a_date_and_flags_go_along() {
    let (mut session, _script) = session("LITERAL+", async |mut peer: Peer| {
        peer.answer("APPEND \"&XfJT0ZAB-\" (\\Seen $Junk) \"03-Feb-2026 10:00:05 +0000\" {6+}", "").await;
        peer.bytes(8).await;
        peer.say("A0002 OK [APPENDUID 0 0] done\r\n").await;
        peer
    })
    .await;
    let received_at = Some(UnixMillis(1_770_112_805_000));
    let message = NewMessage { bytes: b"a: b\r\n", flags: Flags::SEEN | Flags::JUNK, received_at };
    assert_eq!(session.append("&XfJT0ZAB-", message).await.unwrap(), None);
}

#[tokio::test]
async fn the_limit_is_the_servers_or_the_folders() {
    let (mut plain, _script) = session("", async |peer: Peer| peer).await;
    assert_eq!(plain.append_limit("Sent").await.unwrap(), None);
    let (mut one, _script) = session("APPENDLIMIT=35651584", async |peer: Peer| peer).await;
    assert_eq!(one.append_limit("Sent").await.unwrap(), Some(35_651_584));
    let (mut odd, _script) = session("APPENDLIMIT=lots", async |peer: Peer| peer).await;
    assert_eq!(odd.append_limit("Sent").await.unwrap(), None);
    let (mut each, _script) = session("APPENDLIMIT", async |mut peer: Peer| {
        peer.answer("STATUS \"Sent\" (APPENDLIMIT)", "* STATUS Sent (APPENDLIMIT 257890)\r\n{t} OK\r\n").await;
        peer.answer("STATUS \"Work\" (APPENDLIMIT)", "* STATUS Work (APPENDLIMIT NIL)\r\n{t} OK\r\n").await;
        peer.answer("STATUS \"Gone\" (APPENDLIMIT)", "{t} NO [NONEXISTENT] no\r\n").await;
        peer
    })
    .await;
    assert_eq!(each.append_limit("Sent").await.unwrap(), Some(257_890));
    assert_eq!(each.append_limit("Work").await.unwrap(), None);
    assert_eq!(each.append_limit("Gone").await.unwrap(), None);
}
