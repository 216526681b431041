//! The mailboxes of the sample company (示例公司): some 3,000 business mails in English and Chinese, made up but believable.
//!
//! They are what `make run` shows and what the sync tests chew on: threads, attachments, newsletters, invitations, five
//! charsets, flags, two years of dates. The same owner, count and time give the same bytes. Nothing here knows a server:
//! [`mails`] makes bytes and [`fill`] hands them to the lab. Broken mail is not made here but taken from `tests/data`.

mod chinese;
mod date;
mod english;
mod files;
mod letter;
mod mime;
mod newsletter;
mod notices;
mod people;
mod plan;
mod rng;
mod scribe;
mod showcase;
#[cfg(test)]
mod tests;
mod texts;

use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use postroom_types::{Clock as _, SystemClock};

use crate::{Lab, MaildirMail, data};
use people::Tongue;

/// One mail and where it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleMail {
    /// The folder's decoded path with `/` between levels, as in `INBOX` or `合同/2026`.
    pub folder: &'static str,
    /// The message, with CRLF line ends.
    pub bytes: Vec<u8>,
    /// Maildir flag letters in alphabetical order, as in `FS`.
    pub flags: &'static str,
    /// When it was received; the same as its Date.
    pub date: SystemTime,
}

/// Somebody with a mailbox at the sample company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The local part, as in `alice`.
    pub user: &'static str,
    /// The display name.
    pub name: &'static str,
    /// The address.
    pub address: &'static str,
    /// How others speak to them in English, in simplified and in traditional Chinese.
    calls: [&'static str; 3],
    /// Whole hours east of UTC.
    zone: i32,
}

impl Person {
    fn call(&self, tongue: Tongue) -> &'static str {
        let [english, chinese, taiwanese] = self.calls;
        match tongue {
            Tongue::English => english,
            Tongue::Chinese => chinese,
            Tongue::Taiwanese => taiwanese,
        }
    }
}

/// Sales, Shanghai; most of the sample's mail is hers.
pub const ALICE: Person = Person {
    user: "alice",
    name: "陈琳 Alice Chen",
    address: "alice@example.test",
    calls: ["Alice", "陈琳", "陳小姐"],
    zone: 8,
};
/// Operations, Hamburg.
pub const BOB: Person =
    Person {
        user: "bob", name: "Bob Weber", address: "bob@example.test", calls: ["Bob", "韦先生", "韋先生"], zone: 1
    };
/// Projects, Shanghai.
pub const CAROL: Person = Person {
    user: "carol",
    name: "王芳 Carol Wang",
    address: "carol@example.test",
    calls: ["Carol", "王经理", "王小姐"],
    zone: 8,
};
/// The mailbox that several people share.
pub const SERVICE: Person = Person {
    user: "service",
    name: "Service 客服",
    address: "service@example.test",
    calls: ["Service team", "客服团队", "客服中心"],
    zone: 1,
};

/// `count` mails for `owner`, none later than `now`; in no particular order.
pub fn mails(owner: &Person, count: usize, now: SystemTime) -> Vec<SampleMail> {
    plan::write(owner, count, now)
}

/// Puts the sample into the mailboxes of the company that [`Company::found`](crate::Company::found) made: `total` mails,
/// 78 of a hundred for alice, the rest in three equal parts. Alice also gets every message under `tests/data/mail`, in the
/// folder "Odd mail 怪信".
pub fn fill(lab: &Lab, total: usize) -> anyhow::Result<()> {
    let now = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(SystemClock.now().0)?);
    let part = total * 22 / 300;
    for (person, count) in [(&ALICE, total - 3 * part), (&BOB, part), (&CAROL, part), (&SERVICE, part)] {
        put(lab, person, &mails(person, count, now))?;
    }
    put(lab, &ALICE, &odd_mails(now)?)
}

fn put(lab: &Lab, owner: &Person, mails: &[SampleMail]) -> anyhow::Result<()> {
    let user = lab.find_user(owner.address).with_context(|| format!("no mailbox for {}", owner.user))?;
    let mut folders: Vec<&str> = mails.iter().map(|mail| mail.folder).collect();
    folders.sort_unstable();
    folders.dedup();
    for folder in folders {
        let here = mails.iter().filter(|mail| mail.folder == folder);
        let here: Vec<MaildirMail<'_>> =
            here.map(|mail| MaildirMail { bytes: &mail.bytes, flags: mail.flags, date: mail.date }).collect();
        lab.write_maildir(&user, folder, &here)?;
    }
    Ok(())
}

/// The real messages, as they are; an hour between each two, the newest a month old.
fn odd_mails(now: SystemTime) -> anyhow::Result<Vec<SampleMail>> {
    let mut date = now - Duration::from_hours(30 * 24);
    let mut mails = Vec::new();
    for path in data::mail_files() {
        let bytes = std::fs::read(&path).with_context(|| format!("{}", path.display()))?;
        mails.push(SampleMail { folder: "Odd mail 怪信", bytes, flags: "S", date });
        date -= Duration::from_hours(1);
    }
    Ok(mails)
}
