//! The right and the wrong password.

use postroom_smtp::SmtpError;
use postroom_types::{FaultCode, TlsMode};

use crate::script::{CANARY, Hear, Outcome, Step, Tls, login, login_as, say};

/// Over a plain connection to this machine, up to the login; `offer` are lines of EHLO.
async fn after_ehlo(offer: &str, mut rest: Vec<Step>) -> Outcome {
    let hello = format!("250-mail.example.com\r\n{offer}250 HELP\r\n");
    let mut steps = vec![say("220 mail.example.com ESMTP\r\n"), Hear("EHLO [127.0.0.1]\r\n"), say(&hello)];
    steps.append(&mut rest);
    login(TlsMode::None, steps).await
}

fn bye() -> [Step; 2] {
    [Hear("QUIT\r\n"), say("221 bye\r\n")]
}

#[tokio::test]
async fn plain_is_taken_where_it_is_offered() {
    // printf '\0alice@example.com\0canary-7Yq' | base64
    let line = "AUTH PLAIN AGFsaWNlQGV4YW1wbGUuY29tAGNhbmFyeS03WXE=\r\n";
    let [quit, done] = bye();
    let steps = vec![Hear(line), say("235 2.7.0 welcome\r\n"), quit, done];
    after_ehlo("250-AUTH LOGIN PLAIN\r\n", steps).await.result.unwrap();
}

#[tokio::test]
async fn login_is_taken_else_whatever_its_words() {
    for (user, password) in
        [("VXNlcm5hbWU6", "UGFzc3dvcmQ6"), ("VXNlciBOYW1lAA==", "UGFzc3dvcmQA"), ("", "not base64!")]
    {
        let [quit, done] = bye();
        let steps = vec![
            Hear("AUTH LOGIN\r\n"),
            say(&format!("334 {user}\r\n")),
            Hear("YWxpY2VAZXhhbXBsZS5jb20=\r\n"),
            say(&format!("334 {password}\r\n")),
            Hear("Y2FuYXJ5LTdZcQ==\r\n"),
            say("235 welcome\r\n"),
            quit,
            done,
        ];
        after_ehlo("250-auth login\r\n", steps).await.result.unwrap();
    }
}

#[tokio::test]
async fn login_is_tried_where_plain_is_offered_and_not_known() {
    let steps = vec![Hear("AUTH PLAIN "), say("504 5.5.4 unknown\r\n"), Hear("AUTH LOGIN\r\n"), say("535 no\r\n")];
    let outcome = after_ehlo("250-AUTH PLAIN LOGIN\r\n", steps).await;
    assert!(matches!(outcome.error(), SmtpError::LoginRefused { .. }));
}

#[tokio::test]
async fn implicit_tls_is_tls_from_the_first_byte() {
    let [quit, done] = bye();
    let steps = vec![
        Tls,
        say("220-hello\r\n220 there\r\n"),
        Hear("EHLO "),
        say("250-mail\r\n250 AUTH PLAIN\r\n"),
        Hear("AUTH PLAIN "),
        say("235 welcome\r\n"),
        quit,
        done,
    ];
    login(TlsMode::Implicit, steps).await.result.unwrap();
}

#[tokio::test]
async fn a_refused_password_is_told_in_the_servers_words() {
    for code in [432, 534, 535, 550, 554] {
        let refusal = format!("{code}-5.7.8 wrong\r\n{code} 5.7.8 see https://example.com/\r\n");
        let outcome = after_ehlo("250-AUTH PLAIN\r\n", vec![Hear("AUTH PLAIN "), say(&refusal)]).await;
        let fault = outcome.error().fault();
        assert_eq!(fault.code, FaultCode::LoginRefused);
        assert_eq!(fault.params["server"], "127.0.0.1");
        assert_eq!(fault.params["reason"], format!("{code} 5.7.8 wrong 5.7.8 see https://example.com/"));
    }
}

#[tokio::test]
async fn a_server_that_repeats_the_password_does_not_get_it_shown() {
    let refusal = format!("535 no {CANARY} AGFsaWNlQGV4YW1wbGUuY29tAGNhbmFyeS03WXE=\r\n");
    let outcome = after_ehlo("250-AUTH PLAIN\r\n", vec![Hear("AUTH PLAIN "), say(&refusal)]).await;
    let message = outcome.error().to_string();
    assert!(message.ends_with("535 no … …"), "{message}");
}

#[tokio::test]
async fn not_now_is_not_a_wrong_password() {
    for reply in ["454 4.7.0 later\r\n", "421 4.3.2 closing\r\n", "530 must be private\r\n", "538 encrypt first\r\n"] {
        let outcome = after_ehlo("250-AUTH PLAIN\r\n", vec![Hear("AUTH PLAIN "), say(reply)]).await;
        let fault = outcome.error().fault();
        assert_eq!((fault.code, fault.params["command"].as_str()), (FaultCode::ServerRefused, "AUTH"), "{reply}");
    }
}

#[tokio::test]
async fn without_a_way_to_log_in_nothing_is_sent() {
    for offer in ["", "250-AUTH\r\n", "250-AUTH CRAM-MD5 XOAUTH2\r\n", "250-XAUTH PLAIN\r\n"] {
        let outcome = after_ehlo(offer, vec![Hear("")]).await;
        assert!(matches!(outcome.error(), SmtpError::NoLogin { .. }));
        assert_eq!(outcome.heard, ["EHLO [127.0.0.1]"]);
    }
}

#[tokio::test]
async fn a_greeting_may_refuse() {
    let outcome = login(TlsMode::None, vec![say("554 no service for you\r\n")]).await;
    let fault = outcome.error().fault();
    assert_eq!((fault.code, fault.params["command"].as_str()), (FaultCode::ServerRefused, "greeting"));
}

#[tokio::test]
async fn what_cannot_be_sent_is_not_and_what_looks_like_a_command_is_none() {
    let hello = || vec![say("220 hi\r\n"), Hear("EHLO "), say("250-mail\r\n250 AUTH PLAIN\r\n")];
    let outcome = login_as(TlsMode::None, hello(), "alice", "a\0b").await;
    assert_eq!(outcome.error().fault().code, FaultCode::InvalidInput);

    let [quit, done] = bye();
    let steps = [hello(), vec![Hear("AUTH PLAIN "), say("235 welcome\r\n"), quit, done]].concat();
    let outcome = login_as(TlsMode::None, steps, "alice\r\nMAIL FROM:<x@y>", "a\r\nRSET").await;
    outcome.result.unwrap();
    assert_eq!(outcome.heard.len(), 3);
}
