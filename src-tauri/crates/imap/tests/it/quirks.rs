//! What odd but honest servers say, one transcript a quirk.

use std::time::Duration;

use postroom_imap::{BodyItem, HeaderItem, IdleOutcome, ImapError, LargeEnd, Namespace, RefusalCode, UidSet};
use postroom_types::{FlagChange, Flags, FolderRole, ModSeq, Uid, UidValidity};
use tokio_util::sync::CancellationToken;

use crate::script::{Peer, new, session};

fn set(low: u32, high: u32) -> UidSet {
    UidSet::range(Uid(low), Uid(high))
}

#[tokio::test]
async fn folders_with_odd_names_harm_nobody() {
    let (mut session, _script) = session("LIST-EXTENDED LIST-STATUS SPECIAL-USE CONDSTORE", async |mut peer: Peer| {
        let expected = "LIST \"\" \"*\" RETURN (SPECIAL-USE STATUS (MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ))";
        let answer = "* LIST (\\HasNoChildren) \"/\" INBOX\r\n* STATUS INBOX (MESSAGES 2 UIDNEXT 9 UIDVALIDITY 7 UNSEEN 1 HIGHESTMODSEQ 44)\r\n\
                      * LIST (\\Sent) \"/\" \"&XfJT0ZAB-\"\r\n* LIST () \"/\" \"../x\"\r\n* LIST () \"/\" \"a\0b\"\r\n\
                      * LIST () \"/\" \"&bad\"\r\n* LIST () \"/\" {5}\r\na\"b c\r\n* STATUS \"a\0b\" (MESSAGES 1)\r\n{t} OK done\r\n";
        peer.answer(expected, answer).await;
        peer
    })
    .await;
    let list = session.list().await.unwrap();
    let paths: Vec<_> = list.folders.iter().map(|folder| folder.path.as_str()).collect();
    assert_eq!(paths, ["INBOX", "已发送", "../x", "&bad", "a\"b c"]);
    assert_eq!(list.rejected.len(), 1);
    assert_eq!(list.folders[0].status.unwrap().highest_modseq, Some(ModSeq(44)));
    assert_eq!(list.folders[1].role, FolderRole::Sent);
}

#[tokio::test]
async fn a_refused_extended_list_is_asked_plainly() {
    let (mut session, _script) = session("LIST-STATUS SPECIAL-USE", async |mut peer: Peer| {
        peer.answer("RETURN", "{t} BAD what is RETURN\r\n").await;
        peer.answer("LIST \"\" \"*\"", "* LIST () \".\" Sent\r\n{t} OK\r\n").await;
        peer
    })
    .await;
    assert_eq!(session.list().await.unwrap().folders[0].role, FolderRole::Sent);
}

#[tokio::test]
async fn a_namespace_is_asked_for_only_where_it_is_offered_and_a_refusal_is_no_failure() {
    let (mut without, _script) = session("", async |peer: Peer| peer).await;
    assert_eq!(without.namespace().await.unwrap(), None, "nothing is sent");
    let (mut with, _script) = session("NAMESPACE", async |mut peer: Peer| {
        peer.answer("NAMESPACE", "* NAMESPACE ((\"INBOX.\" \".\")) NIL NIL\r\n{t} OK\r\n").await;
        peer.answer("NAMESPACE", "{t} BAD User is authenticated but not connected\r\n").await;
        peer.answer("NAMESPACE", "* NAMESPACE ((\"a\tb\" \".\")) NIL NIL\r\n{t} OK\r\n").await;
        peer.answer("NOOP", "{t} OK\r\n").await;
        peer
    })
    .await;
    let found = with.namespace().await.unwrap();
    assert_eq!(found, Some(Namespace { prefix: "INBOX.".to_owned(), delimiter: Some('.') }));
    assert_eq!(with.namespace().await.unwrap(), None, "refused");
    assert_eq!(with.namespace().await.unwrap(), None, "not to be sent");
    with.noop().await.unwrap();
}

