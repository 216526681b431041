//! A slow line: what goes over it is compressed, and everything is as it was.

use std::sync::OnceLock;
use std::time::Duration;

use postroom_lab::{Lab, LabOptions, Proxy};
use postroom_net::Trust;
use postroom_types::{FlagChange, Flags};

use crate::desk::{Desk, NOW, mail};
use crate::rig::Open;

/// A server that can compress; the shared one cannot, since its tests look into what passes.
fn lab() -> &'static Lab {
    static LAB: OnceLock<Lab> = OnceLock::new();
    LAB.get_or_init(|| {
        let dovecot = "protocol imap {\n  mail_plugins = acl quota imap_acl imap_quota imap_zlib\n}\n".to_owned();
        Lab::start(LabOptions { dovecot, ..LabOptions::default() }).unwrap()
    })
}

async fn desk(one_way: Duration) -> (Desk, Proxy) {
    let proxy = Proxy::start(&lab().imap_plain()).unwrap();
    proxy.set_latency(one_way);
    (Desk::at(lab(), proxy.address(), Trust::platform(), lab().user("slow")).await, proxy)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_sync_over_a_slow_line_is_a_fraction_of_the_bytes() {
    let (desk, proxy) = desk(Duration::from_millis(20)).await;
    desk.lab.fill_bulk(&desk.user, "INBOX", 200, 15_000).unwrap();
    let report = desk.sync().await;
    let down = proxy.traffic().down;
    let raw: u64 = desk.rows("INBOX").await.iter().map(|row| row.size).sum();
    assert_eq!(u64::from(report.bodies), 200);
    assert!(raw > 200_000 && down < raw * 3 / 4, "{down} bytes for {raw} bytes of mail");

    // Both directions, other clients and the queue, all of it compressed.
    let open = Open { store: desk.store.clone(), engine: desk.engine.clone() };
    let long = mail(1) + &"All goods remain ours until they are paid.\r\n".repeat(10_000);
    open.put(desk.folder_id("Archive").await, long.as_bytes(), Flags::SEEN).await;
    let ids: Vec<_> = desk.rows("INBOX").await.into_iter().take(20).map(|row| row.id).collect();
    desk.store.mark(ids, FlagChange::flagged(true), NOW).await.unwrap();
    desk.server().expunge("INBOX", 100);
    let before = proxy.traffic();
    desk.sync().await;
    let up = proxy.traffic().up - before.up;
    assert!(up < long.len() as u64 / 4, "{up} bytes up");
    open.assert_settled("over a slow line").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_connection_may_break_anywhere() {
    let (desk, proxy) = desk(Duration::from_millis(20)).await;
    desk.lab.fill_bulk(&desk.user, "INBOX", 60, 6_000).unwrap();
    let open = Open { store: desk.store.clone(), engine: desk.engine.clone() };
    for after in [300, 3_000, 20_000, 60_000, 61_111] {
        proxy.truncate_after(after);
        // Whatever comes of it.
        drop(desk.engine.sync(&crate::rig::ALL).await);
    }
    proxy.heal();
    desk.sync().await;
    open.assert_settled("after breaks").await;
    assert_eq!(desk.rows("INBOX").await.len(), 60);
}
