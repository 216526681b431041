//! From the key press to the page that the frame loads: what a message costs to open, from local data.
//!
//! The web view's own share, from the page to the picture, is no part of it.

use std::time::{Duration, Instant};

use postroom_core::{Bodies, NewMail, Postroom, Remote, SyncRequest};
use postroom_types::{Flags, FolderRole, MessageId};

use crate::Bench;
use crate::ours::{failed, profile};

const MAILS: usize = 200;

pub(crate) fn run(bench: &Bench) -> anyhow::Result<()> {
    println!("\n== opening a message, from local data");
    let dir = tempfile::tempdir()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let user = bench.lab.user("reader");
        let postroom = profile(dir.path(), &bench.lab, &user, bench.lab.imap_plain()).await?;
        let request = SyncRequest { account: None, folder: None, bodies: Bodies::None };
        postroom.sync_once(request).await.map_err(failed)?;
        let folders = postroom.folders().await.map_err(failed)?;
        let inbox = folders.iter().find(|folder| folder.role == FolderRole::Inbox);
        let inbox = inbox.ok_or_else(|| anyhow::anyhow!("there is no inbox"))?.id;
        for (name, bytes, count) in
            [("50 KB of HTML", 50_000, MAILS), ("1 MB of HTML", 1_000_000, 10), ("10 MB of HTML", 10_000_000, 3)]
        {
            let mut ids = Vec::new();
            for number in 0..count {
                let mail = NewMail { bytes: newsletter(number, bytes), flags: Flags::SEEN, received_at: None };
                ids.push(postroom.message_append(inbox, mail).await.map_err(failed)?);
            }
            let mut times = Vec::new();
            for id in ids {
                times.push(opened(&postroom, id).await?);
            }
            times.sort_unstable();
            let at =
                |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default().as_secs_f64() * 1000.0;
            println!("{name:<14} median {:>7.1} ms, 95 % within {:>7.1} ms", at(50), at(95));
        }
        postroom.close().await;
        anyhow::Ok(())
    })
}

/// Until the frame has its page.
async fn opened(postroom: &Postroom, id: MessageId) -> anyhow::Result<Duration> {
    let start = Instant::now();
    let opened = postroom.message_open(id, Remote::Blocked).await.map_err(failed)?;
    let page = postroom.frame(&format!("/{}/body", opened.token)).await;
    let time = start.elapsed();
    anyhow::ensure!(page.status == 200 && page.body.len() > 1000, "the frame got no page");
    postroom.message_close(&opened.token);
    Ok(time)
}

/// A mail as newsletters are made: tables in tables, a style on every cell, links and pictures.
fn newsletter(number: usize, bytes: usize) -> Vec<u8> {
    let mut mail = format!(
        "From: News <news@example.test>\r\nTo: a@example.test\r\nSubject: Issue {number}\r\n\
         Message-ID: <issue-{number}-{bytes}@example.test>\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
         <html><head><style>.a{{color:#333}} td.b{{padding:4px}} @media (max-width:600px){{.c{{width:100%}}}}</style></head><body>"
    );
    let mut row = 0;
    while mail.len() < bytes {
        row += 1;
        let part = format!(
            "<table width=\"600\" class=\"c\" cellpadding=0><tr><td class=b style=\"font:14px Arial;color:#222;border-top:1px solid #ddd\">\
             <a href=\"https://example.test/{number}/{row}\">Offer {row}: 新品上市</a><p class=a>Rail works for us, \
             please send the revised pro forma before Friday.</p><img src=\"https://example.test/p/{row}.png\" width=120 height=80></td></tr></table>\r\n"
        );
        mail.push_str(&part);
    }
    mail.push_str("</body></html>\r\n");
    mail.into_bytes()
}
