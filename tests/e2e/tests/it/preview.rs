//! The files of a message: what is said of them, and how they are looked at.

use postroom_lab::Lab;
use serde_json::json;
use thirtyfour::prelude::*;

use crate::app::App;
use crate::mailbox;

#[tokio::test(flavor = "multi_thread")]
async fn files_are_looked_at_in_the_app() -> anyhow::Result<()> {
    let lab = Lab::shared();
    let user = lab.user("preview");
    lab.deliver(&user, &mailbox::with_files())?;
    let profile = tempfile::tempdir()?;
    mailbox::synced(profile.path(), lab, &user).await?;
    let app = App::start(profile.path()).await?;
    app.row("Four files").await?.click().await?;
    app.reads("attachments", "Program").await?;

    // Space shows the file that has the focus: a PDF, whose page is drawn.
    let file = app.css("[data-testid='attachments'] button[title='page.pdf']").await?;
    file.focus().await?;
    app.keys(" ").await?;
    app.find("preview").await?;
    app.css("[data-testid='preview-pdf'][data-pages='1'] canvas[data-drawn]").await?;
    let ink = "const c = document.querySelector('canvas[data-drawn]'); const d = c.getContext('2d').getImageData(0, 0, \
               c.width, c.height).data; let dark = 0; for (let i = 0; i < d.length; i += 4) if (d[i + 3] > 0 && d[i] < 128) \
               dark += 1; return dark > 100";
    assert_eq!(app.driver.execute(ink, Vec::new()).await?.json(), &json!(true), "letters were drawn");

    // The arrows go on: a picture, a table, a program that is not opened.
    app.keys(Key::Right + "").await?;
    app.reads("preview-place", "2").await?;
    let drawn = "const i = document.querySelector('[data-testid=preview-picture]'); return !!i && i.naturalWidth === 1";
    app.until("a picture", async || {
        app.driver.execute(drawn, Vec::new()).await.is_ok_and(|answer| answer.json() == &json!(true))
    })
    .await?;
    app.keys(Key::Right + "").await?;
    app.reads("preview-text", "品名").await?;
    app.keys(Key::Right + "").await?;
    app.reads("preview-warnings", "This is a program").await?;
    app.reads("preview-warnings", "another kind of file").await?;
    assert!(app.driver.find(By::Css("[data-testid='preview-open']")).await.is_err(), "a program is not opened");
    app.keys(Key::Escape + "").await?;
    app.until("no preview", async || app.driver.find(By::Css("[data-testid='preview']")).await.is_err()).await?;
    app.quit().await
}
