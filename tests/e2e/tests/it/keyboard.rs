//! The list by keyboard, and the words in Chinese.

use postroom_lab::Lab;
use thirtyfour::prelude::*;

use crate::app::App;
use crate::mailbox;

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_worked_by_keyboard() -> anyhow::Result<()> {
    let lab = Lab::shared();
    let user = lab.user("keys");
    for number in 1..=3 {
        lab.deliver(&user, &mailbox::plain(number))?;
    }
    let profile = tempfile::tempdir()?;
    mailbox::synced(profile.path(), lab, &user).await?;
    let app = App::start(profile.path()).await?;
    app.row("Order 3 delayed").await?.click().await?;
    app.reads("reader-subject", "Order 3").await?;
    app.keys("j").await?;
    app.reads("reader-subject", "Order 2").await?;
    app.keys("k").await?;
    app.reads("reader-subject", "Order 3").await?;

    // The next message takes the place of one that goes.
    app.keys(Key::Delete + "").await?;
    app.reads("reader-subject", "Order 2").await?;
    app.no_row("Order 3").await?;
    app.reads("list-count", "2 conversations").await?;
    app.keys("s").await?;
    app.css("[data-testid='tool-star'][aria-pressed='true']").await?;
    app.keys("e").await?;
    app.reads("reader-subject", "Order 1").await?;
    app.no_row("Order 2").await?;
    for folder in ["Trash", "Archive", "INBOX"] {
        mailbox::on_server(&format!("one message in {folder}"), || lab.imap(&user).uids(folder).len() == 1).await?;
    }
    assert_eq!(lab.imap(&user).search("Archive", "FLAGGED SUBJECT \"Order 2\"").len(), 1, "its star went along");
    app.quit().await
}

#[tokio::test(flavor = "multi_thread")]
async fn all_messages_are_chosen_and_let_go() -> anyhow::Result<()> {
    let lab = Lab::shared();
    let user = lab.user("all");
    for number in 1..=3 {
        lab.deliver(&user, &mailbox::plain(number))?;
    }
    let profile = tempfile::tempdir()?;
    mailbox::synced(profile.path(), lab, &user).await?;
    let app = App::start(profile.path()).await?;
    app.row("Order 2 delayed").await?.click().await?;
    app.reads("reader-subject", "Order 2").await?;
    app.keys(Key::Control + "a").await?;
    app.reads("reader-several", "3").await?;
    app.keys(Key::Escape + "").await?;
    app.reads("reader-subject", "Order 2").await?;

    // In a text field the same keys are text.
    app.find("search").await?.click().await?;
    app.keys(Key::Control + "a").await?;
    app.keys("je").await?;
    app.find("search-empty").await?;
    assert_eq!(lab.imap(&user).uids("INBOX").len(), 3);
    app.quit().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_speaks_chinese() -> anyhow::Result<()> {
    let lab = Lab::shared();
    let user = lab.user("chinese");
    lab.deliver(&user, &mailbox::plain(1))?;
    let profile = tempfile::tempdir()?;
    mailbox::synced(profile.path(), lab, &user).await?;
    let app = App::start(profile.path()).await?;
    app.reads("sidebar", "Inbox").await?;
    app.click("settings").await?;
    app.css("[data-testid='settings-language'] option[value='zh-Hans']").await?.click().await?;
    app.reads("sidebar", "收件箱").await?;
    app.reads("list-count", "个会话").await?;
    app.quit().await
}