#[tokio::test]
async fn select_says_what_is_known_and_no_more() {
    let (mut session, _script) = session("CONDSTORE", async |mut peer: Peer| {
        peer.answer(
            "SELECT \"INBOX\" (CONDSTORE)",
            "* 99 EXISTS\r\n* OK [UIDVALIDITY 1] old folder\r\n* OK [CLOSED] x\r\n* 3 EXISTS\r\n* OK [UIDVALIDITY 0] x\r\n\
             * OK [NOMODSEQ] x\r\n* FLAGS (\\Seen)\r\n* OK [PERMANENTFLAGS ()] x\r\n* 1 FETCH (UID 1 INTERNALDATE NIL)\r\n{t} OK [READ-ONLY] x\r\n",
        )
        .await;
        peer.answer("SELECT", "{t} NO [NONEXISTENT] gone\r\n").await;
        peer.answer("NOOP", "{t} OK\r\n").await;
        peer
    })
    .await;
    let selected = session.select("INBOX").await.unwrap();
    assert_eq!(
        (selected.exists, selected.uid_validity, selected.uid_next, selected.highest_modseq),
        (3, None, None, None)
    );
    assert!(selected.read_only && selected.permanent_flags.is_some_and(|flags| flags.is_empty()));
    let error = session.select("gone").await.unwrap_err();
    assert!(matches!(error, ImapError::Refused { code: Some(RefusalCode::NonExistent), .. }) && !error.is_fatal());
    session.noop().await.unwrap();
}

#[tokio::test]
async fn uids_come_by_esearch_or_in_windows() {
    let (mut with, _script) = session("ESEARCH", async |mut peer: Peer| {
        peer.answer(
            "UID SEARCH RETURN (ALL) UID 1:4000000000",
            "* ESEARCH (TAG \"{t}\") UID ALL 2:4,4294967295\r\n{t} OK\r\n",
        )
        .await;
        peer
    })
    .await;
    assert_eq!(with.uids(Uid(1), Uid(4_000_000_000)).await.unwrap().to_string(), "2:4");
    let (mut without, _script) = session("", async |mut peer: Peer| {
        peer.answer("UID SEARCH UID 1:50000", "* SEARCH 5 3 4\r\n{t} OK\r\n").await;
        peer.answer("UID SEARCH UID 50001:60000", "* SEARCH\r\n{t} OK\r\n").await;
        peer
    })
    .await;
    assert_eq!(without.uids(Uid(1), Uid(60_000)).await.unwrap().to_string(), "3:5");
}

#[tokio::test]
async fn news_between_the_lines_are_kept_apart() {
    let (mut session, _script) = session("CONDSTORE QRESYNC", async |mut peer: Peer| {
        peer.answer(
            "UID FETCH 5:9 (UID FLAGS) (CHANGEDSINCE 40)",
            "* OK Still here\r\n* 7 EXISTS\r\n* 3 FETCH (UID 6 FLAGS (\\Seen) MODSEQ (41))\r\n* VANISHED 1:2,8\r\n* FROBNICATE 1\r\n\
             * 2 FETCH (UID 2 FLAGS ())\r\n* 2 FETCH (FLAGS ())\r\n* 4 EXPUNGE\r\n{t} OK [HIGHESTMODSEQ 50] x\r\n",
        )
        .await;
        peer
    })
    .await;
    let updates = session.fetch_flags(Uid(5), Uid(9), Some(ModSeq(40))).await.unwrap();
    assert_eq!(
        updates.iter().map(|u| (u.uid.0, u.flags, u.modseq)).collect::<Vec<_>>(),
        [(6, Flags::SEEN, Some(ModSeq(41)))]
    );
    let changes = session.take_changes();
    assert_eq!((changes.exists, changes.expunged, changes.vanished.to_string().as_str()), (Some(7), 1, "1:2,8"));
    assert!(changes.dirty, "a FETCH without UID");
    assert_eq!(changes.flags.len(), 1);
    assert!(session.take_changes().is_empty());
}

