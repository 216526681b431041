//! UTF8=ACCEPT (RFC 9755): names are UTF-8 on the wire and modified UTF-7 everywhere else.

use postroom_imap::{FolderList, UidSet};
use postroom_types::{Flags, TlsMode, Uid};

use crate::script::{Peer, Script, new, session};

const OFFERED: &str = "ENABLE UTF8=ACCEPT LIST-STATUS NAMESPACE LITERAL+";

async fn enabled(peer: &mut Peer) {
    peer.answer("ENABLE UTF8=ACCEPT", "* ENABLED UTF8=ACCEPT\r\n{t} OK\r\n").await;
}

fn names(list: &FolderList) -> Vec<(&str, &str)> {
    list.folders.iter().map(|folder| (folder.raw.as_str(), folder.path.as_str())).collect()
}

#[tokio::test]
async fn names_are_utf8_in_both_directions() {
    let (mut session, script) = session(OFFERED, async |mut peer: Peer| {
        enabled(&mut peer).await;
        let list = "* LIST () \"/\" \"工作\"\r\n* STATUS \"工作\" (MESSAGES 3)\r\n* LIST () \"/\" {7}\r\n项目1\r\n\
                    * LIST () \"/\" \"R&D\"\r\n* LIST () \"/\" \"&XeVPXA-\"\r\n* LIST () \"/\" \"bad \u{85}\"\r\n{t} OK\r\n";
        peer.answer("LIST \"\" \"*\"", list).await;
        peer.answer("SELECT \"工作\"", "* 0 EXISTS\r\n* STATUS \"日本\" (MESSAGES 1)\r\n{t} OK\r\n").await;
        peer.answer("SELECT \"R&D\"", "{t} OK\r\n").await;
        peer.answer("SELECT \"&XeVPXA-\"", "{t} OK\r\n").await;
        peer.answer("CREATE \"新\"", "{t} OK\r\n").await;
        peer.answer("SUBSCRIBE \"新\"", "{t} OK\r\n").await;
        peer.answer("UID COPY 1 \"a \\\"b\\\\ 工\"", "{t} NO [NONEXISTENT]\r\n").await;
        let prefix = "* NAMESPACE ((\"箱.\" \".\")) NIL NIL\r\n{t} OK\r\n";
        peer.answer("NAMESPACE", prefix).await;
        peer
    })
    .await;
    let list = session.list().await.unwrap();
    assert_eq!(
        names(&list),
        [
            ("&XeVPXA-", "工作"),
            ("&mHl27g-1", "项目1"),
            ("R&-D", "R&D"),
            ("&-XeVPXA-", "&XeVPXA-"),
            ("bad &AIU-", "bad \u{fffd}")
        ]
    );
    assert_eq!(list.folders[0].status.unwrap().messages, Some(3));
    session.select("&XeVPXA-").await.unwrap();
    assert_eq!(session.selected(), Some("&XeVPXA-"));
    assert_eq!(session.take_changes().folders.into_keys().collect::<Vec<_>>(), ["&ZeVnLA-"]);
    session.select("R&-D").await.unwrap();
    session.select("&-XeVPXA-").await.unwrap();
    session.create("&ZbA-").await.unwrap();
    assert!(session.move_to(&UidSet::range(Uid(1), Uid(1)), "a \"b\\ &XeU-").await.is_err());
    assert_eq!(session.namespace().await.unwrap().unwrap().prefix, "&e7E-.");
    drop(session);
    assert!(script.lines().await.len() > 9);
}

/// ENABLE goes out with the first command, whose name would be in the wrong encoding if its end were not awaited.
#[tokio::test]
async fn a_name_waits_until_it_is_known_how_it_is_written() {
    for (answer, expected) in
        [("* ENABLED UTF8=ACCEPT\r\n{t} OK\r\n", "SELECT \"工作\""), ("{t} BAD no\r\n", "SELECT \"&XeVPXA-\"")]
    {
        let (mut session, _script) = session(OFFERED, async move |mut peer: Peer| {
            peer.answer("ENABLE UTF8=ACCEPT", answer).await;
            peer.answer(expected, "* 0 EXISTS\r\n{t} OK\r\n").await;
            peer
        })
        .await;
        session.select("&XeVPXA-").await.unwrap();
    }
    // A name that is the same either way waits for nothing.
    let (mut session, _script) = session(OFFERED, async |mut peer: Peer| {
        let (enable, select) = (peer.line().await, peer.line().await);
        assert!(select.ends_with("SELECT \"INBOX\""), "{select}");
        for line in [enable, select] {
            peer.say(format!("{} OK\r\n", line.split(' ').next().unwrap_or_default())).await;
        }
        peer
    })
    .await;
    session.select("INBOX").await.unwrap();
}

#[tokio::test]
async fn a_header_in_utf8_is_announced_once_the_server_agreed() {
    let wide = "Subject: 你好\r\n\r\nx\r\n".as_bytes();
    let cases = [
        (OFFERED, true, wide, format!("APPEND \"Sent\" () UTF8 (~{{{}+}}", wide.len())),
        (OFFERED, true, &b"a: b\r\n\r\n"[..], "APPEND \"Sent\" () {8+}".to_owned()),
        ("LITERAL+", false, wide, format!("APPEND \"Sent\" () {{{}+}}", wide.len())),
    ];
    for (capabilities, offered, bytes, expected) in cases {
        let (mut session, _script) = session(capabilities, async move |mut peer: Peer| {
            if offered {
                enabled(&mut peer).await;
            }
            let line = peer.line().await;
            assert!(line.ends_with(&expected), "{line}");
            assert_eq!(peer.bytes(bytes.len()).await, bytes);
            assert_eq!(peer.line().await, if expected.contains("UTF8") { ")" } else { "" });
            peer.say(format!("{} OK done\r\n", line.split(' ').next().unwrap_or_default())).await;
            peer
        })
        .await;
        session.append("Sent", new(Flags::empty(), bytes)).await.unwrap();
    }
}

/// Answers ENABLE without saying what is enabled (jstedfast/MailKit#1871).
#[tokio::test]
async fn icloud_is_never_asked_for_utf8() {
    let script = Script::start(TlsMode::None, async |mut peer: Peer| {
        peer.say("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] (2109B29) pv33p00im.me.com\r\n").await;
        peer.answer("AUTHENTICATE PLAIN ", "{t} OK [CAPABILITY IMAP4rev1 ENABLE UTF8=ACCEPT] in\r\n").await;
        peer.answer("SELECT \"&XeVPXA-\"", "{t} OK\r\n").await;
        peer
    })
    .await;
    script.connect().await.unwrap().select("&XeVPXA-").await.unwrap();
}
