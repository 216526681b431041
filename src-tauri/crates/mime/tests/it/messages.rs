//! How a message is laid out: texts, files, pictures, forwarded messages.

use postroom_mime::{header_block, parse, part_bytes, source_text, summarise};
use postroom_types::{DefectKind, PartNumber};

const HEAD: &str =
    "From: Wei <wei@example.com>\r\nSubject: x\r\nDate: Tue, 24 Nov 2026 08:00:00 +0800\r\nMIME-Version: 1.0\r\n";

fn mail(rest: &str) -> Vec<u8> {
    format!("{HEAD}{}", rest.replace('\n', "\r\n")).into_bytes()
}

fn kinds(raw: &[u8]) -> Vec<DefectKind> {
    parse(raw).defects.iter().map(|defect| defect.kind).collect()
}

#[test]
fn a_newsletter_shows_its_pictures_inside() {
    let raw = mail(
        "Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: multipart/alternative; boundary=a\n\n--a\n\nPlain words\n--a\n\
         Content-Type: multipart/related; boundary=r\n\n--r\nContent-Type: text/html; charset=utf-8\n\n<p>Words <img src=\"cid:logo@x\">\n--r\n\
         Content-Type: image/png\nContent-ID: <logo@x>\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--r--\n--a--\n--m\n\
         Content-Type: application/pdf; name=x.pdf\nContent-Disposition: attachment; filename*=utf-8''%E6%8A%A5%E4%BB%B7.pdf\n\
         Content-Transfer-Encoding: base64\n\nJVBERi0=\n--m--\n",
    );
    let message = parse(&raw);
    assert_eq!(message.text.as_deref(), Some("Plain words"));
    assert_eq!(message.html.as_deref(), Some("<p>Words <img src=\"cid:logo@x\">"));
    let files: Vec<_> =
        message.attachments.iter().map(|file| (file.part.0, file.name.as_str(), file.size, file.inline)).collect();
    assert_eq!(files, [(5, "attachment-5.png", 8, true), (6, "报价.pdf", 5, false)]);
    assert_eq!((message.inline[0].part, message.inline[0].content_id.as_str()), (PartNumber(5), "logo@x"));
    assert_eq!(part_bytes(&raw, PartNumber(6)).as_deref(), Some(b"%PDF-".as_slice()));
    assert_eq!(part_bytes(&raw, PartNumber(7)), None);
    let depths: Vec<_> = message.parts.iter().map(|part| (part.depth, part.mime_type.as_str())).collect();
    assert_eq!(
        depths,
        [
            (0, "multipart/mixed"),
            (1, "multipart/alternative"),
            (2, "text/plain"),
            (2, "multipart/related"),
            (3, "text/html"),
            (3, "image/png"),
            (1, "application/pdf")
        ]
    );
    let summary = summarise(&raw);
    assert!(summary.has_attachments);
    assert_eq!((summary.preview.as_str(), summary.defects.len()), ("Plain words", 0));
}

#[test]
fn pictures_alone_are_no_attachments() {
    let raw = mail(
        "Content-Type: multipart/related; boundary=r\n\n--r\nContent-Type: text/html\n\n<img src='cid:a%40b'>Hello\n--r\n\
         Content-Type: image/gif; name=a.gif\nContent-ID: <a@b>\n\nGIF\n--r--\n",
    );
    let summary = summarise(&raw);
    assert!(!summary.has_attachments);
    assert_eq!(summary.preview, "Hello");
    assert!(parse(&raw).attachments[0].inline);
}

#[test]
fn a_forwarded_message_is_a_file() {
    let raw = mail(
        "Content-Type: multipart/mixed; boundary=m\n\n--m\n\nSee below\n--m\nContent-Type: message/rfc822\n\nFrom: a@b.example\n\
         Subject: =?gb2312?B?udjT2rrPzaw=?=\nContent-Type: multipart/mixed; boundary=n\n\n--n\n\ninner\n--n\nContent-Type: image/png; name=i.png\n\nx\n--n--\n--m--\n",
    );
    let message = parse(&raw);
    assert_eq!(message.text.as_deref(), Some("See below"));
    assert_eq!(message.attachments.len(), 1);
    assert_eq!(message.attachments[0].name, "关于合同.eml");
    let inner = part_bytes(&raw, message.attachments[0].part).unwrap();
    let inner = parse(&inner);
    assert_eq!((inner.text.as_deref(), inner.attachments[0].name.as_str()), (Some("inner"), "i.png"));
}

