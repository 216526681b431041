use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use encoding_rs::Encoding;

use super::*;

fn now() -> SystemTime {
    // Tuesday, 24 November 2026, 10:50 UTC.
    SystemTime::UNIX_EPOCH + Duration::from_mins(29_925_290)
}

fn alice() -> &'static [SampleMail] {
    static MAILS: LazyLock<Vec<SampleMail>> = LazyLock::new(|| mails(&ALICE, 2340, now()));
    &MAILS
}

fn everybody() -> &'static [SampleMail] {
    static MAILS: LazyLock<Vec<SampleMail>> = LazyLock::new(|| {
        let others = [BOB, CAROL, SERVICE];
        alice().iter().cloned().chain(others.iter().flat_map(|person| mails(person, 220, now()))).collect()
    });
    &MAILS
}

fn head(mail: &SampleMail) -> String {
    let end = mail.bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a header");
    String::from_utf8(mail.bytes[..end].to_vec()).expect("headers are ASCII").replace("\r\n ", " ") + "\r\n"
}

fn field(head: &str, name: &str) -> Option<String> {
    head.split("\r\n").find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned))
}

/// Encoded words, decoded without the help of the code that wrote them.
fn decoded(value: &str) -> String {
    let mut out = String::new();
    for (at, piece) in value.split(' ').enumerate() {
        let fields: Vec<&str> = piece.trim_end_matches(',').split('?').collect();
        let word = piece.starts_with("=?");
        if at > 0 && !word {
            out.push(' ');
        }
        match fields.as_slice() {
            ["=", charset, "B", data, "="] => {
                assert!(piece.len() <= 76, "{piece}");
                let encoding = Encoding::for_label(charset.as_bytes()).expect("a known charset");
                let bytes = STANDARD.decode(data).expect("base64");
                let (text, _, bad) = encoding.decode(&bytes);
                assert!(!bad, "{piece}");
                out.push_str(&text);
            }
            _ => out.push_str(piece),
        }
    }
    out
}

fn by_folder(mails: &[SampleMail]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for mail in mails {
        *counts.entry(mail.folder).or_default() += 1;
    }
    counts
}

#[test]
fn alice_has_every_folder_at_its_size() {
    let expected = [
        ("Archive", 720),
        ("Drafts", 3),
        ("INBOX", 600),
        ("Junk", 20),
        ("Newsletter", 92),
        ("Projects/Nordwind/Phase 2", 130),
        ("Sent", 420),
        ("Trash", 15),
        ("发票", 140),
        ("合同/2025", 90),
        ("合同/2026", 110),
    ];
    assert_eq!(by_folder(alice()), BTreeMap::from(expected));
}

#[test]
fn any_count_is_kept() {
    for person in [ALICE, BOB, CAROL, SERVICE] {
        for count in [0, 1, 2, 7, 40, 333] {
            assert_eq!(mails(&person, count, now()).len(), count, "{} {count}", person.user);
        }
    }
}

#[test]
fn the_same_time_gives_the_same_bytes() {
    assert_eq!(mails(&ALICE, 300, now()), mails(&ALICE, 300, now()));
    assert_ne!(mails(&BOB, 30, now()), mails(&CAROL, 30, now()));
}

#[test]
fn the_inbox_looks_used() {
    let all = alice();
    let inbox: Vec<&SampleMail> = all.iter().filter(|mail| mail.folder == "INBOX").collect();
    let within = |hours: u64| {
        let since = now() - Duration::from_hours(hours);
        inbox.iter().filter(|mail| mail.date > since).count()
    };
    let unread = inbox.iter().filter(|mail| !mail.flags.contains('S')).count();
    assert!((10..=14).contains(&unread), "{unread} unread");
    assert!((7..=9).contains(&within(10)), "{} of today", within(10));
    assert!((36..=46).contains(&within(7 * 24)), "{} of this week", within(7 * 24));
    let newest = inbox.iter().max_by_key(|mail| mail.date).expect("mails");
    assert_eq!(field(&head(newest), "Subject").as_deref(), Some("Re: Delivery of PO-20417 delayed"));
}

#[test]
fn dates_lie_in_two_years_before_now() {
    for mail in everybody() {
        let age = now().duration_since(mail.date).expect("not in the future");
        assert!(age >= Duration::from_mins(2) && age < Duration::from_hours(24 * 732), "{age:?}");
    }
}

#[test]
fn every_mail_is_well_formed() {
    let mut ids = BTreeSet::new();
    for mail in everybody() {
        let mut before = 0;
        let mut line = 0;
        for byte in &mail.bytes {
            assert!(*byte != b'\n' || before == b'\r', "bare LF");
            assert!(before != b'\r' || *byte == b'\n', "bare CR");
            line = if *byte == b'\n' { 0 } else { line + 1 };
            assert!(line < 998, "line too long");
            before = *byte;
        }
        assert!(mail.bytes.ends_with(b"\r\n"));
        let head = head(mail);
        let id = field(&head, "Message-ID").expect("a Message-ID");
        assert!(ids.insert(id.clone()), "{id} twice");
        for name in ["Date", "From", "To", "Subject", "Content-Type"] {
            assert!(field(&head, name).is_some_and(|value| !value.is_empty()), "{name} in {id}");
        }
        let subject = decoded(&field(&head, "Subject").unwrap_or_default());
        assert!(!subject.contains(['{', '}', '\u{fffd}']), "{subject}");
        assert!(mail.flags.chars().is_sorted() && mail.flags.chars().all(|flag| "DFRS".contains(flag)));
    }
}

