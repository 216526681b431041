//! Submission to Postfix.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postroom_lab::{Company, Lab, LabOptions, LabUser};

use crate::talk_tls;

/// What [`conversation`]'s mail is called.
pub(crate) const SUBJECT: &str = "An offer of 17 valves";

/// The client's side of sending a mail.
pub(crate) fn conversation(user: &LabUser, recipient: &str) -> String {
    let login = STANDARD.encode(format!("\0{}\0{}", user.user, user.password));
    format!(
        "EHLO localhost\nAUTH PLAIN {login}\nMAIL FROM:<{}>\nRCPT TO:<{recipient}>\nDATA\nSubject: {SUBJECT}\n\nText\n.\nQUIT",
        user.email
    )
}

#[test]
fn mail_to_sales_reaches_all_three() {
    let lab = Lab::start(LabOptions { smtp: true, ..LabOptions::default() }).unwrap();
    let company = Company::found(&lab).unwrap();
    for (count, server) in [(1, lab.smtp_implicit()), (2, lab.smtp_starttls())] {
        let said = talk_tls(&server, "smtp", lab.ca_file(), &conversation(&company.bob, "sales@example.test"), "221 ");
        assert!(said.contains("235 ") && said.contains("250 2.0.0 Ok: queued"), "{server:?}: {said}");
        for user in company.colleagues() {
            let start = Instant::now();
            while lab.imap(user).uids("INBOX").len() < count {
                assert!(start.elapsed() < Duration::from_secs(30), "{user:?} got nothing");
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }
    let server = lab.smtp_implicit();
    let said = talk_tls(&server, "smtp", lab.ca_file(), &conversation(&company.bob, "refused@example.test"), "221 ");
    assert!(said.contains("550 5.1.1"), "{said}");
    let stranger = LabUser { password: "wrong".into(), ..company.bob };
    let said = talk_tls(&server, "smtp", lab.ca_file(), &conversation(&stranger, "sales@example.test"), "221 ");
    assert!(said.contains("535 ") && !said.contains("queued"), "{said}");
}
