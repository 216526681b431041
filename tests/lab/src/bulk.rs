//! Filling a mailbox straight on the disk, which is a hundred times faster than IMAP.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;

mod mail;

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

    /// Fills a folder with `count` mails of about `average_bytes` each, English and Chinese: half of them short text,
    /// three in eight with HTML, one in eight with an attachment, every third an answer to the one before, one in four
    /// unread. They compress about as real mail does. The same mails for the same numbers, always.
    pub fn fill_bulk(&self, user: &LabUser, folder: &str, count: u32, average_bytes: usize) -> anyhow::Result<()> {
        let dir = self.maildir_folder(user, folder)?;
        for number in 0..count {
            let bytes = mail::bulk_mail(number, average_bytes, date_of(number));
            let flags = match number % 20 {
                3 | 7 | 11 | 15 | 19 => "",
                5 => "FS",
                6 => "RS",
                _ => "S",
            };
            let date = UNIX_EPOCH + Duration::from_secs(date_of(number));
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

/// Seconds since 1970.
fn date_of(number: u32) -> u64 {
    FIRST_DATE + u64::from(number) * STEP
}
