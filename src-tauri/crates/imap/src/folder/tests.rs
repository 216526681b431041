use super::*;
use crate::wire::{Event, Untagged, parse};

fn list(lines: &[&[u8]]) -> FolderList {
    let (mut folders, mut statuses) = (Vec::new(), Vec::new());
    for line in lines {
        let line = bytes::Bytes::from([line, b"\r\n".as_slice()].concat());
        match parse(&line).unwrap() {
            Event::Untagged(Untagged::List(line)) => folders.push(line),
            Event::Untagged(Untagged::Status(line)) => statuses.push(line),
            other => panic!("{other:?}"),
        }
    }
    judge(folders, &statuses)
}

fn roles(lines: &[&[u8]]) -> Vec<(String, FolderRole)> {
    list(lines).folders.into_iter().map(|folder| (folder.path, folder.role)).collect()
}

fn check_rejected(line: &[u8], reason: &str) {
    let list = list(&[line]);
    assert!(list.folders.is_empty(), "{:?}", list.folders);
    assert!(list.rejected[0].reason.contains(reason), "{:?}", list.rejected);
}

#[test]
fn names_are_decoded_and_the_raw_one_kept() {
    let list =
        list(&[br#"* LIST (\HasNoChildren) "/" "&XfJT0ZAB-""#, br#"* LIST () "/" "&XfJT0ZAB""#, b"* LIST () NIL ../x"]);
    let names: Vec<_> = list.folders.iter().map(|f| (f.raw.as_str(), f.path.as_str(), f.decoded)).collect();
    assert_eq!(names, [("&XfJT0ZAB-", "已发送", true), ("&XfJT0ZAB", "&XfJT0ZAB", false), ("../x", "../x", true)]);
    assert_eq!(list.folders[0].role, FolderRole::Sent);
    assert_eq!(list.folders[2].delimiter, None);
}

#[test]
fn names_that_no_command_can_carry_are_rejected() {
    check_rejected(b"* LIST () \"/\" \"a\0b\"", "NUL");
    check_rejected(b"* LIST () \"/\" \"&AAA-\"", "NUL");
    check_rejected(b"* LIST () \"/\" \"&AA0ACg-\"", "NUL, CR or LF");
    check_rejected(b"* LIST () \"/\" {4}\r\na\r\nb", "NUL, CR or LF");
    check_rejected(b"* LIST () \"/\" \"\"", "empty");
    check_rejected(b"* LIST () \"/\" \"\xd2\xd1\"", "neither");
    check_rejected(format!("* LIST () \"/\" \"{}\"", "a".repeat(1001)).as_bytes(), "longer");
}

#[test]
fn the_inbox_is_one_whatever_its_case() {
    let list =
        list(&[b"* LIST () \"/\" Inbox", b"* LIST () \"/\" INBOX", b"* STATUS inbox (MESSAGES 3 UIDVALIDITY 0)"]);
    assert_eq!(list.folders.len(), 1);
    assert_eq!((list.folders[0].path.as_str(), list.folders[0].raw.as_str()), ("INBOX", "Inbox"));
    let status = list.folders[0].status.unwrap();
    assert_eq!((status.messages, status.uid_validity), (Some(3), None));
}

#[test]
fn roles_come_from_the_server_first() {
    use FolderRole::{All, Junk, Other, Sent, Trash};
    let got = roles(&[
        br#"* LIST (\Sent) "/" "Outgoing""#,
        br#"* LIST () "/" "Sent""#,
        br#"* LIST () "/" "INBOX/&V4NXPpCuTvY-""#,
        br#"* LIST (\Noselect) "/" "Trash""#,
        br#"* LIST () "/" "Deleted Items""#,
        br#"* LIST () "/" "Projects/Archive""#,
        br#"* LIST (\All) "/" "[Gmail]/All Mail""#,
    ]);
    let roles: Vec<_> = got.into_iter().map(|(_, role)| role).collect();
    assert_eq!(roles, [Sent, Other, Junk, Other, Trash, Other, All]);
}
