//! Several UID FETCH at once (imap.md's pipelining rules): what headers and bodies have in common.
//!
//! An answer belongs to the UID that it names, and only if that UID was asked for and has not been answered yet. A batch that
//! is refused is asked again in halves, down to the one message that the server cannot give.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::time::Duration;

use postroom_types::Uid;
use tokio::time::Instant;

use crate::error::ImapError;
use crate::guard::{Limits, Violation};
use crate::session::{Session, Tag};
use crate::sink::ItemSink;
use crate::uid_set::UidSet;
use crate::wire::{Event, Fetch, State, Status, Untagged};

/// Commands on their way at the same time.
const IN_FLIGHT: usize = 3;
/// What a batch asks for: about a second's worth, between these.
const SMALLEST: u64 = 256 << 10;
const LARGEST: u64 = 4 << 20;

/// What to ask, and how much may come back.
pub(crate) struct Plan {
    pub(crate) command: &'static str,
    /// The items, such as `(UID BODY.PEEK[])`.
    pub(crate) items: Cow<'static, str>,
    pub(crate) limits: Limits,
    /// In all, and on top of that for each message that is asked for.
    pub(crate) bytes: u64,
    pub(crate) each: u64,
}

/// What an answer turned out to be.
pub(crate) enum Take<T> {
    Item(T),
    /// The message is to be asked for alone, in another way.
    Again,
    /// Not what was asked for: flags that somebody changed.
    News,
}

/// Which messages were not had.
#[derive(Debug, Default)]
pub(crate) struct Leftover {
    pub(crate) again: Vec<Uid>,
    /// Not answered although the command ended well.
    pub(crate) gone: Vec<Uid>,
    /// Refused, each alone, with the server's words.
    pub(crate) refused: Vec<(Uid, String)>,
    pub(crate) stopped: bool,
}

/// Where the next batch comes from: UIDs worth about this many bytes.
pub(crate) trait Batches: Send {
    fn next(&mut self, bytes: u64) -> Option<Vec<u32>>;
}

struct Batch {
    tag: Tag,
    left: BTreeSet<u32>,
    sent: Instant,
}

struct Pump<'a, B, F> {
    session: &'a mut Session,
    plan: &'a Plan,
    batches: B,
    read: F,
    retry: Vec<Vec<u32>>,
    flying: Vec<Batch>,
    leftover: Leftover,
    size: u64,
    /// Why no more is asked for; said once all answers are in.
    error: Option<ImapError>,
}

impl Session {
    /// Runs a plan to its end.
    pub(crate) async fn pump<T, B, F, S>(
        &mut self,
        plan: &Plan,
        batches: B,
        read: F,
        sink: &mut S,
    ) -> Result<Leftover, ImapError>
    where
        T: Send,
        B: Batches,
        F: FnMut(Uid, &Fetch) -> Take<T> + Send,
        S: ItemSink<T>,
    {
        self.begin(plan.limits, plan.bytes)?;
        let mut pump = Pump {
            session: self,
            plan,
            batches,
            read,
            retry: Vec::new(),
            flying: Vec::new(),
            leftover: Leftover::default(),
            size: SMALLEST,
            error: None,
        };
        loop {
            pump.fill().await?;
            if pump.flying.is_empty() {
                return match pump.error {
                    Some(error) => Err(error),
                    None => Ok(pump.leftover),
                };
            }
            match pump.session.next(plan.command).await? {
                Event::Untagged(Untagged::Fetch(fetch)) => pump.answer(fetch, sink).await,
                Event::Untagged(other) => pump.session.note(other),
                Event::Tagged { tag, state } => pump.end(&tag, state)?,
                Event::Continue => {
                    return Err(pump.session.nonsense(plan.command, &Violation::UnexpectedContinuation));
                }
            }
        }
    }
}

impl<B: Batches, F> Pump<'_, B, F> {
    async fn fill(&mut self) -> Result<(), ImapError> {
        while self.flying.len() < IN_FLIGHT && !self.leftover.stopped {
            let Some(uids) = self.retry.pop().or_else(|| self.batches.next(self.size)) else { return Ok(()) };
            let left: BTreeSet<u32> = uids.into_iter().collect();
            let set: UidSet = left.iter().map(|uid| Uid(*uid)).collect();
            if set.is_empty() {
                continue;
            }
            self.session.raw().allow_more((left.len() as u64).saturating_mul(self.plan.each));
            let tag = self.session.send(self.plan.command, &format!("UID FETCH {set} {}", self.plan.items)).await?;
            self.flying.push(Batch { tag, left, sent: Instant::now() });
        }
        Ok(())
    }

    async fn answer<T, S: ItemSink<T>>(&mut self, mut fetch: Box<Fetch>, sink: &mut S)
    where
        F: FnMut(Uid, &Fetch) -> Take<T> + Send,
    {
        let Some(uid) = fetch.uid else {
            // Nobody can say whose this is.
            fetch.drop_sections();
            self.session.note(Untagged::Fetch(fetch));
            return;
        };
        let waiting = self.flying.iter().position(|batch| batch.left.contains(&uid.0));
        let (Some(at), taken) = (waiting, (self.read)(uid, &fetch)) else {
            self.session.note(Untagged::Fetch(fetch));
            return;
        };
        if let Take::News = taken {
            self.session.note(Untagged::Fetch(fetch));
            return;
        }
        if let Some(batch) = self.flying.get_mut(at) {
            batch.left.remove(&uid.0);
        }
        drop(fetch);
        match taken {
            Take::Item(item) if !self.leftover.stopped => {
                self.leftover.stopped = matches!(sink.accept(item).await, ControlFlow::Break(()));
            }
            Take::Again => self.leftover.again.push(uid),
            Take::Item(_) | Take::News => {}
        }
    }

    fn end(&mut self, tag: &str, state: State) -> Result<(), ImapError> {
        let Some(at) = self.flying.iter().position(|batch| batch.tag.as_str() == tag) else {
            return Err(self.session.nonsense(self.plan.command, &Violation::UnknownTag));
        };
        let batch = self.flying.remove(at);
        let left: Vec<u32> = batch.left.into_iter().collect();
        match self.session.close(self.plan.command, state.clone()) {
            Ok(_) => self.leftover.gone.extend(left.into_iter().map(Uid)),
            Err(error) if self.leftover.stopped => drop(error),
            // A throttle or a limit is not about one message. Answers to other batches may still be on their way.
            Err(error) if state.status == Status::Bad || is_temporary(&error) => {
                self.leftover.stopped = true;
                self.error = Some(error);
            }
            Err(_) => match left.as_slice() {
                [] => {}
                [one] => self.leftover.refused.push((Uid(*one), state.text)),
                more => {
                    let (a, b) = more.split_at(more.len() / 2);
                    self.retry.extend([b.to_vec(), a.to_vec()]);
                }
            },
        }
        self.adapt(batch.sent.elapsed());
        Ok(())
    }

    fn adapt(&mut self, took: Duration) {
        // Three are under way, so each takes about three times its own time.
        if took < Duration::from_secs(1) {
            self.size = (self.size * 2).min(LARGEST);
        } else if took > Duration::from_secs(6) {
            self.size = (self.size / 2).max(SMALLEST);
        }
    }
}

/// Whether a refusal is a throttle or a limit, and not about what was asked for.
pub(crate) fn is_temporary(error: &ImapError) -> bool {
    error.refusal().is_some_and(crate::RefusalCode::is_temporary)
        || matches!(error, ImapError::Refused { text, .. } if text.to_ascii_lowercase().contains("throttled"))
}
