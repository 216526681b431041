//! Search in subjects and people.

use postroom_search::Query;
use postroom_types::{Flags, FolderRole};

use crate::support::{NOW, Profile, header, header_of};

async fn found(profile: &Profile, query: &str) -> Vec<String> {
    let result = profile.store.search(&Query::parse(query), 50).await.unwrap();
    assert_eq!(result.messages.len(), usize::try_from(result.total).unwrap());
    result.messages.into_iter().map(|row| row.subject).collect()
}

#[tokio::test]
async fn words_are_found_whatever_their_form() {
    let profile = Profile::new().await;
    let block = |subject: &str| {
        format!(
            "Subject: {subject}\r\nFrom: \"Müller, 王伟\" <Wang.Wei@Example.Test>\r\nTo: bo@x.test\r\nCc: carla@y.test\r\n\r\n"
        )
    };
    let subjects = ["关于合同编号123的回复", "Ｉｎｖｏｉｃｅ ２０２６ März", "Nothing"];
    let headers = subjects.iter().zip(1..).map(|(subject, uid)| header_of(uid, Flags::empty(), &block(subject)));
    profile.put(profile.inbox, headers.collect()).await;

    for (query, expected) in [
        ("合同", vec![subjects[0]]),
        ("编号", vec![subjects[0]]),
        ("同合", vec![]),
        ("合同 回复", vec![subjects[0]]),
        ("INVOICE", vec![subjects[1]]),
        ("invoice 2026", vec![subjects[1]]),
        ("ｉｎｖｏｉｃｅ marz", vec![subjects[1]]),
        ("\"invoice 2026\" MÄRZ", vec![subjects[1]]),
        ("\"2026 invoice\"", vec![]),
        ("王伟", vec![subjects[2], subjects[1], subjects[0]]),
        ("muller nothing", vec![subjects[2]]),
        ("wang.wei@example", vec![subjects[2], subjects[1], subjects[0]]),
        ("carla bo@x", vec![subjects[2], subjects[1], subjects[0]]),
        ("100%", vec![]),
        ("' OR 1=1 --", vec![]),
        ("", vec![]),
    ] {
        assert_eq!(found(&profile, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn the_newest_come_first_and_all_are_counted() {
    let profile = Profile::with(&[("Trash", FolderRole::Trash)]).await;
    profile.put(profile.inbox, (1..=30).map(header).collect()).await;
    let result = profile.store.search(&Query::parse("number"), 4).await.unwrap();
    assert_eq!(result.total, 30);
    assert_eq!(
        result.messages.iter().map(|row| row.subject.as_str()).collect::<Vec<_>>(),
        ["Number 30", "Number 29", "Number 28", "Number 27"]
    );
    // What is deleted for good is not found any more, though the server has yet to hear of it.
    let first = result.messages[0].id;
    profile.store.delete(vec![first], NOW).await.unwrap();
    assert_eq!(profile.store.search(&Query::parse("number"), 4).await.unwrap().total, 30, "in the trash");
    profile.store.delete(vec![first], NOW).await.unwrap();
    assert_eq!(profile.store.search(&Query::parse("number"), 4).await.unwrap().total, 29);
}
