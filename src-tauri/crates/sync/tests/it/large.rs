//! Large messages: cut and gone on with, without standing in anybody's way.

use postroom_lab::{Lab, LabUser, Proxy};
use postroom_net::Trust;
use postroom_sync::{Bodies, FolderLedger, PassRequest, VerifyRequest, Wish};
use postroom_types::{Event, MessageId};
use tokio_util::task::TaskTracker;

use crate::desk::{Desk, until};

const ALL: PassRequest = PassRequest { folder: None, bodies: Bodies::All };
const HEADERS: PassRequest = PassRequest { folder: None, bodies: Bodies::None };
const MB: u64 = 1 << 20;

/// A mail with a text, a small file, a large one of about this many bytes and another small one.
pub(crate) fn large(bytes: u64) -> Vec<u8> {
    let head = "From: Bo <bo@example.test>\r\nTo: ann@example.test\r\nSubject: Large\r\nMIME-Version: 1.0\r\n\
        Date: Tue, 03 Feb 2026 10:00:00 +0000\r\nMessage-ID: <large@example.test>\r\n\
        Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHere are the plans.\r\n";
    let part = |name: &str| {
        format!(
            "--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename={name}\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n"
        )
    };
    let mut raw = [head, &part("first.pdf"), "Rmlyc3Q=\r\n", &part("plans.pdf")].concat().into_bytes();
    let mut state = 1_u32;
    while (raw.len() as u64) < bytes {
        for _ in 0..76 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let digit = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[(state >> 26) as usize];
            raw.push(digit);
        }
        raw.extend_from_slice(b"\r\n");
    }
    raw.extend_from_slice([&part("last.pdf"), "TGFzdA==\r\n--b--\r\n"].concat().as_bytes());
    raw
}

async fn by_proxy(hint: &str) -> (Desk, Proxy) {
    let lab = Lab::shared();
    let proxy = Proxy::start(&lab.imap_plain()).unwrap();
    (Desk::at(lab, proxy.address(), Trust::platform(), lab.user(hint)).await, proxy)
}

fn put(user: &LabUser, folder: &str, mail: &[u8]) {
    Lab::shared().append(user, folder, mail, "").unwrap();
}

async fn assert_clean(desk: &Desk) {
    let ledgers = desk.engine.verify(&VerifyRequest { folder: None, deep: true }).await.unwrap();
    assert!(ledgers.iter().all(FolderLedger::is_clean), "{ledgers:?}");
}

