//! LOGOUT (RFC 9051 §6.1.3).

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;

use crate::guard::Limits;
use crate::session::{SHORT, Session};

/// Nobody waits longer for a goodbye.
const GOODBYE: Duration = Duration::from_secs(5);

impl Session {
    /// Says goodbye and closes the connection. Whatever goes wrong here no longer matters.
    pub async fn logout(mut self) {
        self.set_patience(Some(GOODBYE));
        if self.begin(Limits::default(), SHORT).is_ok()
            && let Ok(tag) = self.send("LOGOUT", "LOGOUT").await
        {
            // The BYE comes back as an error: that is the end.
            if let Err(error) = self.finish("LOGOUT", &tag, Some).await {
                tracing::trace!(%error, "logged out");
            }
        }
        if let Err(error) = self.raw().shutdown().await {
            tracing::trace!(%error, "closed");
        }
    }
}
