//! IDLE (RFC 2177): the server says at once what is new.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::capabilities::Capability;
use crate::error::ImapError;
use crate::guard::Limits;
use crate::session::{SHORT, Session};
use crate::wire::{Code, Event};

/// Why IDLE ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdleOutcome {
    /// Something is new: [`Session::take_changes`] says what.
    Changed,
    /// The token was cancelled.
    Stopped,
    /// The time is over; nothing new.
    Renew,
}

const COMMAND: &str = "IDLE";
/// Longer than this, routers forget the connection (RFC 2177 says 29 minutes, NAT devices drop it after some ten).
const LONGEST: Duration = Duration::from_mins(9);
/// How often a server without IDLE is asked.
const POLL: Duration = Duration::from_mins(1);

impl Session {
    /// Waits until something is new in the selected folder, `stop` is cancelled, or `max` (9 minutes at most) is over.
    /// A server without IDLE is asked once a minute. Afterwards the session is ready for commands.
    ///
    /// # Errors
    /// [`ImapError`]; a connection that died is noticed at the end of the wait at the latest.
    pub async fn idle(&mut self, stop: &CancellationToken, max: Duration) -> Result<IdleOutcome, ImapError> {
        let until = Instant::now() + max.min(LONGEST);
        if self.has_changes() {
            return Ok(IdleOutcome::Changed);
        }
        if !self.capabilities.has(Capability::Idle) {
            return self.poll_changes(stop, until).await;
        }
        self.begin(Limits::default(), SHORT)?;
        let tag = self.send(COMMAND, "IDLE").await?;
        // DONE before the `+` would be lost.
        self.wait_for_continuation(COMMAND, &tag).await?;
        // Silence is no fault here. The wait has its own end.
        self.set_patience(Some(LONGEST * 2));
        let waited = self.wait_for_change(stop, until, &tag).await;
        self.set_patience(None);
        let outcome = match waited? {
            Waited::Over(outcome) => outcome,
            Waited::EndedByServer if self.has_changes() => return Ok(IdleOutcome::Changed),
            // Asking again at once would make a loop without a pause.
            Waited::EndedByServer => return self.poll_changes(stop, until).await,
        };
        self.send_more(COMMAND, "DONE").await?;
        // What comes between DONE and the end counts too.
        if let Some(Code::HighestModSeq(modseq)) = self.finish(COMMAND, &tag, Some).await? {
            self.note_highest(modseq);
        }
        Ok(self.changed_or(outcome))
    }

    fn changed_or(&self, outcome: IdleOutcome) -> IdleOutcome {
        if self.has_changes() { IdleOutcome::Changed } else { outcome }
    }

    async fn wait_for_change(
        &mut self,
        stop: &CancellationToken,
        until: Instant,
        tag: &crate::session::Tag,
    ) -> Result<Waited, ImapError> {
        loop {
            if self.has_changes() {
                return Ok(Waited::Over(IdleOutcome::Changed));
            }
            // The adapter keeps half a response when its future is dropped, so either branch may win.
            let event = tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(Waited::Over(IdleOutcome::Stopped)),
                event = timeout_at(until, self.next(COMMAND)) => match event {
                    Ok(event) => event?,
                    Err(_elapsed) => return Ok(Waited::Over(IdleOutcome::Renew)),
                },
            };
            match event {
                Event::Untagged(untagged) => self.note(untagged),
                Event::Continue => {}
                // Yandex ends IDLE by itself.
                Event::Tagged { tag: got, state } if got == tag.as_str() => {
                    if let Some(Code::HighestModSeq(modseq)) = self.close(COMMAND, state)? {
                        self.note_highest(modseq);
                    }
                    return Ok(Waited::EndedByServer);
                }
                Event::Tagged { .. } => {
                    return Err(self.nonsense(COMMAND, &crate::guard::Violation::UnknownTag));
                }
            }
        }
    }

    async fn poll_changes(&mut self, stop: &CancellationToken, until: Instant) -> Result<IdleOutcome, ImapError> {
        loop {
            let next = until.min(Instant::now() + POLL);
            // Nothing is under way while it waits.
            tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(IdleOutcome::Stopped),
                () = tokio::time::sleep_until(next) => {}
            }
            self.noop().await?;
            if self.has_changes() {
                return Ok(IdleOutcome::Changed);
            }
            if Instant::now() >= until {
                return Ok(IdleOutcome::Renew);
            }
        }
    }
}

enum Waited {
    Over(IdleOutcome),
    EndedByServer,
}
