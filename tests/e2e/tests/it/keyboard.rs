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
    mailbox::synced(profile.path(), lab, &user).await;
    let app = App::start(profile.path()).await?;
    app.row("Order 3 delayed").await?.click().await?;
    app.reads("reader-subject", "Order 3").await?;
    app.keys("j").await?;
    app.reads("reader-subject", "Order 2").await?;
    app.keys("k").await?;
    app.reads("reader-subject", "Order 3").await?;
    app.keys(Key::Delete + "").await?;
    app.reads("reader-subject", "Order 2").await?;
    app.reads("list-count", "2 messages").await?;
    app.keys("e").await?;
    app.reads("reader-subject", "Order 1").await?;
    for (folder, count) in [("Trash", 1), ("Archive", 1), ("INBOX", 1)] {
        let mut uids = Vec::new();
        for _ in 0..300 {
            uids = lab.imap(&user).uids(folder);
            if uids.len() == count {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        assert_eq!(uids.len(), count, "{folder} on the server");
    }
    app.quit().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_speaks_chinese() -> anyhow::Result<()> {
    let lab = Lab::shared();
    let user = lab.user("chinese");
    lab.deliver(&user, &mailbox::plain(1))?;
    let profile = tempfile::tempdir()?;
    mailbox::synced(profile.path(), lab, &user).await;
    let app = App::start(profile.path()).await?;
    app.click("settings").await?;
    app.css("[data-testid='settings-language'] option[value='zh-Hans']").await?.click().await?;
    app.reads("sidebar", "收件箱").await?;
    app.quit().await
}
