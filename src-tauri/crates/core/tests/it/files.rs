//! What a message carries: its files, its pictures, its recipients.

use postroom_core::Remote;
use postroom_lab::Lab;
use postroom_types::{FaultCode, FileWarning, InvitationKind, OpenRule, PartNumber, Preview, SenderMark, Unsubscribe};

use crate::{ALL, add, only_message, open};

/// Two files of one name.
const TWINS: &str = "From: bo@example.test\r\nTo: ann@example.test\r\nSubject: Twins\r\nMessage-ID: <twins@example.test>\r\n\
    Date: Tue, 03 Feb 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
    --b\r\nContent-Type: text/plain\r\n\r\nSee the files.\r\n\
    --b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"quote.pdf\"\r\n\r\none\r\n\
    --b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"quote.pdf\"\r\n\r\ntwo\r\n--b--\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn saving_all_files_replaces_none() {
    let (lab, dir) = (Lab::shared(), tempfile::tempdir().unwrap());
    let user = lab.user("twins");
    lab.append(&user, "INBOX", TWINS.as_bytes(), "").unwrap();
    let postroom = open(&dir.path().join("profile"), "key").await.unwrap();
    add(&postroom, lab, &user).await;
    postroom.sync_once(ALL).await.unwrap();
    let id = only_message(&postroom).await;
    let opened = postroom.message_open(id, Remote::Blocked).await.unwrap();
    let parts: Vec<PartNumber> = opened.attachments.iter().map(|file| file.part).collect();
    let folder = dir.path().join("saved");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("quote.pdf"), "the user's own").unwrap();

    let saved = postroom.attachments_save(id, parts.clone(), &folder).await.unwrap();
    assert_eq!(saved, [folder.join("quote (2).pdf"), folder.join("quote (3).pdf")]);
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    assert_eq!(
        [read("quote.pdf"), read("quote (2).pdf"), read("quote (3).pdf")].map(|text| text.trim_end().to_owned()),
        ["the user's own", "one", "two"]
    );
    let missing = postroom.attachments_save(id, vec![PartNumber(99)], &folder).await.unwrap_err();
    assert_eq!(missing.code, FaultCode::NotFound);

    // Opened one after the other, neither takes the other's place.
    let mut staged = Vec::new();
    for part in parts {
        let content = postroom.attachment_read(id, part).await.unwrap();
        staged.push(postroom.attachment_stage(&opened.token, part, content).await.unwrap());
    }
    let texts = staged.iter().map(|path| std::fs::read_to_string(path).unwrap().trim_end().to_owned());
    assert_eq!(texts.collect::<Vec<_>>(), ["one", "two"]);
    postroom.message_close(&opened.token);
    let part = opened.attachments.first().unwrap().part;
    let content = postroom.attachment_read(id, part).await.unwrap();
    let void = postroom.attachment_stage(&opened.token, part, content).await.unwrap_err();
    assert_eq!(void.code, FaultCode::NotFound, "a void token names no folder");
}

#[tokio::test(flavor = "multi_thread")]
async fn trackers_are_counted_and_no_recipient_is_left_out() {
    let (lab, dir) = (Lab::shared(), tempfile::tempdir().unwrap());
    let user = lab.user("news");
    let to: Vec<_> = (0..120).map(|number| format!("person{number}@example.test")).collect();
    let mail = format!(
        "From: news@example.test\r\nTo: {}\r\nSubject: News\r\nMessage-ID: <news@example.test>\r\n\
         Date: Tue, 03 Feb 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n\
         <p>News</p><img src=\"https://pics.example.test/a.png\" width=\"200\" height=\"90\">\
         <img src=\"https://pics.example.test/b.png\">\
         <img src=\"https://pics.example.test/seen?who=ann\" width=\"2\" height=\"2\">\r\n",
        to.join(",\r\n ")
    );
    lab.append(&user, "INBOX", mail.as_bytes(), "").unwrap();
    let postroom = open(dir.path(), "key").await.unwrap();
    add(&postroom, lab, &user).await;
    postroom.sync_once(ALL).await.unwrap();
    let id = only_message(&postroom).await;
    let opened = postroom.message_open(id, Remote::Blocked).await.unwrap();
    assert_eq!((opened.remote_pictures, opened.remote_trackers), (3, 1));
    assert_eq!(opened.row.to.len(), 120);
}

