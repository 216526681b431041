use proptest::prelude::*;

use super::*;

const ZONE: &str = "BEGIN:VTIMEZONE\r\nTZID:Somewhere\r\nX-LIC-LOCATION:Europe/Vienna\r\nBEGIN:STANDARD\r\n\
    DTSTART:19701025T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";

fn read(method: &str, event: &str) -> Option<Invitation> {
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{method}{ZONE}BEGIN:VEVENT\r\nUID:1\r\n{event}END:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    invitation(&text, PartNumber(2))
}

#[track_caller]
fn starts(line: &str, at: Option<i64>, local: &str, zone: &str) {
    let start = read("", &format!("{line}\r\n")).and_then(|invitation| invitation.start);
    let expected = EventTime { at: at.map(UnixMillis), local: local.to_owned(), zone: zone.to_owned() };
    assert_eq!(start, Some(expected), "{line}");
}

#[test]
fn an_invitation_is_read() {
    let invitation = read(
        "METHOD:REQUEST\r\n",
        "SUMMARY:报价评审\\, Runde 2\r\nLOCATION:Raum 4\\nWien\r\nORGANIZER;CN=\"Müller, Karin\":mailto:karin@example.test\r\n\
         ATTENDEE:mailto:a@example.test\r\nATTENDEE:mailto:b@example.test\r\n\
         DTSTART;TZID=Europe/Berlin:20260303T100000\r\nDTEND;TZID=Europe/Berlin:20260303T113000\r\n\
         RRULE:FREQ=WEEKLY;BYDAY=TU\r\n",
    );
    let at = 1_772_528_400_000;
    let time = |at, local: &str| {
        Some(EventTime { at: Some(UnixMillis(at)), local: local.to_owned(), zone: "Europe/Berlin".to_owned() })
    };
    let expected = Invitation {
        part: PartNumber(2),
        kind: InvitationKind::Request,
        summary: "报价评审, Runde 2".to_owned(),
        place: "Raum 4 Wien".to_owned(),
        organiser: Address::new("Müller, Karin", "karin@example.test"),
        attendees: 2,
        start: time(at, "2026-03-03T10:00:00"),
        end: time(at + 90 * 60_000, "2026-03-03T11:30:00"),
        repeats: Some(Repeats::Weekly),
        more: 0,
    };
    assert_eq!(invitation, Some(expected));
}

#[test]
fn times_are_in_their_zone_or_said_to_be_in_none() {
    starts("DTSTART:20260303T090000Z", Some(1_772_528_400_000), "2026-03-03T09:00:00", "");
    starts(
        "DTSTART;TZID=Asia/Shanghai:20260303T170000",
        Some(1_772_528_400_000),
        "2026-03-03T17:00:00",
        "Asia/Shanghai",
    );
    // Outlook's names, and a name that only the file itself explains.
    starts(
        "DTSTART;TZID=W. Europe Standard Time:20260303T100000",
        Some(1_772_528_400_000),
        "2026-03-03T10:00:00",
        "W. Europe Standard Time",
    );
    starts("DTSTART;TZID=Somewhere:20260303T100000", Some(1_772_528_400_000), "2026-03-03T10:00:00", "Somewhere");
    starts("DTSTART;TZID=Nowhere/Land:20260303T100000", None, "2026-03-03T10:00:00", "Nowhere/Land");
    starts("DTSTART:20260303T100000", None, "2026-03-03T10:00:00", "");
    starts("DTSTART;VALUE=DATE:20260303", None, "2026-03-03", "");
}

#[test]
fn an_end_may_be_a_duration() {
    let end = read("", "DTSTART:20260303T090000Z\r\nDURATION:PT45M\r\n").and_then(|invitation| invitation.end);
    assert_eq!(end.and_then(|end| end.at), Some(UnixMillis(1_772_528_400_000 + 45 * 60_000)));
}

