use proptest::prelude::*;

use super::*;

fn read(line: &str) -> Event {
    parse(&Bytes::from(format!("{line}\r\n"))).unwrap_or_else(|error| panic!("{line}: {error}"))
}

fn fetch(line: &str) -> Fetch {
    match read(line) {
        Event::Untagged(Untagged::Fetch(fetch)) => *fetch,
        other => panic!("{other:?}"),
    }
}

fn code(text: &str) -> (Option<Code>, String) {
    match read(&format!("* OK {text}")) {
        Event::Untagged(Untagged::State(state)) => (state.code, state.text),
        other => panic!("{other:?}"),
    }
}

#[test]
fn fetch_items_are_typed_and_others_skipped() {
    use postroom_types::{Flags, ModSeq, Uid, UnixMillis};
    let got = fetch(
        "* 2 FETCH (X-GM-LABELS (\"a\" {1}\r\n)) UID 7 FLAGS (\\Seen $Junk odd]flag) INTERNALDATE \" 1-Feb-2024 08:09:10 +0800\" \
         RFC822.SIZE 1234 MODSEQ (12) BODYSTRUCTURE ((\"a\" NIL)(NIL)) BODY[HEADER]<0> {4}\r\na: b)",
    );
    assert_eq!((got.uid, got.size, got.modseq), (Some(Uid(7)), Some(1234), Some(ModSeq(12))));
    assert_eq!(got.flags, Some(Flags::SEEN | Flags::JUNK));
    assert_eq!(got.internal_date, Some(UnixMillis(1_706_746_150_000)));
    let section = &got.sections[0];
    assert_eq!((section.name.as_slice(), section.origin), (b"HEADER".as_slice(), Some(0)));
    assert_eq!(section.data, SectionData::Bytes(Bytes::from_static(b"a: b")));
}

#[test]
fn what_servers_in_use_get_wrong_is_borne() {
    assert_eq!(fetch("* 1 FETCH (UID 1 INTERNALDATE NIL)").internal_date, None);
    assert_eq!(fetch("* 1 FETCH (UID 1 INTERNALDATE \"31-Foo-2024\")").internal_date, None);
    assert_eq!(fetch("* 1 FETCH (RFC822.SIZE 9.3736e+06 UID 1)").size, Some(9_373_600));
    assert_eq!(fetch("* 1 FETCH (UID 1 MODSEQ (-1))").modseq, None);
    assert_eq!(fetch("* 1 FETCH (UID 1 BODY[])").sections[0].data, SectionData::Nil);
    assert_eq!(fetch("* 1 FETCH (UID 1 BODY[] NIL)").sections[0].data, SectionData::Nil);
    assert_eq!(fetch("* 0 FETCH (UID 0 FLAGS ())").uid, None);
    assert_eq!(fetch("* 1 fetch (uid 3 flags (\\seen ) )").uid.map(|uid| uid.0), Some(3));
}

#[test]
fn codes_that_imap_proto_loses_are_read() {
    assert_eq!(code("[NOMODSEQ] x").0, Some(Code::NoModSeq));
    assert_eq!(code("[CLOSED] x").0, Some(Code::Closed));
    assert_eq!(code("[MODIFIED 7,9] x").0, Some(Code::Modified(UidSet::from_ranges([(7, 7), (9, 9)]))));
    assert_eq!(code("[OVERQUOTA] full").0, Some(Code::Refusal(crate::RefusalCode::OverQuota)));
    assert_eq!(code("[COPYUID 5  ] x").0, None);
    assert_eq!(code("[UIDVALIDITY 0] x").0, Some(Code::UidValidity(None)));
    let (permanent, text) = code("[PERMANENTFLAGS (OIB-[Gmail]/All \\*)] Flags permitted.");
    assert_eq!(permanent, Some(Code::PermanentFlags(vec!["OIB-[Gmail]/All".to_owned(), "\\*".to_owned()])));
    assert_eq!(text, "Flags permitted.");
    assert_eq!(code("[UNCLOSED x"), (None, "[UNCLOSED x".to_owned()));
}

