//! The handle and what it owns.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use postroom_accounts::CredentialStore;
use postroom_net::Trust;
use postroom_store::{AccountRecord, ParseMarkers, Store};
use postroom_sync::{Context, Engine, Events, Login, WatchHandle, Wish};
use postroom_types::{
    AccountId, AccountState, Clock as _, Event, Fault, FaultCode, Protocol, Secret, SystemClock, UnixMillis,
};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::api::attachments::OPENED_FILES;
use crate::api::content::ComingOutline;
use crate::api::reader::Opened;
use crate::fault::fault;
use crate::locking;

/// How often it is looked whether the stored mail can be made smaller.
const TEND: Duration = Duration::from_mins(5);

/// Which profile, and how its passwords are kept.
#[derive(Debug, Clone)]
pub struct Config {
    /// The profile's folder; made if missing.
    pub data_dir: PathBuf,
    /// With a key, passwords are kept in a file encrypted under it; without, in the system's keychain.
    pub vault_key: Option<Secret<String>>,
}

/// A profile in use. Cheap to clone; see the crate's page.
#[derive(Debug, Clone)]
pub struct Postroom(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: Config,
    context: Context,
    credentials: Arc<CredentialStore>,
    watches: Mutex<BTreeMap<AccountId, WatchHandle>>,
    /// Accounts that could not even begin: no password at hand.
    blocked: Mutex<BTreeMap<AccountId, Fault>>,
    opened: Mutex<BTreeMap<String, Arc<Opened>>>,
    /// Of messages that are coming, the one looked at last first.
    outlines: Mutex<Vec<ComingOutline>>,
    tasks: TaskTracker,
    /// Ends what runs until the end.
    stop: CancellationToken,
    started: AtomicBool,
    /// Held until the last handle goes.
    _lock: std::fs::File,
}

impl Postroom {
    /// Opens or creates a profile. What was being read when the program last died is quarantined first.
    ///
    /// Faults: `profile-in-use`, `profile-too-new`, `storage`, `vault-key-wrong`.
    pub async fn open(config: Config) -> Result<Self, Fault> {
        let clock = Arc::new(SystemClock);
        let now = clock.now();
        let dir = config.data_dir.clone();
        let key = config.vault_key.clone();
        let (lock, store, markers, left, credentials) = tokio::task::spawn_blocking(move || {
            let lock = locking::take(&dir)?;
            // Files that other programs were shown last time.
            match std::fs::remove_dir_all(dir.join(OPENED_FILES)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(fault(error)),
                _ => {}
            }
            let store = Store::open(&dir).map_err(fault)?;
            let (markers, left) = ParseMarkers::open(&dir).map_err(fault)?;
            let credentials = CredentialStore::open(&dir.join("passwords.vault"), key).map_err(fault)?;
            Ok::<_, Fault>((lock, store, markers, left, credentials))
        })
        .await
        .map_err(fault)??;
        if !left.is_empty() {
            tracing::warn!(messages = left.len(), "quarantined: being read when the program ended");
            store.quarantine(left, now).await.map_err(fault)?;
        }
        markers.clear().map_err(fault)?;
        store.vault_sweep().await.map_err(fault)?;
        if let Err(error) = store.bodies_ask_again().await {
            // Not worth a start that fails, on a full disk say.
            tracing::warn!(code = error.fault().code.as_str(), "bodies that were refused are not asked for again");
        }
        let context = Context { store, markers, clock, events: Events::default() };
        Ok(Self(Arc::new(Inner {
            config,
            context,
            credentials: Arc::new(credentials),
            watches: Mutex::default(),
            blocked: Mutex::default(),
            opened: Mutex::default(),
            outlines: Mutex::default(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            started: AtomicBool::new(false),
            _lock: lock,
        })))
    }

    /// What happens from now on. A slow listener loses events; each only says "ask again".
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.0.context.events.subscribe()
    }

    /// Watches every account: syncs, takes pushes in, stays connected. Must be called on a tokio runtime.
    pub fn start(&self) {
        self.0.started.store(true, Ordering::Relaxed);
        let this = self.clone();
        self.0.tasks.spawn(async move {
            let accounts = match this.store().accounts().await {
                Ok(accounts) => accounts,
                Err(error) => return tracing::error!(%error, "the accounts cannot be read"),
            };
            for account in accounts {
                this.watch(account).await;
            }
        });
        let (store, stop) = (self.store().clone(), self.0.stop.clone());
        self.0.tasks.spawn(async move {
            // May be dropped anywhere: each step is whole.
            stop.run_until_cancelled(tend(store)).await;
        });
    }

