//! A message that tries to run scripts: its text shows, nothing of it runs, its pictures are not loaded.

use postroom_lab::Lab;

use crate::app::App;
use crate::mailbox;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_in_a_message_runs() -> anyhow::Result<()> {
    let lab = Lab::shared();
    let user = lab.user("hostile");
    lab.deliver(&user, &mailbox::hostile())?;
    let profile = tempfile::tempdir()?;
    mailbox::synced(profile.path(), lab, &user).await;
    let app = App::start(profile.path()).await?;
    app.row("Look here").await?.click().await?;
    let text = app.frame_text("visible text").await?;
    assert!(!text.contains("owned"), "{text}");
    app.find("remote-bar").await?;
    let frame = app.find("reader-frame").await?;
    assert_eq!(frame.attr("sandbox").await?.as_deref(), Some("allow-scripts allow-popups"));
    app.quit().await
}
