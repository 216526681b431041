//! Writes conversations: who answers whom, when, with which identifiers, and in which folder of the owner each mail lies.

use std::time::{Duration, SystemTime};

use super::letter::{self, Letter};
use super::mime::{self, Envelope, Mailbox, Part};
use super::people::{Contact, Look, Tongue};
use super::rng::Rng;
use super::texts::{Facts, Topic};
use super::{Person, SampleMail, date};

/// One owner's mails in the making.
pub(super) struct Scribe<'a> {
    pub(super) owner: &'a Person,
    pub(super) now: SystemTime,
    pub(super) rng: Rng,
    pub(super) out: Vec<SampleMail>,
    serial: u64,
}

/// A conversation to be written.
pub(super) struct Talk<'a> {
    pub(super) home: &'static str,
    pub(super) contact: &'a Contact,
    pub(super) topic: &'a Topic,
    pub(super) start: SystemTime,
    /// No mail is later than this.
    pub(super) latest: SystemTime,
    /// At most so many mails into `home`, and into Sent.
    pub(super) room: (usize, usize),
    /// Flags of what comes in.
    pub(super) flags: &'static str,
}

/// A mail's place and look, as [`Scribe::put`] takes it.
pub(super) struct Mail {
    pub(super) folder: &'static str,
    pub(super) flags: &'static str,
    pub(super) from: Mailbox,
    pub(super) to: Vec<Mailbox>,
    pub(super) subject: String,
    pub(super) date: SystemTime,
    pub(super) zone: i32,
    pub(super) charset: mime::Charset,
    pub(super) references: Vec<String>,
    pub(super) extra: Vec<(&'static str, String)>,
}

impl<'a> Scribe<'a> {
    pub(super) fn new(owner: &'a Person, now: SystemTime) -> Self {
        Self { owner, now, rng: Rng::new(letter::seed(owner.address)), out: Vec::new(), serial: 0 }
    }

    pub(super) fn ago(&self, seconds: u64) -> SystemTime {
        self.now.checked_sub(Duration::from_secs(seconds)).unwrap_or(SystemTime::UNIX_EPOCH)
    }

    /// A working hour from `low` to `high` days ago, in the writer's zone.
    pub(super) fn day(&mut self, low: u64, high: u64, zone: i32) -> SystemTime {
        let back = self.rng.range(low * date::DAY, high.max(low) * date::DAY + date::DAY - 1);
        let at = self.ago(back);
        let spread = self.rng.next();
        self.ago(back + date::back_to_work(at, zone, spread))
    }

    fn id(&mut self, address: &str) -> String {
        self.serial += 1;
        format!("<{:x}.{:x}{:010x}@{}>", self.serial, self.serial % 16, self.rng.next() >> 24, letter::domain(address))
    }

    pub(super) fn me(&self) -> Mailbox {
        letter::mailbox(self.owner.name, self.owner.address)
    }

    /// Files the mail and gives back its identifier.
    pub(super) fn put(&mut self, mail: Mail, body: &Part) -> String {
        let id = self.id(&mail.from.address);
        let roll = self.rng.range(0, 9);
        let copies = if mail.extra.is_empty() { self.owner.copies(roll) } else { &[] };
        let others =
            copies.iter().filter(|(_, at)| mail.from.address != *at && mail.to.iter().all(|to| to.address != *at));
        let cc = others.map(|(name, at)| letter::mailbox(name, at)).collect();
        let envelope = Envelope {
            from: mail.from,
            to: mail.to,
            cc,
            subject: mail.subject,
            date: mail.date,
            zone: mail.zone,
            id: id.clone(),
            references: mail.references,
            charset: mail.charset,
            extra: mail.extra,
        };
        let bytes = mime::message(&envelope, body);
        self.out.push(SampleMail { folder: mail.folder, bytes, flags: mail.flags, date: mail.date });
        id
    }

