//! Mails that the tests look for, and the account that reads them.

use std::path::Path;

use anyhow::ensure;
use postroom_core::{Bodies, Check, Config, Postroom, SyncRequest};
use postroom_lab::{Lab, LabUser};
use postroom_types::{AccountDraft, Secret};

use crate::app::{VAULT_KEY, eventually};

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

/// A mail that tries to run scripts and to tell a server at this port of 127.0.0.1 that it was opened.
pub(crate) fn hostile(port: u16) -> Vec<u8> {
    let url = format!("http://127.0.0.1:{port}/picture.png");
    format!(
        "From: Evil <evil@example.org>\r\nTo: alice@example.test\r\nSubject: Look here\r\n\
         Message-ID: <hostile@example.org>\r\nDate: Mon, 23 Nov 2026 13:00:00 +0800\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/html; charset=utf-8\r\n\r\n<html><head><link rel=\"preconnect\" href=\"{url}\">\r\n\
         <meta http-equiv=\"refresh\" content=\"0; url={url}\"></head><body><p id=\"text\">visible text</p>\r\n\
         <script>document.getElementById('text').textContent='owned'; top.document.title='owned'</script>\r\n\
         <img src=\"x\" onerror=\"document.getElementById('text').textContent='owned'\">\r\n\
         <svg onload=\"document.getElementById('text').textContent='owned'\"></svg>\r\n\
         <div style=\"background: url({url})\">.</div>\r\n\
         <img src=\"{url}\" width=\"20\" height=\"20\"></body></html>\r\n"
    )
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

/// Fills a profile with the user's account and all of its mail.
pub(crate) async fn synced(profile: &Path, lab: &Lab, user: &LabUser) -> anyhow::Result<()> {
    let key = Secret::new(VAULT_KEY.to_owned());
    let postroom = Postroom::open(Config { data_dir: profile.to_owned(), vault_key: Some(key) }).await?;
    postroom.account_add(draft(lab, user), Secret::new(user.password.clone()), Check::Both).await?;
    let report = postroom.sync_once(SyncRequest { account: None, folder: None, bodies: Bodies::All }).await?;
    postroom.close().await;
    for folder in report.folders {
        ensure!(folder.error.is_none(), "{}: {:?}", folder.path, folder.error);
    }
    Ok(())
}

/// Waits until a look at the server finds this.
pub(crate) async fn on_server(what: &str, mut so: impl FnMut() -> bool) -> anyhow::Result<()> {
    eventually(what, || so().then_some(())).await
}
