use super::*;

fn judged(host: &str, greeting: &str, words: &str, id: &str) -> (Quirks, Capabilities) {
    let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
    let mut capabilities = Capabilities::from_words(&words);
    let mut clues = Clues::new(host, greeting);
    clues.id = id.to_ascii_lowercase();
    let quirks = clues.judge(&mut capabilities);
    (quirks, capabilities)
}

fn check(host: &str, greeting: &str, words: &str, id: &str, provider: Option<Provider>) {
    let (quirks, _) = judged(host, greeting, words, id);
    assert_eq!(quirks.provider, provider, "{host} {greeting} {words} {id}");
    assert!(quirks.connections > 0 && quirks.uids > 0 && quirks.line >= 1000);
}

/// As recorded in the threads that the table names.
#[test]
fn a_server_is_recognised_by_what_it_says() {
    check("", "Coremail System IMap Server Ready(163com[1])", "", "", Some(Provider::NetEase));
    check("", "IMAP4 ready", "XLIST ID X-CM-EXT-1", "", Some(Provider::NetEase));
    check("", "IMAP4 ready", "", "(\"name\" \"Coremail Imap\" \"vendor\" \"Mailtech\")", Some(Provider::NetEase));
    check("imap.wp.pl", "IMAP4 ready", "XLIST ID IDLE MOVE XAOL-MOVE", "", None);
    check("", "QQMail XMIMAP4Server ready", "", "", Some(Provider::Tencent));
    check("", "QQMail IMAP4Server ready", "XAPPLEPUSHSERVICE", "", Some(Provider::Tencent));
    check("", "The Microsoft Exchange IMAP4 service is ready. [x]", "", "", Some(Provider::Exchange));
    check("", "Gimap ready for requests from 1.2.3.4", "X-GM-EXT-1", "", Some(Provider::Gmail));
    check("", "Dovecot ready.", "X-GM-EXT-1 XAPPLEPUSHSERVICE", "(\"name\" \"Dovecot\")", None);
    check("", "(2109B29-d3) pv33p00im-iscream021.me.com", "XAPPLEPUSHSERVICE", "", Some(Provider::ICloud));
    check(
        "",
        "IMAP4rev1 Service Ready",
        "",
        "(name ProtonMail vendor \"Proton Technologies AG\")",
        Some(Provider::Proton),
    );
    check("", "IMAP4rev1 Hello", "MOVE XYMHIGHESTMODSEQ", "", Some(Provider::Yahoo));
    check("", "Yandex IMAP4rev1 at sas8.yandex.net:993 ready to talk with", "", "", Some(Provider::Yandex));
    check("", "svwall.zoho.com IMAP4 Server (Zoho Mail IMAP4rev1 Server)", "", "", Some(Provider::Zoho));
    check("", "Courier-IMAP ready. Copyright 1998-2018", "", "", Some(Provider::Courier));
    check("imap.strato.de", "ready", "", "", Some(Provider::Strato));
    check("mail.example.test", "ready", "IDLE", "NIL", None);
}

#[test]
fn hosts_go_by_whole_labels() {
    let check = |host, line, qresync, moves| {
        let (quirks, capabilities) = judged(host, "", "QRESYNC MOVE", "");
        assert_eq!(quirks.line, line, "{host}");
        assert_eq!(capabilities.has(Capability::QResync), qresync, "{host}");
        assert_eq!(capabilities.has(Capability::Move), moves, "{host}");
        assert!(capabilities.has(Capability::CondStore));
    };
    check("imap.mail.yahoo.com", 1000, true, true);
    check("imap.mail.yahoo.co.jp", 1000, true, false);
    check("notyahoo.com", 8000, true, true);
    check("IMAP.mail.me.com", 8000, false, true);
}

#[test]
fn what_does_not_work_is_not_listed() {
    let (_, netease) = judged("imap.163.com", "", "IDLE MOVE UIDPLUS", "");
    assert!(netease.has(Capability::Id) && netease.has(Capability::UidPlus));
    assert!(!netease.has(Capability::Idle) && !netease.can_move());
    assert!(judged("imap.163.com", "", "", "").1.is_empty(), "still to be asked for");
    let (_, zoho) = judged("imap.zoho.com", "", "CONDSTORE QRESYNC", "");
    assert!(!zoho.has(Capability::CondStore));
    let (tencent, _) = judged("imap.exmail.qq.com", "", "", "");
    assert!(!tencent.searches && tencent.connections == 2);
}

/// A greeting in clear may be anyone's.
#[test]
fn no_row_touches_what_the_login_demands() {
    let login = [Capability::StartTls, Capability::LoginDisabled, Capability::AuthPlain, Capability::SaslIr];
    for row in table::ROWS {
        let touched = row.quirks.assumed.iter().chain(row.quirks.hidden).find(|one| login.contains(one));
        assert_eq!(touched, None, "{:?}", row.quirks.provider);
        let lower = |parts: &[&str]| parts.iter().all(|part| *part == part.to_ascii_lowercase() && !part.is_empty());
        assert!(lower(row.hosts) && lower(row.greetings) && lower(row.ids), "{:?}", row.quirks.provider);
    }
}
