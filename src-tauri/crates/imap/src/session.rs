//! One logged-in connection: commands go out, their answers come back, and what the server says unasked is kept for
//! [`Session::take_changes`].
//!
//! The commands themselves stand in `command/`, a file each. A session never reconnects and never repeats a command by
//! itself: whoever owns it decides that.

mod ahead;
mod changes;
pub(crate) mod names;

use std::time::Duration;

use postroom_net::{ReadTimeout, Stalled, Stream};
use postroom_types::ModSeq;
use tokio::time::Instant;

pub use changes::{Changes, FlagUpdate};

use changes::Gathered;

use crate::capabilities::Capabilities;
use crate::command::compress::Pace;
use crate::command::quota::{MOST as MOST_QUOTAS, Quota};
use crate::encode::CommandLine;
use crate::error::ImapError;
use crate::guard::{Failure, Guard, Limits, Violation};
use crate::quirks::{Clues, Quirks};
use crate::wire::{Code, Event, NamespaceLine, State, Status, Untagged};

pub(crate) type Wire = Guard<Stalled<Stream>>;

/// A logged-in connection to an IMAP server.
///
/// Every command may be given up (its future dropped): the session then knows that answers are missing, and every later
/// command fails with [`ImapError::Unusable`]. The same holds after a fatal error.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "facts that do not depend on each other")]
pub struct Session {
    conn: async_imap::Session<Wire>,
    server: String,
    stall: Duration,
    timeout: ReadTimeout,
    pub(crate) capabilities: Capabilities,
    pub(crate) quirks: Quirks,
    pub(crate) clues: Clues,
    /// Commands whose tagged answer has not come. More than none between commands: something was given up half-way.
    open: usize,
    /// Commands whose end nobody waits for; a refusal of one is no failure.
    ahead: Vec<(&'static str, Tag)>,
    changes: Gathered,
    /// Whether the server said that it has QRESYNC switched on (RFC 7162 §3.2.3); offering it is not enough.
    pub(crate) qresync: bool,
    /// Whether names and headers go in UTF-8 (RFC 9755), as the server agreed.
    pub(crate) utf8: bool,
    /// Whether the connection is compressed.
    pub(crate) compressed: bool,
    pub(crate) pace: Pace,
    /// When the present command was sent, and whether nothing of its answer has come.
    sent: Option<(Instant, bool)>,
    pub(crate) quotas: Vec<Quota>,
    /// What NAMESPACE said, if it was asked along with another command.
    pub(crate) namespace: Option<NamespaceLine>,
    /// A folder whose number was asked for along with another command, and what was said.
    pub(crate) numbered: Option<(String, Option<String>)>,
    /// Whether the server tells of folders that are not open.
    pub(crate) notifying: bool,
    /// The open folder's name on the wire.
    pub(crate) selected: Option<String>,
    /// How often a folder was opened.
    pub(crate) selection: u64,
}

/// A command that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag(String);

impl Tag {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Bytes that a command with a short answer may bring.
pub(crate) const SHORT: u64 = 16 << 20;

impl Session {
    /// `clues`: what the server said before the login.
    pub(crate) fn new(
        conn: async_imap::Session<Wire>,
        server: String,
        clues: Clues,
        stall: Duration,
        timeout: ReadTimeout,
    ) -> Self {
        let mut capabilities = Capabilities::default();
        let quirks = clues.judge(&mut capabilities);
        Self {
            conn,
            server,
            stall,
            timeout,
            capabilities,
            quirks,
            clues,
            open: 0,
            ahead: Vec::new(),
            changes: Gathered::default(),
            qresync: false,
            utf8: false,
            compressed: false,
            pace: Pace::default(),
            sent: None,
            quotas: Vec::new(),
            namespace: None,
            numbered: None,
            notifying: false,
            selected: None,
            selection: 0,
        }
    }

    /// The server's host name.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// What the server can do, as it said after the login.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Whether commands can still be sent: no fatal error yet, none given up half-way.
    pub fn is_usable(&mut self) -> bool {
        self.open == 0 && self.conn.get_mut().failure().is_none()
    }

    /// What the server said unasked since the last call: new messages, removed ones, flags.
    pub fn take_changes(&mut self) -> Changes {
        self.changes.take()
    }

    /// The folder that is open, by its name on the wire.
    pub fn selected(&self) -> Option<&str> {
        self.selected.as_deref()
    }

