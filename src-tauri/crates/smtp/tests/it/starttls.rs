//! STARTTLS and those who stand in between (threats.md 25, 32).

use postroom_smtp::SmtpError;
use postroom_types::{FaultCode, TlsMode};

use crate::script::{Hear, Outcome, Step, Tls, login, say};

async fn starttls(rest: Vec<Step>) -> Outcome {
    let hello = vec![say("220 hi\r\n"), Hear("EHLO "), say("250-mail\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n")];
    login(TlsMode::StartTls, [hello, rest].concat()).await
}

/// That nobody heard a login.
fn kept_quiet(outcome: &Outcome) {
    assert!(outcome.heard.iter().all(|line| !line.starts_with("AUTH")), "{:?}", outcome.heard);
}

#[tokio::test]
async fn the_login_goes_over_tls() {
    let steps = vec![
        Hear("STARTTLS\r\n"),
        say("220 go ahead\r\n"),
        Tls,
        Hear("EHLO "),
        say("250-mail\r\n250 AUTH PLAIN\r\n"),
        Hear("AUTH PLAIN "),
        say("235 welcome\r\n"),
        Hear("QUIT"),
        say("221 bye\r\n"),
    ];
    starttls(steps).await.result.unwrap();
}

#[tokio::test]
async fn what_was_offered_before_tls_is_forgotten() {
    let steps = vec![Hear("STARTTLS"), say("220 go\r\n"), Tls, Hear("EHLO "), say("250 mail\r\n"), Hear("")];
    let outcome = starttls(steps).await;
    assert!(matches!(outcome.error(), SmtpError::NoLogin { .. }));
    kept_quiet(&outcome);
}

#[tokio::test]
async fn starttls_taken_out_of_the_offer_ends_it() {
    for offer in
        ["250-mail\r\n250 AUTH PLAIN\r\n", "250-mail\r\n250-XXXXXXXX\r\n250 AUTH PLAIN\r\n", "250 STARTTLS\r\n"]
    {
        let steps = vec![say("220 hi\r\n"), Hear("EHLO "), say(offer), Hear("")];
        let outcome = login(TlsMode::StartTls, steps).await;
        assert_eq!(outcome.error().fault().code, FaultCode::TlsUnavailable);
        kept_quiet(&outcome);
    }
}

#[tokio::test]
async fn a_refused_starttls_ends_it() {
    for reply in ["454 4.7.0 not now\r\n", "502 what\r\n", "250 fine\r\n", "334 go on\r\n"] {
        let outcome = starttls(vec![Hear("STARTTLS"), say(reply), Hear("")]).await;
        assert_eq!(outcome.error().fault().code, FaultCode::TlsUnavailable, "{reply}");
        kept_quiet(&outcome);
    }
}

#[tokio::test]
async fn a_reply_injected_before_tls_ends_it() {
    let injected = "220 go ahead\r\n250-mail\r\n250 AUTH PLAIN\r\n235 welcome\r\n";
    let outcome = starttls(vec![Hear("STARTTLS"), say(injected), Tls]).await;
    let fault = outcome.error().fault();
    assert_eq!((fault.code, fault.params["command"].as_str()), (FaultCode::ServerNonsense, "STARTTLS"));
    kept_quiet(&outcome);
}

#[tokio::test]
async fn half_a_reply_injected_before_tls_ends_it_too() {
    let outcome = starttls(vec![Hear("STARTTLS"), say("220 go ahead\r\n2"), Tls]).await;
    assert_eq!(outcome.error().fault().code, FaultCode::ServerNonsense);
}

#[tokio::test(start_paused = true)]
async fn bytes_that_come_later_break_tls() {
    // In a segment of their own, they are what TLS reads first.
    let pause = std::time::Duration::from_millis(50);
    let steps = vec![Hear("STARTTLS"), say("220 go ahead\r\n"), Step::Pause(pause), Step::Drip(b'2', pause)];
    let outcome = starttls(steps).await;
    assert!(matches!(outcome.error(), SmtpError::Net(_)), "{}", outcome.error());
    kept_quiet(&outcome);
}

#[tokio::test]
async fn a_reply_to_ehlo_that_was_not_asked_for_ends_it() {
    let outcome = login(TlsMode::StartTls, vec![say("220 hi\r\n250-mail\r\n250 AUTH PLAIN\r\n")]).await;
    assert_eq!(outcome.error().fault().code, FaultCode::ServerNonsense);
    kept_quiet(&outcome);
}
