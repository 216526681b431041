//! UTF8=ACCEPT: the same folders under names that are written in another way.

use std::collections::BTreeMap;

use postroom_types::{Flags, FolderId};

use super::table::Personality;
use super::{Play, personality};

/// Gmail with or without the capability.
fn gmail(accepts: bool) -> Personality {
    let without = "IMAP4rev1 UNSELECT IDLE NAMESPACE ID UIDPLUS ENABLE MOVE CONDSTORE ESEARCH LIST-EXTENDED LIST-STATUS \
                   SPECIAL-USE";
    let gmail = *personality("Gmail");
    if accepts { gmail } else { Personality { after: without, ..gmail } }
}

async fn ids(play: &Play) -> BTreeMap<String, FolderId> {
    play.open.store.folders().await.unwrap().into_iter().map(|folder| (folder.path, folder.id)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn names_in_utf8_and_in_utf7_are_the_same_folders() {
    for first in [true, false] {
        let mut play = Play::start(&gmail(first)).await;
        play.open.sync("first").await;
        let before = ids(&play).await;
        assert!(before.contains_key("工作") && before.contains_key("[Gmail]/Gesendet & 垃圾"), "{before:?}");
        for accepts in [!first, first] {
            play.turn_to(&gmail(accepts));
            let report = play.open.sync("again").await;
            assert_eq!((report.bodies, report.folders.iter().map(|folder| folder.new).sum::<u32>()), (0, 0));
            assert_eq!(ids(&play).await, before);
            // The server's word for a change in that folder finds it, and so does ours.
            play.elsewhere();
            let report = play.open.sync("changed").await;
            assert!(report.folders.iter().any(|folder| folder.path == "工作" && folder.new == 1), "{report:?}");
            play.assert_same("after the server changed its mind").await;
            let commands = play.server.commands();
            let name = if accepts { "\"工作\"" } else { "\"&XeVPXA-\"" };
            assert!(commands.iter().any(|line| line.starts_with(&format!("SELECT {name}"))), "{commands:#?}");
            assert_eq!(play.server.refused(), [""; 0]);
            play.turn_to(&gmail(accepts));
            play.open.sync("back").await;
        }
    }
}

/// A header in UTF-8 is announced where the server asked for it, and arrives byte for byte either way.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_with_a_header_in_utf8_is_put_into_a_folder() {
    for accepts in [true, false] {
        let play = Play::start(&gmail(accepts)).await;
        play.open.sync("first").await;
        let raw =
            "From: bo@example.test\r\nMessage-ID: <wide@example.test>\r\nSubject: 你好\r\n\r\nText.\r\n".as_bytes();
        let folder = play.open.folder("工作").await;
        play.open.put(folder, raw, Flags::SEEN).await;
        let report = play.open.sync("sent").await;
        assert_eq!(report.undone, []);
        play.assert_same("a wide header").await;
        let mailbox = play.server.mailbox();
        let uid = mailbox.find("&XeVPXA-", "<wide@example.test>").unwrap();
        assert_eq!(mailbox.mail("&XeVPXA-", uid).unwrap().raw, raw);
    }
}
