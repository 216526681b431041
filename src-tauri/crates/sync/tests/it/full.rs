//! A whole account, the first time and again.

use std::time::{Duration, SystemTime};

use postroom_lab::{Lab, MaildirMail, Proxy, data};
use postroom_net::Trust;
use postroom_sync::{Bodies, PassRequest};
use postroom_types::{Flags, FolderRole, TlsMode};

use crate::desk::{Desk, NOW, mail, names};

/// As the server must give it: a maildir's LF becomes CRLF.
fn on_the_wire(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 40);
    let mut last = 0;
    for byte in bytes {
        if *byte == b'\n' && last != b'\r' {
            out.push(b'\r');
        }
        out.push(*byte);
        last = *byte;
    }
    out
}

/// The corpus, without what Dovecot itself changes (it has no NUL to give) or takes for no mail at all.
fn corpus() -> Vec<Vec<u8>> {
    let mails: Vec<_> = data::mail_files().into_iter().map(|file| std::fs::read(file).unwrap()).collect();
    mails.into_iter().filter(|mail| !mail.is_empty() && !mail.contains(&0)).collect()
}

fn fill(desk: &Desk, folder: &str, mails: &[Vec<u8>]) {
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let mails: Vec<_> = mails
        .iter()
        .zip(0..)
        .map(|(bytes, number)| MaildirMail {
            bytes,
            flags: if number % 3 == 0 { "S" } else { "" },
            date: start + Duration::from_secs(number),
        })
        .collect();
    desk.lab.write_maildir(&desk.user, folder, &mails).unwrap();
}

