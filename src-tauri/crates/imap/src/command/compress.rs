//! COMPRESS=DEFLATE (RFC 4978): fewer bytes on a slow line, for some time of both processors.
//!
//! TLS as we speak it never compresses (rustls has no compression), so the two never meet.

use std::time::Duration;

use crate::capabilities::Capability;
use crate::error::ImapError;
use crate::session::Session;

const COMMAND: &str = "COMPRESS";
/// A line is slow from this round trip on…
const SLOW_TURN: Duration = Duration::from_millis(20);
/// …or below so many bytes a second.
const SLOW_RATE: u64 = 2 << 20;
/// Fewer bytes say nothing about a rate.
const SAMPLE: u64 = 256 << 10;

/// How fast the line was seen to be.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// The quickest answer so far: a round trip, and what the server needed.
    turn: Option<Duration>,
    /// The best rate so far, bytes a second.
    rate: Option<u64>,
}

impl Pace {
    /// An answer began to come after this time.
    pub(crate) fn note_turn(&mut self, took: Duration) {
        self.turn = Some(self.turn.map_or(took, |turn| turn.min(took)));
    }

    /// So many bytes came in this time.
    pub(crate) fn note_bytes(&mut self, bytes: u64, took: Duration) {
        if bytes >= SAMPLE {
            let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
            let rate = bytes.saturating_mul(1000) / millis;
            self.rate = Some(self.rate.map_or(rate, |best| best.max(rate)));
        }
    }

    fn is_slow(&self) -> bool {
        self.turn.is_some_and(|turn| turn >= SLOW_TURN) || self.rate.is_some_and(|rate| rate < SLOW_RATE)
    }
}

impl Session {
    /// Compresses the connection from now on, where the server can. Gives whether it is compressed.
    ///
    /// # Errors
    /// [`ImapError`], never a refusal.
    pub async fn compress(&mut self) -> Result<bool, ImapError> {
        if self.compressed || !self.capabilities.has(Capability::Compress) {
            return Ok(self.compressed);
        }
        // Nothing may be on its way when the streams change.
        self.settle_ahead().await?;
        let line = self.line("COMPRESS DEFLATE");
        match self.run_plain(COMMAND, line).await {
            Ok(_) => {
                self.raw().compress();
                self.compressed = true;
            }
            Err(ImapError::Refused { .. }) => self.capabilities.forget(Capability::Compress),
            Err(error) => return Err(error),
        }
        Ok(self.compressed)
    }

    /// Compresses a slow line. Between two commands, before the next folder is opened.
    pub(crate) async fn compress_if_slow(&mut self) -> Result<(), ImapError> {
        if !self.compressed && self.pace.is_slow() && self.capabilities.has(Capability::Compress) {
            self.compress().await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_quick_answer_or_one_good_rate_says_that_the_line_is_fast() {
        let millis = Duration::from_millis;
        let mut pace = Pace::default();
        assert!(!pace.is_slow(), "nothing is known");
        pace.note_turn(millis(90));
        assert!(pace.is_slow());
        pace.note_turn(millis(3));
        pace.note_turn(millis(500));
        assert!(!pace.is_slow());
        pace.note_bytes(1000, millis(1000));
        assert!(!pace.is_slow(), "too few to tell");
        pace.note_bytes(1 << 20, millis(4000));
        assert!(pace.is_slow());
        pace.note_bytes(1 << 20, millis(100));
        assert!(!pace.is_slow());
    }
}
