//! What the honest server has, and what it says of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mail {
    pub(crate) raw: String,
    pub(crate) flags: BTreeSet<String>,
    pub(crate) modseq: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Folder {
    pub(crate) validity: u32,
    pub(crate) next: u32,
    pub(crate) modseq: u64,
    pub(crate) mails: BTreeMap<u32, Mail>,
    pub(crate) vanished: Vec<(u32, u64)>,
}

impl Folder {
    pub(crate) fn new(validity: u32) -> Self {
        Self { validity, next: 1, modseq: 1, mails: BTreeMap::new(), vanished: Vec::new() }
    }

    pub(crate) fn append(&mut self, raw: String) -> u32 {
        self.modseq += 1;
        let uid = self.next;
        self.next += 1;
        self.mails.insert(uid, Mail { raw, flags: BTreeSet::new(), modseq: self.modseq });
        uid
    }

    pub(crate) fn remove(&mut self, uid: u32) -> Option<Mail> {
        let mail = self.mails.remove(&uid)?;
        self.modseq += 1;
        self.vanished.push((uid, self.modseq));
        Some(mail)
    }
}

/// As on the wire: `1:3,7`.
fn set(uids: impl Iterator<Item = u32>) -> String {
    uids.map(|uid| uid.to_string()).collect::<Vec<_>>().join(",")
}

/// Members of a set that are in `all`, which is ascending.
fn chosen(set: &str, all: &[u32]) -> Vec<u32> {
    let last = all.last().copied().unwrap_or(0);
    let number = |word: &str| if word == "*" { last } else { word.parse().unwrap_or(0) };
    let ranges: Vec<(u32, u32)> = set
        .split(',')
        .map(|member| match member.split_once(':') {
            Some((a, b)) => (number(a).min(number(b)), number(a).max(number(b))),
            None => (number(member), number(member)),
        })
        .collect();
    all.iter().copied().filter(|uid| ranges.iter().any(|(low, high)| (low..=high).contains(&uid))).collect()
}

/// The folders by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mailboxes(pub(crate) BTreeMap<String, Folder>);

impl Mailboxes {
    pub(crate) fn get(&mut self, name: &str) -> &mut Folder {
        self.0.get_mut(name).unwrap()
    }

    pub(super) fn list(&self, with_status: bool) -> String {
        let mut out = String::new();
        for (name, folder) in &self.0 {
            let role = if name == "Trash" { "\\Trash" } else { "" };
            writeln!(out, "* LIST ({role}) \"/\" {name}\r").unwrap();
            if with_status {
                writeln!(
                    out,
                    "* STATUS {name} (MESSAGES {} UIDNEXT {} UIDVALIDITY {} HIGHESTMODSEQ {})\r",
                    folder.mails.len(),
                    folder.next,
                    folder.validity,
                    folder.modseq
                )
                .unwrap();
            }
        }
        out
    }

    pub(super) fn select(&self, name: &str, command: &str) -> Option<String> {
        let folder = self.0.get(name)?;
        let mut out = format!(
            "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r\n* {} EXISTS\r\n* OK [UIDVALIDITY {}] x\r\n\
             * OK [UIDNEXT {}] x\r\n* OK [HIGHESTMODSEQ {}] x\r\n",
            folder.mails.len(),
            folder.validity,
            folder.next,
            folder.modseq
        );
        if let Some((_, known)) = command.split_once("(QRESYNC (") {
            let known: Vec<&str> = known.trim_end_matches(')').split(' ').collect();
            if known[0] == folder.validity.to_string() {
                let since: u64 = known[1].parse().unwrap();
                let gone = set(folder.vanished.iter().filter(|(_, at)| *at > since).map(|(uid, _)| *uid));
                if !gone.is_empty() {
                    writeln!(out, "* VANISHED (EARLIER) {gone}\r").unwrap();
                }
                for (number, (uid, mail)) in (1..).zip(&folder.mails) {
                    if mail.modseq > since {
                        out += &flags(number, *uid, mail);
                    }
                }
            }
        }
        Some(out)
    }

    pub(super) fn search(&self, name: &str, command: &str) -> String {
        let Some(folder) = self.0.get(name) else { return "$TAG BAD nothing is selected\r\n".to_owned() };
        let all: Vec<u32> = folder.mails.keys().copied().collect();
        let found = if let Some((_, id)) = command.split_once("HEADER Message-ID ") {
            let id = id.trim_matches('"');
            all.into_iter().filter(|uid| folder.mails[uid].raw.contains(id)).collect()
        } else if let Some((_, set)) = command.split_once(" UID ") {
            chosen(set, &all)
        } else {
            all
        };
        let found = set(found.into_iter());
        match (command.contains("RETURN"), found.is_empty()) {
            (true, true) => "* ESEARCH (TAG \"$TAG\") UID\r\n".to_owned() + "$TAG OK done\r\n",
            (true, false) => format!("* ESEARCH (TAG \"$TAG\") UID ALL {found}\r\n$TAG OK done\r\n"),
            (false, _) => format!("* SEARCH {}\r\n", found.replace(',', " ")),
        }
    }

