//! Mail that belongs together: a list by conversation, and one conversation from all folders.

use crate::ctl::with_account;

const QUESTION: &str = "From: Wei <wei@example.test>\r\nTo: bob@example.test\r\nSubject: Offer\r\n\
    Date: Mon, 02 Nov 2026 09:00:00 +0000\r\nMessage-ID: <question@example.test>\r\n\r\nHow much?\r\n";
const ANSWER: &str = "From: Bob <bob@example.test>\r\nTo: wei@example.test\r\nSubject: Re: Offer\r\n\
    Date: Mon, 02 Nov 2026 10:00:00 +0000\r\nMessage-ID: <answer@example.test>\r\n\
    In-Reply-To: <question@example.test>\r\n\r\nNine.\r\n";
const THANKS: &str = "From: Wei <wei@example.test>\r\nTo: bob@example.test\r\nSubject: Thanks\r\n\
    Date: Mon, 02 Nov 2026 11:00:00 +0000\r\nMessage-ID: <thanks@example.test>\r\n\
    References: <question@example.test> <answer@example.test>\r\n\r\nThank you.\r\n";
const OTHER: &str = "From: Di <di@example.test>\r\nTo: bob@example.test\r\nSubject: Lunch\r\n\
    Date: Mon, 02 Nov 2026 12:00:00 +0000\r\nMessage-ID: <lunch@example.test>\r\n\r\nAt noon?\r\n";

#[test]
fn a_conversation_is_one_line_and_all_its_messages_are_shown_on_demand() {
    let ctl = with_account();
    // The last of it comes first.
    ctl.append("INBOX", "", THANKS);
    ctl.sync();
    ctl.append("Sent", "\\Seen", ANSWER);
    ctl.append("INBOX", "\\Seen", QUESTION);
    ctl.append("INBOX", "", OTHER);
    ctl.sync();
    let list = ctl.json(&["list", "--folder", "INBOX", "--conversations"]);
    let rows = list["messages"].as_array().expect("rows");
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            (row["subject"].as_str(), row["conversation"]["messages"].as_u64(), row["conversation"]["unread"].as_u64())
        })
        .collect();
    assert_eq!(told, [(Some("Lunch"), Some(1), Some(1)), (Some("Thanks"), Some(3), Some(1))]);
    assert_eq!(ctl.list("INBOX").len(), 3, "by message");
    // Page by page.
    let page = ctl.json(&["list", "--folder", "INBOX", "--conversations", "--limit", "1"]);
    let next = page["next"].as_str().expect("more");
    let page = ctl.json(&["list", "--folder", "INBOX", "--conversations", "--limit", "1", "--before", next]);
    assert_eq!((page["messages"][0]["subject"].as_str(), page["next"].as_str()), (Some("Thanks"), None));
    let wrong = ctl.error(&["list", "--folder", "INBOX", "--conversations", "--before", "999999"]);
    assert_eq!(wrong["code"], "invalid-input");
    assert!(ctl.lines(&["list", "--folder", "INBOX", "--conversations"]).contains("(3) Thanks"));

    let id = ctl.id("INBOX", "Thanks");
    let whole = ctl.json(&["conversation", &id]);
    let told: Vec<_> = whole["messages"]
        .as_array()
        .expect("messages")
        .iter()
        .map(|row| (row["subject"].as_str().expect("text"), row["folder"].as_str().expect("text")))
        .collect();
    assert_eq!(told, [("Offer", "INBOX"), ("Re: Offer", "Sent"), ("Thanks", "INBOX")]);
    // What was thrown away is no longer part of it.
    ctl.json(&["delete", &ctl.id("INBOX", "Offer")]);
    assert_eq!(ctl.json(&["conversation", &id])["messages"].as_array().map(Vec::len), Some(2));
    assert_eq!(ctl.error(&["conversation", "424242"])["code"], "not-found");
}