#[tokio::test]
async fn a_header_larger_than_a_mebibyte_is_cut() {
    let (mut session, _script) = session("", async |mut peer: Peer| {
        let large = "a".repeat(3 << 20);
        let answer = format!(
            "* 1 FETCH (UID 1 FLAGS () BODY[HEADER] {{{}}}\r\n{large} RFC822.SIZE 9)\r\n\
             * 2 FETCH (UID 2 FLAGS (\\Seen) RFC822.SIZE 5 INTERNALDATE \"01-Jan-2024 00:00:00 +0000\" BODY[HEADER] {{6}}\r\nA: b\r\n)\r\n{{t}} OK\r\n",
            large.len()
        );
        peer.answer("UID FETCH 1:2 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER])", &answer).await;
        let cut = "a".repeat(1 << 20);
        let answer = format!("* 1 FETCH (UID 1 FLAGS () RFC822.SIZE 9 BODY[HEADER]<0> {{1048576}}\r\n{cut})\r\n{{t}} OK\r\n");
        peer.answer("UID FETCH 1 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER]<0.1048576>)", &answer).await;
        peer
    })
    .await;
    let mut headers: Vec<HeaderItem> = Vec::new();
    let done = session.fetch_headers(&set(1, 2), &mut headers).await.unwrap();
    assert!(done.refused.is_empty() && !done.stopped);
    assert_eq!(
        headers.iter().map(|h| (h.uid.0, h.header.len(), h.truncated)).collect::<Vec<_>>(),
        [(2, 6, false), (1, 1 << 20, true)]
    );
    assert_eq!(headers[0].internal_date.map(|date| date.0), Some(1_704_067_200_000));
}

fn summary(items: &[BodyItem]) -> Vec<String> {
    let line = |item: &BodyItem| match item {
        BodyItem::Body { uid, raw } => format!("{}={}", uid.0, String::from_utf8_lossy(raw)),
        BodyItem::Missing { uid } => format!("{} missing", uid.0),
        BodyItem::Gone { uid } => format!("{} gone", uid.0),
        BodyItem::Unfetchable { uid, reason } => format!("{} unfetchable: {reason}", uid.0),
        BodyItem::Large { uid } => format!("{} large", uid.0),
    };
    let mut lines: Vec<String> = items.iter().map(line).collect();
    lines.sort();
    lines
}

#[tokio::test]
async fn a_body_belongs_to_the_uid_that_it_came_with() {
    let (mut session, _script) = session("", async |mut peer: Peer| {
        // Out of order, one twice, one nobody asked for, one without a UID, one without a text, one not at all.
        peer.answer(
            "UID FETCH 1:5 (UID BODY.PEEK[])",
            "* 3 FETCH (BODY[] {1}\r\nc UID 3)\r\n* 1 FETCH (UID 1 BODY[] \"a\")\r\n* 1 FETCH (UID 1 BODY[] \"x\")\r\n* 9 FETCH (UID 9 BODY[] \"y\")\r\n\
             * 2 FETCH (BODY[] \"z\")\r\n* 4 FETCH (UID 4 BODY[] NIL)\r\n* 2 FETCH (UID 2 FLAGS (\\Seen))\r\n* 2 FETCH (UID 2 BODY[] {0}\r\n)\r\n{t} OK\r\n",
        )
        .await;
        peer.answer("UID FETCH 4 (UID BODY.PEEK[]<0.1048576>)", "* 4 FETCH (UID 4 BODY[]<0> NIL)\r\n{t} OK\r\n").await;
        peer
    })
    .await;
    let mut items = Vec::new();
    session.fetch_bodies([1, 2, 3, 4, 5].map(|uid| (Uid(uid), 1)), &mut items).await.unwrap();
    assert_eq!(summary(&items), ["1=a", "2=", "3=c", "4 missing", "5 gone"]);
    let changes = session.take_changes();
    assert!(changes.dirty && changes.flags.len() == 1);
}

