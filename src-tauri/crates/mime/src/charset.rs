//! Bytes → text: by their label where it is right, by a guess where it is wrong or missing.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, EUC_KR, Encoding, GB18030, ISO_2022_JP, SHIFT_JIS, UTF_8, WINDOWS_1252};
use mail_parser::decoders::charsets::map::charset_decoder;

mod seven_bit;

use seven_bit::SevenBit;

/// Text, and whether its label was wrong, unknown or did not fit.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) text: String,
    pub(crate) broken: bool,
}

/// Decodes a text with the label that it carries.
pub(crate) fn decode(bytes: &[u8], label: Option<&str>) -> Decoded {
    let label = label.map(|label| label.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')));
    match label.filter(|label| !label.is_empty()) {
        None => Decoded { text: guess(bytes, None), broken: false },
        Some(label) => labelled(bytes, label),
    }
}

fn labelled(bytes: &[u8], label: &str) -> Decoded {
    if is_ascii_label(label) {
        let broken = !bytes.is_ascii();
        return Decoded { text: guess(bytes, None), broken };
    }
    if let Some(kind) = SevenBit::from_label(&label.to_ascii_lowercase()) {
        let (text, broken) = kind.decode(bytes);
        // Eight-bit text under a seven-bit label.
        return if broken && !bytes.is_ascii() {
            Decoded { text: guess(bytes, None), broken }
        } else {
            Decoded { text, broken }
        };
    }
    let Some(encoding) = encoding(label) else {
        // Labels that the web does not know but old mail does: cp850, utf-7 and their kin.
        return match charset_decoder(label.as_bytes()) {
            Some(decoder) => Decoded { text: decoder(bytes), broken: false },
            None => Decoded { text: guess(bytes, None), broken: true },
        };
    };
    // Latin-1 is many programs' word for "I do not know".
    if encoding.is_single_byte()
        && !bytes.is_ascii()
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return Decoded { text: text.to_owned(), broken: true };
    }
    // Chinese that calls itself Western.
    if encoding == WINDOWS_1252 && looks_chinese(bytes) {
        return Decoded { text: GB18030.decode(bytes).0.into_owned(), broken: true };
    }
    let (text, used, errors) = encoding.decode(bytes);
    if !errors {
        return Decoded { text: text.into_owned(), broken: used != encoding };
    }
    // A few lost characters are a cut or a rare sign; many are a wrong label. A single-byte guess never loses any, so the number
    // alone decides nothing.
    // What is read as UTF-8 at all is hardly anything else.
    let rare = if encoding == UTF_8 { 2 } else { 20 };
    let mostly_right = lost(&text) * rare <= text.chars().filter(|c| !c.is_ascii()).count();
    let is_utf8 = std::str::from_utf8(bytes).is_ok();
    let text = if mostly_right && !is_utf8 { text.into_owned() } else { guess(bytes, None) };
    Decoded { text, broken: true }
}

fn lost(text: &str) -> usize {
    text.chars().filter(|&c| c == char::REPLACEMENT_CHARACTER).count()
}

fn is_ascii_label(label: &str) -> bool {
    ["us-ascii", "ascii", "ansi_x3.4-1968", "unknown-8bit", "x-unknown", "unknown", "8bit", "binary"]
        .iter()
        .any(|known| label.eq_ignore_ascii_case(known))
}

/// Decodes text of a Windows code page, as Outlook's formats name their charset.
pub(crate) fn decode_page(bytes: &[u8], page: u32) -> String {
    decode(bytes, Some(&page_label(page))).text
}

/// The label of a Windows code page.
fn page_label(page: u32) -> String {
    match page {
        1200 => "utf-16le".to_owned(),
        1201 => "utf-16be".to_owned(),
        10_000 => "macintosh".to_owned(),
        20_127 => "us-ascii".to_owned(),
        20_866 => "koi8-r".to_owned(),
        21_866 => "koi8-u".to_owned(),
        28_591..=28_606 => format!("iso-8859-{}", page - 28_590),
        50_220..=50_222 => "iso-2022-jp".to_owned(),
        50_225 => "iso-2022-kr".to_owned(),
        50_227 => "iso-2022-cn".to_owned(),
        20_932 | 51_932 => "euc-jp".to_owned(),
        51_936 | 20_936 => "gb18030".to_owned(),
        51_949 => "euc-kr".to_owned(),
        52_936 => "hz-gb-2312".to_owned(),
        54_936 => "gb18030".to_owned(),
        65_000 => "utf-7".to_owned(),
        65_001 => "utf-8".to_owned(),
        437 | 737 | 775 | 850 | 852 | 855 | 857 | 858 | 860..=866 => format!("cp{page}"),
        page => format!("windows-{page}"),
    }
}

/// The encoding that a label means in mail: what calls itself GB2312 or GBK is read as GB18030, which holds both.
fn encoding(label: &str) -> Option<&'static Encoding> {
    let lower = label.to_ascii_lowercase();
    match lower.as_str() {
        "gb2312" | "gbk" | "x-gbk" | "cp936" | "ms936" | "windows-936" | "gb18030" | "gb_2312-80" | "euc-cn"
        | "x-euc-cn" => Some(GB18030),
        "cn-big5" | "big5-hkscs" | "x-x-big5" | "cp950" | "windows-950" => Some(BIG5),
        "utf8" | "utf-8-sig" | "unicode-1-1-utf-8" | "utf8mb4" => Some(UTF_8),
        "cp932" | "windows-31j" | "ms932" => Some(SHIFT_JIS),
        "iso-2022-jp-1" | "iso-2022-jp-2" | "iso-2022-jp-3" | "iso-2022-jp-ms" | "cp50220" => Some(ISO_2022_JP),
        "cp65001" => Some(UTF_8),
        // Its decoder of the web's standard gives one replacement character for the whole text.
        _ if SevenBit::from_label(&lower).is_some() => None,
        other => Encoding::for_label(other.as_bytes()).or_else(|| {
            // "cp-1252", "windows1252" and the like.
            let digits: String = other.chars().filter(char::is_ascii_digit).collect();
            let page = other.starts_with("cp") || other.starts_with("win") || other.starts_with("ansi");
            page.then(|| Encoding::for_label(format!("windows-{digits}").as_bytes())).flatten()
        }),
    }
}

