//! Nothing that is secret reaches a log (threats.md 44), at the most talkative level and with every target on.

use std::io;
use std::sync::{Arc, Mutex};

use postroom_types::TlsMode;
use tracing_subscriber::fmt::MakeWriter;

use crate::script::{CANARY, Hear, login, say};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_login_leaves_no_trace_of_the_password_or_the_user() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    for auth in ["PLAIN", "LOGIN"] {
        let mut steps =
            vec![say("220 hi\r\n"), Hear("EHLO "), say(&format!("250-mail\r\n250 AUTH {auth}\r\n")), Hear("AUTH")];
        if auth == "LOGIN" {
            steps.extend([say("334 VXNlcm5hbWU6\r\n"), Hear(""), say("334 UGFzc3dvcmQ6\r\n"), Hear("")]);
        }
        steps.push(say("535 no such user alice@example.com\r\n"));
        assert!(login(TlsMode::None, steps).await.result.is_err());
    }
    drop(guard);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    // That something was logged at all shows that the test looks at the right place.
    assert!(log.contains("smtp reply") && log.contains("AUTH"), "{log}");
    for secret in [CANARY, "Y2FuYXJ5LTdZcQ", "AGFsaWNl", "alice", "YWxpY2V"] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}