async fn assert_whole(desk: &Desk, id: MessageId, mail: &[u8]) {
    assert!(desk.store.raw(id).await.unwrap() == mail, "the bytes differ");
    let row = desk.store.message(id).await.unwrap().row;
    assert!(row.has_body && row.has_attachments && row.preview == "Here are the plans.", "{row:?}");
    assert_eq!(desk.store.incoming(id).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_message_goes_on_where_it_was_cut() {
    let (desk, proxy) = by_proxy("large").await;
    let mail = large(40 * MB);
    put(&desk.user, "INBOX", &mail);
    desk.append("INBOX", 1..=3);
    desk.engine.sync(&HEADERS).await.unwrap();
    let id = desk.id("INBOX", "Large").await;
    let mut here = 0;
    for cut in [15 * MB, 10 * MB] {
        proxy.cut_after(cut);
        let mut events = desk.context.events.subscribe();
        let before = proxy.traffic().down;
        assert!(desk.engine.sync(&ALL).await.is_err());
        proxy.heal();
        let (came, had) = (proxy.traffic().down - before, here);
        here = desk.store.incoming(id).await.unwrap();
        // All but the pieces that were on their way is kept.
        assert!(here > had + came - 5 * MB && here < had + came, "{had} + {came} gave {here}");
        assert!(desk.rows("INBOX").await.iter().filter(|row| row.id != id).all(|row| row.has_body), "small ones first");
        let mut told = Vec::new();
        while let Ok(event) = events.try_recv() {
            if let Event::Coming { message, bytes, total, .. } = event {
                assert_eq!((message, total), (id, mail.len() as u64));
                told.push(bytes);
            }
        }
        assert!(told.len() > 1 && told.is_sorted() && told.iter().all(|bytes| *bytes > had), "{told:?}");
    }
    let before = proxy.traffic().down;
    desk.sync().await;
    let came = proxy.traffic().down - before;
    let rest = mail.len() as u64 - here;
    assert!((rest..rest + MB).contains(&came), "{came} bytes came for the {rest} that were missing");
    assert_whole(&desk, id, &mail).await;
    assert_clean(&desk).await;
    assert_eq!(desk.sync().await.bodies, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_of_a_message_goes_with_it() {
    let (desk, proxy) = by_proxy("goes").await;
    let mail = large(9 * MB);
    put(&desk.user, "INBOX", &mail);
    desk.engine.sync(&HEADERS).await.unwrap();
    let id = desk.id("INBOX", "Large").await;
    proxy.cut_after(6 * MB);
    assert!(desk.engine.sync(&ALL).await.is_err());
    proxy.heal();
    assert!(desk.store.incoming(id).await.unwrap() > 0);
    // Somebody moves it.
    desk.lab.create_folder(&desk.user, "Work").unwrap();
    let mut other = desk.server();
    other.select("INBOX");
    other.command("UID MOVE 1:* Work");
    desk.sync().await;
    let moved = desk.id("Work", "Large").await;
    assert_whole(&desk, moved, &mail).await;
    let files = || std::fs::read_dir(desk.store.dir().join("blobs")).unwrap().count();
    assert_eq!(files(), 1);
    other.select("Work");
    other.command("UID STORE 1:* +FLAGS (\\Deleted)");
    other.command("EXPUNGE");
    desk.sync().await;
    assert_eq!(files(), 0);
}

/// While a large one comes, a small one that arrives is here before its end.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_a_large_message() {
    let (desk, proxy) = by_proxy("nobody").await;
    let mail = large(40 * MB);
    put(&desk.user, "INBOX", &mail);
    let mut events = desk.context.events.subscribe();
    let tasks = TaskTracker::new();
    proxy.drip(64 << 10, std::time::Duration::from_millis(25));
    let handle = desk.engine.clone().watch(&tasks);
    let coming = async || match desk.rows_if_any("INBOX").await.iter().find(|row| row.subject == "Large") {
        Some(row) => desk.store.incoming(row.id).await.unwrap(),
        None => 0,
    };
    until(&mut events, "the large one", async || coming().await > 0).await;
    desk.append("INBOX", 1..=1);
    let small = async || desk.rows("INBOX").await.iter().any(|row| row.subject == "Mail 001" && row.has_body);
    until(&mut events, "the small one", small).await;
    assert!(coming().await > 0, "the large one was waited for");
    // Opened, it comes over a connection of its own.
    let id = desk.id("INBOX", "Large").await;
    handle.wish(Wish::Body(id));
    proxy.heal();
    until(&mut events, "the rest", async || desk.store.message(id).await.unwrap().row.has_body).await;
    assert_whole(&desk, id, &mail).await;
    drop(handle);
    tasks.close();
    tasks.wait().await;
}

/// Not wanted here by the rules, but opened: the beginning first, then the rest.
#[tokio::test(flavor = "multi_thread")]
async fn an_open_message_comes_although_the_rules_do_not_want_it() {
    let (desk, proxy) = by_proxy("opened").await;
    let mail = large(12 * MB);
    put(&desk.user, "INBOX", &mail);
    desk.store.offline_set(desk.account, postroom_types::Keep::Headers, 0).await.unwrap();
    desk.engine.sync(&HEADERS).await.unwrap();
    let id = desk.id("INBOX", "Large").await;
    let mut events = desk.context.events.subscribe();
    let tasks = TaskTracker::new();
    let handle = desk.engine.clone().watch(&tasks);
    handle.wish(Wish::Body(id));
    until(&mut events, "the beginning", async || {
        desk.store.incoming(id).await.unwrap() > 0 || desk.store.message(id).await.unwrap().row.has_body
    })
    .await;
    until(&mut events, "the rest", async || desk.store.message(id).await.unwrap().row.has_body).await;
    assert_whole(&desk, id, &mail).await;
    drop((handle, proxy));
    tasks.close();
    tasks.wait().await;
}
