//! How far a folder is known is never said too early, and a server that lies about what changed loses us nothing.

use postroom_imap::UidSet;
use postroom_lab::{LabUser, ScriptedServer};
use postroom_net::Trust;
use postroom_store::{FolderCursor, Store, SyncFolder};
use postroom_sync::{Bodies, Context, Engine, Login, PassRequest};
use postroom_types::{Flags, ModSeq, Uid, UidValidity};
use tempfile::TempDir;
use tokio_util::task::TaskTracker;

use crate::desk::{profile, until};
use crate::hostile::{moved, server};

const HEADERS: PassRequest = PassRequest { folder: None, bodies: Bodies::None };
const LIST: (&str, &str) = ("list", "* LIST () \"/\" INBOX\r\n$TAG OK\r\n");
const ENABLE: (&str, &str) = ("enable", "* ENABLED QRESYNC\r\n$TAG OK\r\n");
const CAPABILITIES: &str = "ENABLE QRESYNC ESEARCH IDLE";

fn header(uid: u32) -> String {
    let header = format!("Subject: Mail {uid:03}\r\nMessage-ID: <{uid}@x.test>\r\n\r\n");
    format!("* {uid} FETCH (UID {uid} FLAGS () RFC822.SIZE 99 BODY[HEADER] {{{}}}\r\n{header})\r\n", header.len())
}

fn headers(uids: std::ops::RangeInclusive<u32>) -> String {
    uids.map(header).collect::<String>() + "$TAG OK\r\n"
}

fn select(exists: u32, next: u32, modseq: u64, more: &str) -> String {
    format!(
        "* {exists} EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT {next}] x\r\n* OK [HIGHESTMODSEQ {modseq}] x\r\n\
         {more}$TAG OK [READ-WRITE] x\r\n"
    )
}

fn found(uids: &str) -> String {
    format!("* ESEARCH (TAG \"$TAG\") UID ALL {uids}\r\n$TAG OK\r\n")
}

/// A profile whose inbox knows messages 1 to 30 up to modification sequence 40.
struct Thirty {
    context: Context,
    login: Login,
    /// Goes with the profile.
    #[expect(dead_code, reason = "kept for its drop")]
    dir: TempDir,
}

impl Thirty {
    async fn new() -> Self {
        Self::with(30).await
    }

    /// As many as this instead of thirty.
    async fn with(count: u32) -> Self {
        let user =
            LabUser { email: "ann@example.test".to_owned(), user: "ann".to_owned(), password: "secret".to_owned() };
        let first = server(
            CAPABILITIES,
            &[
                LIST,
                ENABLE,
                ("select", &select(count, count + 1, 40, "")),
                ("search", &found(&format!("1:{count}"))),
                ("header", &headers(1..=count)),
            ],
        );
        let (context, login, dir) = profile(first.address(), &user, Trust::platform()).await;
        Engine::new(context.clone(), login.clone()).sync(&HEADERS).await.unwrap();
        let this = Self { context, login, dir };
        assert_eq!(this.cursor().await, cursor(count + 1, 40));
        this
    }

    /// The same profile on another server.
    fn on(&self, server: &ScriptedServer) -> Engine {
        Engine::new(self.context.clone(), moved(&self.login, server.address()))
    }

    async fn inbox(&self) -> SyncFolder {
        inbox(&self.context.store).await
    }

    async fn cursor(&self) -> FolderCursor {
        self.inbox().await.cursor
    }

    async fn uids(&self) -> String {
        let uids = self.context.store.uids_held(self.inbox().await.id).await.unwrap();
        uids.into_iter().collect::<UidSet>().to_string()
    }

    async fn flags(&self, uid: u32) -> Flags {
        self.context.store.server_flags(self.inbox().await.id).await.unwrap()[&Uid(uid)]
    }
}

async fn inbox(store: &Store) -> SyncFolder {
    let account = store.accounts().await.unwrap()[0].id;
    store.sync_folders(account).await.unwrap().remove(0)
}