    /// Writes a conversation; gives back how many mails went into its home and into Sent.
    pub(super) fn talk(&mut self, talk: &Talk<'_>) -> (usize, usize) {
        let contact = talk.contact;
        let mut story = Story::new(&mut self.rng, talk);
        let length = self.rng.pick(&[1, 1, 1, 2, 2, 3, 3, 4, 5, 6]).min(talk.room.0 + talk.room.1);
        // Who begins: where there is no room at home, it is us.
        let ours_first = talk.room.0 == 0;
        let (mut home, mut sent) = (0, 0);
        let mut at = talk.start;
        for turn in 0..length {
            let ours = (turn % 2 == 1) != ours_first;
            if (ours && sent == talk.room.1) || (!ours && home == talk.room.0) || at > talk.latest {
                break;
            }
            let next = self.later(at, if ours { contact.zone } else { self.owner.zone });
            let answered = !ours && turn + 1 < length && sent < talk.room.1 && next <= talk.latest;
            let (folder, flags) = if ours { ("Sent", "S") } else { (talk.home, self.flags(talk.flags, answered)) };
            self.turn(&mut story, talk, (folder, flags), at, ours);
            if ours {
                sent += 1;
            } else {
                home += 1;
            }
            at = next;
        }
        (home, sent)
    }

    /// Writes one mail of a conversation.
    fn turn(
        &mut self,
        story: &mut Story,
        talk: &Talk<'_>,
        (folder, flags): (&'static str, &'static str),
        at: SystemTime,
        ours: bool,
    ) {
        let contact = talk.contact;
        let answer = !story.references.is_empty();
        let writer = if ours { self.owner.writer(contact.tongue) } else { *contact };
        let call = if ours { contact.call } else { self.owner.call(contact.tongue) };
        let letter = Letter {
            greeting: letter::greeting(writer.tongue, call, &mut self.rng),
            paragraphs: story.paragraphs(&mut self.rng, talk.topic, answer),
            closing: letter::closing(writer.tongue, &mut self.rng).to_owned(),
            signature: format!("{}\n{}", writer.name, writer.signature),
            quote: story.quote.take(),
        };
        let attached = story.files(&mut self.rng, talk.topic, answer);
        let body = letter.body(&writer, &attached, &mut self.rng);
        let mail = Mail {
            folder,
            flags,
            from: letter::mailbox(writer.name, writer.address),
            to: vec![if ours { letter::mailbox(contact.name, contact.address) } else { self.me() }],
            subject: answer_subject(&story.subject, answer, contact.tongue),
            date: at,
            zone: writer.zone,
            charset: writer.charset,
            references: story.references.clone(),
            extra: Vec::new(),
        };
        let name = if ours { call_of(self.owner, contact.tongue) } else { contact.name };
        // A quoting program shows the time in the zone of its own user.
        let zone = if ours { contact.zone } else { self.owner.zone };
        let intro = quoting(contact.tongue, at, zone, name);
        story.quote = Some((intro, letter.plain()));
        story.references.push(self.put(mail, &body));
    }

    /// When the next writer answers: within two days, at work.
    fn later(&mut self, at: SystemTime, zone: i32) -> SystemTime {
        let mut gap = at + Duration::from_secs(self.rng.range(date::HOUR, 40 * date::HOUR));
        loop {
            let spread = self.rng.next();
            let worked = gap.checked_sub(Duration::from_secs(date::back_to_work(gap, zone, spread))).unwrap_or(gap);
            if worked > at + Duration::from_mins(10) {
                return worked;
            }
            gap += Duration::from_hours(7);
        }
    }

