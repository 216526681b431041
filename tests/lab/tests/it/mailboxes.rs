//! Logins, deliveries and what the folders then hold.

use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::time::{Duration, UNIX_EPOCH};

use postroom_lab::{Company, Lab, LabOptions, MaildirMail, Namespace, data};

use crate::talk_tls;

#[test]
fn logs_in_with_implicit_tls_and_with_starttls() {
    let lab = Lab::shared();
    let user = lab.user("tls");
    for server in [lab.imap_implicit(), lab.imap_starttls()] {
        let say = format!("a LOGIN {} {}\nb LOGOUT", user.user, user.password);
        let said = talk_tls(&server, "imap", lab.ca_file(), &say, "b OK");
        assert!(said.contains("a OK"), "{server:?}: {said}");
        let said = talk_tls(&server, "imap", lab.ca_file(), &format!("a LOGIN {} wrong\nb LOGOUT", user.user), "b OK");
        assert!(said.contains("a NO"), "{server:?}: {said}");
    }
}

#[test]
fn a_changed_password_holds_at_once() {
    let lab = Lab::shared();
    let user = lab.user("password");
    lab.imap(&user);
    let changed = lab.add_user(&user.email, "an:other \"one\"").unwrap();
    lab.imap(&changed);
    let say = format!("a LOGIN {} {}\nb LOGOUT", user.user, user.password);
    let said = talk_tls(&lab.imap_implicit(), "imap", lab.ca_file(), &say, "b OK");
    assert!(said.contains("a NO"), "{said}");
    assert!(lab.add_user("elsewhere@example.org", "x").is_err());
}

#[test]
fn offers_what_a_company_server_offers() {
    let lab = Lab::shared();
    let said = lab.imap(&lab.user("caps")).command("CAPABILITY").join(" ");
    let words: Vec<&str> = said.split_whitespace().collect();
    for word in
        ["ACL", "QUOTA", "METADATA", "NAMESPACE", "SPECIAL-USE", "CONDSTORE", "QRESYNC", "MOVE", "UIDPLUS", "IDLE"]
    {
        assert!(words.contains(&word), "{word} is missing in {said}");
    }
    let sieve = TcpStream::connect(("127.0.0.1", lab.sieve_port())).unwrap();
    sieve.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut greeting = String::new();
    BufReader::new(sieve).read_line(&mut greeting).unwrap();
    assert!(greeting.starts_with("\"IMPLEMENTATION\""), "{greeting}");
}

#[test]
fn options_make_another_server_of_it() {
    let lab = Lab::start(LabOptions {
        namespace: Some(Namespace::below_the_inbox()),
        capabilities: Some("IMAP4rev1 UIDPLUS NAMESPACE".to_owned()),
        dovecot: "protocol imap {\n  imap_id_send = name Elsewhere\n}\n".to_owned(),
        ..LabOptions::default()
    })
    .unwrap();
    let user = lab.user("other");
    lab.create_folder(&user, "INBOX.工作.a").unwrap();
    assert!(lab.create_folder(&user, "Elsewhere").is_err());
    let mut imap = lab.imap(&user);
    let mut folders = imap.folders();
    folders.sort();
    assert_eq!(folders, ["INBOX", "INBOX.工作", "INBOX.工作.a"]);
    assert_eq!(imap.command("CAPABILITY")[0], "* CAPABILITY IMAP4rev1 UIDPLUS NAMESPACE");
    assert!(imap.command("ID NIL")[0].contains("Elsewhere"));
}

#[test]
fn mail_in_memory_goes_with_its_user_and_its_lab() {
    let lab = Lab::start(LabOptions { in_memory: true, ..LabOptions::default() }).unwrap();
    let [gone, other] = ["gone", "other"].map(|name| lab.user(name));
    for user in [&gone, &other] {
        lab.deliver(user, b"Subject: a\n\nText.\n").unwrap();
        assert_eq!(lab.imap(user).uids("INBOX").len(), 1);
        assert!(lab.maildir_of(user).starts_with(lab.temporary()));
    }
    lab.remove_user(&gone).unwrap();
    assert!(!lab.maildir_of(&gone).exists() && lab.find_user(&gone.email).is_none());
    assert!(lab.remove_user(&gone).is_err());
    assert_eq!(lab.imap(&other).uids("INBOX").len(), 1);
    let folder = lab.temporary().to_owned();
    drop(lab);
    assert!(!folder.exists());
}

#[test]
fn metadata_and_quota_work() {
    let lab = Lab::shared();
    let mut imap = lab.imap(&lab.user("meta"));
    imap.command("SETMETADATA \"\" (/private/comment \"hello\")");
    assert!(imap.command("GETMETADATA \"\" /private/comment").concat().contains("hello"));
    assert!(imap.command("GETQUOTAROOT INBOX").concat().contains("STORAGE"));
}

