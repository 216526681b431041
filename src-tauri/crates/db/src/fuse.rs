//! A fuse that blows after a number of commits: how a test stops the program at each durable step in turn.
//!
//! What was committed before is on disk, as after a crash; every later write fails. A fuse may watch several databases, so
//! that their commits have one order.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// See the module. The default one never blows. Cheap to clone; clones are one fuse.
#[derive(Debug, Clone)]
pub struct Fuse(Arc<State>);

#[derive(Debug)]
struct State {
    commits: AtomicU64,
    limit: u64,
}

impl Default for Fuse {
    fn default() -> Self {
        Self::after(u64::MAX)
    }
}

impl Fuse {
    /// Blows after so many commits.
    pub fn after(limit: u64) -> Self {
        Self(Arc::new(State { commits: AtomicU64::new(0), limit }))
    }

    /// Commits so far.
    pub fn commits(&self) -> u64 {
        self.0.commits.load(Ordering::SeqCst)
    }

    /// Whether one more commit may happen; called with the transaction open.
    pub(crate) fn holds(&self) -> bool {
        let spent = |spent: u64| (spent < self.0.limit).then_some(spent + 1);
        self.0.commits.fetch_update(Ordering::SeqCst, Ordering::SeqCst, spent).is_ok()
    }
}