#[test]
fn texts_are_cleaned_and_cut() {
    assert_eq!(code("a\u{202e}b \u{7}c").1, "ab c");
    assert_eq!(code(&"密".repeat(5000)).1.chars().count(), 200);
}

#[test]
fn extensions_beyond_imap_proto_are_typed() {
    let Event::Untagged(Untagged::Esearch(found)) =
        read("* ESEARCH (TAG \"A1\") UID ALL 1:3,9 COUNT 4 MODSEQ 5 ADDTO (0 1)")
    else {
        panic!()
    };
    assert_eq!((found.tag.as_deref(), found.uid, found.all.to_string().as_str()), (Some("A1"), true, "1:3,9"));
    let Event::Untagged(Untagged::Search(found)) = read("* SEARCH 5 3 4 (MODSEQ 917162500)") else { panic!() };
    assert_eq!(found.ids.to_string(), "3:5");
    let Event::Untagged(Untagged::Vanished { earlier, uids }) = read("* VANISHED (EARLIER) 1:26183,26185") else {
        panic!()
    };
    assert_eq!((earlier, uids.len()), (true, 26184));
    let Event::Untagged(Untagged::Status(status)) =
        read("* STATUS a (MAILBOXID (F1) SIZE 5 MESSAGES 2 UIDNEXT 0 DELETED 1)")
    else {
        panic!()
    };
    assert_eq!((status.messages, status.uid_next), (Some(2), None));
    let Event::Untagged(Untagged::List(list)) = read("* LIST (\\Sent) \"/\" a (\"OLDNAME\" (\"b\"))") else { panic!() };
    assert_eq!(list.name, b"a");
    for line in [
        "* NAMESPACE ((\"\" \"/\")) NIL NIL",
        "* THREAD (1)(2)",
        "* METADATA \"\" (/x {1}\r\na)",
        "* STATUS \"INBOX\" ()",
    ] {
        assert!(matches!(read(line), Event::Untagged(_)), "{line}");
    }
}

#[test]
fn the_users_own_namespace_is_read_and_no_other() {
    let namespace = |line: &str| match read(&format!("* NAMESPACE {line}")) {
        Event::Untagged(Untagged::Namespace(found)) => {
            found.map(|found| (String::from_utf8(found.prefix).unwrap(), found.delimiter))
        }
        other => panic!("{other:?}"),
    };
    let some = |prefix: &str, delimiter| Some((prefix.to_owned(), Some(delimiter)));
    assert_eq!(namespace("((\"\" \"/\")) NIL NIL"), some("", '/'));
    assert_eq!(namespace("((\"INBOX.\" \".\")(\"#news.\" \".\")) ((\"user.\" \".\")) NIL"), some("INBOX.", '.'));
    assert_eq!(namespace("(( \"a\\\\b\" \"\\\\\" \"X-PARAM\" (\"FLAG1\" \"FLAG2\") )) NIL NIL"), some("a\\b", '\\'));
    assert_eq!(namespace("(({6}\r\nINBOX/ NIL)) NIL NIL"), Some(("INBOX/".to_owned(), None)));
    for nothing in ["NIL ((\"user.\" \".\")) NIL", "", "()", "((", "((NIL NIL))", "((\"open", "nonsense"] {
        assert_eq!(namespace(nothing), None, "{nothing}");
    }
}

proptest! {
    #[test]
    fn any_line_is_read_or_refused(start in prop::sample::select(vec!["* LIST ", "* 1 FETCH (", "* STATUS ", "* ESEARCH ", "* NAMESPACE ((", "* OK [", ""]),
                                   rest in prop::collection::vec(any::<u8>(), 0..200)) {
        drop(parse(&Bytes::from([start.as_bytes(), &rest].concat())));
    }
}
