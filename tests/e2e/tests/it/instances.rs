//! The app started again: on the same profile it shows the first one's window, on another it runs beside it.

use std::path::Path;

use postroom_lab::Lab;

use crate::app::{App, eventually};
use crate::mailbox;

/// What the app logs when it was asked.
const SHOWN: &str = "a second start: the window is shown";

fn logged(profile: &Path, text: &str) -> bool {
    let files = std::fs::read_dir(profile.join("logs")).into_iter().flatten().flatten();
    files.filter_map(|file| std::fs::read_to_string(file.path()).ok()).any(|log| log.contains(text))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_hands_over_and_ends() -> anyhow::Result<()> {
    let lab = Lab::shared();
    let user = lab.user("twice");
    lab.deliver(&user, &mailbox::plain(1))?;
    let profile = tempfile::tempdir()?;
    mailbox::synced(profile.path(), lab, &user).await?;
    let app = App::start(profile.path()).await?;
    app.row("Order 1 delayed").await?;

    let mut second = app.again(profile.path(), &["mailto:zhang.wei@donghai.example?subject=Order%201"])?;
    assert_eq!(second.code().await?, Some(0));
    app.reads("toast", "zhang.wei@donghai.example").await?;
    eventually("the window asked to show", || logged(profile.path(), SHOWN).then_some(())).await?;
    assert!(!logged(profile.path(), "donghai"), "an address is in the log");

    // Another profile is another app, and the first one goes on.
    let other = tempfile::tempdir()?;
    let mut beside = app.again(other.path(), &[])?;
    eventually("the other app", || other.path().join("app.socket").exists().then_some(())).await?;
    assert!(beside.runs());
    let mut third = app.again(other.path(), &[])?;
    assert_eq!(third.code().await?, Some(0));
    // Whoever handed over does not wait for the window.
    eventually("the other window asked to show", || logged(other.path(), SHOWN).then_some(())).await?;
    app.row("Order 1 delayed").await?.click().await?;
    app.reads("reader-subject", "Order 1 delayed").await?;

    // What a killed app leaves behind is in nobody's way.
    beside.kill()?;
    assert!(other.path().join("app.socket").exists(), "a kill leaves its socket");
    let mut after = app.again(other.path(), &[])?;
    // Until the new one listens, this one waits for it.
    let mut fourth = app.again(other.path(), &[])?;
    eventually("the app after a kill", || (!(after.runs() && fourth.runs())).then_some(())).await?;
    let (ended, running) = if after.runs() { (&mut fourth, &mut after) } else { (&mut after, &mut fourth) };
    assert_eq!(ended.code().await?, Some(0), "one of the two hands over to the other");
    assert!(running.runs());
    app.quit().await
}
