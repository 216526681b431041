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

/// A mail with a PDF of one page, a picture, a table, and a program that calls itself a document.
pub(crate) fn with_files() -> Vec<u8> {
    let mut mail = "From: Martin Hofer <hofer@nordwind.example>\r\nTo: alice@example.test\r\nSubject: Four files\r\n\
         Message-ID: <files-4@nordwind.example>\r\nDate: Mon, 23 Nov 2026 12:00:00 +0800\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee the files.\r\n"
        .to_owned();
    for (name, base64) in
        [("page.pdf", PAGE), ("dot.png", DOT), ("stock.csv", "xrfD+yzK/cG/Ck0xMiw1MDAK"), ("letter.docx", PROGRAM)]
    {
        let part = format!(
            "--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n{base64}\r\n"
        );
        mail.push_str(&part);
    }
    mail.push_str("--b--\r\n");
    mail.into_bytes()
}

/// A page that says "Delivery note" in a font that every reader must have.
const PAGE: &str = "\
    JVBERi0xLjQKMSAwIG9iago8PC9UeXBlL0NhdGFsb2cvUGFnZXMgMiAwIFI+PgplbmRvYmoKMiAw\
    IG9iago8PC9UeXBlL1BhZ2VzL0tpZHNbMyAwIFJdL0NvdW50IDE+PgplbmRvYmoKMyAwIG9iago8\
    PC9UeXBlL1BhZ2UvUGFyZW50IDIgMCBSL01lZGlhQm94WzAgMCAzMDAgMjAwXS9Db250ZW50cyA0\
    IDAgUi9SZXNvdXJjZXM8PC9Gb250PDwvRiA1IDAgUj4+Pj4+PgplbmRvYmoKNCAwIG9iago8PC9M\
    ZW5ndGggNDM+PnN0cmVhbQpCVCAvRiAzNiBUZiAyMCAxMDAgVGQgKERlbGl2ZXJ5IG5vdGUpIFRq\
    IEVUCmVuZHN0cmVhbQplbmRvYmoKNSAwIG9iago8PC9UeXBlL0ZvbnQvU3VidHlwZS9UeXBlMS9C\
    YXNlRm9udC9IZWx2ZXRpY2E+PgplbmRvYmoKeHJlZgowIDYKMDAwMDAwMDAwMCA2NTUzNSBmIAow\
    MDAwMDAwMDA5IDAwMDAwIG4gCjAwMDAwMDAwNTQgMDAwMDAgbiAKMDAwMDAwMDEwNSAwMDAwMCBu\
    IAowMDAwMDAwMjE2IDAwMDAwIG4gCjAwMDAwMDAzMDYgMDAwMDAgbiAKdHJhaWxlcjw8L1NpemUg\
    Ni9Sb290IDEgMCBSPj4Kc3RhcnR4cmVmCjM2OQolJUVPRgo=";
/// A picture of one point.
const DOT: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
/// The beginning of a program of Windows.
const PROGRAM: &str = "\
    TVqQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAABQRQAAZIY=";

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