#[test]
fn what_is_wanted_is_told() {
    let kind = |method: &str| read(method, "SUMMARY:x\r\n").map(|invitation| invitation.kind);
    assert_eq!(kind("METHOD:CANCEL\r\n"), Some(InvitationKind::Cancel));
    assert_eq!(kind("METHOD:REPLY\r\n"), Some(InvitationKind::Reply));
    assert_eq!(kind("METHOD:PUBLISH\r\n"), Some(InvitationKind::Publish));
    assert_eq!(kind(""), Some(InvitationKind::Publish));
    assert_eq!(kind("METHOD:REFRESH\r\n"), Some(InvitationKind::Other));
}

#[test]
fn a_rule_is_one_word_only_where_that_is_the_truth() {
    let repeats = |rule: &str| read("", &format!("{rule}\r\n")).and_then(|invitation| invitation.repeats);
    assert_eq!(repeats("RRULE:FREQ=DAILY;COUNT=5"), Some(Repeats::Daily));
    assert_eq!(repeats("RRULE:FREQ=MONTHLY;BYMONTHDAY=3"), Some(Repeats::Monthly));
    assert_eq!(repeats("RRULE:FREQ=YEARLY"), Some(Repeats::Yearly));
    for rule in [
        "RRULE:FREQ=WEEKLY;INTERVAL=2",
        "RRULE:FREQ=WEEKLY;BYDAY=MO,WE",
        "RRULE:FREQ=DAILY;BYDAY=MO",
        "RDATE:20260401T090000Z",
    ] {
        assert_eq!(repeats(rule), Some(Repeats::Other), "{rule}");
    }
    assert_eq!(repeats("SUMMARY:x"), None);
}

#[test]
fn an_exception_stands_behind_its_event() {
    let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nRECURRENCE-ID:20260310T090000Z\r\nSUMMARY:moved\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:weekly\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:2\r\nSUMMARY:other\r\nEND:VEVENT\r\n\
        END:VCALENDAR\r\n";
    let read = invitation(text, PartNumber(1)).unwrap();
    assert_eq!((read.summary.as_str(), read.more), ("weekly", 1));
}

#[test]
fn what_is_too_much_is_not_read() {
    assert_eq!(invitation(&"BEGIN:VCALENDAR\r\n".repeat(100_000), PartNumber(1)), None);
    assert_eq!(invitation(&"BEGIN:VEVENT\r\n".repeat(7), PartNumber(1)), None);
    let event = "BEGIN:VEVENT\r\nSUMMARY:x\r\nEND:VEVENT\r\n".repeat(4_000);
    assert_eq!(invitation(&format!("BEGIN:VCALENDAR\r\n{event}END:VCALENDAR"), PartNumber(1)), None);
    assert_eq!(read("", &format!("SUMMARY:{}\r\n", "长".repeat(200_000))), None);
    let long = read("", &format!("SUMMARY:{}\r\n", "长".repeat(2_000))).unwrap();
    assert_eq!(long.summary.chars().count(), MAX_SHOWN);
    for none in ["", "hello", "BEGIN:VCARD\r\nFN:x\r\nEND:VCARD\r\n", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"] {
        assert_eq!(invitation(none, PartNumber(1)), None, "{none:?}");
    }
}

proptest! {
    #[test]
    fn no_text_brings_it_down(lines in prop::collection::vec(prop::sample::select(vec![
        "BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTIMEZONE", "END:VTIMEZONE", "TZID:x",
        "DTSTART;TZID=x:99999999T999999", "DTSTART:20260230T256161Z", "DURATION:P99999999999999W", "DURATION:-P1D",
        "RRULE:FREQ=SECONDLY;INTERVAL=0;UNTIL=0;COUNT=99999999999", "DTEND;VALUE=DATE:0", "ORGANIZER;CN=\"a:mailto:", "METHOD:",
        " folded", "\u{feff}", "ATTENDEE", ";;;;", "X-MICROSOFT-CDO-TZID:99", "DTSTART:20260303T100000Z",
    ]), 0..40), tail in any::<String>()) {
        invitation(&format!("BEGIN:VCALENDAR\r\n{}\r\n{tail}", lines.join("\r\n")), PartNumber(1));
    }
}