    /// Counts the SELECTs. As long as it stays the same, [`Self::take_changes`] has told, or will tell, all that happened in
    /// the open folder since it was opened.
    pub fn selection(&self) -> u64 {
        self.selection
    }

    /// A folder was closed, or is about to be: its news are nobody's any more. Those of other folders stay.
    pub(crate) fn forget_selected(&mut self) {
        self.selected = None;
        self.changes.forget_selected();
    }

    pub(crate) fn has_changes(&self) -> bool {
        !self.changes.is_empty()
    }

    /// The code of a tagged answer, where there is other news: alone it is none.
    pub(crate) fn note_highest(&mut self, modseq: Option<ModSeq>) {
        if self.has_changes() {
            self.changes.note_highest(modseq);
        }
    }

    pub(crate) fn set_patience(&self, duration: Option<Duration>) {
        self.timeout.set(duration.unwrap_or(self.stall));
    }

    pub(crate) fn raw(&mut self) -> &mut Wire {
        self.conn.get_mut()
    }

    pub(crate) fn line(&self, text: &str) -> CommandLine {
        CommandLine::new(text, &self.capabilities).wide(self.utf8)
    }

    pub(crate) fn unsendable(&self, what: &'static str) -> ImapError {
        ImapError::Unsendable { server: self.server.clone(), what }
    }

    pub(crate) fn nonsense(&self, command: &'static str, violation: &Violation) -> ImapError {
        ImapError::nonsense(&self.server, command, violation)
    }

    /// Begins a command: nothing may be open from before.
    pub(crate) fn begin(&mut self, limits: Limits, bytes: u64) -> Result<(), ImapError> {
        if !self.is_usable() {
            return Err(ImapError::Unusable { server: self.server.clone() });
        }
        self.raw().allow(limits, bytes);
        self.sent = Some((Instant::now(), true));
        Ok(())
    }

    fn write_failed(&self, command: &'static str, error: async_imap::error::Error) -> ImapError {
        let failure = match error {
            async_imap::error::Error::Io(error) => Failure::from(error),
            _ => Failure::Eof,
        };
        ImapError::from_failure(&self.server, command, failure)
    }

    /// Sends a line of ours that needs no continuation. Several may be on their way.
    pub(crate) async fn send(&mut self, command: &'static str, line: &str) -> Result<Tag, ImapError> {
        self.open += 1;
        match self.conn.run_command(line).await {
            Ok(id) => Ok(Tag(id.0)),
            Err(error) => Err(self.write_failed(command, error)),
        }
    }

    /// Sends a line without a tag: the rest of a command, or DONE.
    pub(crate) async fn send_more(&mut self, command: &'static str, line: &str) -> Result<(), ImapError> {
        match self.conn.run_command_untagged(line).await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.write_failed(command, error)),
        }
    }

    /// The next response. BYE is an error here, for nothing good comes after it.
    pub(crate) async fn next(&mut self, command: &'static str) -> Result<Event, ImapError> {
        let event = self.conn.get_mut().next_event().await;
        if let Some((at, fresh @ true)) = &mut self.sent {
            *fresh = false;
            self.pace.note_turn(at.elapsed());
        }
        match event {
            Ok(Event::Untagged(Untagged::Bye { text })) => {
                self.open += 1;
                Err(ImapError::Closed { server: self.server.clone(), command, text })
            }
            Ok(Event::Untagged(Untagged::Unknown(word))) => {
                tracing::debug!(%word, "untagged response of an unknown kind");
                Ok(Event::Untagged(Untagged::Unused))
            }
            Ok(Event::Tagged { tag, state }) if self.ahead_ended(&tag, state.clone()) => {
                Ok(Event::Untagged(Untagged::Unused))
            }
            Ok(Event::Untagged(mut untagged)) => {
                self.translate(&mut untagged);
                Ok(Event::Untagged(untagged))
            }
            Ok(event) => Ok(event),
            Err(failure) => Err(ImapError::from_failure(&self.server, command, failure)),
        }
    }

