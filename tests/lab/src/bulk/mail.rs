//! The mails of [`fill_bulk`](crate::Lab::fill_bulk): made up, the same on every machine, and as hard to compress as real
//! mail: words follow Zipf's law, attachments are base64 of bytes that hold nothing to find.

use std::fmt::Write as _;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const LINE: usize = 72;
/// Characters of base64 in a line (RFC 2045, section 6.8).
const BASE64_LINE: usize = 76;
const VOCABULARY: u64 = 6_000;

const SYLLABLES: [&str; 32] = [
    "con", "ver", "ma", "ti", "on", "ing", "re", "de", "pro", "sta", "li", "ne", "ter", "al", "er", "ous", "com",
    "per", "in", "ful", "ri", "so", "ca", "ment", "lo", "ple", "as", "qui", "tra", "ble", "ex", "un",
];
const CHARACTERS: &str = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经\
    报价合同会议发票客户样品交货确认项目预算审批附件订单付款仓库物流海关质检采购供应销售售后维修保险合作签字盖章";

static ENGLISH: LazyLock<Vec<String>> = LazyLock::new(|| vocabulary(&SYLLABLES, 4));
static CHINESE: LazyLock<Vec<String>> = LazyLock::new(|| {
    let characters: Vec<String> = CHARACTERS.chars().filter(|char| !char.is_whitespace()).map(String::from).collect();
    vocabulary(&characters.iter().map(String::as_str).collect::<Vec<_>>(), 3)
});

/// Words of one to `longest` pieces; the commonest come first.
fn vocabulary(pieces: &[&str], longest: u64) -> Vec<String> {
    let word = |rank| {
        let mut spelling = Numbers::of(rank);
        let length = 1 + spelling.below(longest);
        let piece = |_| {
            let at = usize::try_from(spelling.next()).unwrap_or_default() % pieces.len();
            pieces.get(at).copied().unwrap_or_default()
        };
        (0..length).map(piece).collect()
    };
    (0..VOCABULARY).map(word).collect()
}

/// A small generator of numbers that repeat on every machine (xorshift, Marsaglia 2003).
struct Numbers(u64);

