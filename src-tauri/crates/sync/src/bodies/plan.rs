//! Which bodies are wanted next: the newest first, folder by folder within a window, shared by the connections that fetch.
//! Large ones are put aside.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use postroom_imap::LARGE_MESSAGE;
use postroom_store::{BodyCursor, BodyWanted, Store};
use postroom_types::{AccountId, FolderId, Uid, UnixMillis};

use crate::SyncError;

/// Messages looked up at a time: few at first, so that the newest of all folders come first; then many, so that a
/// connection seldom changes its folder.
const FIRST_WINDOW: u32 = 400;
const WINDOW: u32 = 10_000;

/// What is wanted, and what is on its way. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    state: Arc<Mutex<State>>,
    /// One look-up at a time.
    refilling: Arc<tokio::sync::Mutex<()>>,
    now: UnixMillis,
}

#[derive(Debug, Default)]
struct State {
    folders: BTreeMap<FolderId, VecDeque<BodyWanted>>,
    /// Folders in the order of their newest message in the window.
    order: Vec<FolderId>,
    taken: BTreeMap<(FolderId, Uid), BodyWanted>,
    /// For later, one at a time.
    large: Vec<BodyWanted>,
    skipped: BTreeSet<FolderId>,
    after: Option<BodyCursor>,
    window: u32,
    ended: bool,
}

impl Plan {
    /// All that an account lacks, or one folder of it.
    pub(crate) fn new(now: UnixMillis) -> Self {
        let state = State { window: FIRST_WINDOW, ..State::default() };
        Self { state: Arc::new(Mutex::new(state)), refilling: Arc::default(), now }
    }

    /// Just these.
    pub(crate) fn of(bodies: Vec<BodyWanted>) -> Self {
        let plan = Self::new(UnixMillis(0));
        let mut state = plan.lock();
        state.ended = true;
        state.add(bodies);
        drop(state);
        plan
    }

    /// A folder that has something to fetch, `current` if possible; looks up more when the window is empty. `None`:
    /// nothing is left.
    pub(crate) async fn folder(
        &self,
        store: &Store,
        account: AccountId,
        only: Option<FolderId>,
        current: Option<FolderId>,
    ) -> Result<Option<FolderId>, SyncError> {
        loop {
            if let Some(folder) = self.lock().pick(current) {
                return Ok(Some(folder));
            }
            let _one = self.refilling.lock().await;
            let (after, window) = {
                let state = self.lock();
                match state.pick(current) {
                    Some(folder) => return Ok(Some(folder)),
                    None if state.ended => return Ok(None),
                    None => (state.after, state.window),
                }
            };
            let (bodies, after) = store.bodies_wanted(account, window, only, after, self.now).await?;
            let mut state = self.lock();
            state.ended = after.is_none();
            state.after = after;
            state.window = WINDOW;
            state.add(bodies);
        }
    }

    /// Whether something is to be fetched from one folder, large ones not counted.
    pub(crate) fn has(&self, folder: FolderId) -> bool {
        self.lock().folders.get(&folder).is_some_and(|waiting| !waiting.is_empty())
    }

    /// What is to be fetched from one folder, one after the other, as long as the window has it.
    pub(crate) fn feed(&self, folder: FolderId) -> Feed {
        Feed { plan: self.clone(), folder }
    }

    /// A message came, or will not come.
    pub(crate) fn settle(&self, folder: FolderId, uid: Uid) -> Option<BodyWanted> {
        self.lock().taken.remove(&(folder, uid))
    }

    /// A message turned out to be large.
    pub(crate) fn is_large(&self, body: BodyWanted) {
        self.lock().large.push(body);
    }

    /// The large messages that were found so far, the newest first.
    pub(crate) fn take_large(&self) -> Vec<BodyWanted> {
        std::mem::take(&mut self.lock().large)
    }

    /// The folder cannot be had in this round.
    pub(crate) fn skip(&self, folder: FolderId) {
        let mut state = self.lock();
        state.skipped.insert(folder);
        state.folders.remove(&folder);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn add(&mut self, bodies: Vec<BodyWanted>) {
        self.order.clear();
        for body in bodies.into_iter().filter(|body| !self.skipped.contains(&body.folder)) {
            if body.size > LARGE_MESSAGE {
                self.large.push(body);
                continue;
            }
            let waiting = self.folders.entry(body.folder).or_default();
            if waiting.is_empty() {
                self.order.push(body.folder);
            }
            waiting.push_back(body);
        }
    }

    fn pick(&self, current: Option<FolderId>) -> Option<FolderId> {
        let has = |folder: &FolderId| self.folders.get(folder).is_some_and(|waiting| !waiting.is_empty());
        current.filter(|folder| has(folder)).or_else(|| self.order.iter().copied().find(|folder| has(folder)))
    }
}

/// See [`Plan::feed`].
#[derive(Debug)]
pub(crate) struct Feed {
    plan: Plan,
    folder: FolderId,
}

impl Iterator for Feed {
    type Item = (Uid, u64);

    fn next(&mut self) -> Option<(Uid, u64)> {
        let mut state = self.plan.lock();
        let body = state.folders.get_mut(&self.folder)?.pop_front()?;
        let item = (body.uid, body.size);
        state.taken.insert((body.folder, body.uid), body);
        Some(item)
    }
}
