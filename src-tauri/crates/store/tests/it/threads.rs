//! Which messages are one conversation, whatever the order in which they come; and what the list shows of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use postroom_mime::{base_subject, parse_envelope};
use postroom_store::NewHeader;
use postroom_types::{Flags, FolderRole, ListBy, MessageId, ThreadId, UnixMillis};
use proptest::prelude::*;

use crate::support::{NOW, Profile, header_of, new_append};
use crate::vault::body;

const DAY: i64 = 86_400_000;

/// The conversations of a folder as sets of UIDs.
async fn threads(profile: &Profile) -> BTreeSet<BTreeSet<u32>> {
    let mut found: BTreeMap<ThreadId, BTreeSet<u32>> = BTreeMap::new();
    for row in profile.rows(profile.inbox).await {
        found.entry(row.thread).or_default().insert(row.uid.unwrap().0);
    }
    found.into_values().collect()
}

fn sets(of: &[&[u32]]) -> BTreeSet<BTreeSet<u32>> {
    of.iter().map(|set| set.iter().copied().collect()).collect()
}

/// The messages of a mailbox of the corpus, as headers. Real mail has people, which the corpus left out.
fn mbox(name: &str) -> Vec<NewHeader> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../tests/data/threads").join(name);
    let text = std::fs::read_to_string(file).unwrap();
    let mails = text.split("From user@domain ").skip(1).map(|mail| mail.split_once('\n').unwrap().1);
    mails
        .zip(1..)
        .map(|(mail, uid)| header_of(uid, Flags::empty(), &format!("From: a@x.test\nTo: a@x.test\n{mail}")))
        .collect()
}

#[tokio::test]
async fn the_answers_of_a_server_are_ours_but_for_two() {
    for (name, ours, server) in [
        // The second names the first and the third: they belong together. The server keeps the first apart, because what
        // the third names would make a loop.
        ("thread.mbox", sets(&[&[1, 2, 3]]), sets(&[&[2, 3], &[1]])),
        // Two copies of one message are one conversation.
        ("thread2.mbox", sets(&[&[1, 2]]), sets(&[&[1], &[2]])),
        ("thread3.mbox", sets(&[&[1, 2]]), sets(&[&[1, 2]])),
        ("thread4.mbox", sets(&[&[1, 2]]), sets(&[&[1, 2]])),
    ] {
        let profile = Profile::new().await;
        profile.put(profile.inbox, mbox(name)).await;
        assert_eq!(threads(&profile).await, ours, "{name}; the server has {server:?}");
    }
}

#[test]
fn base_subjects_are_those_of_a_server() {
    let mut found: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    for header in mbox("thread-orderedsubject.mbox") {
        found.entry(base_subject(&header.envelope.subject).text).or_default().insert(header.uid.0);
    }
    let server = sets(&[&[1], &[2, 7, 12, 13], &[3, 5, 11], &[4], &[6], &[8], &[9, 10], &[14], &[15]]);
    assert_eq!(found.into_values().collect::<BTreeSet<_>>(), server);
}

/// Its Message-ID, those of References and of In-Reply-To, and its subject, sender, recipient and day.
type Mail = (u8, Vec<u8>, Vec<u8>, u8, u8, u8, i64);

/// A mail of a small world, where all that can connect mails does.
fn any_mail() -> impl Strategy<Value = Mail> {
    let ids = || proptest::collection::vec(0..14_u8, 0..3);
    (0..14_u8, ids(), ids(), 0..6_u8, 0..3_u8, 0..3_u8, 0..30_i64)
}

