//! Filling a mailbox straight on the disk, which is a hundred times faster than IMAP.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;

use crate::imap::to_mutf7;
use crate::lab::Lab;
use crate::user::LabUser;

/// The date of the first bulk mail: 2025-01-01, 08:00 UTC.
const FIRST_DATE: u64 = 1_735_718_400;
/// Seconds between two bulk mails.
const STEP: u64 = 600;

/// One message for [`Lab::write_maildir`].
#[derive(Debug, Clone)]
pub struct MaildirMail<'a> {
    /// The message, with CRLF or LF line ends.
    pub bytes: &'a [u8],
    /// Maildir's letters, in any order: `S` seen, `R` answered, `F` flagged, `D` draft, `T` deleted, `P` passed on.
    pub flags: &'a str,
    /// The server's date of arrival (`INTERNALDATE`). Messages get their UIDs in the order of their dates.
    pub date: SystemTime,
}

/// Counts files over all labs of this process: names must never repeat in a maildir.
static COUNTER: AtomicU64 = AtomicU64::new(0);

impl Lab {
    /// Writes messages into a folder, which is created if need be, without the server's help. It sees them when it next
    /// looks. Nothing else should arrive in the folder meanwhile.
    pub fn write_maildir(&self, user: &LabUser, folder: &str, mails: &[MaildirMail<'_>]) -> anyhow::Result<()> {
        let dir = self.maildir_folder(user, folder)?;
        for mail in mails {
            write_mail(&dir, mail)?;
        }
        self.identity().own(&dir)
    }

    /// Fills a folder with `count` mails of about `average_bytes` each: plain text, English and Chinese, every third
    /// an answer to the one before, one in four unread. The same mails for the same numbers, always.
    pub fn fill_bulk(&self, user: &LabUser, folder: &str, count: u32, average_bytes: usize) -> anyhow::Result<()> {
        let dir = self.maildir_folder(user, folder)?;
        for number in 0..count {
            let bytes = bulk_mail(number, average_bytes);
            let flags = match number % 20 {
                3 | 7 | 11 | 15 | 19 => "",
                5 => "FS",
                6 => "RS",
                _ => "S",
            };
            let date = UNIX_EPOCH + Duration::from_secs(FIRST_DATE + u64::from(number) * STEP);
            write_mail(&dir, &MaildirMail { bytes: &bytes, flags, date })?;
        }
        self.identity().own(&dir)
    }

    /// The folder's directory, existing.
    fn maildir_folder(&self, user: &LabUser, folder: &str) -> anyhow::Result<PathBuf> {
        self.create_folder(user, folder)?;
        let root = self.maildir_of(user);
        let dir = if folder.eq_ignore_ascii_case("INBOX") {
            root
        } else {
            root.join(format!(".{}", to_mutf7(folder).replace('/', ".")))
        };
        for part in ["cur", "new", "tmp"] {
            fs::create_dir_all(dir.join(part)).with_context(|| format!("{}", dir.display()))?;
        }
        Ok(dir)
    }
}

/// Writes one file into `cur`. Its name carries both sizes, so that the server need not read it to know them.
fn write_mail(dir: &std::path::Path, mail: &MaildirMail<'_>) -> anyhow::Result<()> {
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    let seconds = mail.date.duration_since(UNIX_EPOCH).context("a date before 1970")?.as_secs();
    let size = mail.bytes.len();
    let with_crlf = size + bare_line_feeds(mail.bytes);
    let mut flags: Vec<char> = mail.flags.chars().collect();
    flags.sort_unstable();
    flags.dedup();
    let flags: String = flags.into_iter().collect();
    let name = format!("{seconds}.M{count:012}P{}.lab,S={size},W={with_crlf}:2,{flags}", std::process::id());
    let path = dir.join("cur").join(name);
    let mut file = File::create_new(&path).with_context(|| format!("{}", path.display()))?;
    file.write_all(mail.bytes)?;
    file.set_modified(mail.date)?;
    Ok(())
}

fn bare_line_feeds(bytes: &[u8]) -> usize {
    let mut before = 0;
    let mut count = 0;
    for byte in bytes {
        count += usize::from(*byte == b'\n' && before != b'\r');
        before = *byte;
    }
    count
}

const WORDS: [&str; 32] = [
    "order", "delivery", "offer", "invoice", "meeting", "contract", "customer", "sample", "schedule", "price",
    "please", "confirm", "attached", "tomorrow", "report", "quarter", "team", "review", "draft", "shipment", "报价",
    "合同", "会议", "发票", "客户", "样品", "交货", "确认", "项目", "预算", "审批", "附件",
];

/// A small generator of numbers that repeat on every machine (xorshift, Marsaglia 2003).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn word(&mut self) -> &'static str {
        let index = usize::try_from(self.next() % 32).unwrap_or_default();
        WORDS.get(index).copied().unwrap_or_default()
    }
}

fn bulk_mail(number: u32, average_bytes: usize) -> Vec<u8> {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15 ^ (u64::from(number) + 1).wrapping_mul(0x2545_f491_4f6c_dd1d));
    let sender = numbers.next() % 40;
    let date = rfc5322_date(FIRST_DATE + u64::from(number) * STEP);
    let answer = number % 3 == 1;
    let mut subject_numbers = Numbers(u64::from(number - u32::from(answer)) + 77);
    let subject = [(); 4].map(|()| subject_numbers.word()).join(" ");
    let re = if answer { "Re: " } else { "" };
    let mut head = format!(
        "Return-Path: <sender{sender}@example.org>\r\nFrom: \"Sender {sender}\" <sender{sender}@example.org>\r\n\
         To: <team@example.test>\r\nSubject: {re}=?utf-8?B?{}?=\r\nDate: {date}\r\n\
         Message-ID: <bulk-{number}@example.org>\r\n",
        base64_of(&subject)
    );
    if answer {
        let parent = number - 1;
        let parent = format!("<bulk-{parent}@example.org>\r\n");
        head.extend(["In-Reply-To: ", &parent, "References: ", &parent]);
    }
    head.push_str(
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n",
    );
    // From half to one and a half times the average.
    let spread = usize::try_from(numbers.next() % 1_000).unwrap_or_default();
    let target = average_bytes / 2 + average_bytes * spread / 1_000;
    let mut line = 0;
    while head.len() < target {
        let word = numbers.word();
        head.push_str(word);
        line += word.len() + 1;
        if line > 66 {
            head.push_str("\r\n");
            line = 0;
        } else {
            head.push(' ');
        }
    }
    head.push_str("\r\n");
    head.into_bytes()
}

fn base64_of(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
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
        assert_eq!(bulk_mail(7, 3_000), bulk_mail(7, 3_000));
        assert_ne!(bulk_mail(7, 3_000), bulk_mail(8, 3_000));
        let total: usize = (0..500).map(|number| bulk_mail(number, 3_000).len()).sum();
        assert!((2_700..3_300).contains(&(total / 500)), "{}", total / 500);
    }

    #[test]
    fn an_answer_has_its_parents_subject() {
        let subject = |number| {
            let text = String::from_utf8(bulk_mail(number, 500)).unwrap();
            let line = text.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap().to_owned();
            line.trim_start_matches("Re: ").to_owned()
        };
        assert_eq!(subject(1), subject(0));
        assert_ne!(subject(2), subject(0));
    }
}
