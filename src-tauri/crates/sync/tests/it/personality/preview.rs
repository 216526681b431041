//! PREVIEW: asked for where it shows, and nowhere else.

use postroom_types::Keep;

use super::table::Personality;
use super::{Play, personality};

const WITH: &str =
    "IMAP4rev1 ID UIDPLUS MOVE NAMESPACE CONDSTORE ESEARCH LIST-EXTENDED LIST-STATUS SPECIAL-USE LITERAL+ PREVIEW";

fn offering() -> Personality {
    Personality { after: WITH, odd: &[], refusals: &[], messages: 300, ..*personality("Yahoo Japan") }
}

/// The commands of a first pass.
async fn first(play: &Play) -> Vec<String> {
    play.open.sync("first").await;
    play.assert_same("first").await;
    assert_eq!(play.server.refused(), [""; 0]);
    play.server.commands()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_pass_asks_for_those_of_the_screen_and_for_no_command_more() {
    let (with, after) = (Play::start(&offering()).await, WITH.trim_end_matches(" PREVIEW"));
    let without = Play::start(&Personality { after, ..offering() }).await;
    let headers = |commands: &[String]| {
        commands.iter().filter(|line| line.contains("BODY.PEEK[HEADER]")).cloned().collect::<Vec<_>>()
    };
    let (asked, plain) = (headers(&first(&with).await), headers(&first(&without).await));
    assert_eq!(asked.iter().map(|line| line.replace(" PREVIEW (LAZY)", "")).collect::<Vec<_>>(), plain);
    for line in &asked {
        assert_eq!(line.contains("PREVIEW (LAZY)"), line.starts_with("FETCH "), "{line}");
    }
    // The bodies are here by now, and know better.
    assert!(!with.open.rows().await.iter().any(|(_, row)| row.preview.contains("Told of")));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_only_headers_are_kept_the_server_tells_how_each_begins() {
    let play = Play::start(&offering()).await;
    let store = &play.open.store;
    store.offline_set(play.login.account.id, Keep::Headers, 0).await.unwrap();
    play.open.sync("headers").await;
    play.elsewhere();
    play.open.sync("headers again").await;
    let rows = play.open.rows().await;
    assert!(rows.len() > 300);
    for (path, row) in &rows {
        let uid = row.uid.unwrap().0;
        let expected = if uid % 3 == 0 { String::new() } else { format!("Told of {uid}") };
        assert_eq!((&row.preview, row.has_body), (&expected, false), "{path}");
    }
    store.offline_set(play.login.account.id, Keep::Everything, 0).await.unwrap();
    play.open.sync("everything").await;
    let rows = play.open.rows().await;
    assert!(rows.iter().all(|(_, row)| row.has_body && !row.preview.starts_with("Told of")));
}
