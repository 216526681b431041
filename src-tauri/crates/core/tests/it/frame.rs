//! What a message's frame may load: its own pictures, by numbers, under its own token; everything else is not there.

use postroom_core::{Postroom, Remote};
use postroom_lab::Lab;
use postroom_types::BodyKind;

use crate::{ALL, add, inbox, open};

/// A mail with a picture of its own (part 3), a file (part 4) and three remote pictures, one a tracker.
fn mail(name: &str) -> String {
    format!(
        "From: Bo <bo@example.test>\r\nTo: ann@example.test\r\nSubject: {name}\r\nMessage-ID: <{name}@example.test>\r\n\
         Date: Tue, 03 Feb 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n\
         --m\r\nContent-Type: multipart/related; boundary=r\r\n\r\n--r\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
         <p>{name}<img src=cid:logo><img src=http://127.0.0.1:9/a.png><img src=http://127.0.0.1:9/b.png width=1 height=1>\
         </p><table><td background=http://127.0.0.1:9/c.png>x</table>\r\n--r\r\nContent-Type: image/png\r\nContent-ID: <logo>\r\n\
         Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--r--\r\n--m\r\n\
         Content-Type: text/html; name=a.html\r\nContent-Disposition: attachment; filename=a.html\r\n\r\n\
         <script>alert(1)</script>\r\n--m--\r\n"
    )
}

async fn status(postroom: &Postroom, path: &str) -> u16 {
    postroom.frame(path).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_there_for_who_guesses() {
    let (lab, dir) = (Lab::shared(), tempfile::tempdir().unwrap());
    let user = lab.user("guess");
    for name in ["one", "two"] {
        lab.append(&user, "INBOX", mail(name).as_bytes(), "").unwrap();
    }
    let postroom = open(dir.path(), "key").await.unwrap();
    add(&postroom, lab, &user).await;
    postroom.sync_once(ALL).await.unwrap();
    let rows = inbox(&postroom).await;
    let first = postroom.message_open(rows.first().unwrap().id, Remote::Blocked).await.unwrap();
    let again = postroom.message_open(rows.first().unwrap().id, Remote::Blocked).await.unwrap();
    let second = postroom.message_open(rows.last().unwrap().id, Remote::Allowed).await.unwrap();
    assert_eq!((first.body, first.remote_pictures, first.remote_trackers), (BodyKind::Html, 3, 1));
    let tokens = [first.token.as_str(), again.token.as_str(), second.token.as_str()];
    for (at, token) in tokens.iter().enumerate() {
        assert!(token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit()), "{token}");
        assert!(tokens.iter().skip(at + 1).all(|other| other != token), "each opening has its own");
    }

    // Its picture is the one part that it shows.
    let html = String::from_utf8(postroom.frame(&format!("/{}/body", first.token)).await.body).unwrap();
    let part = html.split("/part/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert!(html.contains(&format!("src=\"/{}/part/{part}\"", first.token)), "{html}");
    let picture = postroom.frame(&format!("/{}/part/{part}", first.token)).await;
    assert_eq!((picture.status, picture.body.as_slice()), (200, &b"\x89PNG\r\n\x1a\n"[..]));
    for number in (0..40).filter(|number| number.to_string() != part) {
        assert_eq!(status(&postroom, &format!("/{}/part/{number}", first.token)).await, 404, "{number}");
    }

    // Numbers of remote pictures serve nothing before they are allowed; a tracker never.
    for number in 0..5 {
        assert_eq!(status(&postroom, &format!("/{}/remote/{number}", first.token)).await, 404);
        // Allowed, but it leads to this machine.
        assert_eq!(status(&postroom, &format!("/{}/remote/{number}", second.token)).await, 404);
    }

    let token = &first.token;
    let half = token.get(..16).unwrap();
    for path in [
        "",
        "/",
        "/body",
        "//body",
        "/0/body",
        &format!("/{}/body", "0".repeat(32)),
        &format!("/{half}/body"),
        &format!("/{token}0/body"),
        &format!("/{}/body", token.chars().rev().collect::<String>()),
        &format!("/{token}"),
        &format!("/{token}/"),
        &format!("/{token}/Body"),
        &format!("/{token}/body/1"),
        &format!("/{token}/part"),
        &format!("/{token}/part/"),
        &format!("/{token}/part/-1"),
        &format!("/{token}/part/{part}/x"),
        &format!("/{token}/part/99999999999999999999"),
        &format!("/{token}/part/../body"),
        &format!("/{token}/../{}/body", second.token),
        &format!("/{token}/remote/http://127.0.0.1:9/a.png"),
        &format!("/{token}/remote/%30"),
        &format!("/{}/{}/body", token, second.token),
        "/index.html",
        "/etc/passwd",
    ] {
        assert_eq!(status(&postroom, path).await, 404, "{path}");
    }
    guess(&postroom, token);
    postroom.message_close(token);
    assert_eq!(status(&postroom, &format!("/{token}/part/{part}")).await, 404);
    assert_eq!(status(&postroom, &format!("/{}/part/{part}", again.token)).await, 200);
    for token in [&again.token, &second.token] {
        postroom.message_close(token);
        assert_eq!(status(&postroom, &format!("/{token}/body")).await, 404);
    }
}

/// A hundred thousand guesses: none of 2^128 is met by counting on from one that is known.
fn guess(postroom: &Postroom, known: &str) {
    let known = u128::from_str_radix(known, 16).unwrap();
    for step in 1..50_000_u128 {
        for guess in [known.wrapping_add(step), known.wrapping_sub(step)] {
            assert!(postroom.token_message(&format!("{guess:032x}")).is_err());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_comes_with_its_walls() {
    let (lab, dir) = (Lab::shared(), tempfile::tempdir().unwrap());
    let user = lab.user("policy");
    lab.append(&user, "INBOX", mail("one").as_bytes(), "").unwrap();
    let postroom = open(dir.path(), "key").await.unwrap();
    add(&postroom, lab, &user).await;
    postroom.sync_once(ALL).await.unwrap();
    let opened = postroom.message_open(inbox(&postroom).await.first().unwrap().id, Remote::Blocked).await.unwrap();
    let path = format!("/{}/body", opened.token);
    let mut policies = Vec::new();
    for _ in 0..2 {
        let reply = postroom.frame(&path).await;
        let header =
            |name: &str| reply.headers.iter().find(|(header, _)| *header == name).map(|(_, value)| value.clone());
        assert_eq!(header("content-type").as_deref(), Some("text/html; charset=utf-8"));
        assert_eq!(header("x-content-type-options").as_deref(), Some("nosniff"));
        assert_eq!(header("referrer-policy").as_deref(), Some("no-referrer"));
        let policy = header("content-security-policy").unwrap();
        for part in
            ["default-src 'none'", "script-src 'nonce-", "form-action 'none'", "base-uri 'none'", "webrtc 'block'"]
        {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains('*') && !policy.contains("https:") && !policy.contains("unsafe-eval"), "{policy}");
        policies.push(policy);
    }
    assert_ne!(policies.first(), policies.last(), "each answer has its own nonce");
}
