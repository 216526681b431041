//! Against real servers, Dovecot and Cyrus: what the scripted ones cannot prove.

use std::time::Duration;

use postroom_imap::{
    BodyItem, Capability, ConnectOptions, HeaderItem, IdleOutcome, ImapError, LargeEnd, Session, UidSet, connect,
    folder_name_to_raw,
};
use postroom_lab::{Cyrus, ImapServer, Lab, LabUser};
use postroom_net::{NetError, Trust};
use postroom_types::{FaultCode, FlagChange, Flags, FolderRole, Secret, ServerAddress, Uid};
use tokio_util::sync::CancellationToken;

use crate::script::new;

/// One test on both servers.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod dovecot {
            $(#[tokio::test] async fn $name() { super::$name(super::Lab::shared()).await; })*
        }
        mod cyrus {
            $(#[tokio::test] async fn $name() { super::$name(super::Cyrus::shared()).await; })*
        }
    };
}

on_both![logins, folders, bodies_are_byte_exact, flags_go_both_ways, messages_move_and_go, idle_notices_a_delivery];

async fn connect_to(address: &ServerAddress, user: &LabUser, trust: &Trust) -> Result<Session, ImapError> {
    let password = Secret::new(user.password.clone());
    let stall = Duration::from_secs(20);
    connect(&ConnectOptions { server: address, trust, user: &user.user, password: &password, stall }).await
}

pub(crate) async fn login(server: &dyn ImapServer, user: &LabUser) -> Session {
    connect_to(&server.imap_plain(), user, &Trust::platform()).await.unwrap()
}

fn mail(number: usize, length: usize) -> Vec<u8> {
    let mut mail = format!(
        "From: a@example.test\r\nSubject: =?utf-8?B?5rWL6K+V?= {number}\r\nMessage-ID: <{number}@example.test>\r\n\r\n"
    )
    .into_bytes();
    let line = format!("line of mail {number} 正文 ){{3}}\r\n");
    while mail.len() < length {
        mail.extend_from_slice(line.as_bytes());
    }
    mail
}

async fn all(session: &mut Session) -> UidSet {
    session.uids(Uid(1), Uid(u32::MAX)).await.unwrap()
}

async fn logins(server: &dyn ImapServer) {
    let user = server.add_user("odd@example.test", "ge\"heim\\密码").unwrap();
    let trust = Trust::with_ca_pem(server.ca_pem()).unwrap();
    for address in [server.imap_plain(), server.imap_starttls(), server.imap_implicit()] {
        let mut session = connect_to(&address, &user, &trust).await.unwrap();
        assert!(session.capabilities().has(Capability::QResync) && session.capabilities().has(Capability::Idle));
        session.noop().await.unwrap();
        session.logout().await;
    }
    let trust = Trust::platform();
    for address in [server.imap_starttls(), server.imap_implicit()] {
        let error = connect_to(&address, &user, &trust).await.unwrap_err();
        assert!(matches!(error, ImapError::Net(NetError::CertificateUntrusted { .. })), "{error}");
    }
    let wrong = LabUser { password: "wrong".to_owned(), ..user };
    let error = connect_to(&server.imap_plain(), &wrong, &trust).await.unwrap_err();
    assert_eq!(error.fault().code, FaultCode::LoginRefused, "{error}");
    assert!(!format!("{error:?}").contains("wrong"));
}

