//! Read with the servers stopped; star offline, and the star is on the server once it returns.
//!
//! These stop their servers, so each has a lab of its own.

use postroom_lab::{Lab, LabOptions, LabUser};

use crate::app::App;
use crate::mailbox;

const STARRED: &str = "[data-testid='tool-star'][aria-pressed='true']";

fn lab() -> anyhow::Result<Lab> {
    Lab::start(LabOptions { smtp: true, ..LabOptions::default() })
}

/// Another client's view, over a connection of its own.
fn starred(lab: &Lab, user: &LabUser) -> bool {
    lab.imap(user).flags("INBOX", 1).iter().any(|flag| flag == "\\Flagged")
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_is_read_with_the_servers_stopped() -> anyhow::Result<()> {
    let lab = lab()?;
    let user = lab.user("offline");
    lab.deliver(&user, &mailbox::plain(1))?;
    lab.deliver(&user, &mailbox::with_file())?;
    let profile = tempfile::tempdir()?;
    mailbox::synced(profile.path(), &lab, &user).await?;
    lab.stop_servers();
    let app = App::start(profile.path()).await?;
    app.reads("status", "Offline").await?;
    app.find("folder-Archive").await?;
    app.row("Contract attached").await?.click().await?;
    app.frame_text("See the file.").await?;
    app.css("[data-testid='attachments'] [title='contract.pdf']").await?;
    app.row("Order 1 delayed").await?.click().await?;
    app.frame_text("Body of order 1").await?;
    app.fill("search", "zhang.wei").await?;
    app.no_row("Contract attached").await?;
    app.row("Order 1 delayed").await?;
    app.quit().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_star_set_offline_reaches_the_server_when_it_returns() -> anyhow::Result<()> {
    let lab = lab()?;
    let user = lab.user("star");
    lab.deliver(&user, &mailbox::plain(2))?;
    let profile = tempfile::tempdir()?;
    mailbox::synced(profile.path(), &lab, &user).await?;
    let app = App::start(profile.path()).await?;
    app.row("Order 2 delayed").await?.click().await?;
    let read = || lab.imap(&user).flags("INBOX", 1) == ["\\Seen"];
    mailbox::on_server("that it was read", read).await?;
    lab.stop_servers();
    app.reads("status", "Offline").await?;
    app.keys("s").await?;
    app.css(STARRED).await?;
    app.reads("status", "1 change will be sent later").await?;
    lab.restart_servers()?;
    app.click("get-mail").await?;
    mailbox::on_server("the star", || starred(&lab, &user)).await?;
    app.reads("status", "Up to date").await?;
    app.css(STARRED).await?;
    app.quit().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_star_set_offline_reaches_the_server_after_a_restart() -> anyhow::Result<()> {
    let lab = lab()?;
    let user = lab.user("later");
    lab.deliver(&user, &mailbox::plain(2))?;
    let profile = tempfile::tempdir()?;
    mailbox::synced(profile.path(), &lab, &user).await?;
    lab.stop_servers();

    let app = App::start(profile.path()).await?;
    app.row("Order 2 delayed").await?.click().await?;
    app.frame_text("Body of order 2").await?;
    app.click("tool-star").await?;
    app.css(STARRED).await?;
    app.quit().await?;

    // A restart while still offline: the star is there, and still queued.
    let app = App::start(profile.path()).await?;
    app.row("Order 2 delayed").await?.click().await?;
    app.css(STARRED).await?;
    lab.restart_servers()?;
    app.click("get-mail").await?;
    mailbox::on_server("the star", || starred(&lab, &user)).await?;
    app.quit().await
}