/// Decodes bytes whose charset nobody told. `hint` (the message's own label elsewhere) is taken where it fits.
pub(crate) fn guess(bytes: &[u8], hint: Option<&str>) -> String {
    guess_like(bytes, bytes, hint)
}

/// Decodes `bytes` by a guess made from `sample`, which holds more of the same.
pub(crate) fn guess_like(bytes: &[u8], sample: &[u8], hint: Option<&str>) -> String {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding.decode(bytes).0.into_owned();
    }
    let escapes = bytes.windows(3).any(|three| matches!(three, b"\x1b$B" | b"\x1b$@" | b"\x1b(J"));
    if !escapes && let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    if let Some(encoding) = hint.filter(|hint| !is_ascii_label(hint)).and_then(encoding)
        && let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes)
    {
        return text.into_owned();
    }
    let mut detector =
        EncodingDetector::new(if escapes { Iso2022JpDetection::Allow } else { Iso2022JpDetection::Deny });
    detector.feed(sample.get(..SAMPLE).unwrap_or(sample), true);
    let mut encoding = detector.guess(None, Utf8Detection::Deny);
    // A few characters are as well Korean as Chinese; Chinese raw bytes are by far the more frequent.
    let short = encoding == EUC_KR && sample.len() < SHORT;
    if (encoding.is_single_byte() || short) && looks_chinese(sample) || encoding == encoding_rs::GBK {
        encoding = GB18030;
    }
    match encoding.decode_without_bom_handling(bytes).0 {
        Cow::Borrowed(text) => text.to_owned(),
        Cow::Owned(text) => text,
    }
}

/// Less is too short for the detector to tell two-byte charsets apart.
const SHORT: usize = 40;
/// How much the detector looks at; its answer does not change behind that.
const SAMPLE: usize = 64 * 1024;

/// Whether all bytes beyond ASCII stand in pairs of GB2312's rows. The detector wants more text than a subject has; accented
/// letters of Western text do not come in such pairs.
fn looks_chinese(bytes: &[u8]) -> bool {
    let mut pairs = 0;
    let mut rest = bytes.get(..SAMPLE).unwrap_or(bytes).iter();
    while let Some(&lead) = rest.next() {
        if lead.is_ascii() {
            continue;
        }
        let trail = rest.next().copied().unwrap_or_default();
        if !matches!(lead, 0xa1..=0xa3 | 0xb0..=0xf7) || !matches!(trail, 0xa1..=0xfe) {
            return false;
        }
        pairs += 1;
    }
    pairs >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], label: Option<&str>, text: &str, broken: bool) {
        let decoded = decode(bytes, label);
        assert_eq!((decoded.text.as_str(), decoded.broken), (text, broken));
    }

    #[test]
    fn labels_are_read_as_mail_means_them() {
        let (gb, _, _) = GB18030.encode("朱镕基你好€");
        check(&gb, Some("gb2312"), "朱镕基你好€", false);
        check(&BIG5.encode("測試郵件").0, Some("CN-Big5"), "測試郵件", false);
        check(&ISO_2022_JP.encode("日本語").0, Some("iso-2022-jp"), "日本語", false);
        check(b"Fr+APY-sche +ZeVnLA-!", Some("UTF-7"), "Frösche 日本!", false);
        check(b"caf\x82", Some("cp850"), "café", false);
        check(b"\xa4", Some("windows1252"), "¤", false);
    }

    #[test]
    fn wrong_and_missing_labels_are_guessed() {
        let (gb, _, _) = GB18030.encode("关于合同");
        check(&gb, None, "关于合同", false);
        check(&gb, Some("us-ascii"), "关于合同", true);
        check(&GB18030.encode("报价单.pdf").0, None, "报价单.pdf", false);
        check(
            &EUC_KR.encode("안녕하십니까. 보내 드린 견적서를 확인하시고 답장해 주시기 바랍니다.").0,
            None,
            "안녕하십니까. 보내 드린 견적서를 확인하시고 답장해 주시기 바랍니다.",
            false,
        );
        check(&gb, Some("x-nonsense"), "关于合同", true);
        check("Grüße".as_bytes(), Some("iso-8859-1"), "Grüße", true);
        check(&gb, Some("iso-8859-1"), "关于合同", true);
        check(b"Gr\xfc\xdfe, fran\xe7ais", Some("iso-8859-1"), "Grüße, français", false);
        // One broken byte in much text leaves the label standing.
        let long = [GB18030.encode(&"关于合同".repeat(20)).0.as_ref(), b"\xff"].concat();
        check(&long, Some("gb2312"), &format!("{}\u{fffd}", "关于合同".repeat(20)), true);
        check(&gb, Some("utf-8"), "关于合同", true);
        check("yötä \u{8a}".as_bytes().split_last().unwrap().1, Some("utf-8"), "yötä \u{fffd}", true);
        check(&ISO_2022_JP.encode("日本語です").0, None, "日本語です", false);
    }
}
