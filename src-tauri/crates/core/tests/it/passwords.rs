//! A password that the server refused is mended in place.

use std::time::Duration;

use postroom_lab::Lab;
use postroom_types::{AccountState, FaultCode, Secret};

use crate::{ALL, HTML, add, inbox, open};

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_password_is_changed_once_the_server_takes_the_new_one() {
    let (lab, dir) = (Lab::shared(), tempfile::tempdir().unwrap());
    let user = lab.user("refused");
    lab.append(&user, "INBOX", HTML.as_bytes(), "").unwrap();
    let mut wrong = user.clone();
    wrong.password = "of-last-year".to_owned();
    let postroom = open(dir.path(), "key").await.unwrap();
    add(&postroom, lab, &wrong).await;
    let id = postroom.account_by_email(&user.email).await.unwrap().id;
    let mut events = postroom.events();
    postroom.start();
    let state = async || postroom.account_by_email(&user.email).await.unwrap().state;
    let refused =
        async || matches!(state().await, AccountState::Blocked { fault } if fault.code == FaultCode::LoginRefused);
    let blocked = async {
        while !refused().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), blocked).await.unwrap();

    let secret = |password: &str| Secret::new(password.to_owned());
    let fault = postroom.account_password_set(id, secret("still-wrong")).await.unwrap_err();
    assert_eq!((fault.code, fault.params.get("protocol").map(String::as_str)), (FaultCode::LoginRefused, Some("imap")));
    assert!(!format!("{fault:?}").contains("still-wrong"));
    assert!(refused().await, "nothing is changed by a password that is refused");

    postroom.account_password_set(id, secret(&user.password)).await.unwrap();
    let here = async {
        while inbox(&postroom).await.is_empty() {
            // Lost events do not matter: the next one asks again.
            events.recv().await.ok();
        }
    };
    tokio::time::timeout(Duration::from_mins(1), here).await.unwrap();
    postroom.close().await;
    drop(postroom);

    let postroom = open(dir.path(), "key").await.unwrap();
    assert!(postroom.sync_once(ALL).await.unwrap().first_error().is_none(), "it was kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_gone_takes_no_password() {
    let dir = tempfile::tempdir().unwrap();
    let postroom = open(dir.path(), "key").await.unwrap();
    let answer = postroom.account_password_set(postroom_types::AccountId(7), Secret::new("x".to_owned())).await;
    assert_eq!(answer.unwrap_err().code, FaultCode::NotFound);
}
