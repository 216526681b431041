//! The collected real messages (`tests/data/mail`): all are read, and of some it is known what must come out.

use std::fs;
use std::path::{Path, PathBuf};

use postroom_mime::{Message, header_block, parse, parse_envelope, part_bytes, source_text, summarise};
use postroom_types::DefectKind;

/// Every file of the collection.
pub(crate) fn files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/data/mail")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

fn message(ending: &str) -> Message {
    let path = files().into_iter().find(|path| path.ends_with(ending)).unwrap_or_else(|| panic!("no {ending}"));
    parse(&fs::read(path).unwrap())
}

#[test]
fn every_message_is_read() {
    let files = files();
    assert!(files.len() > 300, "{} files", files.len());
    for path in files {
        let raw = fs::read(&path).unwrap();
        let message = parse(&raw);
        let summary = summarise(&raw);
        let envelope = parse_envelope(&raw);
        let name = path.display();
        assert_eq!(message.envelope.subject, envelope.subject, "{name}");
        assert_eq!((&message.envelope.from, message.envelope.date), (&envelope.from, envelope.date), "{name}");
        assert_eq!(
            summary.has_attachments,
            message.attachments.iter().any(|file| !file.inline && !file.mime_type.ends_with("-signature")),
            "{name}"
        );
        for text in envelope.from.iter().flat_map(|from| [&from.name, &from.email]).chain([
            &envelope.subject,
            &envelope.message_id,
            &summary.preview,
        ]) {
            assert!(!text.contains(char::is_control), "{name}: {text:?}");
        }
        for file in &message.attachments {
            let bytes = part_bytes(&raw, file.part).unwrap();
            let info = &message.parts[file.part.0 as usize];
            // Exact for sound base64; broken wrapping may differ.
            let broken = message.defects.iter().any(|defect| defect.kind == DefectKind::BrokenEncoding);
            assert!(
                bytes.len() as u64 == info.size
                    || broken
                    || bytes.len().abs_diff(usize::try_from(info.size).unwrap()) < 64,
                "{name}: {} {}",
                bytes.len(),
                info.size
            );
            assert!(!file.name.is_empty() && !file.name.contains(['/', '\\', ':']), "{name}: {}", file.name);
        }
        assert!(!source_text(&raw, 4_096).contains('\0') && !header_block(&raw).contains('\0'), "{name}");
    }
}

#[test]
fn chinese_and_japanese_mails_are_read() {
    let mail = message("cjk/gb2312.1");
    assert_eq!(mail.envelope.subject, "全新原装进口，送货上门，货到付款－台湾鑫龙商贸集团公司向您拜年!");
    assert_eq!(mail.envelope.from[0].name, "台湾鑫龙商贸集团公司");
    assert!(mail.text.unwrap().contains("台湾鑫龙商贸集团公司向您拜年"));
    let mail = message("cjk/gb2312.2");
    assert_eq!(
        (mail.envelope.subject.as_str(), mail.envelope.from[0].name.as_str()),
        ("RE: 装硬碟问题", "Jason Lee (李展锋)")
    );
    let mail = message("cjk/big5-base64.1");
    assert!(mail.envelope.subject.contains("6月17日新片又到"), "{}", mail.envelope.subject);
    assert!(mail.html.unwrap().contains("永久網址"));
    let mail = message("cjk/iso-2022-jp.2");
    assert!(mail.text.unwrap().contains("修正いれてあるとおもいます"));
}

#[test]
fn odd_structures_are_read() {
    let mail = message("mime4j/base64encoded-rfc822message.msg");
    assert_eq!(mail.attachments[0].mime_type, "message/rfc822");
    let mail = message("mime4j/bad-newlines-multiple-parts.msg");
    assert!(mail.text.unwrap().starts_with("Text body"));
    let mail = message("mime4j/missing-boundary.msg");
    assert_eq!(mail.text.unwrap().trim(), "AAA");
    let mail = message("mime4j/russian-headers.msg");
    assert_eq!(mail.attachments[0].name, "Список.doc");
    let mail = message("mime4j/malformedHeader-noheader.msg");
    assert_eq!(mail.defects[0].kind, DefectKind::NotMime);
    let mail = message("mime4j/boundary-name-clash.msg");
    assert_eq!(mail.attachments[0].name, "Daily_Stats-2022-05-12-0700.pdf");
    let mail = message("mail-parser/eml/malformed/017.eml");
    assert_eq!(mail.attachments[0].name, "image001.png");
    let mail = message("enmime/mail/mime-bad-8bit-filename.raw");
    assert_eq!(mail.attachments[0].name, "管理.doc");
    let mail = message("enmime/mail/html-mime-inline.raw");
    assert!(mail.attachments.iter().all(|file| file.inline) && mail.attachments.len() == 1);
    let mail = message("enmime/mail/malformed-multiple-address-header-values.raw");
    assert!(mail.defects.iter().any(|defect| defect.kind == DefectKind::SenderUnclear));
    let mail = message("mail-parser/eml/rfc/007.eml");
    assert_eq!(mail.parts.len(), 16);
}

#[test]
fn bounces_carry_what_they_return() {
    let mail = message("bounces/lhost-kddi-01.eml");
    assert_eq!(
        (mail.envelope.subject.as_str(), mail.attachments[0].name.as_str()),
        ("メールエラー通知", "猫ちゃん.eml")
    );
    let mail = message("bounces/lhost-apachejames-01.eml");
    assert!(mail.text.unwrap().starts_with("Error: Invalid user address"));
    let mail = message("bounces/arf-01.eml");
    let types: Vec<_> = mail.attachments.iter().map(|file| file.mime_type.as_str()).collect();
    assert_eq!(types, ["message/feedback-report", "message/rfc822"]);
    let mail = message("bounces/lhost-googlegroups-01.eml");
    assert!(mail.text.unwrap().contains("グループ"));
}
