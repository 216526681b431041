//! First run to first message read, what a wrong password says, and how it is mended.

use postroom_lab::{Lab, LabUser};

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
    app.click("setup-submit").await
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

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_the_server_no_longer_takes_is_mended_in_place() -> anyhow::Result<()> {
    let lab = Lab::shared();
    let user = lab.user("changed");
    lab.deliver(&user, &mailbox::plain(1))?;
    let profile = tempfile::tempdir()?;
    mailbox::synced(profile.path(), lab, &user).await?;
    let user = lab.add_user(&user.email, "the new password")?;
    lab.deliver(&user, &mailbox::plain(2))?;
    let app = App::start(profile.path()).await?;
    app.reads("account-blocked", "refused the user name or password").await?;
    app.row("Order 1 delayed").await?;
    app.click("account-enter-password").await?;
    app.fill("account-password-input", "a guess").await?;
    app.click("account-password-submit").await?;
    app.reads("account-password-error", "refused the user name or password").await?;
    app.fill("account-password-input", &user.password).await?;
    app.click("account-password-submit").await?;
    app.row("Order 2 delayed").await?;
    app.reads("status", "Up to date").await?;
    app.quit().await
}