    fn flags(&mut self, plain: &'static str, answered: bool) -> &'static str {
        let starred = self.rng.chance(4);
        match (plain, answered, starred) {
            ("S", true, true) => "FRS",
            ("S", true, false) => "RS",
            ("S", false, true) => "FS",
            (other, _, _) => other,
        }
    }
}

/// What a conversation has come to.
struct Story {
    facts: Facts,
    subject: String,
    opening: &'static str,
    /// Sentences not said yet.
    answers: Vec<&'static str>,
    references: Vec<String>,
    quote: Option<(String, String)>,
}

impl Story {
    fn new(rng: &mut Rng, talk: &Talk<'_>) -> Self {
        let topic = talk.topic;
        let facts = Facts::new(rng, talk.contact.tongue, talk.start);
        let number = usize::try_from(rng.range(0, 59)).unwrap_or(0);
        // The nth subject goes with the nth opening; where there are more subjects, they begin again.
        let subjects = topic.subjects.len().max(1);
        let subject = topic.subjects.iter().cycle().nth(number).copied().unwrap_or_default();
        let opening = topic.openings.iter().cycle().nth(number % subjects).copied().unwrap_or_default();
        let subject = facts.fill(subject);
        let first = usize::try_from(rng.range(0, 9)).unwrap_or(0);
        let answers = topic.answers.iter().cycle().skip(first).take(topic.answers.len()).copied().collect();
        Self { facts, subject, opening, answers, references: Vec::new(), quote: None }
    }

    fn paragraphs(&mut self, rng: &mut Rng, topic: &Topic, answer: bool) -> Vec<String> {
        let mut said = Vec::new();
        if answer {
            said.push(self.answers.pop().unwrap_or(match topic.tongue {
                Tongue::English => "Thank you, that settles it from my side.",
                Tongue::Chinese => "好的，收到，就这样执行。",
                Tongue::Taiwanese => "好的，收到，謝謝。",
            }));
            if rng.chance(25) {
                said.extend(self.answers.pop());
            }
        } else {
            said.push(self.opening);
            let count = rng.pick(&[1, 2, 2, 3, 4]);
            said.extend(rng.some(topic.bodies, count));
            said.push(rng.pick(topic.requests));
        }
        said.into_iter().map(|text| self.facts.fill(text)).collect()
    }

    fn files(&self, rng: &mut Rng, topic: &Topic, answer: bool) -> Vec<String> {
        if !rng.chance(if answer { 14 } else { 38 }) || topic.files.is_empty() {
            return Vec::new();
        }
        let count = rng.pick(&[1, 1, 1, 2]);
        rng.some(topic.files, count).into_iter().map(|name| self.facts.fill(name)).collect()
    }
}

/// The owner's name in a quoting line: one that the correspondent's charset has.
fn call_of(owner: &Person, tongue: Tongue) -> &'static str {
    if tongue == Tongue::Taiwanese { owner.call(tongue) } else { owner.name }
}

impl Person {
    /// The owner as a writer in `tongue`.
    pub(super) fn writer(&self, tongue: Tongue) -> Contact {
        let (charset, transfer) = letter::house_ways(tongue);
        Contact {
            name: self.name,
            address: self.address,
            call: self.call(tongue),
            signature: "Example GmbH / 示例公司",
            tongue,
            charset,
            transfer,
            look: if tongue == Tongue::English { Look::Plain } else { Look::Html },
            zone: self.zone,
        }
    }

    /// Who also gets a copy, on some rolls of ten.
    fn copies(&self, roll: u64) -> &'static [(&'static str, &'static str)] {
        match (roll, self.user) {
            (0, "alice" | "service") => &[("Bob Weber", "bob@example.test")],
            (1, "alice" | "bob") => &[("王芳", "carol@example.test")],
            (2, "bob" | "carol") => &[("", "sales@example.test")],
            (3, "alice") => &[("李娜", "li.na@example.test"), ("Bob Weber", "bob@example.test")],
            _ => &[],
        }
    }
}

/// `Re:` or `回复：` before the subject, once.
pub(super) fn answer_subject(first: &str, answer: bool, tongue: Tongue) -> String {
    match (answer, tongue) {
        (false, _) => first.to_owned(),
        (true, Tongue::English) => format!("Re: {first}"),
        (true, Tongue::Chinese) => format!("回复：{first}"),
        (true, Tongue::Taiwanese) => format!("回覆：{first}"),
    }
}

fn quoting(tongue: Tongue, at: SystemTime, zone: i32, name: &str) -> String {
    let stamp = date::stamp(at, zone);
    match tongue {
        Tongue::English => format!("On {stamp}, {name} wrote:"),
        Tongue::Chinese => format!("在 {stamp}，{name} 写道："),
        Tongue::Taiwanese => format!("於 {stamp}，{name} 寫道："),
    }
}
