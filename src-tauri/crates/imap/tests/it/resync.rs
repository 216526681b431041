//! What changed since, and what is told unasked: QRESYNC, pushes, NOTIFY, and commands that go out together.

use std::time::Duration;

use postroom_imap::{HeaderItem, IdleOutcome, ImapError, Known, Look, UidSet};
use postroom_types::{Flags, ModSeq, Uid, UidValidity};
use tokio_util::sync::CancellationToken;

use crate::script::{Peer, session};

const QRESYNC: &str = "ENABLE QRESYNC ESEARCH";
const KNOWN: Known = Known { uid_validity: UidValidity(7), modseq: ModSeq(40), last: Uid(9) };

/// ENABLE, which says that QRESYNC is on.
async fn enabled(peer: &mut Peer) {
    peer.answer("ENABLE CONDSTORE QRESYNC", "* ENABLED QRESYNC\r\n{t} OK\r\n").await;
}

/// A SELECT with the search behind it, both sent before anything is answered.
async fn opened(peer: &mut Peer, select: &str, answer: &str, search: &str) {
    let first = peer.line().await;
    assert!(first.ends_with(select), "{first}");
    let second = peer.line().await;
    assert!(second.ends_with("UID SEARCH RETURN (ALL) ALL"), "{second}");
    let tag = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
    peer.say(answer.replace("{t}", &tag(&first))).await;
    peer.say(search.replace("{t}", &tag(&second))).await;
}

fn told(look: &Look) -> (Vec<(u32, Flags)>, String) {
    let since = look.since.as_ref().unwrap();
    (since.flags.iter().map(|update| (update.uid.0, update.flags)).collect(), since.vanished.to_string())
}

#[tokio::test]
async fn a_folder_is_opened_compared_and_listed_in_one_turn() {
    let (mut session, _script) = session(QRESYNC, async |mut peer: Peer| {
        enabled(&mut peer).await;
        // What comes before CLOSED is about the folder that was open.
        opened(
            &mut peer,
            "SELECT \"INBOX\" (QRESYNC (7 40 1:9))",
            "* VANISHED 5\r\n* 3 FETCH (UID 4 FLAGS (\\Deleted))\r\n* OK [CLOSED] x\r\n* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n\
             * OK [UIDNEXT 12] x\r\n* OK [HIGHESTMODSEQ 50] x\r\n* VANISHED (EARLIER) 1:2,8\r\n\
             * 1 FETCH (UID 3 FLAGS (\\Seen) MODSEQ (44))\r\n{t} OK [READ-WRITE] x\r\n",
            "* ESEARCH (TAG \"{t}\") UID ALL 3:4,11\r\n* 4 EXISTS\r\n{t} OK\r\n",
        )
        .await;
        peer
    })
    .await;
    let look = session.look("INBOX", Some(KNOWN)).await.unwrap();
    assert_eq!(told(&look), (vec![(3, Flags::SEEN)], "1:2,8".to_owned()));
    assert_eq!(look.uids.unwrap().to_string(), "3:4,11");
    assert_eq!((look.selected.exists, look.selected.highest_modseq), (3, Some(ModSeq(50))));
    assert_eq!((session.selected(), session.selection()), (Some("INBOX"), 1));
    // What came behind the SELECT is news of the folder that is open now.
    let changes = session.take_changes();
    assert_eq!((changes.exists, changes.vanished.is_empty(), changes.flags.len()), (Some(4), true, 0));
}

#[tokio::test]
async fn a_renumbered_folder_says_nothing_about_what_was_known() {
    let (mut session, _script) = session(QRESYNC, async |mut peer: Peer| {
        enabled(&mut peer).await;
        opened(
            &mut peer,
            "(QRESYNC (7 40 1:9))",
            "* 1 EXISTS\r\n* OK [UIDVALIDITY 8] x\r\n* OK [HIGHESTMODSEQ 50] x\r\n* VANISHED (EARLIER) 1:9\r\n{t} OK\r\n",
            "* ESEARCH (TAG \"{t}\") UID ALL 1\r\n{t} OK\r\n",
        )
        .await;
        peer
    })
    .await;
    let look = session.look("INBOX", Some(KNOWN)).await.unwrap();
    assert_eq!((look.since, look.selected.uid_validity), (None, Some(UidValidity(8))));
}

/// iCloud offers it, takes ENABLE, and never says that it is on (MailKit#1871).
#[tokio::test]
async fn qresync_that_was_not_enabled_is_not_used() {
    let (mut session, _script) = session(QRESYNC, async |mut peer: Peer| {
        peer.answer("ENABLE CONDSTORE QRESYNC", "{t} OK\r\n").await;
        opened(
            &mut peer,
            "SELECT \"a\" (CONDSTORE)",
            "* 0 EXISTS\r\n{t} OK\r\n",
            "* ESEARCH (TAG \"{t}\") UID\r\n{t} OK\r\n",
        )
        .await;
        peer
    })
    .await;
    let look = session.look("a", Some(KNOWN)).await.unwrap();
    assert_eq!((look.since, look.uids), (None, Some(UidSet::new())));
}