async fn folders(server: &dyn ImapServer) {
    let mut session = login(server, &server.user("imap")).await;
    for name in ["项目/二〇二六", "R&D", "a (b)", "😀"] {
        session.create(&folder_name_to_raw(name)).await.unwrap();
    }
    let list = session.list().await.unwrap();
    let role = |path: &str| list.folders.iter().find(|folder| folder.path == path).map(|folder| folder.role);
    for name in ["项目", "项目/二〇二六", "R&D", "a (b)", "😀"] {
        assert_eq!(role(name), Some(FolderRole::Other), "{name} in {:?}", list.folders);
    }
    assert_eq!(
        (role("INBOX"), role("Sent"), role("Trash")),
        (Some(FolderRole::Inbox), Some(FolderRole::Sent), Some(FolderRole::Trash))
    );
    let folder = list.folders.iter().find(|folder| folder.path == "项目/二〇二六").unwrap();
    assert_eq!((folder.delimiter, folder.selectable, folder.status.unwrap().messages), (Some('/'), true, Some(0)));
    let selected = session.select(&folder.raw).await.unwrap();
    assert_eq!(selected.uid_validity, folder.status.unwrap().uid_validity);
    assert!(selected.highest_modseq.is_some() && !selected.read_only);
    let status = session.status("INBOX").await.unwrap();
    assert_eq!(status.messages, Some(0));
    let gone = session.select("no such folder").await.unwrap_err();
    assert_eq!(gone.fault().code, FaultCode::ServerRefused);
    session.unselect().await.unwrap();
}

/// Cyrus refuses them.
#[tokio::test]
async fn names_of_quotes_and_backslashes() {
    let server = Lab::shared();
    let mut session = login(server, &server.user("quotes")).await;
    let names = ["a \"b\" \\c", "{3}", "\\"];
    for name in names {
        session.create(&folder_name_to_raw(name)).await.unwrap();
    }
    let list = session.list().await.unwrap();
    for name in names {
        let folder = list.folders.iter().find(|folder| folder.path == name).unwrap();
        assert_eq!(session.select(&folder.raw).await.unwrap().exists, 0, "{name}");
    }
}

async fn bodies_are_byte_exact(server: &dyn ImapServer) {
    let mut session = login(server, &server.user("imap")).await;
    let mails: Vec<Vec<u8>> =
        (0..300).map(|number| mail(number, number * 97)).chain([mail(900, 9 << 20), mail(901, 8 << 20)]).collect();
    for mail in &mails {
        assert!(session.append("INBOX", new(Flags::empty(), mail)).await.unwrap().is_some());
    }
    let selected = session.select("INBOX").await.unwrap();
    assert_eq!(selected.exists, 302);
    let uids = all(&mut session).await;
    assert_eq!(uids.len(), 302);
    assert_eq!(session.find_message_id("<7@example.test>").await.unwrap().len(), 1);

    let mut headers: Vec<HeaderItem> = Vec::new();
    session.fetch_headers(&uids, &mut headers).await.unwrap();
    headers.sort_by_key(|header| header.uid);
    assert_eq!(headers.len(), 302);
    for (header, mail) in headers.iter().zip(&mails) {
        assert_eq!(header.size, mail.len() as u64);
        assert!(mail.starts_with(&header.header) && header.header.ends_with(b"\r\n\r\n"));
        assert!(header.internal_date.is_some() && header.modseq.is_some() && header.flags.is_some());
    }

    // The larger one's size is told wrong, so that it comes whole, too large, and is asked for in pieces.
    let told = |size: u64| if size > (9 << 20) { 100 } else { size };
    let mut items: Vec<_> = headers.iter().map(|header| (header.uid, told(header.size))).collect();
    items.push((Uid(4000), 10));
    let mut bodies: Vec<BodyItem> = Vec::new();
    session.fetch_bodies(items.iter().copied(), &mut bodies).await.unwrap();
    assert_eq!(bodies.len(), 303);
    let mut large = 0;
    for body in &bodies {
        match body {
            BodyItem::Body { uid, raw } => {
                let at = headers.iter().position(|header| header.uid == *uid).unwrap();
                assert!(raw[..] == mails[at][..], "the text of UID {} differs", uid.0);
            }
            BodyItem::Gone { uid } => assert_eq!(*uid, Uid(4000)),
            BodyItem::Large { uid } => {
                let at = headers.iter().position(|header| header.uid == *uid).unwrap();
                for from in [0, 1, 5 << 20, mails[at].len()] {
                    let mut pieces: Vec<bytes::Bytes> = Vec::new();
                    let end = session.fetch_large(*uid, headers[at].size, from as u64, &mut pieces).await.unwrap();
                    assert_eq!(end, LargeEnd::Whole { size: mails[at].len() as u64 });
                    assert!(pieces.concat() == mails[at][from..], "the text of UID {} differs from {from} on", uid.0);
                }
                large += 1;
            }
            other => panic!("UID {}", other.uid().0),
        }
    }
    assert_eq!(large, 2);
    // Nothing was marked read.
    assert!(session.fetch_flags(Uid(1), Uid(5000), None).await.unwrap().iter().all(|update| update.flags.is_empty()));
}