fn mails(world: &[Mail]) -> Vec<NewHeader> {
    let names = |ids: &[u8]| ids.iter().map(|id| format!("<{id}@x.test>")).collect::<Vec<_>>().join(" ");
    let subjects = ["Offer", "Re: Offer", "回复：报价", "报价", "", "Fwd: Offer"];
    let mail = |(uid, (id, refs, irt, subject, from, to, day)): (u32, &Mail)| {
        let block = format!(
            "Message-ID: <{id}@x.test>\nReferences: {}\nIn-Reply-To: {}\nSubject: {}\nFrom: p{from}@x.test\nTo: p{to}@x.test\n\n",
            names(refs),
            names(irt),
            subjects[usize::from(*subject)]
        );
        NewHeader { date: UnixMillis(NOW.0 + day * DAY), ..header_of(uid, Flags::empty(), &block) }
    };
    (1..).zip(world).map(mail).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_arrival_gives_the_same_conversations(
        world in proptest::collection::vec(any_mail(), 1..14),
        order in any::<prop::sample::Index>(),
        seed in any::<u64>(),
        pieces in 1..5_usize,
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let ordered = mails(&world);
            let mut shuffled = ordered.clone();
            shuffled.rotate_left(order.index(ordered.len()));
            shuffled.sort_by_key(|mail| (u64::from(mail.uid.0).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ seed).rotate_left(17));
            let (first, second) = (Profile::new().await, Profile::new().await);
            first.put(first.inbox, ordered).await;
            for piece in shuffled.chunks(pieces) {
                second.put(second.inbox, piece.to_vec()).await;
            }
            assert_eq!(threads(&first).await, threads(&second).await);
            // And once more: as a profile of before, which looks for threads afterwards.
            second.forget_threads();
            assert_eq!(threads(&second).await.len(), world.len());
            while second.store.threads_fill().await.unwrap() {}
            // Nothing but a whole message tells what it names.
            let mut named = world.clone();
            for mail in &mut named {
                (mail.1, mail.2) = (Vec::new(), Vec::new());
            }
            let third = Profile::new().await;
            third.put(third.inbox, mails(&named)).await;
            assert_eq!(threads(&second).await, threads(&third).await);
        });
    }
}

#[tokio::test]
async fn mail_of_before_gets_its_conversation_from_the_whole_messages() {
    let profile = Profile::new().await;
    let blocks = [
        "Message-ID: <a@x.test>\r\nSubject: One\r\n\r\n",
        "Message-ID: <b@x.test>\r\nReferences: <a@x.test>\r\nSubject: Two\r\n\r\n",
    ];
    let headers = (1..).zip(blocks).map(|(uid, block)| header_of(uid, Flags::empty(), block)).collect();
    profile.put(profile.inbox, headers).await;
    let mut rows = profile.rows(profile.inbox).await;
    rows.sort_by_key(|row| row.uid);
    let bodies = rows.iter().zip(blocks).map(|(row, block)| body(row.id, block.as_bytes())).collect();
    profile.store.bodies_store(bodies).await.unwrap();
    profile.forget_threads();
    assert_eq!(threads(&profile).await, sets(&[&[1], &[2]]));
    assert!(!profile.store.threads_fill().await.unwrap());
    assert_eq!(threads(&profile).await, sets(&[&[1, 2]]));
}

/// A conversation in three folders, with a copy and a draft that was thrown away; and a mail beside it.
async fn spread() -> (Profile, BTreeMap<&'static str, MessageId>) {
    let profile = Profile::with(&[("Sent", FolderRole::Sent), ("Trash", FolderRole::Trash)]).await;
    let (sent, trash) = (profile.folder("Sent").await, profile.folder("Trash").await);
    let mail = |uid: u32, id: &str, named: &str, from: &str, flags| {
        header_of(
            uid,
            flags,
            &format!("Message-ID: <{id}>\r\nReferences: {named}\r\nSubject: {id}\r\nFrom: {from}@x.test\r\n\r\n"),
        )
    };
    let unread = Flags::empty();
    profile.put(profile.inbox, vec![mail(1, "one", "", "bo", Flags::SEEN), mail(9, "other", "", "di", unread)]).await;
    profile.put(sent, vec![mail(2, "two", "<one>", "ann", Flags::SEEN)]).await;
    profile.put(trash, vec![mail(3, "gone", "<one>", "eve", unread)]).await;
    profile.put(profile.work, vec![mail(4, "three", "<one> <two>", "cy", Flags::FLAGGED)]).await;
    profile.put(profile.inbox, vec![mail(5, "four", "<three>", "Bo", unread), mail(6, "one", "", "bo", unread)]).await;
    let mut ids = BTreeMap::new();
    for (name, folder, uid) in [
        ("one", profile.inbox, 1),
        ("other", profile.inbox, 9),
        ("two", sent, 2),
        ("gone", trash, 3),
        ("three", profile.work, 4),
        ("four", profile.inbox, 5),
        ("copy", profile.inbox, 6),
    ] {
        let row = profile.rows(folder).await.into_iter().find(|row| row.uid.unwrap().0 == uid).unwrap();
        ids.insert(name, row.id);
    }
    (profile, ids)
}

