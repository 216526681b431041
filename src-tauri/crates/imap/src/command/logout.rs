//! LOGOUT (RFC 9051 §6.1.3).

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;

use crate::guard::Limits;
use crate::session::{SHORT, Session};

/// Nobody waits longer for a goodbye to go out.
const GOODBYE: Duration = Duration::from_secs(5);

impl Session {
    /// Says goodbye and closes the connection, without waiting for the server's own goodbye: the server reads ours before it
    /// sees the end. Whatever goes wrong here no longer matters.
    pub async fn logout(mut self) {
        let goodbye = async {
            if self.begin(Limits::default(), SHORT).is_ok()
                && let Err(error) = self.send("LOGOUT", "LOGOUT").await
            {
                tracing::trace!(%error, "logging out");
            }
            if let Err(error) = self.raw().shutdown().await {
                tracing::trace!(%error, "closing");
            }
        };
        if timeout(GOODBYE, goodbye).await.is_err() {
            tracing::trace!("the goodbye did not go out");
        }
    }
}