    /// Ends every watch and waits for what is being written. The profile's lock goes with the last handle.
    pub async fn close(&self) {
        lock(&self.0.watches).clear();
        self.0.stop.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.context.store
    }

    pub(crate) fn markers(&self) -> &ParseMarkers {
        &self.0.context.markers
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn now(&self) -> UnixMillis {
        self.0.context.clock.now()
    }

    pub(crate) fn tell(&self, event: Event) {
        self.0.context.events.send(event);
    }

    pub(crate) fn opened(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Opened>>> {
        lock(&self.0.opened)
    }

    pub(crate) fn outlines(&self) -> MutexGuard<'_, Vec<ComingOutline>> {
        lock(&self.0.outlines)
    }

    pub(crate) fn credentials(&self) -> &Arc<CredentialStore> {
        &self.0.credentials
    }

    /// An engine for an account, with its password from the keychain or vault.
    pub(crate) async fn engine(&self, account: AccountRecord) -> Result<Engine, Fault> {
        let credentials = Arc::clone(&self.0.credentials);
        let email = account.draft.email.clone();
        let password = tokio::task::spawn_blocking(move || credentials.get(&email, Protocol::Imap))
            .await
            .map_err(fault)?
            .map_err(fault)?
            .ok_or_else(|| {
                Fault::new(FaultCode::LoginRefused, "no password is stored for this account")
                    .with("account", account.draft.email.clone())
                    .with("server", account.draft.imap.host.clone())
                    .with("protocol", "imap")
            })?;
        let trust = trust_of(account.draft.ca_pem.as_deref())?;
        Ok(Engine::new(self.0.context.clone(), Login { account, trust, password }))
    }

    /// Begins to watch an account, or says why not.
    pub(crate) async fn watch(&self, account: AccountRecord) {
        let id = account.id;
        match self.engine(account).await {
            Ok(engine) => {
                lock(&self.0.blocked).remove(&id);
                let handle = engine.watch(&self.0.tasks);
                lock(&self.0.watches).insert(id, handle);
            }
            Err(fault) => {
                lock(&self.0.blocked).insert(id, fault.clone());
                self.tell(Event::Account { account: id, state: AccountState::Blocked { fault } });
            }
        }
    }

    pub(crate) fn is_started(&self) -> bool {
        self.0.started.load(Ordering::Relaxed)
    }

    pub(crate) fn unwatch(&self, id: AccountId) {
        lock(&self.0.watches).remove(&id);
        lock(&self.0.blocked).remove(&id);
    }

    pub(crate) fn is_watched(&self, id: AccountId) -> bool {
        lock(&self.0.watches).contains_key(&id)
    }

    /// Asks every watched account, or one.
    pub(crate) fn wish(&self, account: Option<AccountId>, wish: Wish) {
        for (id, handle) in lock(&self.0.watches).iter() {
            if account.is_none_or(|account| account == *id) {
                handle.wish(wish);
            }
        }
    }

    pub(crate) fn state(&self, id: AccountId) -> AccountState {
        if let Some(fault) = lock(&self.0.blocked).get(&id) {
            return AccountState::Blocked { fault: fault.clone() };
        }
        lock(&self.0.watches).get(&id).map_or(AccountState::Idle, WatchHandle::state)
    }
}

/// Which certificates an account believes.
pub(crate) fn trust_of(ca_pem: Option<&str>) -> Result<Trust, Fault> {
    ca_pem.map_or_else(|| Ok(Trust::platform()), |pem| Trust::with_ca_pem(pem).map_err(fault))
}

/// Puts old mail into conversations, then makes the stored mail smaller, now and then, once there is enough of it.
async fn tend(store: Store) {
    // Mail of a program that knew no conversations.
    while store.threads_fill().await.unwrap_or(false) {}
    loop {
        tokio::time::sleep(TEND).await;
        let done = match store.vault_wants_compacting().await {
            Ok(true) => store.vault_compact().await,
            Ok(false) => continue,
            Err(error) => Err(error),
        };
        match done {
            Ok(done) => tracing::info!(messages = done.messages, before = done.before, after = done.after, "compacted"),
            Err(error) => tracing::warn!(%error, "compacting"),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
