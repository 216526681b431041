//! A message that tries to run scripts: its text shows, nothing of it runs, its pictures are not loaded.

use std::io::ErrorKind;
use std::net::TcpListener;

use postroom_lab::Lab;
use serde_json::json;

use crate::app::App;
use crate::mailbox;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_in_a_message_runs() -> anyhow::Result<()> {
    let lab = Lab::shared();
    let user = lab.user("hostile");
    let tracker = TcpListener::bind("127.0.0.1:0")?;
    tracker.set_nonblocking(true)?;
    lab.deliver(&user, &mailbox::hostile(tracker.local_addr()?.port()))?;
    let profile = tempfile::tempdir()?;
    mailbox::synced(profile.path(), lab, &user).await?;
    let app = App::start(profile.path()).await?;
    let title = app.driver.title().await?;
    app.row("Look here").await?.click().await?;
    let text = app.frame_text("visible text").await?;
    app.find("remote-bar").await?;
    let frame = app.find("reader-frame").await?;
    assert_eq!(frame.attr("sandbox").await?.as_deref(), Some("allow-scripts allow-popups"));

    // What is left of it: no handler, no address of another server; the one script is the app's own.
    let left = "return [document.querySelectorAll('[onerror], [onload], base, link, meta[http-equiv=refresh]').length, \
                document.querySelectorAll('body script').length, \
                document.body.outerHTML.includes('/picture.png'), document.body.outerHTML.includes('owned')]";
    assert_eq!(app.ask_frame(left).await?, json!([0, 0, false, false]));
    assert!(!text.contains("owned"), "{text}");
    assert_eq!(app.driver.title().await?, title);
    assert_eq!(tracker.accept().map_err(|error| error.kind()).err(), Some(ErrorKind::WouldBlock), "it was told");
    app.quit().await
}
