//! Servers that stall, flood and babble: an error that names server and command, in bounded time and memory.

use std::time::Duration;

use postroom_smtp::SmtpError;
use postroom_types::{FaultCode, TlsMode};
use tokio::time::Instant;

use crate::script::{Hear, Outcome, Sleep, Step, login, say};

fn told(outcome: &Outcome, code: FaultCode, command: &str) {
    let fault = outcome.error().fault();
    assert_eq!((fault.code, fault.params["command"].as_str()), (code, command), "{fault}");
    assert_eq!(fault.params["server"], "127.0.0.1");
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_is_left_after_a_minute() {
    let begin = Instant::now();
    told(&login(TlsMode::None, vec![Sleep]).await, FaultCode::TimedOut, "greeting");
    assert!((60..62).contains(&begin.elapsed().as_secs()), "{:?}", begin.elapsed());
    let outcome = login(TlsMode::None, vec![say("220 hi\r\n"), Hear("EHLO "), say("250-mail\r\n25"), Sleep]).await;
    told(&outcome, FaultCode::TimedOut, "EHLO");
}

#[tokio::test(start_paused = true)]
async fn a_byte_a_second_is_left_after_two_minutes() {
    let begin = Instant::now();
    let outcome = login(TlsMode::None, vec![Step::Drip(b'2', Duration::from_secs(1))]).await;
    told(&outcome, FaultCode::TimedOut, "greeting");
    assert!((120..125).contains(&begin.elapsed().as_secs()), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn an_endless_line_ends() {
    let outcome = login(TlsMode::None, vec![say(&"a".repeat(10_000_000)), Sleep]).await;
    told(&outcome, FaultCode::ServerNonsense, "greeting");
}

#[tokio::test]
async fn an_endless_reply_ends() {
    let lines = "250-PIPELINING\r\n".repeat(50_000);
    let outcome = login(TlsMode::None, vec![say("220 hi\r\n"), Hear("EHLO "), say(&lines), Sleep]).await;
    told(&outcome, FaultCode::ServerNonsense, "EHLO");
}

#[tokio::test]
async fn garbage_is_no_reply() {
    for garbage in [
        "* OK [CAPABILITY IMAP4rev1] ready\r\n",
        "HTTP/1.1 400 Bad Request\r\n",
        "250-a\r\n550 b\r\n",
        "250-a\r\n\r\n",
        "250\n",
        "999 a\r\n",
        "25\r\n",
        "-250 a\r\n",
        "２５０ a\r\n",
        "250\u{0}a\r\n",
    ] {
        let outcome = login(TlsMode::None, vec![say("220 hi\r\n"), Hear("EHLO "), say(garbage), Sleep]).await;
        told(&outcome, FaultCode::ServerNonsense, "EHLO");
    }
}

#[tokio::test]
async fn lines_of_blanks_in_ehlo_hurt_nobody() {
    let offer = "250- \r\n250-\t\r\n250-\r\n250-\u{a0}\r\n250 \r\n";
    let outcome = login(TlsMode::None, vec![say("220 hi\r\n"), Hear("EHLO "), say(offer), Hear("")]).await;
    assert!(matches!(outcome.error(), SmtpError::NoLogin { .. }));
}

#[tokio::test]
async fn a_connection_cut_anywhere_is_lost() {
    let greeting = "220 hi\r\n";
    for end in 0..greeting.len() {
        let outcome = login(TlsMode::None, vec![say(greeting.get(..end).unwrap())]).await;
        told(&outcome, FaultCode::ConnectionLost, "greeting");
    }
    let outcome = login(TlsMode::None, vec![say(greeting), Hear("EHLO "), say("250 AUTH PLAIN")]).await;
    told(&outcome, FaultCode::ConnectionLost, "EHLO");
}

#[tokio::test]
async fn a_code_that_does_not_belong_is_nonsense() {
    told(&login(TlsMode::None, vec![say("235 welcome\r\n"), Sleep]).await, FaultCode::ServerNonsense, "greeting");
    let outcome = login(TlsMode::None, vec![say("220 hi\r\n"), Hear("EHLO "), say("354 go on\r\n"), Sleep]).await;
    told(&outcome, FaultCode::ServerNonsense, "EHLO");
}
