//! An account that stays connected: pushes come in, the queue goes out, bodies follow, and a lost connection is made anew.

mod others;
mod rounds;

use std::time::Duration;

use postroom_imap::{FolderStatus, IdleOutcome, Session};
use postroom_store::{BodyWanted, StoreError, SyncFolder};
use postroom_types::{AccountState, Event, FaultCode, FolderId, FolderRole, MessageId, SyncPhase};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::bodies::fetch_one;
use crate::pass::Pushed;
use crate::watch::others::{Others, background, opened};
use crate::watch::rounds::Rounds;
use crate::{Engine, PassReport, SyncError, pass, queue};

/// How often folders other than the inbox are looked at where the server does not tell of them.
const ROUND: Duration = Duration::from_mins(2);
/// How often they are looked at all the same where it does (NOTIFY).
const NOTIFIED_ROUND: Duration = Duration::from_mins(9);
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// What somebody wants of a watched account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// The queue has something.
    Replay,
    /// A full pass now; also ends waiting after a failure.
    Sync,
    /// This message's body, before all others.
    Body(MessageId),
    /// The user opened this folder: it is brought up to date, with every flag.
    Folder(FolderId),
}

/// Holds a watch; dropping it ends the watch.
#[derive(Debug)]
pub struct WatchHandle {
    wishes: mpsc::Sender<Wish>,
    state: watch::Receiver<AccountState>,
    stop: CancellationToken,
}

impl WatchHandle {
    /// Asks for something. Never waits: with many wishes waiting already, they cover this one.
    pub fn wish(&self, wish: Wish) {
        if self.wishes.try_send(wish).is_err() {
            tracing::debug!("a wish was left out");
        }
    }

    /// How the account is doing.
    pub fn state(&self) -> AccountState {
        self.state.borrow().clone()
    }
}

