//! What is kept on this computer is the user's choice, and never a matter of the server's.

use postroom_lab::Lab;

use crate::app::App;
use crate::mailbox;

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_headers_only_frees_the_disk_and_its_mail_opens_all_the_same() -> anyhow::Result<()> {
    let lab = Lab::shared();
    let user = lab.user("storage");
    for number in 1..=3 {
        lab.deliver(&user, &mailbox::plain(number))?;
    }
    let profile = tempfile::tempdir()?;
    mailbox::synced(profile.path(), lab, &user).await?;
    let app = App::start(profile.path()).await?;
    app.row("Order 3 delayed").await?;
    app.click("settings").await?;
    app.click("settings-storage").await?;
    let used = format!("offline-use-{}", user.email);
    app.reads(&used, "3 of 3 messages whole").await?;

    // What goes is said beforehand, and nothing goes until the user says yes.
    app.css("[data-testid='offline-keep-INBOX'] option[value='headers']").await?.click().await?;
    app.reads("offline-asks", "of 3 messages").await?;
    app.reads("offline-asks", "The server keeps all of it").await?;
    app.reads(&used, "3 of 3 messages whole").await?;
    app.click("offline-confirm").await?;
    app.reads(&used, "0 B of mail here; 0 of 3 messages whole").await?;

    // Another client still sees all of it, and here it is loaded when it is opened.
    assert_eq!(lab.imap(&user).uids("INBOX").len(), 3);
    app.css("[role='dialog'] header button").await?.click().await?;
    app.row("Order 2 delayed").await?.click().await?;
    app.frame_text("Body of order 2").await?;
    assert_eq!(lab.imap(&user).uids("INBOX").len(), 3);
    app.quit().await
}
