//! What a message carries: its files, its pictures, its recipients.

use postroom_core::Remote;
use postroom_lab::Lab;
use postroom_types::{FaultCode, PartNumber};

use crate::{ALL, add, only_message, open};

/// Two files of one name.
const TWINS: &str = "From: bo@example.test\r\nTo: ann@example.test\r\nSubject: Twins\r\nMessage-ID: <twins@example.test>\r\n\
    Date: Tue, 03 Feb 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
    --b\r\nContent-Type: text/plain\r\n\r\nSee the files.\r\n\
    --b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"quote.pdf\"\r\n\r\none\r\n\
    --b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"quote.pdf\"\r\n\r\ntwo\r\n--b--\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn saving_all_files_replaces_none() {
    let (lab, dir) = (Lab::shared(), tempfile::tempdir().unwrap());
    let user = lab.user("twins");
    lab.append(&user, "INBOX", TWINS.as_bytes(), "").unwrap();
    let postroom = open(&dir.path().join("profile"), "key").await.unwrap();
    add(&postroom, lab, &user).await;
    postroom.sync_once(ALL).await.unwrap();
    let id = only_message(&postroom).await;
    let opened = postroom.message_open(id, Remote::Blocked).await.unwrap();
    let parts: Vec<PartNumber> = opened.attachments.iter().map(|file| file.part).collect();
    let folder = dir.path().join("saved");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("quote.pdf"), "the user's own").unwrap();

    let saved = postroom.attachments_save(id, parts.clone(), &folder).await.unwrap();
    assert_eq!(saved, [folder.join("quote (2).pdf"), folder.join("quote (3).pdf")]);
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    assert_eq!(
        [read("quote.pdf"), read("quote (2).pdf"), read("quote (3).pdf")].map(|text| text.trim_end().to_owned()),
        ["the user's own", "one", "two"]
    );
    let missing = postroom.attachments_save(id, vec![PartNumber(99)], &folder).await.unwrap_err();
    assert_eq!(missing.code, FaultCode::NotFound);

    // Opened one after the other, neither takes the other's place.
    let mut staged = Vec::new();
    for part in parts {
        let content = postroom.attachment_read(id, part).await.unwrap();
        staged.push(postroom.attachment_stage(&opened.token, part, content).await.unwrap());
    }
    let texts = staged.iter().map(|path| std::fs::read_to_string(path).unwrap().trim_end().to_owned());
    assert_eq!(texts.collect::<Vec<_>>(), ["one", "two"]);
    postroom.message_close(&opened.token);
    let part = opened.attachments.first().unwrap().part;
    let content = postroom.attachment_read(id, part).await.unwrap();
    let void = postroom.attachment_stage(&opened.token, part, content).await.unwrap_err();
    assert_eq!(void.code, FaultCode::NotFound, "a void token names no folder");
}

#[tokio::test(flavor = "multi_thread")]
async fn trackers_are_counted_and_no_recipient_is_left_out() {
    let (lab, dir) = (Lab::shared(), tempfile::tempdir().unwrap());
    let user = lab.user("news");
    let to: Vec<_> = (0..120).map(|number| format!("person{number}@example.test")).collect();
    let mail = format!(
        "From: news@example.test\r\nTo: {}\r\nSubject: News\r\nMessage-ID: <news@example.test>\r\n\
         Date: Tue, 03 Feb 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n\
         <p>News</p><img src=\"https://pics.example.test/a.png\" width=\"200\" height=\"90\">\
         <img src=\"https://pics.example.test/b.png\">\
         <img src=\"https://pics.example.test/seen?who=ann\" width=\"2\" height=\"2\">\r\n",
        to.join(",\r\n ")
    );
    lab.append(&user, "INBOX", mail.as_bytes(), "").unwrap();
    let postroom = open(dir.path(), "key").await.unwrap();
    add(&postroom, lab, &user).await;
    postroom.sync_once(ALL).await.unwrap();
    let id = only_message(&postroom).await;
    let opened = postroom.message_open(id, Remote::Blocked).await.unwrap();
    assert_eq!((opened.remote_pictures, opened.remote_trackers), (3, 1));
    assert_eq!(opened.row.to.len(), 120);
}
