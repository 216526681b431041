//! What a provider keeps: messages, and folders that show them. A message is in one folder, or, at Gmail, in several.

use std::collections::{BTreeMap, BTreeSet};

use super::table::Personality;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mail {
    pub(crate) raw: Vec<u8>,
    pub(crate) flags: BTreeSet<String>,
}

/// A message's place in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) mail: u64,
    pub(crate) modseq: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct Folder {
    /// The attributes that tell its role.
    pub(crate) role: &'static str,
    pub(crate) selectable: bool,
    pub(crate) validity: u32,
    pub(crate) next: u32,
    pub(crate) modseq: u64,
    pub(crate) places: BTreeMap<u32, Place>,
    /// UIDs that are gone, and since when.
    pub(crate) gone: Vec<(u32, u64)>,
}

#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    pub(crate) folders: BTreeMap<String, Folder>,
    pub(crate) mails: BTreeMap<u64, Mail>,
    last_mail: u64,
    /// Folders are labels: the name of the one that shows every message, and of the trash.
    labels: Option<(&'static str, &'static str)>,
}

impl Mailbox {
    pub(crate) fn new(personality: &Personality) -> Self {
        let mut mailbox = Self { labels: personality.labels, ..Self::default() };
        for (validity, (name, _, role)) in (71..).zip(personality.folders) {
            let folder = Folder {
                role,
                selectable: !role.to_ascii_lowercase().contains("\\noselect"),
                validity,
                next: 1,
                modseq: 10,
                places: BTreeMap::new(),
                gone: Vec::new(),
            };
            mailbox.folders.insert((*name).to_owned(), folder);
        }
        mailbox
    }

    pub(crate) fn folder(&mut self, name: &str) -> &mut Folder {
        self.folders.get_mut(name).unwrap()
    }

    /// A new message arrives, `gap` UIDs above the last one.
    pub(crate) fn deliver(&mut self, folder: &str, raw: &[u8], gap: u32) -> u32 {
        self.last_mail += 1;
        let mail = self.last_mail;
        self.mails.insert(mail, Mail { raw: raw.to_vec(), flags: BTreeSet::new() });
        if let Some((all, trash)) = self.labels
            && folder != all
            && folder != trash
        {
            self.show(all, mail, 0);
        }
        self.show(folder, mail, gap)
    }

    fn show(&mut self, folder: &str, mail: u64, gap: u32) -> u32 {
        let folder = self.folder(folder);
        if let Some((uid, _)) = folder.places.iter().find(|(_, place)| place.mail == mail) {
            return *uid;
        }
        folder.modseq += 1;
        let uid = folder.next + gap;
        folder.next = uid + 1;
        folder.places.insert(uid, Place { mail, modseq: folder.modseq });
        uid
    }

    fn hide(&mut self, folder: &str, uid: u32) -> Option<u64> {
        let folder = self.folder(folder);
        let place = folder.places.remove(&uid)?;
        folder.modseq += 1;
        folder.gone.push((uid, folder.modseq));
        Some(place.mail)
    }

    pub(crate) fn mail(&self, folder: &str, uid: u32) -> Option<&Mail> {
        self.mails.get(&self.folders.get(folder)?.places.get(&uid)?.mail)
    }

    /// Which UID a message has that holds this text.
    pub(crate) fn find(&self, folder: &str, text: &str) -> Option<u32> {
        let places = &self.folders.get(folder)?.places;
        places.iter().find(|(_, place)| holds(&self.mails[&place.mail].raw, text)).map(|(uid, _)| *uid)
    }

    /// Sets or clears flags; every folder that shows the message has a change then.
    pub(crate) fn flag(&mut self, folder: &str, uid: u32, flags: &[&str], on: bool) {
        let Some(mail) = self.folders[folder].places.get(&uid).map(|place| place.mail) else { return };
        let kept = &mut self.mails.get_mut(&mail).unwrap().flags;
        for flag in flags {
            if on {
                kept.insert((*flag).to_owned());
            } else {
                kept.remove(*flag);
            }
        }
        for folder in self.folders.values_mut() {
            for place in folder.places.values_mut().filter(|place| place.mail == mail) {
                folder.modseq += 1;
                place.modseq = folder.modseq;
            }
        }
    }

    /// Removes a message from a folder; where folders are labels it stays in the others, unless this is the trash.
    pub(crate) fn expunge(&mut self, folder: &str, uid: u32) {
        let Some(mail) = self.hide(folder, uid) else { return };
        if self.labels.is_none_or(|(_, trash)| trash == folder) {
            self.mails.remove(&mail);
        }
    }

    /// Copies a message. Where folders are labels the copy is the same message; in the trash it is nowhere else.
    pub(crate) fn copy(&mut self, folder: &str, uid: u32, target: &str) -> Option<u32> {
        let mail = self.folders.get(folder)?.places.get(&uid)?.mail;
        if self.labels.is_none() {
            let copy = self.mails[&mail].clone();
            self.last_mail += 1;
            self.mails.insert(self.last_mail, copy);
            return Some(self.show(target, self.last_mail, 0));
        }
        Some(self.show(target, mail, 0))
    }

    pub(crate) fn move_to(&mut self, folder: &str, uid: u32, target: &str) -> Option<u32> {
        let mail = self.hide(folder, uid)?;
        if let Some((all, trash)) = self.labels {
            if target == trash {
                let names: Vec<String> = self.folders.keys().cloned().collect();
                for name in names.iter().filter(|name| name.as_str() != trash) {
                    if let Some(uid) = self.shown_as(name, mail) {
                        self.hide(name, uid);
                    }
                }
            } else {
                self.show(all, mail, 0);
            }
        }
        Some(self.show(target, mail, 0))
    }

    /// The folder gets a new UIDVALIDITY, and its messages other UIDs, the last one first.
    pub(crate) fn renumber(&mut self, folder: &str) {
        let folder = self.folder(folder);
        folder.validity += 1;
        let places: Vec<Place> = std::mem::take(&mut folder.places).into_values().rev().collect();
        folder.places = (1..).zip(places).collect();
        folder.next = u32::try_from(folder.places.len()).unwrap() + 1;
        folder.modseq += 1;
    }

    fn shown_as(&self, folder: &str, mail: u64) -> Option<u32> {
        self.folders[folder].places.iter().find(|(_, place)| place.mail == mail).map(|(uid, _)| *uid)
    }
}

pub(crate) fn holds(raw: &[u8], text: &str) -> bool {
    raw.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Members of a set that are in `all`, which is ascending.
pub(crate) fn chosen(set: &str, all: &[u32]) -> Vec<u32> {
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
