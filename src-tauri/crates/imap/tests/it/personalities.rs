//! What is done differently at a provider that was recognised, one transcript each.

use postroom_imap::{ConnectOptions, ImapError, Provider, connect};
use postroom_net::Trust;
use postroom_types::{FolderRole, Secret, ServerAddress, TlsMode, Uid};
use tokio::net::TcpListener;

use crate::script::{self, Peer, Script, session};

#[tokio::test]
async fn coremail_hears_who_we_are_before_the_login_and_again_before_anything_else() {
    let script = Script::start(TlsMode::None, async |mut peer: Peer| {
        peer.say("* OK Coremail System IMap Server Ready(163com[1])\r\n").await;
        peer.answer("CAPABILITY", "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n{t} OK\r\n").await;
        peer.answer("ID (\"name\" \"Postroom\" \"version\" \"", "{t} BAD log in first\r\n").await;
        peer.answer("AUTHENTICATE PLAIN ", "{t} OK in\r\n").await;
        peer.answer("CAPABILITY", "* CAPABILITY IMAP4rev1 IDLE\r\n{t} OK\r\n").await;
        let line = peer.line().await;
        assert!(line.contains("ID (\"name\"") && line.contains("\"vendor\" \"Postroom\""), "{line}");
        // Nothing may have come behind it yet.
        peer.say("* ID (\"name\" \"Coremail Imap\")\r\n").await;
        let tag = line.split(' ').next().unwrap_or_default().to_owned();
        peer.say(format!("{tag} OK\r\n")).await;
        peer.answer("NOOP", "{t} OK\r\n").await;
        peer
    })
    .await;
    let mut session = script.connect().await.unwrap();
    assert_eq!(session.provider(), Some(Provider::NetEase));
    session.noop().await.unwrap();
}

#[tokio::test]
async fn roles_come_by_xlist_where_nothing_else_tells_them() {
    let (mut with, _script) = session("XLIST", async |mut peer: Peer| {
        let answer = "* XLIST (\\HasNoChildren \\Inbox) \"/\" \"&ZTZO9nux-\"\r\n* XLIST (\\NoSelect) \"/\" \"x\"\r\n\
                      * XLIST (\\Trash) \"/\" \"Heap\"\r\n{t} OK\r\n";
        peer.answer("XLIST \"\" \"*\"", answer).await;
        peer
    })
    .await;
    let folders = with.list().await.unwrap().folders;
    let roles: Vec<_> = folders.iter().map(|folder| (folder.raw.as_str(), folder.role, folder.selectable)).collect();
    assert_eq!(
        roles,
        [("INBOX", FolderRole::Inbox, true), ("x", FolderRole::Other, false), ("Heap", FolderRole::Trash, true)]
    );
    let (mut refused, _script) = session("XLIST", async |mut peer: Peer| {
        peer.answer("XLIST", "{t} BAD\r\n").await;
        peer.answer("LIST \"\" \"*\"", "* LIST () \"/\" Trash\r\n{t} OK\r\n").await;
        peer
    })
    .await;
    assert_eq!(refused.list().await.unwrap().folders[0].role, FolderRole::Trash);
}

#[tokio::test]
async fn without_uidnext_the_last_message_bounds_the_windows() {
    let (mut session, _script) = session("", async |mut peer: Peer| {
        peer.answer("UID FETCH * (UID)", "* 3 FETCH (UID 60000)\r\n{t} OK\r\n").await;
        peer.answer("UID SEARCH UID 1:50000", "* SEARCH 7\r\n{t} OK\r\n").await;
        peer.answer("UID SEARCH UID 50001:60000", "* SEARCH 60000\r\n{t} OK\r\n").await;
        // Empty, or it says so: an empty answer is believed of a search only.
        peer.answer("UID FETCH * (UID)", "{t} BAD invalid messageset\r\n").await;
        peer.answer("UID SEARCH ALL", "* SEARCH 9\r\n{t} OK\r\n").await;
        peer
    })
    .await;
    assert_eq!(session.uids(Uid(1), Uid(u32::MAX)).await.unwrap().to_string(), "7,60000");
    assert_eq!(session.uids(Uid(1), Uid(u32::MAX)).await.unwrap().to_string(), "9");
}

#[tokio::test]
async fn a_message_is_found_by_its_own_header() {
    let (mut session, _script) = session("", async |mut peer: Peer| {
        peer.answer("UID SEARCH HEADER Message-ID \"<1@x>\"", "* SEARCH 2 3 4 5\r\n{t} OK\r\n").await;
        let answer = "* 1 FETCH (UID 2 BODY[HEADER.FIELDS (MESSAGE-ID)] {19}\r\nMessage-ID: <1@x>\r\n)\r\n\
                      * 2 FETCH (UID 3 BODY[HEADER.FIELDS (\"Message-ID\")] {22}\r\nMessage-ID:\r\n <11@x>\r\n)\r\n\
                      * 3 FETCH (UID 4 BODY[HEADER.FIELDS (MESSAGE-ID)] NIL)\r\n\
                      * 9 FETCH (UID 9 BODY[HEADER.FIELDS (MESSAGE-ID)] {19}\r\nMessage-ID: <1@x>\r\n)\r\n{t} OK\r\n";
        peer.answer("UID FETCH 2:5 (UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])", answer).await;
        peer.answer("UID SEARCH", "{t} BAD invalid argument\r\n").await;
        peer
    })
    .await;
    assert_eq!(session.find_message_id("<1@x>").await.unwrap().to_string(), "2");
    assert!(matches!(session.find_message_id("<1@x>").await, Err(ImapError::Refused { .. })));
}

#[tokio::test]
async fn exchange_is_logged_into_anew_where_the_first_login_leads_nowhere() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = ServerAddress::new("127.0.0.1", listener.local_addr().unwrap().port(), TlsMode::None).unwrap();
    #[expect(clippy::disallowed_methods, reason = "ends with the test's runtime")]
    let logins = tokio::task::spawn(async move {
        for login in 1_u32.. {
            let (stream, _) = listener.accept().await.unwrap();
            let mut peer = Peer::new(stream);
            peer.say("* OK The Microsoft Exchange IMAP4 service is ready. [x]\r\n").await;
            peer.answer("CAPABILITY", "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n{t} OK\r\n").await;
            peer.answer("AUTHENTICATE PLAIN ", "{t} OK in\r\n").await;
            peer.answer("CAPABILITY", "* CAPABILITY IMAP4rev1\r\n{t} OK\r\n").await;
            if login == 2 {
                peer.answer("NOOP", "{t} OK\r\n").await;
                return login;
            }
            peer.answer("NOOP", "{t} BAD User is authenticated but not connected.\r\n").await;
        }
        0
    });
    let (trust, password) = (Trust::platform(), Secret::new("geheim".to_owned()));
    let options =
        ConnectOptions { server: &address, trust: &trust, user: "ann", password: &password, stall: script::STALL };
    let session = connect(&options).await.unwrap();
    assert_eq!(session.provider(), Some(Provider::Exchange));
    assert_eq!(logins.await.unwrap(), 2);
}

#[tokio::test]
async fn yahoo_is_asked_for_no_wide_range_of_new_mail() {
    let (mut session, _script) = session("XYMHIGHESTMODSEQ", async |mut peer: Peer| {
        peer.answer("UID FETCH 500:2499 (UID FLAGS", "{t} OK\r\n").await;
        peer
    })
    .await;
    session.fetch_headers_from(Uid(500), 1, &mut Vec::new()).await.unwrap();
}