impl Drop for WatchHandle {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Engine {
    /// Watches the account until the handle is dropped; the work runs on `tasks`.
    pub fn watch(self, tasks: &TaskTracker) -> WatchHandle {
        let (wishes, inbox) = mpsc::channel(64);
        let (publish, state) = watch::channel(AccountState::Idle);
        let stop = CancellationToken::new();
        let watcher = Watcher { engine: self, inbox, waiting: Vec::new(), publish };
        let token = stop.clone();
        tasks.spawn(async move {
            // Dropping a pass half-way is safe: what it wrote is true.
            token.run_until_cancelled(Box::pin(watcher.run())).await;
        });
        WatchHandle { wishes, state, stop }
    }
}

struct Watcher {
    engine: Engine,
    inbox: mpsc::Receiver<Wish>,
    /// Wishes that came while a round was under way.
    waiting: Vec<Wish>,
    publish: watch::Sender<AccountState>,
}

impl Watcher {
    async fn run(mut self) {
        let mut wait = FIRST_WAIT;
        loop {
            self.show(AccountState::Connecting);
            let mut was_online = false;
            let error = match Box::pin(self.connected(&mut was_online)).await {
                Ok(()) => return,
                Err(error) => error,
            };
            self.engine.progress(SyncPhase::Done, "", 0, 0);
            if was_online {
                wait = FIRST_WAIT;
            }
            let fault = error.fault();
            tracing::info!(account = self.engine.account().0, code = fault.code.as_str(), "connection ended");
            let blocked = matches!(
                fault.code,
                FaultCode::LoginRefused | FaultCode::CertificateUntrusted | FaultCode::TlsUnavailable
            );
            self.show(if blocked { AccountState::Blocked { fault } } else { AccountState::Offline { fault } });
            let patience = if blocked { None } else { Some(wait) };
            if !self.wait(patience).await {
                return;
            }
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// Waits before the next attempt: for the time, or until someone asks. `false`: nobody can ask any more.
    async fn wait(&mut self, patience: Option<Duration>) -> bool {
        let until = patience.map(|patience| tokio::time::Instant::now() + patience);
        loop {
            let wish = match until {
                Some(until) => match tokio::time::timeout_at(until, self.inbox.recv()).await {
                    Ok(wish) => wish,
                    Err(_elapsed) => return true,
                },
                None => self.inbox.recv().await,
            };
            match wish {
                None => return false,
                Some(Wish::Sync | Wish::Body(_)) => return true,
                // The queue waits for the connection anyway, and the first round looks at every folder.
                Some(Wish::Replay | Wish::Folder(_)) => {}
            }
        }
    }

    fn show(&self, state: AccountState) {
        if *self.publish.borrow() != state {
            self.publish.send_replace(state.clone());
            self.engine.context.events.send(Event::Account { account: self.engine.account(), state });
        }
    }

    /// One connection's life. Ends with an error, or `Ok` when nobody listens any more.
    async fn connected(&mut self, was_online: &mut bool) -> Result<(), SyncError> {
        let mut session = self.engine.login.connect().await?;
        *was_online = true;
        self.show(AccountState::Online);
        self.replay(&mut session).await?;
        let (engine, others) = (self.engine.clone(), Others::default());
        tokio::select! {
            result = self.interactive(&mut session, &others) => result,
            error = background(&engine, &others) => Err(error),
            () = opened(&engine, &others) => Err(SyncError::Stopped),
        }
    }

    /// What is taken back is told by events.
    async fn replay(&self, session: &mut Session) -> Result<bool, SyncError> {
        queue::replay(&self.engine.context, session, self.engine.account(), &mut Vec::new()).await
    }

    /// The connection that the user feels: pushes, the queue, the open message.
    async fn interactive(&mut self, session: &mut Session, others: &Others) -> Result<(), SyncError> {
        let (mut full, mut settled) = (true, None);
        let mut rounds = Rounds::default();
        loop {
            if full {
                self.round(session, others, &mut rounds).await?;
                others.tell_more();
                full = false;
            }
            if !session.is_usable() {
                return Err(SyncError::Stopped);
            }
            if self.open_inbox(session, &mut settled, &mut rounds).await? {
                others.tell_more();
            }
            // What was wished for during the round needs no waiting.
            let (outcome, wishes) = if self.waiting.is_empty() {
                let Some(heard) = self.idle(session).await? else { return Ok(()) };
                heard
            } else {
                (IdleOutcome::Stopped, std::mem::take(&mut self.waiting))
            };
            // News first: a wish may open another folder.
            match outcome {
                IdleOutcome::Changed => {
                    full |= self.news(session, &mut settled, &mut rounds).await?;
                    others.tell_more();
                }
                IdleOutcome::Renew => full = true,
                IdleOutcome::Stopped => {}
            }
            for wish in wishes {
                match wish {
                    Wish::Replay => {
                        if self.replay(session).await? {
                            self.engine.context.events.send(Event::Folders { account: self.engine.account() });
                        }
                    }
                    Wish::Sync => {
                        rounds = Rounds::default();
                        full = true;
                    }
                    Wish::Folder(folder) => rounds.opened(&self.engine, session, folder).await?,
                    Wish::Body(message) => self.body(session, message, others).await?,
                }
            }
        }
    }

    /// All folders. Whoever opens a message meanwhile gets its body between two folders; other wishes wait.
    async fn round(&mut self, session: &mut Session, others: &Others, rounds: &mut Rounds) -> Result<(), SyncError> {
        let mut report = PassReport::default();
        // Before the list, so that nothing happens unseen between the two.
        session.notify().await?;
        let plan = self.engine.plan(session, None, &mut report).await?;
        for (number, folder) in plan.folders.iter().enumerate() {
            if !rounds.glance(&self.engine, session, folder).await? {
                self.engine.one_folder(session, &plan, number, &mut report).await?;
                let failed = report.folders.last().is_none_or(|one| one.folder != folder.id || one.error.is_some());
                rounds.is_known(folder.id, !failed);
            }
            while let Ok(wish) = self.inbox.try_recv() {
                match wish {
                    Wish::Body(message) if session.is_usable() => self.body(session, message, others).await?,
                    wish if self.waiting.contains(&wish) => {}
                    wish => self.waiting.push(wish),
                }
            }
        }
        Ok(())
    }

    /// Idles until a push, a wish or the next round. `None`: nobody can wish any more.
    async fn idle(&mut self, session: &mut Session) -> Result<Option<(IdleOutcome, Vec<Wish>)>, SyncError> {
        let stop = CancellationToken::new();
        let mut wishes = Vec::new();
        let round = if session.is_notifying() { NOTIFIED_ROUND } else { ROUND };
        let idle = session.idle(&stop, round);
        tokio::pin!(idle);
        loop {
            tokio::select! {
                outcome = &mut idle => return Ok(Some((outcome?, wishes))),
                // Not dropped half-way: the token makes it end well.
                wish = self.inbox.recv(), if !stop.is_cancelled() => {
                    stop.cancel();
                    let Some(wish) = wish else { return Ok(None) };
                    wishes.push(wish);
                    while let Ok(wish) = self.inbox.try_recv() {
                        wishes.push(wish);
                    }
                }
            }
        }
    }

    /// Opens the inbox to idle on, unless it has been open since it was last known: then all that happened there is told.
    /// Gives whether anything is new.
    async fn open_inbox(
        &self,
        session: &mut Session,
        settled: &mut Option<u64>,
        rounds: &mut Rounds,
    ) -> Result<bool, SyncError> {
        let mut new = false;
        // Once more where the first look took a second one; what that leaves open the next round finds.
        for _ in 0..2 {
            if settled.is_some_and(|selection| selection == session.selection()) {
                break;
            }
            let Some(inbox) = self.inbox().await? else { return Ok(new) };
            let counts = rounds.look(&self.engine, session, &inbox).await?;
            new |= counts.new > 0;
            *settled = counts.settled;
        }
        Ok(new)
    }

    async fn inbox(&self) -> Result<Option<SyncFolder>, SyncError> {
        let folders = self.engine.context.store.sync_folders(self.engine.account()).await?;
        Ok(folders.into_iter().find(|folder| folder.role == FolderRole::Inbox))
    }

    /// Takes in what the server told while it was idle. Gives whether the folders must be listed anew.
    async fn news(
        &self,
        session: &mut Session,
        settled: &mut Option<u64>,
        rounds: &mut Rounds,
    ) -> Result<bool, SyncError> {
        let (context, account) = (&self.engine.context, self.engine.account());
        let changes = session.take_changes();
        if changes.of_selected() {
            match self.inbox().await? {
                Some(inbox) if *settled == Some(session.selection()) => {
                    let pushed = pass::push(context, session, account, &inbox, &changes).await?;
                    if let Pushed::Unclear = pushed {
                        *settled = None;
                        // A flag of a message that was not named by its UID may be any.
                        rounds.forget_if(changes.dirty, inbox.id);
                    }
                }
                _ => *settled = None,
            }
        }
        let mut relist = changes.relist;
        let folders = context.store.sync_folders(account).await?;
        for (raw, status) in &changes.folders {
            // Dovecot 2.3 names them decoded here, against its own LIST.
            let Some(folder) = folders.iter().find(|folder| folder.raw == *raw || folder.path == *raw) else {
                relist = true;
                continue;
            };
            // It leaves UIDVALIDITY out where that is as before.
            let uid_validity = status.uid_validity.or(folder.cursor.uid_validity);
            let status = FolderStatus { uid_validity, ..*status };
            let holdings = context.store.folder_holdings(folder.id).await?;
            if !folder.selectable || pass::unchanged(&folder.cursor, holdings, &status) {
                continue;
            }
            match pass::folder(context, session, account, folder).await {
                Err(error) if error.ends_connection() => return Err(error),
                Err(error) => {
                    tracing::warn!(folder = folder.id.0, code = error.fault().code.as_str(), "a folder failed");
                }
                Ok(_) => {}
            }
        }
        Ok(relist)
    }

    /// Fetches a body that somebody waits for. Where its UID is void (the folder was renumbered) or not known (it was
    /// moved), the folder is matched first, and then it is fetched at once. The rest of a large one is left to others.
    async fn body(&self, session: &mut Session, message: MessageId, others: &Others) -> Result<(), SyncError> {
        let context = &self.engine.context;
        for attempt in 0..2 {
            let detail = match context.store.message(message).await {
                // Gone meanwhile: nothing to fetch, and no reason to hang up.
                Err(StoreError::NotFound(_)) => return Ok(()),
                detail => detail?,
            };
            let Some(folder) = self.engine.folder(detail.server_folder).await? else { return Ok(()) };
            if detail.row.has_body {
                return Ok(());
            }
            let result = match detail.row.uid {
                Some(uid) => {
                    let (size, quarantined) = (detail.row.size, detail.quarantined);
                    let wanted = BodyWanted { message, folder: folder.id, uid, size, quarantined };
                    let large = fetch_one(context, session, self.engine.account(), &folder, wanted).await;
                    large.map(|large| {
                        if large {
                            others.is_opened(message, session.most_connections());
                        }
                    })
                }
                None => Err(SyncError::UidsVoid),
            };
            let result = match result {
                Err(SyncError::UidsVoid) if attempt == 0 => {
                    pass::folder(context, session, self.engine.account(), &folder).await.map(drop)
                }
                Err(error) if error.ends_connection() => return Err(error),
                _ => break,
            };
            match result {
                Err(error) if error.ends_connection() => return Err(error),
                Err(_refused) => break,
                Ok(()) => {}
            }
        }
        self.engine.progress(SyncPhase::Done, "", 0, 0);
        Ok(())
    }
}