#[tokio::test]
async fn a_server_that_does_not_like_the_question_is_asked_without_it_from_then_on() {
    let (mut session, _script) = session(QRESYNC, async |mut peer: Peer| {
        enabled(&mut peer).await;
        opened(&mut peer, "(QRESYNC (7 40 1:9))", "{t} BAD what\r\n", "{t} BAD no folder\r\n").await;
        for _ in 0..2 {
            opened(&mut peer, "(CONDSTORE)", "* 2 EXISTS\r\n{t} OK\r\n", "* SEARCH 4 2\r\n{t} OK\r\n").await;
        }
        peer
    })
    .await;
    for _ in 0..2 {
        assert_eq!(session.look("a", Some(KNOWN)).await.unwrap().uids.unwrap().to_string(), "2,4");
    }
}

#[tokio::test]
async fn a_refused_folder_is_refused_once_and_the_search_behind_it_counts_for_nothing() {
    let (mut session, _script) = session(QRESYNC, async |mut peer: Peer| {
        enabled(&mut peer).await;
        let found = "* ESEARCH (TAG \"{t}\") UID ALL 1:99\r\n{t} OK\r\n";
        opened(&mut peer, "(QRESYNC (7 40 1:9))", "{t} NO [NOPERM] not yours\r\n", found).await;
        peer.answer("NOOP", "{t} OK\r\n").await;
        peer
    })
    .await;
    let error = session.look("a", Some(KNOWN)).await.unwrap_err();
    assert!(matches!(error, ImapError::Refused { .. }), "{error}");
    assert_eq!(session.selected(), None);
    session.noop().await.unwrap();
}

#[tokio::test]
async fn a_change_of_nobody_knows_which_message_makes_what_was_told_useless() {
    let (mut session, _script) = session(QRESYNC, async |mut peer: Peer| {
        enabled(&mut peer).await;
        opened(
            &mut peer,
            "(QRESYNC (7 40 1:9))",
            "* OK [UIDVALIDITY 7] x\r\n* OK [HIGHESTMODSEQ 50] x\r\n* 1 FETCH (FLAGS (\\Seen) MODSEQ (44))\r\n{t} OK\r\n",
            "{t} NO [UNAVAILABLE] later\r\n",
        )
        .await;
        peer
    })
    .await;
    let look = session.look("a", Some(KNOWN)).await.unwrap();
    assert_eq!((look.since, look.uids), (None, None));
}

fn header(uid: u32, text: &str) -> String {
    format!("* {uid} FETCH (UID {uid} FLAGS () RFC822.SIZE 9 BODY[HEADER] {{{}}}\r\n{text})\r\n", text.len())
}

fn uids(headers: &[HeaderItem]) -> Vec<u32> {
    headers.iter().map(|header| header.uid.0).collect()
}

#[tokio::test]
async fn the_newest_are_asked_for_by_place_and_known_by_uid() {
    let (mut session, _script) = session("", async |mut peer: Peer| {
        let answer = [header(41, "A: b\r\n\r\n"), header(77, ""), header(77, "twice"), header(60, "")].concat();
        peer.answer("FETCH 901:1000 (UID FLAGS", &format!("{answer}* 1000 FETCH (FLAGS ())\r\n{{t}} OK\r\n")).await;
        peer.answer("FETCH 1:3 (UID FLAGS", "{t} NO later\r\n").await;
        peer
    })
    .await;
    let mut headers: Vec<HeaderItem> = Vec::new();
    session.fetch_newest_headers(1000, 100, &mut headers).await.unwrap();
    assert_eq!(uids(&headers), [41, 77, 60]);
    assert!(session.take_changes().dirty, "one that nobody can place");
    assert!(!session.fetch_newest_headers(3, 100, &mut headers).await.unwrap_err().is_fatal());
    session.fetch_newest_headers(0, 100, &mut headers).await.unwrap();
}

#[tokio::test]
async fn new_mail_is_asked_for_up_to_a_number_and_what_is_below_is_not_taken() {
    let (mut session, _script) = session("CONDSTORE", async |mut peer: Peer| {
        let answer = [header(3, "old"), header(12, "a"), header(15, "b")].concat();
        let expected = "UID FETCH 12:4294967295 (UID FLAGS MODSEQ INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER])";
        peer.answer(expected, &format!("{answer}* 16 EXISTS\r\n{{t}} OK\r\n")).await;
        peer
    })
    .await;
    let mut headers: Vec<HeaderItem> = Vec::new();
    session.fetch_headers_from(Uid(12), 2, &mut headers).await.unwrap();
    assert_eq!(uids(&headers), [12, 15]);
    assert_eq!(session.take_changes().exists, Some(16));
}