fn cursor(top: u32, modseq: u64) -> FolderCursor {
    FolderCursor { uid_validity: Some(UidValidity(7)), top, bottom: 1, modseq: ModSeq(modseq) }
}

fn sent(server: &ScriptedServer, text: &str) -> usize {
    server.received().iter().filter(|line| line.contains(text)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_is_taken_from_select_itself() {
    let desk = Thirty::new().await;
    let told = "* VANISHED (EARLIER) 2:3,500:900\r\n* 5 FETCH (UID 7 FLAGS (\\Seen) MODSEQ (44))\r\n";
    let now = server(
        CAPABILITIES,
        &[
            LIST,
            ENABLE,
            ("select", &select(29, 32, 50, told)),
            ("search", &found("1,4:31")),
            ("header", &headers(31..=31)),
        ],
    );
    desk.on(&now).sync(&HEADERS).await.unwrap();
    assert_eq!(desk.uids().await, "1,4:31");
    assert_eq!((desk.flags(7).await, desk.flags(8).await), (Flags::SEEN, Flags::empty()));
    assert_eq!(desk.cursor().await, cursor(32, 50));
    assert_eq!(sent(&now, "(QRESYNC (7 40 1:30))"), 1, "{:?}", now.received());
    assert_eq!(sent(&now, "CHANGEDSINCE") + sent(&now, "UID FETCH 1:"), 0);
}

/// The pass is cut before the new headers are in: what SELECT told is asked for again.
#[tokio::test(flavor = "multi_thread")]
async fn how_far_a_folder_is_known_is_stored_when_all_of_the_pass_is_in() {
    let desk = Thirty::new().await;
    let told = "* VANISHED (EARLIER) 2\r\n* 5 FETCH (UID 7 FLAGS (\\Seen) MODSEQ (44))\r\n";
    let cut = server(
        CAPABILITIES,
        &[
            LIST,
            ENABLE,
            ("select", &select(30, 32, 50, told)),
            ("search", &found("1,3:31")),
            ("header", "* BYE out\r\n"),
        ],
    );
    let report = desk.on(&cut).sync(&HEADERS).await.unwrap();
    assert!(report.folders[0].error.is_some());
    assert_eq!(desk.cursor().await, cursor(31, 40));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_vanished_lies_about_is_not_believed() {
    let desk = Thirty::new().await;
    for lie in ["1:30", "4", "1:4294967295"] {
        let liar = server(
            CAPABILITIES,
            &[
                LIST,
                ENABLE,
                ("select", &select(30, 31, 50, &format!("* VANISHED (EARLIER) {lie}\r\n"))),
                ("search", &found("1:30")),
                ("fetch", "$TAG OK\r\n"),
            ],
        );
        let report = desk.on(&liar).sync(&HEADERS).await.unwrap();
        assert_eq!((report.folders[0].removed, desk.uids().await.as_str()), (0, "1:30"), "{lie}");
    }
    // It says nothing of what went, too: the list of UIDs does.
    let silent = server(
        CAPABILITIES,
        &[LIST, ENABLE, ("select", &select(29, 31, 60, "")), ("search", &found("1:3,5:30")), ("fetch", "$TAG OK\r\n")],
    );
    desk.on(&silent).sync(&HEADERS).await.unwrap();
    assert_eq!(desk.uids().await, "1:3,5:30");
}

/// A list that lacks more than half is asked for once more, on a fresh SELECT; and if the server stays with it, the user is.
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_would_lose_over_half_is_looked_at_twice() {
    let desk = Thirty::new().await;
    for (exists, asked) in [(30, false), (1, true)] {
        let odd = server(
            CAPABILITIES,
            &[
                LIST,
                ENABLE,
                ("select", &select(exists, 31, 50, "* VANISHED (EARLIER) 1:29\r\n")),
                ("search", &found("30")),
                ("fetch", "$TAG OK\r\n"),
            ],
        );
        desk.on(&odd).sync(&HEADERS).await.unwrap();
        assert_eq!(desk.uids().await, "1:30", "{exists}");
        let questions = desk.context.store.folders_shrunk().await.unwrap();
        assert_eq!(
            questions.iter().map(|folder| folder.gone).collect::<Vec<_>>(),
            if asked { vec![29] } else { vec![] }
        );
        assert_eq!(sent(&odd, "SELECT"), 2);
    }
}

/// A restored backup: what was learnt under higher values is compared message by message.
#[tokio::test(flavor = "multi_thread")]
async fn a_modification_sequence_that_went_back_is_no_reason_to_see_nothing() {
    let desk = Thirty::new().await;
    let flags = (1..=30)
        .map(|uid| format!("* {uid} FETCH (UID {uid} FLAGS (\\Flagged) MODSEQ (9))\r\n"))
        .collect::<Vec<_>>()
        .concat();
    let back = server(
        CAPABILITIES,
        &[
            LIST,
            ENABLE,
            ("select", &select(30, 31, 12, "")),
            ("search", &found("1:30")),
            ("fetch", &format!("{flags}$TAG OK\r\n")),
        ],
    );
    let report = desk.on(&back).sync(&HEADERS).await.unwrap();
    assert_eq!(report.folders[0].flags_changed, 30);
    assert_eq!(desk.cursor().await, cursor(31, 12));
    assert_eq!(sent(&back, "UID FETCH 1:30 (UID FLAGS MODSEQ)"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_only_pretends_to_tell_is_asked_in_the_older_way() {
    let desk = Thirty::new().await;
    let mute = server(
        CAPABILITIES,
        &[
            LIST,
            ENABLE,
            ("select", &select(30, 31, 50, "")),
            ("search", &found("1:30")),
            ("changedsince 40", "* 9 FETCH (UID 9 FLAGS (\\Seen) MODSEQ (45))\r\n$TAG OK\r\n"),
        ],
    );
    desk.on(&mute).sync(&HEADERS).await.unwrap();
    assert_eq!((desk.flags(9).await, desk.cursor().await), (Flags::SEEN, cursor(31, 50)));
}

/// The first sync is cut after its first headers; the next one asks for what changed since the very first SELECT.
#[tokio::test(flavor = "multi_thread")]
async fn a_first_sync_that_is_cut_keeps_the_first_modification_sequence() {
    let user = LabUser { email: "ann@example.test".to_owned(), user: "ann".to_owned(), password: "secret".to_owned() };
    let cut = server(
        CAPABILITIES,
        &[
            LIST,
            ENABLE,
            ("select", &select(150, 151, 40, "")),
            ("fetch 51:150", &headers(51..=150)),
            ("search", "* BYE out\r\n"),
        ],
    );
    let (context, login, dir) = profile(cut.address(), &user, Trust::platform()).await;
    Engine::new(context.clone(), login.clone()).sync(&HEADERS).await.unwrap();
    let desk = Thirty { context, login, dir };
    assert_eq!(desk.uids().await, "51:150", "the newest came first");
    assert_eq!(desk.cursor().await, FolderCursor { bottom: 0, top: 0, ..cursor(0, 40) });
    let rest = server(
        CAPABILITIES,
        &[
            LIST,
            ENABLE,
            ("select", &select(150, 151, 50, "")),
            ("search", &found("1:150")),
            ("header", &headers(1..=50)),
            ("changedsince 40", "* 9 FETCH (UID 90 FLAGS (\\Seen) MODSEQ (45))\r\n$TAG OK\r\n"),
        ],
    );
    desk.on(&rest).sync(&HEADERS).await.unwrap();
    assert_eq!((desk.uids().await.as_str(), desk.flags(90).await), ("1:150", Flags::SEEN));
    assert_eq!(desk.cursor().await, cursor(151, 50));
}

/// A first screen does not wait for a list of all messages: this server never gives one.
#[tokio::test(flavor = "multi_thread")]
async fn the_newest_rows_are_there_before_anything_is_known_of_the_others() {
    let user = LabUser { email: "ann@example.test".to_owned(), user: "ann".to_owned(), password: "secret".to_owned() };
    let slow = server(
        CAPABILITIES,
        &[LIST, ENABLE, ("select", &select(9000, 9001, 40, "")), ("fetch 8901:9000", &headers(8901..=9000))],
    );
    let (context, login, _dir) = profile(slow.address(), &user, Trust::platform()).await;
    let mut events = context.events.subscribe();
    let tasks = TaskTracker::new();
    let handle = Engine::new(context.clone(), login).watch(&tasks);
    until(&mut events, "the newest", async || {
        let account = context.store.accounts().await.unwrap()[0].id;
        match context.store.sync_folders(account).await.unwrap().first() {
            Some(inbox) => context.store.server_count(inbox.id).await.unwrap() == 100,
            None => false,
        }
    })
    .await;
    drop(handle);
    tasks.close();
    tasks.wait().await;
}

/// More than half is gone at a push: the folder is opened and listed again, and has everything.
#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_takes_over_half_is_not_believed_alone() {
    let desk = Thirty::new().await;
    let liar = server(
        CAPABILITIES,
        &[
            LIST,
            ENABLE,
            ("select", &select(30, 31, 40, "")),
            ("search", &found("1:30")),
            ("fetch", "$TAG OK\r\n"),
            // It ends IDLE by itself, so that the script needs no tag of an earlier line.
            ("idle", "+ idling\r\n* VANISHED 1:29\r\n$TAG OK\r\n"),
        ],
    );
    let tasks = TaskTracker::new();
    let handle = desk.on(&liar).watch(&tasks);
    let second = async {
        while sent(&liar, "SELECT") < 3 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(std::time::Duration::from_mins(1), second).await.is_ok(), "{:?}", liar.received());
    assert_eq!(desk.uids().await, "1:30");
    drop(handle);
    tasks.close();
    tasks.wait().await;
}

/// All of a folder so small that nobody asks the user: even then the folder itself is the proof.
#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_names_all_of_five_is_not_believed_alone() {
    let desk = Thirty::with(5).await;
    let liar = server(
        CAPABILITIES,
        &[
            LIST,
            ENABLE,
            ("select", &select(5, 6, 40, "")),
            ("search", &found("1:5")),
            ("fetch", "$TAG OK\r\n"),
            ("idle", "+ idling\r\n* VANISHED 1:5\r\n$TAG OK\r\n"),
        ],
    );
    let before = desk.context.store.list_page(desk.inbox().await.id, 10, None).await.unwrap().messages;
    let (tasks, mut events) = (TaskTracker::new(), desk.context.events.subscribe());
    let handle = desk.on(&liar).watch(&tasks);
    let looked = async {
        // One for the round, one to idle on at most, one after each of the pushes.
        while sent(&liar, "IDLE") < 2 || sent(&liar, "SELECT") < 3 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(std::time::Duration::from_mins(1), looked).await.is_ok(), "{:?}", liar.received());
    drop(handle);
    tasks.close();
    tasks.wait().await;
    let after = desk.context.store.list_page(desk.inbox().await.id, 10, None).await.unwrap().messages;
    assert_eq!(after, before, "the same rows, none made anew");

    // Where they are gone from the folder as well, they go, without a question.
    let honest = server(
        CAPABILITIES,
        &[
            LIST,
            ENABLE,
            ("select", &select(0, 6, 41, "")),
            ("search", "* ESEARCH (TAG \"$TAG\") UID\r\n$TAG OK\r\n"),
            ("fetch", "$TAG OK\r\n"),
            ("idle", "+ idling\r\n"),
        ],
    );
    let tasks = TaskTracker::new();
    let handle = desk.on(&honest).watch(&tasks);
    until(&mut events, "they go", async || desk.uids().await.is_empty()).await;
    drop(handle);
    tasks.close();
    tasks.wait().await;
}