#[test]
fn a_lists_footer_joins_both_readings() {
    let raw = mail(
        "Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: multipart/alternative; boundary=a\n\n--a\n\nHi\n--a\nContent-Type: text/html\n\n<p>Hi\n--a--\n\
         --m\nContent-Type: text/plain\n\nTo leave <list>\n--m--\n",
    );
    let message = parse(&raw);
    assert_eq!(message.text.as_deref(), Some("Hi\nTo leave <list>"));
    assert_eq!(message.html.as_deref(), Some("<p>Hi<div style=\"white-space:pre-wrap\">To leave &lt;list&gt;</div>"));
    assert!(message.attachments.is_empty());
}

#[test]
fn html_alone_leaves_the_text_to_the_caller() {
    let raw = mail(
        "Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n<meta charset=3Dgb2312>=BA=CF=CD=AC\n",
    );
    let message = parse(&raw);
    assert_eq!((message.text, message.html.as_deref()), (None, Some("<meta charset=gb2312>合同\r\n")));
    assert_eq!(summarise(&raw).preview, "合同");
}

#[test]
fn flowed_text_says_so() {
    assert!(parse(&mail("Content-Type: text/plain; format=flowed\n\na \nb\n")).text_is_flowed);
    let joined = parse(&mail("Content-Type: text/plain; format=flowed; delsp=yes\n\n关于 \n合同\n"));
    assert_eq!((joined.text.as_deref(), joined.text_is_flowed), (Some("关于合同"), false));
    assert!(!parse(&mail("\na\n")).text_is_flowed);
}

#[test]
fn what_is_no_mail_is_text() {
    let raw = b"Dear all,\n\nthis is no mail: \xb9\xd8\xd3\xda\xba\xcf\xcd\xac\n";
    let message = parse(raw);
    assert_eq!(message.text.as_deref(), Some("Dear all,\n\nthis is no mail: 关于合同\n"));
    assert_eq!(message.defects[0].kind, DefectKind::NotMime);
    assert_eq!(summarise(raw).preview, "Dear all, this is no mail: 关于合同");
    assert_eq!(source_text(raw, 10_000), "Dear all,\n\nthis is no mail: 关于合同\n");
    for raw in [b"".as_slice(), b"\r\n", b"\r\r\r", b"\0\0\0", b"\xff\xfe\xfd", b"--\n--\n--"] {
        assert!(kinds(raw).contains(&DefectKind::NotMime), "{raw:?}");
    }
}

#[test]
fn single_parts_that_are_files_are_files() {
    let raw = mail(
        "Content-Type: application/pdf; name=\"=?utf-8?B?5oql5Lu3LnBkZg==?=\"\nContent-Transfer-Encoding: base64\n\nJVBERi0=\n",
    );
    let message = parse(&raw);
    assert_eq!(
        (message.text, message.attachments[0].name.as_str(), message.attachments[0].size),
        (None, "报价.pdf", 5)
    );
    assert_eq!(part_bytes(&raw, PartNumber(0)).as_deref(), Some(b"%PDF-".as_slice()));
    assert!(summarise(&raw).has_attachments);
}

#[test]
fn defects_are_said_once() {
    let raw = mail(
        "Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/plain; charset=x-none\n\n\u{e9}\n--m\nContent-Type: text/plain; charset=x-none\nContent-Transfer-Encoding: base64\n\nSGk!\n--m--\n",
    );
    assert_eq!(kinds(&raw), [DefectKind::BrokenEncoding, DefectKind::BrokenCharset]);
}

#[test]
fn the_header_is_kept_as_it_stands() {
    assert_eq!(header_block(b"From: a\r\nX: \xe9\r\n\r\nbody"), "From: a\nX: é\n\n");
}
