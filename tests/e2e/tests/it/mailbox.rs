//! Mails that the tests look for, and the account that reads them.

use std::path::Path;

use postroom_core::{Check, Config, Postroom};
use postroom_lab::{Lab, LabUser};
use postroom_types::{AccountDraft, Secret};

/// A plain mail.
pub(crate) fn plain(number: u32) -> Vec<u8> {
    format!(
        "From: =?utf-8?B?5byg5Lyf?= <zhang.wei@donghai.example>\r\nTo: alice@example.test\r\n\
         Subject: Order {number} delayed\r\nMessage-ID: <plain-{number}@donghai.example>\r\n\
         Date: Mon, 23 Nov 2026 10:{number:02}:00 +0800\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
         Body of order {number}: 交货延期。\r\n"
    )
    .into_bytes()
}

/// A mail with a file.
pub(crate) fn with_file() -> Vec<u8> {
    "From: Martin Hofer <hofer@nordwind.example>\r\nTo: alice@example.test\r\nSubject: Contract attached\r\n\
     Message-ID: <file-1@nordwind.example>\r\nDate: Mon, 23 Nov 2026 12:00:00 +0800\r\nMIME-Version: 1.0\r\n\
     Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n--b\r\n\
     Content-Type: application/pdf; name=\"contract.pdf\"\r\nContent-Disposition: attachment; filename=\"contract.pdf\"\r\n\
     Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQK\r\n--b--\r\n"
        .to_owned()
        .into_bytes()
}

/// A mail that tries to run scripts and to load pictures.
pub(crate) fn hostile() -> Vec<u8> {
    "From: Evil <evil@example.org>\r\nTo: alice@example.test\r\nSubject: Look here\r\n\
     Message-ID: <hostile@example.org>\r\nDate: Mon, 23 Nov 2026 13:00:00 +0800\r\nMIME-Version: 1.0\r\n\
     Content-Type: text/html; charset=utf-8\r\n\r\n<html><body><p id=\"text\">visible text</p>\
     <script>document.getElementById('text').textContent='owned'</script>\
     <img src=\"x\" onerror=\"document.getElementById('text').textContent='owned'\">\
     <img src=\"http://127.0.0.1:9/picture.png\" width=\"20\" height=\"20\"></body></html>\r\n"
        .to_owned()
        .into_bytes()
}

/// The user's settings, as the form would make them.
pub(crate) fn draft(lab: &Lab, user: &LabUser) -> AccountDraft {
    AccountDraft {
        name: "Alice".to_owned(),
        email: user.email.clone(),
        imap: lab.imap_implicit(),
        smtp: lab.smtp_implicit(),
        user: user.user.clone(),
        ca_pem: Some(lab.ca_pem().to_owned()),
    }
}

/// A profile with the user's account and all of its mail.
pub(crate) async fn synced(profile: &Path, lab: &Lab, user: &LabUser) {
    let config =
        Config { data_dir: profile.to_owned(), vault_key: Some(Secret::new(crate::app::VAULT_KEY.to_owned())) };
    let postroom = Postroom::open(config).await.expect("the profile opens");
    postroom
        .account_add(draft(lab, user), Secret::new(user.password.clone()), Check::Both)
        .await
        .expect("the account is added");
    let request = postroom_core::SyncRequest { account: None, folder: None, bodies: postroom_core::Bodies::All };
    postroom.sync_once(request).await.expect("the sync succeeds");
    postroom.close().await;
}