impl Numbers {
    fn of(number: u64) -> Self {
        Self(0x9e37_79b9_7f4a_7c15 ^ (number + 1).wrapping_mul(0x2545_f491_4f6c_dd1d))
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// A rank of the vocabulary, small ones far more often: near enough to Zipf's law.
    fn rank(&mut self) -> u64 {
        let octaves = self.below(13);
        self.below(1 << octaves).min(VOCABULARY - 1)
    }

    fn push_word(&mut self, text: &mut String, chinese: bool) {
        let words = if chinese { &*CHINESE } else { &*ENGLISH };
        let at = usize::try_from(self.rank()).unwrap_or_default();
        text.push_str(words.get(at).map_or("", String::as_str));
    }

    /// Lines of text up to a size in bytes.
    fn push_text(&mut self, text: &mut String, bytes: usize, chinese: bool, line_end: &str) {
        let end = text.len() + bytes;
        let mut line = text.len();
        while text.len() < end {
            self.push_word(text, chinese);
            if text.len() - line > LINE {
                text.push_str(line_end);
                line = text.len();
            } else if !chinese {
                text.push(' ');
            }
        }
        text.push_str(line_end);
    }

    fn push_base64(&mut self, text: &mut String, bytes: usize) {
        let raw: Vec<u8> = (0..=bytes / 8 * 6 / 8).flat_map(|_| self.next().to_le_bytes()).collect();
        let encoded = STANDARD.encode(raw);
        for line in encoded.as_bytes().chunks(BASE64_LINE) {
            text.push_str(std::str::from_utf8(line).unwrap_or_default());
            text.push_str("\r\n");
        }
    }
}

/// The bytes of mail `number`; `date` in seconds since 1970.
pub(super) fn bulk_mail(number: u32, average_bytes: usize, date: u64) -> Vec<u8> {
    let mut numbers = Numbers::of(u64::from(number));
    let chinese = numbers.below(3) == 0;
    let mut mail = header(number, numbers.below(400), date);
    // From half to one and a half times the average of its kind.
    let spread = usize::try_from(500 + numbers.below(1_000)).unwrap_or_default();
    let bytes = |percent: usize| (average_bytes * spread / 1_000 * percent / 100).saturating_sub(600).max(40);
    match number % 8 {
        0..=3 => {
            mail.push_str("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n");
            numbers.push_text(&mut mail, bytes(44), chinese, "\r\n");
        }
        4..=6 => html(&mut mail, &mut numbers, bytes(150), chinese),
        _ => attachment(&mut mail, &mut numbers, bytes(175), chinese),
    }
    mail.into_bytes()
}

fn header(number: u32, sender: u64, date: u64) -> String {
    let answer = number % 3 == 1;
    let mut subject_numbers = Numbers::of(u64::from(number - u32::from(answer)) + 77);
    let mut subject = String::new();
    for at in 0..4 {
        subject_numbers.push_word(&mut subject, at == 3);
        subject.push(' ');
    }
    let re = if answer { "Re: " } else { "" };
    let date = rfc5322_date(date);
    let mut head = format!(
        "Return-Path: <sender{sender}@example.org>\r\nFrom: \"Sender {sender}\" <sender{sender}@example.org>\r\n\
         To: <team@example.test>\r\nSubject: {re}=?utf-8?B?{}?=\r\nDate: {date}\r\n\
         Message-ID: <bulk-{number}@example.org>\r\n",
        STANDARD.encode(subject.trim_end())
    );
    if answer {
        let parent = number - 1;
        let parent = format!("<bulk-{parent}@example.org>\r\n");
        head.extend(["In-Reply-To: ", &parent, "References: ", &parent]);
    }
    head.push_str("MIME-Version: 1.0\r\n");
    head
}

fn html(mail: &mut String, numbers: &mut Numbers, bytes: usize, chinese: bool) {
    mail.push_str(
        "Content-Type: multipart/alternative; boundary=\"bulk\"\r\n\r\n--bulk\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n",
    );
    let text = mail.len();
    numbers.push_text(mail, bytes / 4, chinese, "\r\n");
    let plain = mail.get(text..).unwrap_or_default().to_owned();
    mail.push_str(
        "--bulk\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
         <html><body><table width=\"600\" style=\"font-family:Arial,sans-serif;border-collapse:collapse\">\r\n",
    );
    // The same text again, as a mail program writes it, then what only the HTML has.
    let end = mail.len() + bytes * 3 / 4;
    let mut lines = plain.lines();
    while mail.len() < end {
        let _infallible = write!(
            mail,
            "<tr><td style=\"padding:8px 12px;color:#{:06x}\"><a href=\"https://shop.example/item/{}\">",
            numbers.below(1 << 24),
            numbers.below(1 << 40)
        );
        match lines.next() {
            Some(line) => mail.push_str(line),
            None => numbers.push_text(mail, 90, chinese, ""),
        }
        mail.push_str("</a></td></tr>\r\n");
    }
    mail.push_str("</table></body></html>\r\n--bulk--\r\n");
}

fn attachment(mail: &mut String, numbers: &mut Numbers, bytes: usize, chinese: bool) {
    mail.push_str(
        "Content-Type: multipart/mixed; boundary=\"bulk\"\r\n\r\n--bulk\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n",
    );
    numbers.push_text(mail, (bytes / 20).min(3_000), chinese, "\r\n");
    mail.push_str(
        "--bulk\r\nContent-Type: application/pdf; name=\"report.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=\"report.pdf\"\r\n\r\n",
    );
    numbers.push_base64(mail, bytes);
    mail.push_str("--bulk--\r\n");
}

fn rfc5322_date(seconds: u64) -> String {
    let moment = i64::try_from(seconds).ok().and_then(|s| time::OffsetDateTime::from_unix_timestamp(s).ok());
    moment.and_then(|m| m.format(&time::format_description::well_known::Rfc2822).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bulk_mails_repeat_and_have_about_the_size_asked_for() {
        assert_eq!(bulk_mail(7, 3_000, 0), bulk_mail(7, 3_000, 0));
        assert_ne!(bulk_mail(7, 3_000, 0), bulk_mail(8, 3_000, 0));
        for average in [4_000, 30_000] {
            let total: usize = (0..800).map(|number| bulk_mail(number, average, 0).len()).sum();
            let mean = total / 800;
            assert!((average * 8 / 10..average * 12 / 10).contains(&mean), "{mean} of {average}");
        }
    }

    #[test]
    fn an_answer_has_its_parents_subject() {
        let subject = |number| {
            let text = String::from_utf8(bulk_mail(number, 500, 0)).unwrap();
            let line = text.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap().to_owned();
            line.trim_start_matches("Re: ").to_owned()
        };
        assert_eq!(subject(1), subject(0));
        assert_ne!(subject(2), subject(0));
    }
}