    pub(super) fn fetch(&self, name: &str, set: &str, command: &str, by_uid: bool) -> String {
        let Some(folder) = self.0.get(name) else { return "$TAG BAD nothing is selected\r\n".to_owned() };
        let uids: Vec<u32> = folder.mails.keys().copied().collect();
        let numbers: Vec<u32> = (1..).take(uids.len()).collect();
        let since = command.split_once("CHANGEDSINCE ").map_or(0, |(_, rest)| {
            rest.trim_end_matches(')').split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
        });
        let wanted = chosen(set, if by_uid { &uids } else { &numbers });
        let mut out = String::new();
        for (number, (uid, mail)) in (1..).zip(&folder.mails) {
            if wanted.contains(if by_uid { uid } else { &number }) && mail.modseq > since {
                out += &fetched(number, *uid, mail, command);
            }
        }
        out
    }

    pub(super) fn store(&mut self, name: &str, set: &str, command: &str) -> String {
        let folder = self.get(name);
        let list = command.split_once('(').map_or("", |(_, list)| list.trim_end_matches(')'));
        let flags: Vec<String> = list.split(' ').map(str::to_owned).collect();
        let all: Vec<u32> = folder.mails.keys().copied().collect();
        for uid in chosen(set, &all) {
            folder.modseq += 1;
            let modseq = folder.modseq;
            let mail = folder.mails.get_mut(&uid).unwrap();
            mail.modseq = modseq;
            if command.contains("+FLAGS") {
                mail.flags.extend(flags.iter().cloned());
            } else {
                mail.flags.retain(|flag| !flags.contains(flag));
            }
        }
        String::new()
    }

    pub(super) fn expunge(&mut self, name: &str, set: &str) -> String {
        let folder = self.get(name);
        let all: Vec<u32> =
            folder.mails.iter().filter(|(_, mail)| mail.flags.contains("\\Deleted")).map(|(uid, _)| *uid).collect();
        let gone = chosen(set, &all);
        for uid in &gone {
            folder.remove(*uid);
        }
        if gone.is_empty() { String::new() } else { format!("* VANISHED {}\r\n", self::set(gone.into_iter())) }
    }

    pub(super) fn move_to(&mut self, name: &str, set: &str, target: &str) -> String {
        let all: Vec<u32> = self.get(name).mails.keys().copied().collect();
        let from = chosen(set, &all);
        let mut to = Vec::new();
        for uid in &from {
            let mail = self.get(name).remove(*uid).unwrap();
            let target = self.get(target);
            let new = target.append(mail.raw);
            target.mails.get_mut(&new).unwrap().flags = mail.flags;
            to.push(new);
        }
        let validity = self.get(target).validity;
        let (from, to) = (self::set(from.into_iter()), self::set(to.into_iter()));
        format!("* OK [COPYUID {validity} {from} {to}] moved\r\n* VANISHED {from}\r\n")
    }
}

fn flags(number: u32, uid: u32, mail: &Mail) -> String {
    let flags: Vec<&str> = mail.flags.iter().map(String::as_str).collect();
    format!("* {number} FETCH (UID {uid} FLAGS ({}) MODSEQ ({}))\r\n", flags.join(" "), mail.modseq)
}

fn fetched(number: u32, uid: u32, mail: &Mail, command: &str) -> String {
    let names: Vec<&str> = mail.flags.iter().map(String::as_str).collect();
    let mut out = format!("* {number} FETCH (UID {uid} FLAGS ({}) MODSEQ ({})", names.join(" "), mail.modseq);
    if command.contains("INTERNALDATE") {
        out += " INTERNALDATE \"03-Feb-2026 10:00:00 +0000\"";
    }
    if command.contains("RFC822.SIZE") {
        write!(out, " RFC822.SIZE {}", mail.raw.len()).unwrap();
    }
    let header = mail.raw.split_once("\r\n\r\n").map_or(mail.raw.len(), |(header, _)| header.len() + 4);
    let id = mail
        .raw
        .lines()
        .find(|line| line.starts_with("Message-ID:"))
        .map_or("\r\n".to_owned(), |id| format!("{id}\r\n\r\n"));
    for (item, data) in [
        ("HEADER.FIELDS (MESSAGE-ID)", id.as_str()),
        ("HEADER", mail.raw.get(..header).unwrap_or_default()),
        ("", &mail.raw),
    ] {
        if command.contains(&format!("BODY.PEEK[{item}]")) {
            write!(out, " BODY[{item}] {{{}}}\r\n{data}", data.len()).unwrap();
        }
    }
    out + ")\r\n"
}
