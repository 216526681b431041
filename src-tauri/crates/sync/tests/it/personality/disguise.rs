//! What is owed to a quirk that we know: each server once as it is, and once in disguise.

use postroom_imap::{IdleOutcome, Provider, STALL};
use postroom_sync::{FolderLedger, VerifyRequest, Wish};
use postroom_types::{AccountState, Flags};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::table::{Odd, Personality};
use super::{Play, personality};
use crate::desk::until;
use crate::rig::ALL;

/// The errors of a first pass, by folder.
async fn errors(play: &Play) -> Vec<String> {
    match play.open.engine.sync(&ALL).await {
        Ok(report) => report.folders.into_iter().filter_map(|folder| folder.error).map(|fault| fault.message).collect(),
        Err(error) => vec![error.to_string()],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn netease_lets_nobody_in_who_does_not_say_who_he_is() {
    for name in ["NetEase", "Coremail"] {
        let disguised = Play::start(&personality(name).disguised()).await;
        let errors = errors(&disguised).await;
        let folders = personality(name).folders.len();
        assert_eq!(errors.iter().filter(|error| error.contains("Unsafe Login")).count(), folders, "{name}: {errors:?}");
        let known = Play::start(personality(name)).await;
        known.open.sync(name).await;
        let commands = known.server.commands();
        let at = |begin: &str| commands.iter().position(|command| command.starts_with(begin)).unwrap();
        assert!(at("ID (") < at("SELECT"), "{name}: {commands:#?}");
        assert!(!known.server.refused().iter().any(|line| line.contains("Unsafe Login")), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_tencent_refuses_is_not_asked() {
    let starred = async |play: &Play| {
        play.open.sync("Exmail").await;
        play.at_home().await;
        play.open.sync("Exmail").await;
        let mailbox = play.server.mailbox();
        let work = play.personality.folders[1].0;
        let moved = mailbox.find(work, "<6@example.test>").unwrap();
        mailbox.mail(work, moved).unwrap().flags.contains("\\Flagged")
    };
    assert!(!starred(&Play::start(&personality("Exmail").disguised()).await).await, "moved, and not found again");
    assert!(starred(&Play::start(personality("Exmail")).await).await);
}

/// Where SEARCH finds every message the one that was looked for is told by its header, whoever the server is.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_search_finds_is_looked_at() {
    let play = Play::start(&personality("QQ").disguised()).await;
    let mut session = play.login().await;
    session.select("INBOX").await.unwrap();
    let found = session.find_message_id("<5@example.test>").await.unwrap();
    let expected = play.server.mailbox().find("INBOX", "<5@example.test>").unwrap();
    assert_eq!(found.to_string(), expected.to_string());
    assert!(session.find_message_id("<555@example.test>").await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn zoho_is_not_asked_what_changed_since() {
    let clean = async |play: &Play| {
        play.open.sync("Zoho").await;
        play.elsewhere();
        play.open.sync("Zoho").await;
        let ledgers = play.open.engine.verify(&VerifyRequest::default()).await.unwrap();
        ledgers.iter().all(FolderLedger::is_clean)
    };
    assert!(!clean(&Play::start(&personality("Zoho").disguised()).await).await, "flags are missed");
    assert!(clean(&Play::start(personality("Zoho")).await).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn yahoo_gets_short_lines_and_narrow_ranges() {
    let disguised = Play::start(&personality("Yahoo").disguised()).await;
    let told = errors(&disguised).await;
    let refused = disguised.server.refused();
    assert!(!told.is_empty() && refused.iter().any(|line| line.contains("line too long")), "{told:?} {refused:?}");
    let known = Play::start(personality("Yahoo")).await;
    known.open.sync("Yahoo").await;
    assert_eq!(known.server.refused(), [""; 0]);
}

/// No shape of it is on record; this is one that cannot be read. Should it once answer ENABLE with ENABLED, its VANISHED is malformed all the same.
#[tokio::test(flavor = "multi_thread")]
async fn icloud_is_never_asked_by_qresync() {
    let honest_enable = Personality { odd: &[Odd::BrokenVanished], ..*personality("iCloud") };
    let second_pass = async |play: &Play| {
        errors(play).await;
        play.elsewhere();
        errors(play).await
    };
    // X-SUN-IMAP gives it away, too.
    let after = "IMAP4rev1 CONDSTORE ENABLE QRESYNC UIDPLUS ESEARCH LIST-STATUS";
    let disguised = Play::start(&Personality { after, ..honest_enable.disguised() }).await;
    assert_ne!(second_pass(&disguised).await, [""; 0]);
    let known = Play::start(&honest_enable).await;
    assert_eq!(second_pass(&known).await, [""; 0]);
    assert!(!known.server.commands().iter().any(|command| command.contains("QRESYNC")));
}

#[tokio::test(flavor = "multi_thread")]
async fn exchange_is_logged_into_anew() {
    let disguised = Play::start(&personality("Exchange").disguised()).await;
    let told = errors(&disguised).await;
    assert!(told.iter().any(|error| error.contains("authenticated but not connected")), "{told:?}");
    let known = Play::start(personality("Exchange")).await;
    assert_eq!(errors(&known).await, [""; 0]);
}

/// The session that writes sees what others did once it opens the folder anew, and no further one is opened for speed.
#[tokio::test(flavor = "multi_thread")]
async fn tencents_stale_sessions_are_opened_anew_and_few() {
    let many = Personality { messages: 300, ..*personality("Exmail") };
    for (personality, connections) in [(many, 1), (many.disguised(), 2)] {
        let play = Play::start(&personality).await;
        play.open.sync("Exmail").await;
        assert_eq!(play.server.most_logged_in(), connections);
    }
    let play = Play::start(personality("Exmail")).await;
    let (tasks, mut events) = (TaskTracker::new(), play.events.subscribe());
    let handle = play.open.engine.clone().watch(&tasks);
    let shows = async |text: &str, flag: Flags| {
        play.open.rows().await.iter().any(|(at, row)| at == "INBOX" && row.subject == text && row.flags.contains(flag))
    };
    until(&mut events, "the first pass", async || {
        handle.state() == AccountState::Online && shows("Mail 002", Flags::SEEN).await
    })
    .await;
    play.elsewhere();
    handle.wish(Wish::Sync);
    until(&mut events, "a flag that another session set", async || shows("Mail 003", Flags::SEEN).await).await;
    drop(handle);
    tasks.close();
    tasks.wait().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn coremail_is_polled_although_it_lists_idle() {
    let stop = CancellationToken::new();
    stop.cancel();
    for (personality, idles) in [(*personality("Coremail"), false), (personality("Coremail").disguised(), true)] {
        let play = Play::start(&personality).await;
        let mut session = play.login().await;
        assert_eq!(session.idle(&stop, STALL).await.unwrap(), IdleOutcome::Stopped);
        assert_eq!(play.server.commands().iter().any(|command| command == "IDLE"), idles);
    }
}

/// By its greeting and capabilities, or only by what it answers to ID.
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_is_recognised() {
    let provider = async |personality: Personality| {
        let play = Play::start(&personality).await;
        let mut session = play.login().await;
        session.list().await.unwrap();
        session.provider()
    };
    for (name, expected) in [("NetEase", Provider::NetEase), ("Exmail", Provider::Tencent), ("Gmail", Provider::Gmail)]
    {
        assert_eq!(provider(*personality(name)).await, Some(expected));
        assert_eq!(provider(personality(name).disguised()).await, None);
    }
    assert_eq!(provider(*personality("Proton Bridge")).await, Some(Provider::Proton));
    let by_id = Personality { id: personality("Gmail").id, ..personality("Gmail").disguised() };
    assert_eq!(provider(by_id).await, Some(Provider::Gmail));
}