#[tokio::test]
async fn the_one_message_that_cannot_be_had_is_found_by_halving() {
    let (mut session, _script) = session("", async |mut peer: Peer| {
        let body = |uid: u32| format!("* 1 FETCH (UID {uid} BODY[] \"b{uid}\")\r\n");
        let no = "{t} NO Some messages could not be FETCHed\r\n";
        peer.answer("UID FETCH 1:4 ", &format!("{}{no}", body(1))).await;
        // The two halves of 2, 3 and 4 are asked at once.
        peer.answer("UID FETCH 2 ", &format!("{}{{t}} OK\r\n", body(2))).await;
        peer.answer("UID FETCH 3:4 ", no).await;
        peer.answer("UID FETCH 3 ", no).await;
        peer.answer("UID FETCH 4 ", &format!("{}{{t}} OK\r\n", body(4))).await;
        peer
    })
    .await;
    let mut items = Vec::new();
    session.fetch_bodies([1, 2, 3, 4].map(|uid| (Uid(uid), 1)), &mut items).await.unwrap();
    assert_eq!(summary(&items), ["1=b1", "2=b2", "3 unfetchable: Some messages could not be FETCHed", "4=b4"]);
    assert!(session.is_usable());
}

#[tokio::test]
async fn a_limit_is_an_error_and_the_session_goes_on() {
    let (mut session, _script) = session("", async |mut peer: Peer| {
        peer.answer("UID FETCH 1 ", "{t} NO [LIMIT] slow down\r\n").await;
        peer.answer("NOOP", "{t} OK\r\n").await;
        peer
    })
    .await;
    let error = session.fetch_bodies([(Uid(1), 1)], &mut Vec::new()).await.unwrap_err();
    assert_eq!(error.refusal(), Some(&RefusalCode::Limit));
    session.noop().await.unwrap();
}

/// Answers to pieces of UID 8 from the first number on, all full but the fourth.
async fn serve_pieces(peer: &mut Peer, numbers: std::ops::RangeInclusive<u32>) {
    for piece in numbers {
        let length = match piece {
            0..=3 => 1 << 20,
            4 => 77,
            _ => 0,
        };
        let origin = piece << 20;
        let data = char::from(b'a' + u8::try_from(piece).unwrap()).to_string().repeat(length);
        let answer = format!("* 1 FETCH (UID 8 BODY[]<{origin}> {{{length}}}\r\n{data})\r\n{{t}} OK\r\n");
        peer.answer(&format!("UID FETCH 8 (UID BODY.PEEK[]<{origin}.1048576>)"), &answer).await;
    }
}

#[tokio::test]
async fn large_messages_come_in_pieces_until_a_short_one() {
    let (mut session, script) = session("", async |mut peer: Peer| {
        // Three are on their way when the short one comes.
        serve_pieces(&mut peer, 0..=6).await;
        // Gone on with in the middle.
        serve_pieces(&mut peer, 3..=3).await;
        serve_pieces(&mut peer, 4..=6).await;
        peer
    })
    .await;
    let mut items = Vec::new();
    session.fetch_bodies([(Uid(8), 9 << 20)], &mut items).await.unwrap();
    assert_eq!(summary(&items), ["8 large"]);
    let mut pieces: Vec<bytes::Bytes> = Vec::new();
    let end = session.fetch_large(Uid(8), 9 << 20, 0, &mut pieces).await.unwrap();
    assert_eq!(end, LargeEnd::Whole { size: (4 << 20) + 77 });
    let raw = pieces.concat();
    assert_eq!(raw.len(), (4 << 20) + 77);
    assert_eq!((raw[0], raw[raw.len() - 1], raw[3 << 20]), (b'a', b'e', b'd'));
    let mut rest: Vec<bytes::Bytes> = Vec::new();
    let end = session.fetch_large(Uid(8), 9 << 20, 3 << 20, &mut rest).await.unwrap();
    assert_eq!(end, LargeEnd::Whole { size: (4 << 20) + 77 });
    assert_eq!(rest.concat(), raw[3 << 20..]);
    drop(session);
    script.lines().await;
}

