//! Commands that go out along with the next one, and whose ends nobody waits for.

use tokio::io::AsyncWriteExt as _;

use super::names::ENABLE;
use super::{SHORT, Session};
use crate::command::notify::NOTIFY;
use crate::error::ImapError;
use crate::guard::{Limits, Violation};
use crate::wire::{Event, State, Status, Untagged};

impl Session {
    /// Sends a line of ours along with the next command, in one write, and lets its end come when it comes. What it refuses
    /// to do is done without. Only for what needs no continuation and changes no folder.
    pub(crate) async fn send_ahead(&mut self, command: &'static str, line: &str) -> Result<(), ImapError> {
        self.raw().hold(true);
        let tag = self.send(command, line).await;
        self.raw().hold(false);
        self.ahead.push((command, tag?));
        // Given up half-way it stays open, and the session unusable.
        self.open = self.open.saturating_sub(1);
        Ok(())
    }

    /// Whether the end of such a command, sent ahead, has not come.
    pub(super) fn is_ahead(&self, command: &str) -> bool {
        self.ahead.iter().any(|(ahead, _)| *ahead == command)
    }

    /// Waits for the ends of what was sent ahead.
    pub(crate) async fn settle_ahead(&mut self) -> Result<(), ImapError> {
        const COMMAND: &str = ENABLE;
        if self.ahead.is_empty() {
            return Ok(());
        }
        self.begin(Limits::default(), SHORT)?;
        if let Err(error) = self.raw().flush().await {
            return Err(self.write_failed(COMMAND, error.into()));
        }
        while !self.ahead.is_empty() {
            match self.next(COMMAND).await? {
                Event::Untagged(untagged) => self.note(untagged),
                Event::Tagged { .. } => return Err(self.nonsense(COMMAND, &Violation::UnknownTag)),
                Event::Continue => return Err(self.nonsense(COMMAND, &Violation::UnexpectedContinuation)),
            }
        }
        Ok(())
    }

    /// The end of a command that was sent ahead.
    pub(super) fn ahead_ended(&mut self, tag: &str, state: State) -> bool {
        let Some(at) = self.ahead.iter().position(|(_, ahead)| ahead.0 == tag) else { return false };
        let (command, _) = self.ahead.remove(at);
        let done = state.status == Status::Ok;
        if command == NOTIFY {
            self.notifying = done;
        }
        if done {
            self.note(Untagged::State(state));
        } else {
            tracing::debug!(command, "refused, and done without");
        }
        true
    }
}
