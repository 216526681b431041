//! A large message on the screen: read while its rest comes, its files as they come.

use std::io::Read as _;

use postroom_core::{Bodies, Postroom, Remote, SyncRequest};
use postroom_lab::{Lab, LabUser, Proxy};
use postroom_types::{AccountDraft, BodyKind, DefectKind, FaultCode, MessageId, OpenedMessage, PartNumber, Secret};

use crate::{ALL, draft, only_message, open};

const MB: u64 = 1 << 20;
const HEADERS: SyncRequest = SyncRequest { bodies: Bodies::None, ..ALL };

/// A text with a picture, a small file, a large one and another small one.
fn mail(bytes: u64) -> Vec<u8> {
    let part = |head: &str| format!("--b\r\n{head}\r\nContent-Transfer-Encoding: base64\r\n\r\n");
    let file = |name: &str| {
        part(&format!("Content-Type: application/pdf\r\nContent-Disposition: attachment; filename={name}"))
    };
    let head = "From: bo@example.test\r\nTo: ann@example.test\r\nSubject: Large\r\nMessage-ID: <large@example.test>\r\n\
        Date: Tue, 03 Feb 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/html\r\n\r\n<p>Here are the plans. <img src=\"cid:late\"></p>\r\n";
    let picture = part("Content-Type: image/png\r\nContent-ID: <late>");
    let line = format!("{}\r\n", "QUJD".repeat(19));
    let lines = usize::try_from(bytes / line.len() as u64).unwrap();
    let (first, plans, last) = (file("first.pdf"), file("plans.pdf"), file("last.pdf"));
    let text = [head, &first, "Rmlyc3Q=\r\n", &plans, &line.repeat(lines), &last, "TGFzdA==\r\n", &picture, "iVBORw=="];
    [&text.concat(), "\r\n--b--\r\n"].concat().into_bytes()
}

async fn text_of(postroom: &Postroom, opened: &OpenedMessage) -> String {
    let reply = postroom.frame(&format!("/{}/body", opened.token)).await;
    assert_eq!(reply.status, 200);
    String::from_utf8(reply.body).unwrap()
}

async fn content(postroom: &Postroom, id: MessageId, part: PartNumber) -> Result<Vec<u8>, FaultCode> {
    let mut file = postroom.attachment_read(id, part).await.map_err(|fault| fault.code)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).unwrap();
    Ok(bytes)
}