#[test]
fn folders_have_their_uses_and_any_name() {
    let lab = Lab::shared();
    let user = lab.user("folders");
    lab.create_folder(&user, "客户/报价 & \"R\"").unwrap();
    lab.create_folder(&user, "客户/报价 & \"R\"").unwrap();
    let mut imap = lab.imap(&user);
    let folders = imap.folders();
    for name in ["INBOX", "Drafts", "Sent", "Archive", "Junk", "Trash", "客户", "客户/报价 & \"R\""] {
        assert!(folders.iter().any(|folder| folder == name), "{name} is missing in {folders:?}");
    }
    assert!(imap.command("LIST \"\" * RETURN (SPECIAL-USE)").concat().contains("\\Sent"));
}

#[test]
fn delivers_appends_flags_and_expunges() {
    let lab = Lab::shared();
    let user = lab.user("deliver");
    lab.deliver(&user, b"Subject: one\n\n.dot\nlast\n").unwrap();
    lab.append(&user, "INBOX", b"Subject: two\r\n\r\ntext\r\n", "\\Seen $Todo").unwrap();
    let mut imap = lab.imap(&user);
    let uids = imap.uids("INBOX");
    assert_eq!(uids.len(), 2);
    assert!(imap.message("INBOX", uids[0]).unwrap().ends_with("\r\n\r\n.dot\r\nlast\r\n"));
    assert_eq!(imap.flags("INBOX", uids[1]), ["$Todo", "\\Seen"]);
    imap.store("INBOX", uids[0], "+FLAGS (\\Flagged)");
    assert_eq!(imap.flags("INBOX", uids[0]), ["\\Flagged"]);
    imap.move_to("INBOX", uids[1], "Archive");
    imap.expunge("INBOX", uids[0]);
    assert_eq!(imap.uids("INBOX"), [0; 0]);
    assert_eq!(imap.uids("Archive").len(), 1);
    assert!(lab.maildir_of(&user).join(".Archive").is_dir());
    assert!(lab.deliver(&postroom_lab::LabUser { email: "none@example.test".into(), ..user }, b"a: b\n\n").is_err());
}

#[test]
fn maildir_files_become_messages_in_the_order_of_their_dates() {
    let lab = Lab::shared();
    let user = lab.user("bulk");
    lab.fill_bulk(&user, "大量/Bulk", 200, 2_000).unwrap();
    let date = UNIX_EPOCH + Duration::from_secs(1_600_000_000);
    let mail = |bytes, flags, days: u64| MaildirMail { bytes, flags, date: date + Duration::from_secs(days * 86_400) };
    lab.write_maildir(
        &user,
        "INBOX",
        &[mail(b"Subject: b\n\nlater\n", "SF", 9), mail(b"Subject: a\r\n\r\nx\r\n", "", 1)],
    )
    .unwrap();
    let mut imap = lab.imap(&user);
    assert_eq!(imap.uids("大量/Bulk").len(), 200);
    assert_eq!(imap.search("大量/Bulk", "UNSEEN").len(), 50);
    assert_eq!(imap.search("大量/Bulk", "FLAGGED").len(), 10);
    let uids = imap.uids("INBOX");
    assert_eq!(imap.flags("INBOX", uids[0]), [""; 0]);
    assert_eq!(imap.flags("INBOX", uids[1]), ["\\Flagged", "\\Seen"]);
    let said = imap.command(&format!("UID FETCH {} (INTERNALDATE RFC822.SIZE)", uids[1])).concat();
    assert!(said.contains("22-Sep-2020") && said.contains("RFC822.SIZE 21"), "{said}");
    assert!(imap.message("INBOX", uids[1]).unwrap().ends_with("later\r\n"));
}

#[test]
fn the_shared_mailbox_is_seen_by_those_it_is_shared_with() {
    let lab = Lab::start(LabOptions::default()).unwrap();
    let company = Company::found(&lab).unwrap();
    lab.deliver(&company.service, b"Subject: help\n\nPlease.\n").unwrap();
    let shared = "Shared/service@example.test";
    let mut imap = lab.imap(&company.alice);
    assert!(imap.folders().iter().any(|folder| folder == shared), "{:?}", imap.folders());
    assert_eq!(imap.uids(shared).len(), 1);
    let said = imap.command(&format!("MYRIGHTS {shared}")).remove(0);
    let rights = said.rsplit(' ').next().unwrap();
    assert!("lrswipkxte".chars().all(|right| rights.contains(right)) && !rights.contains('a'), "{said}");
    let stranger = lab.user("stranger");
    assert!(!lab.imap(&stranger).folders().iter().any(|folder| folder.starts_with("Shared/service")));
    assert_eq!(lab.find_user("bob@example.test"), Some(company.bob));
}

#[test]
fn every_mail_of_the_corpus_can_be_appended() {
    let lab = Lab::shared();
    let user = lab.user("corpus");
    let files = data::mail_files();
    for file in &files {
        lab.append(&user, "Archive", &std::fs::read(file).unwrap(), "").unwrap();
    }
    assert_eq!(lab.imap(&user).uids("Archive").len(), files.len());
}
