//! Random bytes and real messages with random damage: read without panic, without controls in what comes out.

use std::sync::OnceLock;
use std::{fs, iter};

use postroom_mime::{header_block, parse, parse_envelope, part_bytes, safe_file_name, source_text, summarise};
use postroom_types::PartNumber;
use proptest::prelude::*;

fn read_everything(raw: &[u8]) -> Result<(), TestCaseError> {
    let message = parse(raw);
    let envelope = parse_envelope(raw);
    let summary = summarise(raw);
    prop_assert!(message.parts.len() <= 1_000 && !message.parts.is_empty());
    let addresses = [&envelope.from, &envelope.to, &envelope.cc, &envelope.reply_to];
    let texts = addresses.into_iter().flatten().flat_map(|address| [&address.name, &address.email]);
    let ids = envelope.references.iter().chain(&envelope.in_reply_to).chain(iter::once(&envelope.message_id));
    let names = message.attachments.iter().map(|file| &file.name);
    for text in texts.chain(ids).chain(names).chain([&envelope.subject, &summary.preview]) {
        prop_assert!(!text.contains(char::is_control), "{:?}", text);
    }
    for number in 0..u32::try_from(message.parts.len()).unwrap() {
        prop_assert!(part_bytes(raw, PartNumber(number)).is_some());
    }
    prop_assert!(!header_block(raw).contains('\0'));
    prop_assert!(!source_text(raw, 1_000).contains('\0'));
    Ok(())
}

fn messages() -> &'static [Vec<u8>] {
    static MESSAGES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    MESSAGES.get_or_init(|| {
        crate::corpus::files().iter().map(|path| fs::read(path).unwrap()).filter(|raw| raw.len() < 20_000).collect()
    })
}

fn field() -> impl Strategy<Value = Vec<u8>> {
    let name = prop::sample::select(vec![
        "From",
        "To",
        "Cc",
        "Subject",
        "Date",
        "Message-ID",
        "References",
        "In-Reply-To",
        "Content-Type",
        "Content-Disposition",
        "Content-ID",
        "Content-Transfer-Encoding",
    ]);
    let piece = prop::sample::select(vec![
        "=?utf-8?q?",
        "?=",
        "=?gb2312?B?",
        "<",
        ">",
        "@",
        "\"",
        "\\",
        "(",
        ")",
        ",",
        ";",
        ":",
        "\r\n ",
        "\n\t",
        "\r",
        "\0",
        "a@b.example",
        "multipart/mixed",
        "message/rfc822",
        "boundary=b",
        "name*0*=",
        "filename*=",
        "%E4",
        "''",
        "base64",
        "quoted-printable",
        "text/html",
        "attachment",
        "1 Jan 2026 08:00 +0800",
    ]);
    let value = prop::collection::vec(
        prop_oneof![piece.prop_map(|piece| piece.as_bytes().to_vec()), prop::collection::vec(any::<u8>(), 0..8)],
        0..12,
    );
    (name, value).prop_map(|(name, value)| [name.as_bytes(), b": ", &value.concat(), b"\r\n"].concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_are_read(raw in prop::collection::vec(any::<u8>(), 0..600)) {
        read_everything(&raw)?;
    }

    #[test]
    fn random_headers_are_read(fields in prop::collection::vec(field(), 0..10), body in "(--b(--)?\r\n|\r\n|x|Content-Type: text/html\r\n){0,20}") {
        read_everything(&[fields.concat(), body.into_bytes()].concat())?;
    }

    #[test]
    fn damaged_messages_are_read(
        choice in any::<prop::sample::Index>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        cut in any::<prop::sample::Index>(),
        cuts in any::<bool>(),
    ) {
        let mut raw = messages()[choice.index(messages().len())].clone();
        for (at, byte) in damage {
            if !raw.is_empty() {
                let at = at.index(raw.len());
                raw[at] = byte;
            }
        }
        if cuts {
            raw.truncate(cut.index(raw.len() + 1));
        }
        read_everything(&raw)?;
    }

    #[test]
    fn file_names_are_safe(name in any::<String>()) {
        let safe = safe_file_name(&name);
        prop_assert!(!safe.is_empty() && safe.len() <= 201);
        prop_assert!(!safe.contains(['/', '\\', ':', '"', '<', '>', '|', '?', '*']) && !safe.contains(char::is_control));
        prop_assert!(!safe.ends_with(['.', ' ']) && !safe.starts_with('.'));
        prop_assert_eq!(safe_file_name(&safe), safe);
    }
}
