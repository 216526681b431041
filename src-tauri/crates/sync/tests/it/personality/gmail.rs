//! Gmail's own numbers of messages: a mail is known by it in whichever folder it is shown.

use std::collections::BTreeMap;

use postroom_db::{SqlResult, params};
use postroom_types::MessageId;

use super::server::number_of;
use super::table::Personality;
use super::{Play, personality};
use crate::desk::mail;

/// The number of each row of a folder, by UID.
async fn numbers(play: &Play, path: &str) -> BTreeMap<u32, String> {
    let folder = play.open.folder(path).await;
    let read = play.open.store.read(move |read| {
        let mut statement =
            read.prepare("SELECT uid, email_id FROM message WHERE server_folder_id = ?1 AND uid IS NOT NULL")?;
        let rows = statement.query_map(params![folder.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<SqlResult<_>>()?)
    });
    read.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_has_one_number_in_all_its_folders() {
    let play = Play::start(personality("Gmail")).await;
    play.open.sync("Gmail").await;
    play.elsewhere();
    play.open.sync("Gmail").await;
    let mut seen: BTreeMap<u64, u32> = BTreeMap::new();
    for (raw, path, _) in play.personality.folders.iter().filter(|(_, path, _)| *path != "[Gmail]") {
        let expected: BTreeMap<u32, String> = {
            let mailbox = play.server.mailbox();
            let places = &mailbox.folders[*raw].places;
            for place in places.values() {
                *seen.entry(place.mail).or_default() += 1;
            }
            places.iter().map(|(uid, place)| (*uid, number_of(place.mail).to_string())).collect()
        };
        assert_eq!(numbers(&play, path).await, expected, "{path}");
    }
    assert!(seen.values().filter(|count| **count == 2).count() > 10, "in the inbox and in All Mail: {seen:?}");
}

/// Which mail each row of the inbox is.
async fn mails(play: &Play) -> BTreeMap<MessageId, u64> {
    let rows = play.open.rows().await;
    let mailbox = play.server.mailbox();
    let inbox = rows.iter().filter(|(path, _)| path == "INBOX");
    inbox.map(|(_, row)| (row.id, mailbox.folders["INBOX"].places[&row.uid.unwrap().0].mail)).collect()
}

/// Renumbered, messages that are alike in all else are told apart, which nothing but the number could do.
#[tokio::test(flavor = "multi_thread")]
async fn twins_are_told_apart_by_their_numbers() {
    let kept = async |personality: &Personality| {
        let play = Play::start(personality).await;
        for _ in 0..3 {
            play.server.mailbox().deliver("INBOX", mail(800).as_bytes(), 0);
        }
        play.open.sync("twins").await;
        let before = mails(&play).await;
        play.server.mailbox().renumber("INBOX");
        let report = play.open.sync("renumbered").await;
        assert_eq!(report.bodies, 0, "{report:?}");
        play.assert_same("renumbered").await;
        let after = mails(&play).await;
        assert!(before.keys().eq(after.keys()), "the rows are the same");
        before == after
    };
    assert!(kept(personality("Gmail")).await);
    assert!(!kept(&personality("Gmail").disguised()).await, "not asked for where others only list X-GM-EXT-1");
}