async fn add_at(postroom: &Postroom, lab: &Lab, proxy: &Proxy, user: &LabUser) {
    let draft = AccountDraft { imap: proxy.address(), ..draft(lab, user) };
    let password = Secret::new(user.password.clone());
    postroom.account_add(draft, password, postroom_core::Check::Skip).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_message_is_read_while_its_rest_comes() {
    // Whole, one is read at once, the other by its outline.
    for megabytes in [9, 24] {
        let (lab, dir) = (Lab::shared(), tempfile::tempdir().unwrap());
        let (user, proxy) = (lab.user("large"), Proxy::start(&lab.imap_implicit()).unwrap());
        let raw = mail(megabytes * MB);
        lab.append(&user, "INBOX", &raw, "").unwrap();
        let postroom = open(&dir.path().join("profile"), "key").await.unwrap();
        add_at(&postroom, lab, &proxy, &user).await;
        assert_eq!(postroom.sync_once(HEADERS).await.unwrap().first_error(), None);
        let id = only_message(&postroom).await;
        let opened = postroom.message_open(id, Remote::Blocked).await.unwrap();
        let coming = opened.coming.unwrap();
        assert_eq!((opened.body, coming.bytes, coming.total), (BodyKind::Missing, 0, raw.len() as u64));

        proxy.cut_after(6 * MB);
        let cut = postroom.sync_once(ALL).await.unwrap();
        assert!(cut.first_error().is_some(), "{cut:?}");
        proxy.heal();
        let opened = postroom.message_open(id, Remote::Blocked).await.unwrap();
        assert!(text_of(&postroom, &opened).await.contains("Here are the plans."));
        let names = |files: &[postroom_types::Attachment]| {
            files.iter().filter(|file| !file.inline).map(|file| file.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(&opened.attachments), ["first.pdf", "plans.pdf"]);
        let coming = opened.coming.clone().unwrap();
        assert!(coming.bytes > MB && coming.bytes < 6 * MB, "{coming:?}");
        assert_eq!(coming.missing, [PartNumber(0), PartNumber(3)]);
        assert_eq!(content(&postroom, id, PartNumber(2)).await, Ok(b"First".to_vec()));
        assert_eq!(content(&postroom, id, PartNumber(3)).await, Err(FaultCode::BodyMissing));
        assert!(postroom.message_source(id).await.unwrap().starts_with("From: bo@example.test"));
        assert_eq!(
            postroom.message_save(id, &dir.path().join("a.eml")).await.unwrap_err().code,
            FaultCode::BodyMissing
        );

        assert_eq!(postroom.sync_once(ALL).await.unwrap().first_error(), None);
        let now = postroom.message_coming(&opened.token).await.unwrap();
        assert_eq!(
            (now.coming, names(&now.attachments)),
            (None, ["first.pdf", "plans.pdf", "last.pdf"].map(str::to_owned).to_vec())
        );
        assert!(now.changed, "the picture came, at the very end");
        let opened = postroom.message_open(id, Remote::Blocked).await.unwrap();
        assert_eq!(opened.coming, None);
        let picture = postroom.frame(&format!("/{}/part/5", opened.token)).await;
        assert_eq!((picture.status, picture.body.as_slice()), (200, &b"\x89PNG"[..]));
        assert!(!postroom.message_coming(&opened.token).await.unwrap().changed);
        let parts = opened.attachments.iter().filter(|file| !file.inline).map(|file| file.part).collect();
        let saved = postroom.attachments_save(id, parts, dir.path()).await.unwrap();
        let sizes = saved.iter().map(|path| path.metadata().unwrap().len()).collect::<Vec<_>>();
        assert_eq!(
            sizes,
            opened.attachments.iter().filter(|file| !file.inline).map(|file| file.size).collect::<Vec<_>>()
        );
        assert!(std::fs::read(&saved[1]).unwrap().chunks(3).all(|three| three == b"ABC"));
        postroom.message_save(id, &dir.path().join("a.eml")).await.unwrap();
        assert!(std::fs::read(dir.path().join("a.eml")).unwrap() == raw);
        assert_eq!(postroom.message_coming("void").await.unwrap_err().code, FaultCode::NotFound);
    }
}

/// Of a text that is longer than an outline keeps, the beginning is shown, and it is said that there is more.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_text_in_a_large_message_says_that_it_is_cut() {
    for (megabytes, cut) in [(3, false), (5, true)] {
        let (lab, dir) = (Lab::shared(), tempfile::tempdir().unwrap());
        let user = lab.user("longtext");
        let line = "Much was said about the plans.\r\n";
        let text = line.repeat(usize::try_from(megabytes * MB).unwrap() / line.len());
        let raw = String::from_utf8(mail(17 * MB)).unwrap();
        let raw = raw.replacen("text/html", "text/plain", 1).replacen("<p>Here are the plans.", &text, 1);
        lab.append(&user, "INBOX", raw.as_bytes(), "").unwrap();
        let postroom = open(&dir.path().join("profile"), "key").await.unwrap();
        let password = Secret::new(user.password.clone());
        postroom.account_add(draft(lab, &user), password, postroom_core::Check::Skip).await.unwrap();
        assert_eq!(postroom.sync_once(ALL).await.unwrap().first_error(), None);
        let id = only_message(&postroom).await;
        let opened = postroom.message_open(id, Remote::Blocked).await.unwrap();
        let kinds: Vec<_> = opened.defects.iter().map(|defect| defect.kind).collect();
        assert_eq!(kinds.contains(&DefectKind::TextCut), cut, "{kinds:?}");
        assert!(text_of(&postroom, &opened).await.contains("Much was said about the plans."));
    }
}
