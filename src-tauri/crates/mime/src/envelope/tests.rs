use super::*;

fn envelope(header: &str) -> Envelope {
    parse_envelope(header.as_bytes())
}

fn kinds(envelope: &Envelope) -> Vec<DefectKind> {
    envelope.defects.iter().map(|defect| defect.kind).collect()
}

#[test]
fn a_plain_header_is_read() {
    let read = envelope(
        "From: =?utf-8?Q?Zhang=2C_Wei?= <wei@example.com>\r\nTo: a@example.com,\r\n \"B, C\" <b@example.com>\r\n\
         Cc: Team: c@example.com, d@example.com;\r\nSubject: Hello\r\n world\r\nDate: Tue, 24 Nov 2026 08:45:37 +0100\r\n\
         Message-ID: <1@x>\r\nIn-Reply-To: <0@x>\r\nReferences: <a@x>\r\n <0@x>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\nbody",
    );
    assert_eq!(read.from, [Address::new("Zhang, Wei", "wei@example.com")]);
    assert_eq!(read.to, [Address::new("", "a@example.com"), Address::new("B, C", "b@example.com")]);
    assert_eq!(read.cc, [Address::new("", "c@example.com"), Address::new("", "d@example.com")]);
    assert_eq!(read.subject, "Hello world");
    assert_eq!(read.date, Some(UnixMillis(1_795_506_337_000)));
    assert_eq!((read.message_id.as_str(), read.in_reply_to.as_slice()), ("1@x", ["0@x".to_owned()].as_slice()));
    assert_eq!(read.references, ["a@x", "0@x"]);
    assert!(read.maybe_attachments);
    assert_eq!(read.defects, []);
}

#[test]
fn raw_gbk_headers_are_read() {
    let read = parse_envelope(b"From: \xd5\xc5\xce\xb0 <wei@example.com>\r\nSubject: \xb9\xd8\xd3\xda\xba\xcf\xcd\xac\r\nDate: 24 Nov 2026 08:00 +0800\r\n\r\n");
    assert_eq!(read.from, [Address::new("张伟", "wei@example.com")]);
    assert_eq!(read.subject, "关于合同");
    assert_eq!(kinds(&read), []);
}

#[test]
fn an_unclear_sender_is_said() {
    for from in [
        "",
        "From: \r\n",
        "From: a@b.example\r\nFrom: c@d.example\r\n",
        "From: <a@b.example> <c@d.example>\r\n",
        "From: a@b.example, c@d.example\r\n",
        "From: a@b\0@c.example\r\n",
        "From: \"a@b.example\" <\0c@d.example>\r\n",
        "From: nobody\r\n",
    ] {
        let read = envelope(&format!("{from}Subject: x\r\nDate: 24 Nov 2026 08:00 +0000\r\n\r\n"));
        assert_eq!(kinds(&read), [DefectKind::SenderUnclear], "{from:?} gave {:?}", read.from);
    }
}

#[test]
fn bad_dates_are_none() {
    for (date, expected) in [
        ("Thu, 1 Jan 1970 00:00:01 +0000", Some(1_000)),
        ("1 Jan 70 00:00:01 GMT", Some(1_000)),
        ("2026-11-24 08:00:00", Some(1_795_507_200_000)),
        ("yesterday", None),
        ("", None),
        ("99 Foo 99999 99:99:99 +9999", None),
    ] {
        let read = envelope(&format!("From: a@b\r\nDate: {date}\r\n\r\n"));
        assert_eq!(read.date.map(|date| date.0), expected, "{date:?}");
    }
}

#[test]
fn no_header_is_no_mail() {
    let read = envelope("just some words\nand more");
    assert_eq!(kinds(&read), [DefectKind::NotMime, DefectKind::DateMissing]);
}

#[test]
fn controls_do_not_get_through() {
    let read = envelope(
        "From: \"a\rb\" <a@b>\r\nSubject: x\0y\rz\r\nMessage-ID: <a\rBcc: c@d>\r\nReferences: <a\0b@c>\r\n\r\n",
    );
    for text in [&read.subject, &read.message_id, &read.from[0].name, &read.references[0]] {
        assert!(!text.contains(char::is_control), "{text:?}");
    }
}
