use super::*;

async fn read(bytes: &[u8]) -> Result<Reply, ReplyError> {
    ReplyReader::default().read(&mut &bytes[..]).await
}

fn what(result: Result<Reply, ReplyError>) -> &'static str {
    match result {
        Err(ReplyError::Nonsense(what)) => what,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn replies_of_one_and_of_several_lines_are_read() {
    let reply = read(b"250-mail.example.com\r\n250-SIZE 1000\r\n250 STARTTLS\r\n").await.unwrap();
    assert_eq!(
        reply,
        Reply { code: 250, lines: vec!["mail.example.com".into(), "SIZE 1000".into(), "STARTTLS".into()] }
    );
    assert_eq!(read(b"220 hi\r\n").await.unwrap().code, 220);
    assert_eq!(read(b"250\r\n").await.unwrap(), Reply { code: 250, lines: vec![String::new()] });
    assert_eq!(read(b"250-a\r\n250\r\n").await.unwrap().lines, ["a", ""]);
    assert_eq!(read(b"250- \r\n250-\r\n250  \r\n").await.unwrap().lines, [" ", "", " "]);
    assert_eq!(read("550 没有这个用户\r\n".as_bytes()).await.unwrap().text(), "没有这个用户");
}

#[tokio::test]
async fn what_follows_a_reply_is_kept_and_noticed() {
    let mut reader = ReplyReader::default();
    let mut stream = &b"220 ready\r\n250 injected\r\n"[..];
    assert_eq!(reader.read(&mut stream).await.unwrap().code, 220);
    assert!(reader.has_rest());
    assert_eq!(reader.read(&mut stream).await.unwrap().lines, ["injected"]);
    assert!(!reader.has_rest());
}

#[tokio::test]
async fn nonsense_is_named() {
    for (bytes, expected) in [
        (&b"* OK IMAP4rev1 ready\r\n"[..], "it sent what is not an SMTP reply"),
        (b"25\r\n", "it sent what is not an SMTP reply"),
        (b"\r\n", "it sent what is not an SMTP reply"),
        (b"990 what\r\n", "it sent what is not an SMTP reply"),
        (b"250-a\r\n550 b\r\n", "it sent what is not an SMTP reply"),
        (b"250_a\r\n", "it sent what is not an SMTP reply"),
        (b"\xff\xfe\x00\r\n", "it sent what is not an SMTP reply"),
        (b"250 a\n", "it ended a line without CR"),
    ] {
        assert_eq!(what(read(bytes).await), expected, "{}", bytes.escape_ascii());
    }
}

#[tokio::test]
async fn an_endless_line_and_an_endless_reply_end() {
    let mut line = tokio::io::repeat(b'a');
    let mut reader = ReplyReader::default();
    assert_eq!(what(reader.read(&mut line).await), "its line is too long");
    assert!(reader.buffer.len() < MAX_LINE + 2048);
    assert_eq!(what(read("250-a\r\n".repeat(100_000).as_bytes()).await), "its reply has too many lines");
    let long = format!("250 {}\r\n", "a".repeat(MAX_LINE));
    assert_eq!(what(read(long.as_bytes()).await), "its line is too long");
}

#[tokio::test]
async fn a_reply_cut_at_any_byte_is_a_lost_connection() {
    let whole = b"250-mail.example.com\r\n250 AUTH PLAIN\r\n";
    for end in 0..whole.len() {
        let result = read(&whole[..end]).await;
        assert!(matches!(result, Err(ReplyError::Io(_))), "{end}: {result:?}");
    }
}

#[test]
fn a_reply_s_text_is_fit_to_be_shown() {
    let reply = Reply { code: 550, lines: vec!["\u{1b}[31mred\u{7}".into(), "x".repeat(5000)] };
    let text = reply.text();
    assert!(!text.contains('\u{1b}') && text.chars().count() <= MAX_TEXT, "{text}");
}
