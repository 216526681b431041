//! First run to first message read, and what a wrong password says.

use std::time::Duration;

use postroom_lab::{Lab, LabUser};
use thirtyfour::prelude::*;

use crate::app::App;
use crate::mailbox;

async fn fill_in(app: &App, lab: &Lab, user: &LabUser, password: &str) -> anyhow::Result<()> {
    app.fill("setup-name", "Alice").await?;
    app.fill("setup-email", &user.email).await?;
    app.fill("setup-password", password).await?;
    app.click("setup-by-hand").await?;
    app.find("setup-ca-file").await?.send_keys(lab.ca_file().display().to_string()).await?;
    for (protocol, server) in [("imap", lab.imap_implicit()), ("smtp", lab.smtp_implicit())] {
        app.fill(&format!("setup-{protocol}-host"), &server.host).await?;
        app.fill(&format!("setup-{protocol}-port"), &server.port.to_string()).await?;
    }
    submit(app).await
}

/// Presses the button until the form says that it is at work: the driver's press is lost when a field's own check moves
/// the page between the mouse's down and up.
async fn submit(app: &App) -> anyhow::Result<()> {
    for _ in 0..5 {
        app.click("setup-submit").await?;
        for _ in 0..20 {
            let at_work = "[data-testid='setup-checking'], [role='alert'], [data-testid='mail']";
            if app.driver.find(By::Css(at_work)).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    anyhow::bail!("the form does not react")
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_first_start_to_the_first_message() -> anyhow::Result<()> {
    let lab = Lab::shared();
    let user = lab.user("first");
    lab.deliver(&user, &mailbox::plain(7))?;
    let profile = tempfile::tempdir()?;
    let app = App::start(profile.path()).await?;
    app.find("setup").await?;
    fill_in(&app, lab, &user, &user.password).await?;
    app.row("Order 7 delayed").await?.click().await?;
    app.reads("reader-subject", "Order 7 delayed").await?;
    app.reads("reader-address", "zhang.wei@donghai.example").await?;
    app.frame_text("交货延期").await?;
    app.quit().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_said_at_the_password() -> anyhow::Result<()> {
    let lab = Lab::shared();
    let user = lab.user("wrong");
    let profile = tempfile::tempdir()?;
    let app = App::start(profile.path()).await?;
    fill_in(&app, lab, &user, "not the password").await?;
    app.reads("setup-password-error", "refused the user name or password").await?;
    app.quit().await
}