#[tokio::test]
async fn a_large_message_may_be_given_up_and_a_throttle_is_no_fault_of_its() {
    let (mut session, _script) = session("", async |mut peer: Peer| {
        serve_pieces(&mut peer, 0..=0).await;
        peer.answer("UID FETCH 8 (UID BODY.PEEK[]<0.", "{t} NO [LIMIT] slow down\r\n").await;
        peer.answer("UID FETCH 8 (UID BODY.PEEK[]<0.", "{t} NO [CANNOT] never\r\n").await;
        peer.answer("NOOP", "{t} OK\r\n").await;
        peer
    })
    .await;
    let (mut sender, receiver) = tokio::sync::mpsc::channel::<bytes::Bytes>(1);
    drop(receiver);
    assert_eq!(session.fetch_large(Uid(8), 9 << 20, 0, &mut sender).await.unwrap(), LargeEnd::Stopped);
    let error = session.fetch_large(Uid(8), 9 << 20, 0, &mut Vec::new()).await.unwrap_err();
    assert_eq!(error.refusal(), Some(&RefusalCode::Limit));
    let end = session.fetch_large(Uid(8), 9 << 20, 0, &mut Vec::new()).await.unwrap();
    assert!(matches!(end, LargeEnd::Unfetchable { reason } if reason.contains("never")));
    session.noop().await.unwrap();
}

#[tokio::test]
async fn a_sink_that_has_enough_leaves_the_session_usable() {
    let (mut session, _script) = session("", async |mut peer: Peer| {
        let bodies: Vec<String> = (1..=9).map(|uid| format!("* 1 FETCH (UID {uid} BODY[] \"b\")\r\n")).collect();
        peer.answer("UID FETCH 1:9 ", &format!("{}{{t}} OK\r\n", bodies.concat())).await;
        peer.answer("NOOP", "{t} OK\r\n").await;
        peer
    })
    .await;
    let (mut sender, receiver) = tokio::sync::mpsc::channel(1);
    drop(receiver);
    let items: Vec<_> = (1..=9).map(|uid| (Uid(uid), 1)).collect();
    session.fetch_bodies(items.iter().copied(), &mut sender).await.unwrap();
    session.noop().await.unwrap();
}

#[tokio::test]
async fn changes_are_sent_as_plus_and_minus() {
    let (mut session, _script) = session("UIDPLUS", async |mut peer: Peer| {
        peer.answer("UID STORE 1:2 +FLAGS.SILENT (\\Seen)", "{t} OK\r\n").await;
        peer.answer("UID STORE 1:2 -FLAGS.SILENT (\\Flagged $Junk)", "{t} OK\r\n").await;
        peer.answer("UID STORE 1:2 +FLAGS.SILENT (\\Deleted)", "{t} OK\r\n").await;
        peer.answer("UID EXPUNGE 1:2", "* 1 EXPUNGE\r\n{t} OK\r\n").await;
        peer
    })
    .await;
    session.store(&set(1, 2), FlagChange { add: Flags::SEEN, remove: Flags::FLAGGED | Flags::JUNK }).await.unwrap();
    assert!(session.expunge(&set(1, 2)).await.unwrap());
}

#[tokio::test]
async fn a_move_that_the_server_cannot_do_is_a_copy_and_never_a_bare_expunge() {
    let (mut session, script) = session("MOVE", async |mut peer: Peer| {
        peer.answer("UID MOVE 4 \"Archive\"", "{t} NO [CANNOT] no\r\n").await;
        peer.answer("UID COPY 4 \"Archive\"", "{t} OK [COPYUID 9 4 17] x\r\n").await;
        peer.answer("UID STORE 4 +FLAGS.SILENT (\\Deleted)", "{t} OK\r\n").await;
        peer
    })
    .await;
    let moved = session.move_to(&set(4, 4), "Archive").await.unwrap().unwrap();
    assert_eq!((moved.validity, moved.pairs), (UidValidity(9), vec![(Uid(4), Uid(17))]));
    drop(session);
    assert!(!script.lines().await.iter().any(|line| line.contains("EXPUNGE")));
}

