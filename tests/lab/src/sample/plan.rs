//! How many mails lie in which folder, of which kind and age.

use std::time::{Duration, SystemTime};

use super::people::{self, Contact};
use super::scribe::{Scribe, Talk};
use super::texts::{Room, Topic};
use super::{Person, SampleMail, chinese, date, english};

/// A folder and its share of the owner's mails. The first folder takes what rounding leaves.
type Share = (&'static str, usize);

/// With 3,000 mails in all these are alice's numbers.
const ALICE: &[Share] = &[
    ("Archive", 720),
    ("INBOX", 600),
    ("Sent", 420),
    ("发票", 140),
    ("Projects/Nordwind/Phase 2", 130),
    ("合同/2026", 110),
    ("Newsletter", 92),
    ("合同/2025", 90),
    ("Junk", 20),
    ("Trash", 15),
    ("Drafts", 3),
];
const OTHERS: &[Share] =
    &[("INBOX", 100), ("Sent", 50), ("Archive", 50), ("Projects/Nordwind/Phase 2", 14), ("Trash", 4), ("Junk", 4)];
const SERVICE: &[Share] = &[("INBOX", 90), ("Sent", 60), ("已完成", 70), ("Junk", 4)];

/// Everything older than this many days was read long ago.
const RECENT: u64 = 7;
const TWO_YEARS: u64 = 725;

pub(super) fn write(owner: &Person, count: usize, now: SystemTime) -> Vec<SampleMail> {
    let shares = match owner.user {
        "alice" => ALICE,
        "service" => SERVICE,
        _ => OTHERS,
    };
    let total: usize = shares.iter().map(|(_, share)| share).sum();
    let mut rooms: Vec<Share> = shares.iter().map(|(folder, share)| (*folder, share * count / total)).collect();
    let given: usize = rooms.iter().map(|(_, room)| room).sum();
    if let Some((_, first)) = rooms.first_mut() {
        *first += count - given;
    }
    let mut scribe = Scribe::new(owner, now);
    let mut sent = rooms.iter().find(|(folder, _)| *folder == "Sent").map_or(0, |(_, room)| *room);
    for (folder, room) in rooms.iter().filter(|(folder, _)| *folder != "Sent") {
        sent -= scribe.fill(folder, *room, sent);
    }
    // What is left to send began with us and got no answer.
    while sent > 0 {
        let start = scribe.day(1, TWO_YEARS, owner.zone);
        sent -= scribe.one_talk("Archive", start, now, (0, sent), "S").1;
    }
    scribe.out
}

impl Scribe<'_> {
    /// Writes `room` mails into `folder`, and at most `sent` answers into Sent; gives back how many answers.
    fn fill(&mut self, folder: &'static str, room: usize, sent: usize) -> usize {
        match folder {
            "INBOX" => return self.inbox(room, sent),
            "Drafts" => (0..room).for_each(|number| {
                let at = self.day(0, 5, self.owner.zone);
                self.draft(number, at);
            }),
            "Junk" => (0..room).for_each(|_| {
                let flags = self.rng.pick(&["", "", "S"]);
                let at = self.day(0, 28, 1);
                self.junk(flags, at);
            }),
            "Newsletter" => (0..room).for_each(|_| {
                let flags = self.rng.pick(&["", "S", "S", "S"]);
                let at = self.day(0, TWO_YEARS, 1);
                self.newsletter(folder, flags, at);
            }),
            _ => return self.talks(folder, room, sent),
        }
        0
    }

    fn talks(&mut self, folder: &'static str, room: usize, sent: usize) -> usize {
        let passed = date::day_of_year(self.now);
        let (low, high) = match folder {
            "合同/2026" => (RECENT + 1, passed.saturating_sub(6).max(30)),
            "合同/2025" => (passed + 2, TWO_YEARS),
            "Trash" => (RECENT + 1, 60),
            "Archive" | "已完成" => (20, TWO_YEARS),
            _ => (RECENT + 1, TWO_YEARS),
        };
        let latest = self.ago(low.saturating_sub(1) * date::DAY);
        let (mut filled, mut answers) = (0, 0);
        while filled < room {
            let start = self.day(low, high, 1);
            let (home, out) = self.one_talk(folder, start, latest, (room - filled, sent - answers), "S");
            filled += home;
            answers += out;
        }
        answers
    }

    fn inbox(&mut self, room: usize, sent: usize) -> usize {
        let alice = self.owner.user == "alice";
        let (mut filled, mut answers) = (0, 0);
        if alice {
            let (home, out) = self.showcase(room.min(room / 3 + 2), sent);
            filled += home;
            answers += out;
        }
        // The last week: single mails, six of them not read yet.
        let week = (room / 25).min(room - filled);
        for number in 0..week {
            let flags = if number < week.min(6) { "" } else { "S" };
            let start = self.day(2, RECENT - 2, 1);
            filled += self.one_talk("INBOX", start, self.now, (1, 0), flags).0;
        }
        while filled < room {
            let unread = !alice && self.rng.chance(3);
            let flags = if unread { "" } else { "S" };
            // More of what is recent.
            let far = self.rng.range(8, TWO_YEARS);
            let near = self.rng.range(8, far);
            let start = self.day(near, near, 1);
            let roll = self.rng.range(0, 99);
            match roll {
                0..=4 => self.any_invitation("INBOX", flags, start),
                5..=8 => self.newsletter("INBOX", flags, start),
                9..=11 => self.notice("INBOX", flags, start),
                _ => {
                    let latest = self.ago(RECENT * date::DAY + date::DAY);
                    let (home, out) = self.one_talk("INBOX", start, latest, (room - filled, sent - answers), flags);
                    filled += home;
                    answers += out;
                    continue;
                }
            }
            filled += 1;
        }
        answers
    }

    /// One conversation on a topic that suits the folder.
    fn one_talk(
        &mut self,
        home: &'static str,
        start: SystemTime,
        latest: SystemTime,
        room: (usize, usize),
        flags: &'static str,
    ) -> (usize, usize) {
        let (contact, topic) = self.matter(home);
        let zone = if room.0 == 0 { self.owner.zone } else { contact.zone };
        let early = date::back_to_work(start, zone, self.rng.next());
        let start = start.checked_sub(Duration::from_secs(early)).unwrap_or(start);
        self.talk(&Talk { home, contact: &contact, topic, start, latest, room, flags })
    }

    fn matter(&mut self, home: &str) -> (Contact, &'static Topic) {
        loop {
            let roll = self.rng.range(0, 99);
            let (wanted, people): (&[Room], _) = match home {
                "合同/2026" | "合同/2025" => (&[Room::Contract], people::OUTSIDE),
                "发票" => (&[Room::Invoice], people::OUTSIDE),
                "Projects/Nordwind/Phase 2" if roll < 15 => (&[Room::Contract], people::NORDWIND_STAFF),
                "Projects/Nordwind/Phase 2" if roll < 80 => (&[Room::Project], people::NORDWIND_STAFF),
                "Projects/Nordwind/Phase 2" => (&[Room::Project], people::INSIDE),
                _ if roll < 14 => (&[Room::House], people::INSIDE),
                _ => (&[Room::Trade, Room::Trade, Room::Trade, Room::Invoice, Room::Contract], people::OUTSIDE),
            };
            let contact = self.rng.pick(people);
            let personnel = contact.address == people::LI_NA.address;
            let wanted = if personnel { Room::Personnel } else { self.rng.pick(wanted) };
            let fitting: Vec<&'static Topic> = english::TOPICS
                .iter()
                .chain(chinese::TOPICS)
                .filter(|topic| topic.tongue == contact.tongue && topic.room == wanted)
                .collect();
            // Nobody writes to himself, and not every language has every topic.
            if !fitting.is_empty() && contact.address != self.owner.address {
                return (contact, self.rng.pick(&fitting));
            }
        }
    }
}