/// A list's mail with files that are not what they seem, an invitation, and a name that is not the sender's.
const TRICKS: &str = "From: \"boss@example.test\" <list@news.example>\r\nTo: ann@example.test\r\nSubject: Tricks\r\n\
    Message-ID: <tricks/1@news.example>\r\nDate: Tue, 03 Feb 2026 10:00:00 +0000\r\n\
    List-Unsubscribe: <mailto:leave@news.example>, <https://news.example/leave?id=1>\r\n\
    List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\
    MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
    --b\r\nContent-Type: text/plain\r\n\r\nSee the files.\r\n\
    --b\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\n\
    BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Review\r\nDTSTART:20260303T090000Z\r\n\
    END:VEVENT\r\nEND:VCALENDAR\r\n\
    --b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"invoice.pdf\"\r\n\r\n\
    <html><form>\r\n\
    --b\r\nContent-Type: application/octet-stream\r\n\
    Content-Disposition: attachment; filename*=utf-8''report%E2%80%AEfdp.vbs\r\n\r\nMsgBox 1\r\n\
    --b\r\nContent-Type: text/csv; charset=gbk\r\nContent-Disposition: attachment; filename=\"stock.csv\"\r\n\
    Content-Transfer-Encoding: base64\r\n\r\nxrfD+zvK/cG/Ck0xMjs1MDAK\r\n\
    --b\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename=\"dot.png\"\r\n\
    Content-Transfer-Encoding: base64\r\n\r\n\
    iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==\r\n--b--\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn files_are_known_for_what_they_are() {
    let (lab, dir) = (Lab::shared(), tempfile::tempdir().unwrap());
    let user = lab.user("tricks");
    lab.append(&user, "INBOX", TRICKS.as_bytes(), "").unwrap();
    let postroom = open(&dir.path().join("profile"), "key").await.unwrap();
    add(&postroom, lab, &user).await;
    postroom.sync_once(ALL).await.unwrap();
    let id = only_message(&postroom).await;
    let opened = postroom.message_open(id, Remote::Blocked).await.unwrap();
    assert_eq!(opened.sender_marks, [SenderMark::OtherAddress]);
    assert_eq!(opened.unsubscribe, Some(Unsubscribe::OneClick { host: "news.example".to_owned() }));
    let invitation = opened.invitation.as_ref().unwrap();
    assert_eq!((invitation.summary.as_str(), invitation.kind), ("Review", InvitationKind::Request));

    let facts = postroom.attachment_facts(id).await.unwrap();
    let fact = |name: &str| {
        let file = opened.attachments.iter().find(|file| file.name == name).unwrap_or_else(|| panic!("no {name}"));
        facts.iter().find(|facts| facts.part == file.part).unwrap()
    };
    let invoice = fact("invoice.pdf");
    assert_eq!(invoice.warnings, [FileWarning::Mismatch, FileWarning::WebPage]);
    assert_eq!((invoice.open, invoice.preview, invoice.real.as_str()), (OpenRule::Ask, Some(Preview::Text), "html"));
    let script = fact("reportfdp.vbs");
    assert_eq!(script.warnings, [FileWarning::Script, FileWarning::Reversed]);
    assert_eq!(script.open, OpenRule::Never);
    let (stock, dot) = (fact("stock.csv"), fact("dot.png"));
    assert_eq!((stock.warnings.as_slice(), stock.preview), (&[][..], Some(Preview::Table)));
    assert_eq!((dot.warnings.as_slice(), dot.preview), (&[][..], Some(Preview::Picture)));

    // A table in its own charset, a text as it stands, and nothing else as either.
    let table = postroom.attachment_text(id, stock.part).await.unwrap();
    assert_eq!(table.rows, [["品名", "数量"], ["M12", "500"]]);
    let text = postroom.attachment_text(id, invoice.part).await.unwrap();
    assert_eq!(text.text.trim_end(), "<html><form>");
    assert_eq!(postroom.attachment_text(id, dot.part).await.unwrap_err().code, FaultCode::InvalidInput);

    // The app is given pictures and PDFs by what they are, and never a page.
    let reply = async |part: PartNumber| postroom.frame(&format!("/{}/file/{}", opened.token, part.0)).await;
    let picture = reply(dot.part).await;
    assert_eq!(picture.status, 200);
    assert!(picture.headers.contains(&("content-type", "image/png".to_owned())), "{:?}", picture.headers);
    for part in [invoice.part, script.part, stock.part, PartNumber(0), PartNumber(99)] {
        assert_eq!(reply(part).await.status, 404, "{part:?}");
    }
    assert_eq!(postroom.frame(&format!("/{}/file/{}", "0".repeat(32), dot.part.0)).await.status, 404);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn saved_files_are_private_and_say_where_they_came_from() {
    use std::os::unix::fs::PermissionsExt as _;

    let (lab, dir) = (Lab::shared(), tempfile::tempdir().unwrap());
    let user = lab.user("marks");
    lab.append(&user, "INBOX", TRICKS.as_bytes(), "").unwrap();
    let postroom = open(&dir.path().join("profile"), "key").await.unwrap();
    add(&postroom, lab, &user).await;
    postroom.sync_once(ALL).await.unwrap();
    let id = only_message(&postroom).await;
    let opened = postroom.message_open(id, Remote::Blocked).await.unwrap();
    let part = opened.attachments.iter().find(|file| file.name == "reportfdp.vbs").unwrap().part;
    let folder = dir.path().join("saved");
    std::fs::create_dir(&folder).unwrap();
    let chosen = folder.join("chosen.vbs");
    postroom.attachment_save(id, part, &chosen).await.unwrap();
    let mut saved = postroom.attachments_save(id, vec![part], &folder).await.unwrap();
    let content = postroom.attachment_read(id, part).await.unwrap();
    saved.push(postroom.attachment_stage(&opened.token, part, content).await.unwrap());
    saved.push(chosen);
    let probe = folder.join("probe");
    std::fs::write(&probe, "").unwrap();
    let takes = xattr::set(&probe, "user.probe", b"1").is_ok();
    for path in saved {
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
        // A file system without attributes keeps no mark; everywhere else the mark is there.
        if takes {
            let mark = xattr::get(&path, "user.xdg.origin.url").unwrap();
            assert_eq!(mark.as_deref(), Some(&b"mid:tricks%2F1@news.example"[..]), "{}", path.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_becomes_a_page_for_paper_in_which_nothing_runs() {
    let (lab, dir) = (Lab::shared(), tempfile::tempdir().unwrap());
    let user = lab.user("paper");
    let mail = "From: \"<b>Bo</b>\" <bo@example.test>\r\nTo: ann@example.test\r\nCc: cy@example.test\r\nSubject: A <i>b</i>\r\n\
                Message-ID: <paper@example.test>\r\nDate: Tue, 03 Feb 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n\
                Content-Type: text/html\r\n\r\n<p>Hello</p><script>x</script>\r\n";
    lab.append(&user, "INBOX", mail.as_bytes(), "").unwrap();
    let postroom = open(dir.path(), "key").await.unwrap();
    add(&postroom, lab, &user).await;
    postroom.sync_once(ALL).await.unwrap();
    let id = only_message(&postroom).await;
    let opened = postroom.message_open(id, Remote::Blocked).await.unwrap();
    let words = postroom_core::PrintWords {
        from: "From".to_owned(),
        to: "To".to_owned(),
        cc: "Cc".to_owned(),
        date: "Date".to_owned(),
        when: "Tuesday".to_owned(),
        untitled: "No subject".to_owned(),
    };
    let token = postroom.message_print(&opened.token, words.clone()).await.unwrap();
    assert_ne!(token, opened.token);
    let page = postroom.frame(&format!("/{token}/body")).await;
    let policy =
        page.headers.iter().find(|(name, _)| *name == "content-security-policy").map(|(_, value)| value.as_str());
    assert!(policy.is_some_and(|policy| policy.starts_with("sandbox") && !policy.contains("script")), "{policy:?}");
    let html = String::from_utf8(page.body).unwrap();
    for part in [
        "A &lt;i&gt;b&lt;/i&gt;",
        "&lt;b&gt;Bo&lt;/b&gt; &lt;bo@example.test&gt;",
        "cy@example.test",
        "Tuesday",
        "<p>Hello</p>",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
    assert!(!html.contains("<script>x"), "{html}");
    postroom.message_close(&token);
    assert_eq!(postroom.frame(&format!("/{token}/body")).await.status, 404);
    assert_eq!(postroom.message_print(&token, words).await.unwrap_err().code, FaultCode::NotFound);
}
