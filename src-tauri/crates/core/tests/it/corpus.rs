//! Every odd and broken message of the corpus, from the server to the reading pane.

use std::collections::BTreeSet;

use postroom_core::Remote;
use postroom_lab::Lab;
use postroom_types::BodyKind;

use crate::{ALL, add, open};

#[tokio::test(flavor = "multi_thread")]
async fn every_message_of_the_corpus_is_opened_with_its_files() {
    let (lab, dir) = (Lab::shared(), tempfile::tempdir().unwrap());
    let user = lab.user("corpus");
    let files = postroom_lab::data::mail_files();
    for file in &files {
        lab.deliver(&user, &std::fs::read(file).unwrap()).unwrap();
    }
    let postroom = open(dir.path(), "key").await.unwrap();
    add(&postroom, lab, &user).await;
    let report = postroom.sync_once(ALL).await.unwrap();
    assert_eq!((usize::try_from(report.messages).unwrap(), report.first_error()), (files.len(), None));
    let folder = postroom.folder_find(None, "INBOX").await.unwrap();
    let index = postroom.list_index(folder.id, postroom_types::ListBy::Message).await.unwrap();
    assert_eq!(index.ids.iter().collect::<BTreeSet<_>>().len(), files.len());
    let mut attachments = 0;
    for id in index.ids {
        let opened = postroom.message_open(id, Remote::Blocked).await.unwrap();
        assert!(matches!(opened.body, BodyKind::Html | BodyKind::Text), "{id}: {:?}", opened.body);
        let frame = postroom.frame(&format!("/{}/body", opened.token)).await;
        assert_eq!(frame.status, 200, "{id}");
        for file in &opened.attachments {
            postroom.attachment(id, file.part).await.unwrap();
            attachments += 1;
        }
        postroom.message_read(id).await.unwrap();
        postroom.message_close(&opened.token);
    }
    assert!(attachments > 200, "{attachments}");
    assert_eq!(postroom.status().await.unwrap().quarantined, 0);
    postroom.close().await;
}