#[tokio::test]
async fn a_list_by_conversation_shows_each_once_with_what_is_elsewhere() {
    let (profile, ids) = spread().await;
    let index = profile.store.list_index(profile.inbox, ListBy::Conversation).await.unwrap();
    assert_eq!(index.ids, [ids["other"], ids["copy"]], "the newest of each in the folder");
    assert_eq!(index.dates.len(), 2);
    let row = &index.rows[1];
    let conversation = row.conversation.as_ref().unwrap();
    // One of the copies, two, three, four; the one in the trash is not counted.
    assert_eq!((conversation.messages, conversation.unread), (4, 3));
    assert!(conversation.flagged && !conversation.has_attachments);
    let people: Vec<&str> = conversation.people.iter().map(|person| person.email.as_str()).collect();
    assert_eq!(people, ["ann@x.test", "cy@x.test", "Bo@x.test"], "each once");
    let by_message = profile.store.list_index(profile.inbox, ListBy::Message).await.unwrap();
    assert_eq!(by_message.ids.len(), 4);
    assert!(by_message.rows.iter().all(|row| row.conversation.is_none()));
    let rows = profile.store.list_rows(index.ids.clone(), ListBy::Conversation).await.unwrap();
    assert_eq!(rows, index.rows);
}

#[tokio::test]
async fn a_conversation_is_read_from_all_folders_but_the_trash() {
    let (profile, ids) = spread().await;
    let read = async |id| {
        let rows = profile.store.conversation(id).await.unwrap();
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(read(ids["four"]).await, ["two", "three", "four", "copy"].map(|name| ids[name]));
    assert_eq!(read(ids["other"]).await, [ids["other"]]);
    // From the trash, what is there stands among the others.
    assert!(read(ids["gone"]).await.contains(&ids["gone"]));
    // What an act on the row means: all of it in that folder, nothing elsewhere.
    let members = profile.store.conversation_members(vec![ids["copy"]], false).await.unwrap();
    assert_eq!(BTreeSet::from_iter(members), ["one", "four", "copy"].map(|name| ids[name]).into());
    // What is said of all of it, but not of what was thrown away.
    let members = profile.store.conversation_members(vec![ids["copy"]], true).await.unwrap();
    assert_eq!(BTreeSet::from_iter(members), ["one", "two", "three", "four", "copy"].map(|name| ids[name]).into());
}

#[tokio::test]
async fn a_message_that_is_put_into_a_folder_joins_its_conversation() {
    let profile = Profile::new().await;
    profile.put(profile.inbox, vec![header_of(1, Flags::SEEN, "Message-ID: <a@x.test>\r\n\r\n")]).await;
    let raw = b"Message-ID: <b@x.test>\r\nIn-Reply-To: <a@x.test>\r\n\r\ntext\r\n";
    let put = profile.store.append_queue(new_append(profile.work, raw), NOW).await.unwrap();
    let [first] = profile.rows(profile.inbox).await.try_into().unwrap();
    assert_eq!(profile.row(put).await.thread, first.thread);
    assert_eq!(parse_envelope(raw).in_reply_to, ["a@x.test"]);
}
