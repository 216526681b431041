//! A conversation in the real app: one row, opened at its newest unread message, with what was sent in between.

use postroom_lab::Lab;

use crate::app::App;
use crate::mailbox;

fn mail(id: &str, named: &str, from: &str, subject: &str, hour: u32, text: &str) -> String {
    let named = if named.is_empty() { String::new() } else { format!("References: {named}\r\n") };
    format!(
        "From: {from}\r\nTo: Bob <bob@example.test>\r\nSubject: {subject}\r\nMessage-ID: <{id}@example.test>\r\n{named}\
         Date: Mon, 02 Nov 2026 {hour:02}:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
         \r\n{text}\r\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_opens_at_what_is_new_and_shows_what_was_answered() -> anyhow::Result<()> {
    let lab = Lab::shared();
    let user = lab.user("talk");
    let question = mail("q", "", "Wei <wei@example.test>", "Offer 2026", 9, "How much is it?");
    let answer = mail("a", "<q@example.test>", "Bob <bob@example.test>", "Re: Offer 2026", 10, "It is nine.");
    let thanks = mail(
        "t",
        "<q@example.test> <a@example.test>",
        "Wei <wei@example.test>",
        "Re: Offer 2026",
        11,
        "Fine.\r\n\r\nOn Mon, 2 Nov 2026, Bob wrote:\r\n> It is nine.",
    );
    let mut imap = lab.imap(&user);
    imap.append("INBOX", "\\Seen", question.as_bytes())?;
    imap.append("Sent", "\\Seen", answer.as_bytes())?;
    imap.append("INBOX", "", thanks.as_bytes())?;
    let profile = tempfile::tempdir()?;
    mailbox::synced(profile.path(), lab, &user).await?;
    let app = App::start(profile.path()).await?;
    app.row("Re: Offer 2026").await?;
    app.reads("list-count", "1 conversation").await?;
    app.reads("row-count", "3").await?;
    app.row("Re: Offer 2026").await?.click().await?;
    app.reads("thread-subject", "Offer 2026").await?;
    app.frame_text("Fine.").await?;
    // What it quotes is folded, and opens by its button.
    let folded = "const d = document.querySelector('details.quoted'); const [was, size] = [d.open, d.offsetHeight];
        d.querySelector('summary').click(); return [was, d.open, d.offsetHeight > size, d.textContent.includes('nine')]";
    assert_eq!(app.ask_frame(folded).await?, serde_json::json!([false, true, true, true]));
    app.css("[data-testid^=folded-]:nth-of-type(2)").await?.click().await?;
    app.frame_text("It is nine.").await?;
    // All of it that is in the folder goes, what was sent stays.
    app.keys("e").await?;
    app.no_row("Re: Offer 2026").await?;
    app.quit().await
}