async fn flags_go_both_ways(server: &dyn ImapServer) {
    let user = server.user("imap");
    let (mut here, mut there) = (login(server, &user).await, login(server, &user).await);
    for number in 0..5 {
        here.append("INBOX", new(Flags::empty(), &mail(number, 0))).await.unwrap();
    }
    let modseq = here.select("INBOX").await.unwrap().highest_modseq;
    there.select("INBOX").await.unwrap();
    there
        .store(
            &UidSet::range(Uid(2), Uid(3)),
            FlagChange { add: Flags::FLAGGED | Flags::FORWARDED, remove: Flags::SEEN },
        )
        .await
        .unwrap();
    let changed = here.fetch_flags(Uid(1), Uid(9), modseq).await.unwrap();
    let got: Vec<_> = changed.iter().map(|update| (update.uid.0, update.flags)).collect();
    assert_eq!(got, [(2, Flags::FLAGGED | Flags::FORWARDED), (3, Flags::FLAGGED | Flags::FORWARDED)]);
    here.store(&UidSet::range(Uid(2), Uid(2)), FlagChange { add: Flags::SEEN, remove: Flags::FLAGGED }).await.unwrap();
    there.noop().await.unwrap();
    let news = there.take_changes();
    assert!(
        news.flags.iter().any(|update| update.uid == Uid(2) && update.flags == Flags::SEEN | Flags::FORWARDED),
        "{news:?}"
    );
}

async fn messages_move_and_go(server: &dyn ImapServer) {
    let user = server.user("imap");
    let (mut here, mut there) = (login(server, &user).await, login(server, &user).await);
    let target = folder_name_to_raw("归档 (1)");
    here.create(&target).await.unwrap();
    for number in 0..6 {
        here.append("INBOX", new(Flags::empty(), &mail(number, 0))).await.unwrap();
    }
    here.select("INBOX").await.unwrap();
    there.select("INBOX").await.unwrap();
    let moved = here.move_to(&UidSet::from_ranges([(1, 2), (4, 4)]), &target).await.unwrap().unwrap();
    assert_eq!(moved.pairs.iter().map(|(from, _)| from.0).collect::<Vec<_>>(), [1, 2, 4]);
    assert!(here.expunge(&UidSet::range(Uid(5), Uid(5))).await.unwrap());
    assert_eq!(all(&mut here).await.to_string(), "3,6");
    there.noop().await.unwrap();
    assert_eq!(there.take_changes().vanished.to_string(), "1:2,4:5");
    let selected = here.select(&target).await.unwrap();
    assert_eq!((selected.exists, selected.uid_validity), (3, Some(moved.validity)));
    let missing = there.move_to(&UidSet::range(Uid(3), Uid(3)), "nowhere").await.unwrap_err();
    assert_eq!(missing.refusal(), Some(&postroom_imap::RefusalCode::TryCreate));
}

async fn idle_notices_a_delivery(server: &dyn ImapServer) {
    let user = server.user("imap");
    let (mut here, mut there) = (login(server, &user).await, login(server, &user).await);
    here.select("INBOX").await.unwrap();
    let stop = CancellationToken::new();
    let deliver = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        there.append("INBOX", new(Flags::empty(), &mail(1, 0))).await.unwrap();
    };
    let (outcome, ()) = tokio::join!(here.idle(&stop, Duration::from_secs(20)), deliver);
    assert_eq!(outcome.unwrap(), IdleOutcome::Changed);
    assert_eq!(here.take_changes().exists, Some(1));
    let stopping = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        stop.cancel();
    };
    let (outcome, ()) = tokio::join!(here.idle(&stop, Duration::from_secs(20)), stopping);
    assert_eq!(outcome.unwrap(), IdleOutcome::Stopped);
    here.noop().await.unwrap();
}