    /// Keeps what no command asked for.
    pub(crate) fn note(&mut self, untagged: Untagged) {
        match untagged {
            Untagged::Capability(words) => self.learn_capabilities(&words),
            Untagged::Id(text) => self.learn_id(&text),
            Untagged::State(State { code: Some(Code::Capability(words)), .. }) => {
                self.note(Untagged::Capability(words));
            }
            overflow @ Untagged::State(State { code: Some(Code::NotificationOverflow), .. }) => {
                self.notifying = false;
                self.changes.note(overflow);
            }
            Untagged::Enabled(words) => {
                let has = |wanted: &str| words.iter().any(|word| word.eq_ignore_ascii_case(wanted));
                self.qresync |= has("QRESYNC");
                self.utf8 |= has("UTF8=ACCEPT");
            }
            Untagged::Quota(Some(line)) if self.quotas.len() < MOST_QUOTAS => {
                let (used_bytes, limit_bytes) = (line.used, line.limit);
                self.quotas.push(Quota { name: line.name, used_bytes, limit_bytes });
            }
            Untagged::Namespace(line) => self.namespace = line,
            Untagged::Status(line) if line.mailbox_id.is_some() && self.is_numbered(&line.name) => {
                self.numbered = self.numbered.take().map(|(raw, _)| (raw, line.mailbox_id));
            }
            other => self.changes.note(other),
        }
    }

    /// A command's end: counts it as answered, and makes a refusal an error.
    pub(crate) fn close(&mut self, command: &'static str, state: State) -> Result<Option<Code>, ImapError> {
        self.open = self.open.saturating_sub(1);
        // Names only: no argument, no word of the server.
        tracing::debug!(command, status = ?state.status, "imap reply");
        if let Some((at, _)) = self.sent {
            let received = self.raw().received();
            self.pace.note_bytes(received, at.elapsed());
        }
        if let Some(Code::Capability(words)) = &state.code {
            self.note(Untagged::Capability(words.clone()));
        }
        if state.status == Status::Ok {
            return Ok(state.code);
        }
        let code = match state.code {
            Some(Code::Refusal(code)) => Some(code),
            _ => None,
        };
        Err(ImapError::Refused { server: self.server.clone(), command, text: state.text, code })
    }

    /// Waits for the server's `+`; a refusal is a refusal.
    pub(crate) async fn wait_for_continuation(&mut self, command: &'static str, tag: &Tag) -> Result<(), ImapError> {
        loop {
            match self.next(command).await? {
                Event::Continue => return Ok(()),
                Event::Untagged(untagged) => self.note(untagged),
                Event::Tagged { tag: got, state } if got == tag.0 => {
                    self.close(command, state)?;
                    // OK without having read the rest of the command.
                    self.open += 1;
                    return Err(self.nonsense(command, &Violation::Malformed("an end without a continuation")));
                }
                Event::Tagged { .. } => return Err(self.nonsense(command, &Violation::UnknownTag)),
            }
        }
    }

    /// Waits for a command's end. `take` gets every untagged response and gives back what is not its own.
    pub(crate) async fn finish(
        &mut self,
        command: &'static str,
        tag: &Tag,
        mut take: impl FnMut(Untagged) -> Option<Untagged> + Send,
    ) -> Result<Option<Code>, ImapError> {
        loop {
            match self.next(command).await? {
                Event::Untagged(untagged) => {
                    if let Some(other) = take(untagged) {
                        self.note(other);
                    }
                }
                Event::Tagged { tag: got, state } if got == tag.0 => return self.close(command, state),
                Event::Tagged { .. } => return Err(self.nonsense(command, &Violation::UnknownTag)),
                Event::Continue => return Err(self.nonsense(command, &Violation::UnexpectedContinuation)),
            }
        }
    }

    /// Sends a command, its literals too, and waits for its end.
    pub(crate) async fn run(
        &mut self,
        command: &'static str,
        line: CommandLine,
        take: impl FnMut(Untagged) -> Option<Untagged> + Send,
    ) -> Result<Option<Code>, ImapError> {
        self.run_within(Limits::default(), command, line, take).await
    }

    /// As [`Self::run`], with other bounds for a response.
    pub(crate) async fn run_within(
        &mut self,
        limits: Limits,
        command: &'static str,
        line: CommandLine,
        take: impl FnMut(Untagged) -> Option<Untagged> + Send,
    ) -> Result<Option<Code>, ImapError> {
        self.begin(limits, SHORT)?;
        let mut pieces = line.into_pieces().into_iter();
        let tag = self.send(command, &pieces.next().unwrap_or_default()).await?;
        for piece in pieces {
            self.wait_for_continuation(command, &tag).await?;
            self.send_more(command, &piece).await?;
        }
        self.finish(command, &tag, take).await
    }

    /// A command whose untagged answers are of no interest.
    pub(crate) async fn run_plain(
        &mut self,
        command: &'static str,
        line: CommandLine,
    ) -> Result<Option<Code>, ImapError> {
        self.run(command, line, Some).await
    }
}