#[tokio::test]
async fn a_sink_that_has_enough_of_a_span_leaves_the_session_usable() {
    let (mut session, _script) = session("", async |mut peer: Peer| {
        let answer = (1..=9).map(|uid| header(uid, "x")).collect::<String>();
        peer.answer("UID FETCH 1:4294967295", &format!("{answer}{{t}} OK\r\n")).await;
        peer.answer("NOOP", "{t} OK\r\n").await;
        peer
    })
    .await;
    let (mut sender, receiver) = tokio::sync::mpsc::channel::<HeaderItem>(1);
    drop(receiver);
    session.fetch_headers_from(Uid(1), 9, &mut sender).await.unwrap();
    session.noop().await.unwrap();
}

/// Asked for before the LIST, told while another folder is opened, and kept.
#[tokio::test]
async fn other_folders_are_told_of_and_stay_told_when_another_is_opened() {
    let (mut session, _script) = session("NOTIFY IDLE", async |mut peer: Peer| {
        peer.answer("NOTIFY SET (selected (MessageNew MessageExpunge FlagChange)) (personal (", "{t} OK\r\n").await;
        peer.answer("LIST \"\" \"*\"", "* LIST () \"/\" INBOX\r\n* LIST () \"/\" Work\r\n{t} OK\r\n").await;
        peer.answer("SELECT", "* 1 EXISTS\r\n* STATUS Work (MESSAGES 3 UIDNEXT 9)\r\n{t} OK\r\n").await;
        peer.answer("IDLE", "+ idling\r\n* 2 EXISTS\r\n").await;
        assert_eq!(peer.line().await, "DONE");
        peer.say("* STATUS Work (MESSAGES 4 UIDNEXT 10)\r\n* LIST () \"/\" New\r\nA0005 OK [HIGHESTMODSEQ 60] x\r\n")
            .await;
        peer.answer("SELECT", "* 7 EXISTS\r\n{t} OK\r\n").await;
        peer.answer("NOOP", "* OK [NOTIFICATIONOVERFLOW] too much\r\n{t} OK\r\n").await;
        peer.answer("NOTIFY SET", "{t} OK\r\n").await;
        peer.answer("NOOP", "{t} OK\r\n").await;
        peer
    })
    .await;
    session.notify().await.unwrap();
    assert_eq!(session.list().await.unwrap().folders.len(), 2);
    assert!(session.is_notifying() && session.take_changes().is_empty(), "the list is no news");
    session.select("INBOX").await.unwrap();
    let outcome = session.idle(&CancellationToken::new(), Duration::from_mins(1)).await.unwrap();
    assert_eq!(outcome, IdleOutcome::Changed, "it was told before");
    assert_eq!(session.take_changes().folders.len(), 1);
    let outcome = session.idle(&CancellationToken::new(), Duration::from_mins(1)).await.unwrap();
    assert_eq!(outcome, IdleOutcome::Changed);
    session.select("Elsewhere").await.unwrap();
    let changes = session.take_changes();
    assert_eq!((changes.exists, changes.highest_modseq, changes.relist), (None, None, true));
    assert_eq!(changes.folders.get("Work").map(|status| status.messages), Some(Some(4)));
    session.notify().await.unwrap();
    session.noop().await.unwrap();
    assert!(session.take_changes().relist && !session.is_notifying(), "it gave up telling");
    session.notify().await.unwrap();
    session.noop().await.unwrap();
    assert!(session.is_notifying());
}

#[tokio::test]
async fn a_server_that_will_not_tell_is_done_without() {
    let (mut session, _script) = session("NOTIFY", async |mut peer: Peer| {
        peer.answer("NOTIFY SET", "{t} NO [BADEVENT (MessageNew)] not so\r\n").await;
        peer.answer("NOOP", "{t} OK\r\n").await;
        peer
    })
    .await;
    session.notify().await.unwrap();
    session.noop().await.unwrap();
    assert!(!session.is_notifying() && session.is_usable());
}

#[tokio::test]
async fn what_is_pushed_says_how_far_flags_are_known() {
    let (mut session, _script) = session(QRESYNC, async |mut peer: Peer| {
        enabled(&mut peer).await;
        peer.answer("NOOP", "{t} OK\r\n").await;
        peer.answer(
            "NOOP",
            "* VANISHED 3:5\r\n* 1 FETCH (UID 9 FLAGS (\\Flagged) MODSEQ (51))\r\n{t} OK [HIGHESTMODSEQ 52] x\r\n",
        )
        .await;
        peer
    })
    .await;
    session.noop().await.unwrap();
    assert!(session.take_changes().is_empty());
    session.noop().await.unwrap();
    let changes = session.take_changes();
    assert!(changes.of_selected() && !changes.dirty);
    assert_eq!((changes.vanished.to_string().as_str(), changes.flags[0].modseq), ("3:5", Some(ModSeq(51))));
    assert_eq!(changes.highest_modseq, Some(ModSeq(52)));
}