#[test]
fn threads_are_linked_and_share_their_subject() {
    let all = everybody();
    let mut subjects = BTreeMap::new();
    for mail in all {
        let head = head(mail);
        let subject = decoded(&field(&head, "Subject").unwrap_or_default());
        subjects.insert(field(&head, "Message-ID").unwrap_or_default(), (subject, mail.date));
    }
    let mut answers = 0;
    for mail in all {
        let head = head(mail);
        let Some(parent) = field(&head, "In-Reply-To") else { continue };
        answers += 1;
        assert!(field(&head, "References").is_some_and(|list| list.ends_with(&parent)));
        let (subject, date) = subjects.get(&parent).expect("the parent exists");
        assert!(*date < mail.date);
        let own = decoded(&field(&head, "Subject").unwrap_or_default());
        let base = own.trim_start_matches("Re: ").trim_start_matches("回复：").trim_start_matches("回覆：");
        assert!(subject.contains(base), "{own} answers {subject}");
    }
    assert!(answers > 900, "{answers}");
}

#[test]
fn the_world_is_not_all_utf8() {
    let all = everybody();
    let counts = |needle: &str| all.iter().filter(|mail| String::from_utf8_lossy(&mail.bytes).contains(needle)).count();
    let least = [
        ("charset=UTF-8", 500),
        ("charset=GB18030", 50),
        ("charset=GBK", 50),
        ("charset=gb2312", 50),
        ("charset=big5", 40),
        ("charset=windows-1252", 30),
        ("charset=ISO-2022-JP", 1),
        ("Content-Transfer-Encoding: base64", 500),
        ("Content-Transfer-Encoding: quoted-printable", 300),
        ("Content-Transfer-Encoding: 8bit", 20),
        ("text/calendar; method=REQUEST", 10),
        ("multipart/related", 50),
        ("Content-Type: application/pdf", 100),
        ("wordprocessingml.document", 20),
        ("spreadsheetml.sheet", 50),
        ("filename*=UTF-8''", 50),
        ("filename*0*=UTF-8''", 5),
        ("https://img.news.example/open.gif", 30),
    ];
    for (needle, count) in least {
        assert!(counts(needle) >= count, "{needle}: {}", counts(needle));
    }
}

#[test]
fn three_thousand_mails_differ() {
    let mut bodies = BTreeSet::new();
    let all = everybody();
    for mail in all {
        let text = String::from_utf8_lossy(&mail.bytes);
        bodies.insert(text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default());
    }
    assert!(bodies.len() + 60 > all.len(), "{} of {}", bodies.len(), all.len());
}

#[test]
fn long_encoded_words_keep_their_characters() {
    let text = "关于采购合同补充协议第四条修改意见的回复（第三稿，请今天下班前确认）";
    for charset in [mime::Charset::Utf8, mime::Charset::Gb18030, mime::Charset::Gb2312] {
        assert_eq!(decoded(&mime::words(text, charset).replace("\r\n ", " ")), text);
    }
}

#[test]
fn checksums_are_right() {
    // The check value that every list of CRCs gives for this text.
    assert_eq!(files::crc32(b"123456789"), 0xcbf4_3926);
}

#[test]
fn fill_puts_the_company_on_a_server() {
    let lab = Lab::start(crate::LabOptions::default()).unwrap();
    let company = crate::Company::found(&lab).unwrap();
    fill(&lab, 300).unwrap();
    let mut imap = lab.imap(&company.alice);
    assert_eq!(imap.uids("INBOX").len(), 60);
    assert_eq!(imap.uids("合同/2026").len(), 11);
    assert_eq!(imap.uids("Projects/Nordwind/Phase 2").len(), 13);
    assert_eq!(imap.uids("Odd mail 怪信").len(), data::mail_files().len());
    let newest = imap.search("INBOX", "HEADER Subject \"Re: Delivery of PO-20417\"");
    assert_eq!(newest, imap.uids("INBOX").iter().max().map(|uid| vec![*uid]).unwrap_or_default());
    assert!(lab.imap(&company.service).uids("INBOX").len() > 5);
}

#[test]
fn any_moment_will_do() {
    // Just after midnight, New Year's Eve and Day, a weekend, a leap day, far from the years in folder names.
    for minutes in [29_925_290 - 645, 29_979_359, 29_979_361, 29_922_800, 30_591_400, 33_000_000] {
        let now = SystemTime::UNIX_EPOCH + Duration::from_mins(minutes);
        for person in [ALICE, SERVICE] {
            let mails = mails(&person, 400, now);
            assert_eq!(mails.len(), 400);
            assert!(mails.iter().all(|mail| mail.date <= now));
        }
    }
}
