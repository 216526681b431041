//! Read with the servers stopped; star offline, and the star is on the server once it returns.
//!
//! These stop their servers, so each has a lab of its own.

use std::time::Duration;

use postroom_lab::{Lab, LabOptions};

use crate::app::App;
use crate::mailbox;

#[tokio::test(flavor = "multi_thread")]
async fn mail_is_read_with_the_servers_stopped() -> anyhow::Result<()> {
    let lab = Lab::start(LabOptions { smtp: true, ..LabOptions::default() })?;
    let user = lab.user("offline");
    lab.deliver(&user, &mailbox::plain(1))?;
    lab.deliver(&user, &mailbox::with_file())?;
    let profile = tempfile::tempdir()?;
    mailbox::synced(profile.path(), &lab, &user).await;
    lab.stop_servers();
    let app = App::start(profile.path()).await?;
    app.find("folder-Archive").await?;
    app.row("Contract attached").await?.click().await?;
    app.frame_text("See the file.").await?;
    app.reads("attachments", "contract.pdf").await?;
    app.row("Order 1 delayed").await?.click().await?;
    app.frame_text("Body of order 1").await?;
    app.fill("search", "zhang.wei").await?;
    app.row("Order 1 delayed").await?;
    app.quit().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_star_set_offline_reaches_the_server_after_a_restart() -> anyhow::Result<()> {
    let lab = Lab::start(LabOptions { smtp: true, ..LabOptions::default() })?;
    let user = lab.user("star");
    lab.deliver(&user, &mailbox::plain(2))?;
    let profile = tempfile::tempdir()?;
    mailbox::synced(profile.path(), &lab, &user).await;
    lab.stop_servers();

    let app = App::start(profile.path()).await?;
    app.row("Order 2 delayed").await?.click().await?;
    app.frame_text("Body of order 2").await?;
    app.click("tool-star").await?;
    app.css("[data-testid='tool-star'][aria-pressed='true']").await?;
    app.quit().await?;

    // A restart while still offline: the star is there, and still queued.
    let app = App::start(profile.path()).await?;
    app.row("Order 2 delayed").await?.click().await?;
    app.css("[data-testid='tool-star'][aria-pressed='true']").await?;
    lab.restart_servers()?;
    app.click("get-mail").await?;
    let mut flags = Vec::new();
    for _ in 0..300 {
        // Another client's view, over a connection of its own.
        flags = lab.imap(&user).flags("INBOX", 1);
        if flags.iter().any(|flag| flag == "\\Flagged") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(flags.iter().any(|flag| flag == "\\Flagged"), "on the server: {flags:?}");
    app.quit().await
}