/// A failure would have the copies made once more.
#[tokio::test]
async fn copies_whose_originals_cannot_be_removed_are_no_failure() {
    let (mut session, _script) = session("UIDPLUS", async |mut peer: Peer| {
        peer.answer("UID COPY 4 \"Archive\"", "{t} OK [COPYUID 9 4 17] x\r\n").await;
        peer.answer("UID STORE 4 +FLAGS.SILENT (\\Deleted)", "{t} NO [INUSE] later\r\n").await;
        peer
    })
    .await;
    let moved = session.move_to(&set(4, 4), "Archive").await.unwrap().unwrap();
    assert_eq!(moved.pairs, vec![(Uid(4), Uid(17))]);
}

#[tokio::test]
async fn an_append_survives_untagged_lines_before_the_continuation() {
    let (mut session, _script) = session("UIDPLUS", async |mut peer: Peer| {
        peer.answer("APPEND \"Sent\" (\\Seen) {6}", "* 4 EXISTS\r\n* OK wait\r\n+ go\r\n").await;
        assert_eq!(peer.bytes(8).await, b"a: b\r\n\r\n");
        peer.say("A0002 OK [APPENDUID 3 12] x\r\n").await;
        peer.answer("APPEND", "{t} NO [OVERQUOTA] full\r\n").await;
        peer
    })
    .await;
    let at = session.append("Sent", new(Flags::SEEN, b"a: b\r\n")).await.unwrap();
    assert_eq!(at, Some((UidValidity(3), Uid(12))));
    let error = session.append("Sent", new(Flags::SEEN, b"a: b\r\n")).await.unwrap_err();
    assert_eq!(error.refusal(), Some(&RefusalCode::OverQuota));
    assert!(session.is_usable());
}

#[tokio::test]
async fn idle_hears_news_before_and_after_done() {
    let (mut session, _script) = session("IDLE", async |mut peer: Peer| {
        peer.answer("IDLE", "* OK still\r\n+ idling\r\n").await;
        // Longer than a stall: silence is what IDLE is for.
        tokio::time::sleep(Duration::from_millis(600)).await;
        peer.say("* OK Still here\r\n* 4 EXISTS\r\n").await;
        assert_eq!(peer.line().await, "DONE");
        peer.say("A0002 OK\r\n").await;
        peer.answer("IDLE", "+ idling\r\n").await;
        assert_eq!(peer.line().await, "DONE");
        peer.say("* 5 EXISTS\r\nA0003 OK\r\n").await;
        peer.answer("IDLE", "+ idling\r\n").await;
        assert_eq!(peer.line().await, "DONE");
        peer.say("A0004 OK\r\n").await;
        peer
    })
    .await;
    let stop = CancellationToken::new();
    let long = Duration::from_mins(1);
    assert_eq!(session.idle(&stop, long).await.unwrap(), IdleOutcome::Changed);
    assert_eq!(session.take_changes().exists, Some(4));
    assert_eq!(session.idle(&stop, Duration::from_millis(20)).await.unwrap(), IdleOutcome::Changed);
    assert_eq!(session.take_changes().exists, Some(5));
    stop.cancel();
    assert_eq!(session.idle(&stop, long).await.unwrap(), IdleOutcome::Stopped);
}

#[tokio::test]
async fn who_we_are_is_told_before_select_and_qresync_enabled_once() {
    let (mut session, script) = session("ID ENABLE QRESYNC", async |mut peer: Peer| {
        peer.answer("ID (\"name\" \"Postroom\"", "* ID NIL\r\n{t} OK\r\n").await;
        peer.answer("ENABLE CONDSTORE QRESYNC", "{t} OK\r\n").await;
        peer.answer("SELECT \"INBOX\" (CONDSTORE)", "* 0 EXISTS\r\n{t} OK\r\n").await;
        peer
    })
    .await;
    session.select("INBOX").await.unwrap();
    assert_eq!(script.lines().await.len(), 4);
}
