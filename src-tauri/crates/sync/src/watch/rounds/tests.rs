use std::collections::BTreeSet;
use std::sync::Arc;

use postroom_imap::Session;
use postroom_lab::{Lab, LabImap, LabOptions, Proxy, Traffic};
use postroom_net::Trust;
use postroom_store::{ParseMarkers, Store};
use postroom_types::{
    AccountDraft, AccountState, FixedClock, Flags, FolderId, Secret, ServerAddress, TlsMode, Uid, UnixMillis,
};
use tokio::sync::{mpsc, watch};

use super::Rounds;
use crate::watch::others::Others;
use crate::watch::{Watcher, Wish};
use crate::{Context, Engine, Events, Login, VerifyRequest};

const NOW: UnixMillis = UnixMillis(1_800_000_000_000);
const CAPABILITIES: &str = "IMAP4rev1 SASL-IR LITERAL+ ENABLE IDLE UIDPLUS MOVE NAMESPACE UNSELECT ESEARCH";

/// A watched account on a Dovecot without CONDSTORE, with 4,000 messages in "Big" and three in the inbox.
struct Watched {
    watcher: Watcher,
    session: Session,
    others: Others,
    rounds: Rounds,
    proxy: Proxy,
    server: LabImap,
    big: FolderId,
    _wishes: mpsc::Sender<Wish>,
    _state: watch::Receiver<AccountState>,
    _dir: tempfile::TempDir,
}

impl Watched {
    async fn new() -> Self {
        let options = LabOptions { capabilities: Some(CAPABILITIES.to_owned()), ..LabOptions::default() };
        let lab: &'static Lab = Box::leak(Box::new(Lab::start(options).unwrap()));
        let user = lab.user("windows");
        lab.fill_bulk(&user, "INBOX", 3, 500).unwrap();
        lab.fill_bulk(&user, "Big", 4_000, 400).unwrap();
        let mut server = lab.imap(&user);
        server.select("Big");
        server.command("UID STORE 1:* -FLAGS.SILENT (\\Flagged)");
        let proxy = Proxy::start(&lab.imap_plain()).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let (markers, _) = ParseMarkers::open(dir.path()).unwrap();
        let draft = AccountDraft {
            name: String::new(),
            email: user.email.clone(),
            imap: proxy.address(),
            smtp: ServerAddress::new("127.0.0.1", 25, TlsMode::None).unwrap(),
            user: user.user.clone(),
            ca_pem: None,
        };
        let account = store.account(store.account_add(draft, NOW).await.unwrap()).await.unwrap();
        let login = Login { account, trust: Trust::platform(), password: Secret::new(user.password) };
        let context = Context { store, markers, clock: Arc::new(FixedClock(NOW)), events: Events::default() };
        let engine = Engine::new(context, login);
        let session = engine.login.connect().await.unwrap();
        let (wishes, inbox) = mpsc::channel(8);
        let (publish, state) = watch::channel(AccountState::Idle);
        let watcher = Watcher { engine, inbox, waiting: Vec::new(), publish };
        let mut this = Self {
            watcher,
            session,
            others: Others::default(),
            rounds: Rounds::default(),
            proxy,
            server,
            big: FolderId(0),
            _wishes: wishes,
            _state: state,
            _dir: dir,
        };
        this.round().await;
        this.big = this.watcher.engine.context.store.folder_find(None, "Big".to_owned()).await.unwrap().id;
        this
    }

    /// One round and the inbox opened after it, as a watch does; gives turns, and bytes that came.
    async fn round(&mut self) -> (u64, u64) {
        let before = self.proxy.traffic();
        self.watcher.round(&mut self.session, &self.others, &mut self.rounds).await.unwrap();
        self.watcher.open_inbox(&mut self.session, &mut None, &mut self.rounds).await.unwrap();
        let Traffic { turns, down, .. } = self.proxy.traffic();
        (turns - before.turns, down - before.down)
    }

    fn star(&mut self, uid: u32) {
        self.server.store("Big", uid, "+FLAGS (\\Flagged)");
    }

    /// The UIDs of messages with a star here.
    async fn starred(&self) -> BTreeSet<u32> {
        let flags = self.watcher.engine.context.store.server_flags_within(self.big, Uid(1), Uid(u32::MAX));
        let flags = flags.await.unwrap();
        flags.into_iter().filter(|(_, flags)| flags.contains(Flags::FLAGGED)).map(|(uid, _)| uid.0).collect()
    }

    async fn is_exact(&self) -> bool {
        let ledgers = self.watcher.engine.verify(&VerifyRequest::default()).await.unwrap();
        ledgers.iter().all(crate::FolderLedger::is_clean)
    }
}

/// Some 40 bytes tell the flags of one message.
#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_round_costs_one_window_and_the_rest_follows() {
    let mut watched = Watched::new().await;
    for uid in [100, 1_500, 2_700, 3_900] {
        watched.star(uid);
    }
    let mut met = Vec::new();
    for _ in 0..3 {
        let (turns, bytes) = watched.round().await;
        met.push(watched.starred().await);
        assert!(bytes < 90_000 && turns < 20, "{turns} turns, {bytes} bytes for 2,000 of 4,000 messages");
    }
    // The newest at once, the older ones from the newest to the oldest.
    assert_eq!(
        met,
        [
            BTreeSet::from([2_700, 3_900]),
            BTreeSet::from([1_500, 2_700, 3_900]),
            BTreeSet::from([100, 1_500, 2_700, 3_900])
        ]
    );
    assert!(watched.is_exact().await);
    let known = std::mem::take(&mut watched.rounds);
    let (_, bytes) = watched.round().await;
    assert!(bytes > 140_000, "all of them cost {bytes} bytes");
    watched.rounds = known;
    // And over again.
    watched.star(2_600);
    watched.round().await;
    assert!(watched.starred().await.contains(&2_600));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_opened_and_a_full_pass_leave_no_flag_out() {
    let mut watched = Watched::new().await;
    watched.star(50);
    watched.round().await;
    assert_eq!(watched.starred().await, BTreeSet::new(), "its turn has not come");
    let engine = watched.watcher.engine.clone();
    watched.rounds.opened(&engine, &mut watched.session, watched.big).await.unwrap();
    assert_eq!(watched.starred().await, BTreeSet::from([50]));
    // As `postroomctl sync` does.
    watched.star(60);
    let request = crate::PassRequest { folder: None, bodies: crate::Bodies::None };
    engine.sync(&request).await.unwrap();
    assert_eq!(watched.starred().await, BTreeSet::from([50, 60]));
    assert!(watched.is_exact().await);
}