async fn assert_exact(desk: &Desk, folder: &str, mails: &[Vec<u8>]) {
    let rows = desk.rows(folder).await;
    assert_eq!(rows.len(), mails.len(), "{folder}");
    for (number, (row, mail)) in rows.iter().zip(mails).enumerate() {
        let wanted = on_the_wire(mail);
        let raw = desk.store.raw(row.id).await.unwrap();
        assert!(raw == wanted, "message {number} of {folder} differs ({} and {} bytes)", raw.len(), wanted.len());
        assert_eq!(row.size, wanted.len() as u64);
        assert_eq!(row.flags.contains(Flags::SEEN), number % 3 == 0);
        assert!(row.has_body);
    }
    let seen = mails.len().div_ceil(3);
    let shown = desk.folder(folder).await;
    assert_eq!((shown.messages as usize, shown.unread as usize), (mails.len(), mails.len() - seen), "{folder}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_sync_brings_every_folder_and_every_byte() {
    let lab = Lab::shared();
    let trust = Trust::with_ca_pem(lab.ca_pem()).unwrap();
    let desk = Desk::at(lab, lab.imap_implicit(), trust, lab.user("full")).await;
    let mails = corpus();
    assert!(mails.len() > 300, "{}", mails.len());
    let (first, second) = mails.split_at(mails.len() / 2);
    fill(&desk, "INBOX", first);
    desk.lab.create_folder(&desk.user, "项目/合同").unwrap();
    fill(&desk, "项目/合同", second);
    for empty in ["已发送邮件", "R&D", "Leer"] {
        desk.lab.create_folder(&desk.user, empty).unwrap();
    }

    let report = desk.sync().await;
    let mut paths: Vec<_> = desk.store.folders().await.unwrap().into_iter().map(|folder| folder.path).collect();
    let mut there = desk.server().folders();
    paths.sort();
    there.sort();
    assert_eq!(paths, there);
    assert_eq!(report.folders.first().map(|folder| folder.path.as_str()), Some("INBOX"), "the inbox first");
    assert_eq!(report.bodies as usize, mails.len());
    let new: u32 = report.folders.iter().map(|folder| folder.new).sum();
    assert_eq!(new as usize, mails.len());
    assert!(report.bytes >= mails.iter().map(|mail| on_the_wire(mail).len() as u64).sum(), "{}", report.bytes);
    assert_exact(&desk, "INBOX", first).await;
    assert_exact(&desk, "项目/合同", second).await;
    assert_eq!(desk.folder("项目/合同").await.name, "合同");
    assert_eq!(desk.folder("INBOX").await.role, FolderRole::Inbox);
    assert_eq!(desk.folder("Leer").await.messages, 0);

    let again = desk.sync().await;
    assert_eq!((again.bodies, again.bytes), (0, 0));
    for folder in &again.folders {
        assert_eq!((folder.new, folder.removed, folder.flags_changed), (0, 0, 0), "{}", folder.path);
    }
    assert_eq!(again.folders.len(), report.folders.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_folder_alone_and_headers_alone() {
    let desk = Desk::new("alone").await;
    desk.append("INBOX", 1..=3);
    desk.lab.create_folder(&desk.user, "Work").unwrap();
    desk.append("Work", 4..=5);
    let only = |folder: &str, bodies| PassRequest { folder: Some(folder.to_owned()), bodies };
    let report = desk.engine.sync(&only("Work", Bodies::None)).await.unwrap();
    assert_eq!(
        report.folders.iter().map(|folder| (folder.path.as_str(), folder.new)).collect::<Vec<_>>(),
        [("Work", 2)]
    );
    assert_eq!(report.bodies, 0);
    assert_eq!(desk.rows("INBOX").await, []);
    assert!(desk.rows("Work").await.iter().all(|row| !row.has_body));
    let report = desk.engine.sync(&only("inbox", Bodies::All)).await.unwrap();
    assert_eq!((report.folders.len(), report.bodies), (1, 3), "{report:?}");
    assert!(desk.rows("Work").await.iter().all(|row| !row.has_body), "bodies of that folder only");
}

/// Cut after so many bytes, again and again, further each time: every pass continues, and in the end all is there once.
#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_is_cut_anywhere_continues() {
    let lab = Lab::shared();
    let user = lab.user("cut");
    let proxy = Proxy::start(&lab.imap_plain()).unwrap();
    assert_eq!(proxy.address().tls, TlsMode::None);
    let desk = Desk::at(lab, proxy.address(), Trust::platform(), user).await;
    let text = "A line that makes it longer.\r\n".repeat(200);
    for number in 1..=60 {
        desk.lab.append(&desk.user, "INBOX", format!("{}{text}", mail(number)).as_bytes(), "").unwrap();
    }
    let request = PassRequest { folder: None, bodies: Bodies::All };
    let mut cuts = 0;
    for step in 0..40_u64 {
        proxy.cut_after(200 + step * step * 300);
        match desk.engine.sync(&request).await {
            Ok(report) if report.folders.iter().all(|folder| folder.error.is_none()) => break,
            _ => cuts += 1,
        }
        proxy.heal();
        let rows = desk.rows_if_any("INBOX").await;
        assert!(rows.len() <= 60);
    }
    assert!(cuts >= 3, "{cuts} cuts");
    proxy.heal();
    desk.sync().await;
    assert_eq!(desk.subjects("INBOX").await, names(1..=60));
    for (row, number) in desk.rows("INBOX").await.iter().zip(1..) {
        assert_eq!(desk.store.raw(row.id).await.unwrap(), format!("{}{text}", mail(number)).as_bytes());
    }
}

/// Their folder is gone from the server, and they are newer than what can be had.
#[tokio::test(flavor = "multi_thread")]
async fn many_bodies_that_cannot_be_had_do_not_hide_the_others() {
    let desk = Desk::new("starve").await;
    desk.lab.fill_bulk(&desk.user, "Old", 1200, 1000).unwrap();
    let ancient = mail(1).replace("2026", "1999");
    desk.lab.append(&desk.user, "INBOX", ancient.as_bytes(), "").unwrap();
    desk.engine.sync(&PassRequest { folder: None, bodies: Bodies::None }).await.unwrap();
    let old = desk.folder_id("Old").await;
    desk.server().command("DELETE Old");
    let newest = desk.store.bodies_wanted(desk.account, 1000, None, None, NOW).await.unwrap().0;
    assert!(newest.len() == 1000 && newest.iter().all(|body| body.folder == old), "they stand before it");
    assert_eq!(desk.sync().await.bodies, 1);
    assert_eq!(
        desk.store.bodies_missing(desk.account, None, NOW).await.unwrap(),
        0,
        "what cannot be had is not missing"
    );
    assert_eq!(desk.store.bodies_wanted(desk.account, 10, Some(old), None, NOW).await.unwrap().0, []);
    assert_eq!(desk.store.raw(desk.rows("INBOX").await[0].id).await.unwrap(), ancient.as_bytes());
}
