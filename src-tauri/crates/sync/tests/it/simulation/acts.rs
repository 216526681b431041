//! The acts of the user and of another client, and what both must lead to.
//!
//! Each moves and removes messages of its own only, and flags of its own: who wins where both change the same is for other
//! tests. The user's messages have odd numbers.

use std::collections::{BTreeMap, BTreeSet};

use postroom_types::{FlagChange, Flags};

use super::Dice;
use crate::desk::{NOW, mail};
use crate::rig::{Mailbox, Open, Rig};

const FOLDERS: [&str; 6] = ["INBOX", "Work", "Archive", "Trash", "Drafts", "Sent"];

/// Messages that the user puts into folders have numbers from here on.
const PUT: u32 = 500;

/// Where each message must be, and with which flags.
#[derive(Default)]
pub(crate) struct Model {
    messages: BTreeMap<u32, (&'static str, BTreeSet<String>)>,
}

impl Model {
    /// As [`Rig::mailbox`] shows it.
    pub(crate) fn mailbox(&self) -> Mailbox {
        let mut mailbox: Mailbox =
            FOLDERS.iter().chain(&["Junk"]).map(|folder| ((*folder).to_owned(), Vec::new())).collect();
        for (number, (folder, flags)) in &self.messages {
            mailbox.get_mut(*folder).unwrap().push((format!("{number}@example.test"), flags.clone()));
        }
        for messages in mailbox.values_mut() {
            messages.sort();
        }
        mailbox
    }

    /// The user puts a message into a folder, and may do something with it at once.
    pub(crate) async fn user_puts(&mut self, open: &Open, dice: &mut Dice) {
        let folders = open.store.folders().await.unwrap();
        let has = |path: &str| folders.iter().any(|folder| folder.path == path);
        if !has("INBOX") || !has("Work") {
            return;
        }
        let number = PUT + u32::try_from(self.messages.range(PUT..).count()).unwrap();
        let (mut folder, mut flags) = (["INBOX", "Work"][usize::try_from(dice.roll(2)).unwrap()], BTreeSet::new());
        // As often more than fits into one write as not.
        let text = mail(number)
            + &"All goods remain ours until they are paid.\r\n".repeat(usize::try_from(dice.roll(2) * 3000).unwrap());
        let id = open.put(open.folder(folder).await, text.as_bytes(), Flags::empty()).await;
        match dice.roll(4) {
            0 => {
                folder = if folder == "INBOX" { "Work" } else { "INBOX" };
                open.store.move_to(vec![id], open.folder(folder).await, NOW).await.unwrap();
            }
            1 => {
                flags.insert("\\Flagged".to_owned());
                open.store.mark(vec![id], FlagChange::flagged(true), NOW).await.unwrap();
            }
            _ => {}
        }
        self.messages.insert(number, (folder, flags));
    }

    /// One act of the user, on a message that is here.
    pub(crate) async fn user_acts(&mut self, open: &Open, dice: &mut Dice) {
        let ids = open.ids().await;
        let mine: Vec<u32> = self
            .messages
            .keys()
            .copied()
            .filter(|number| number % 2 == 1 && *number < PUT && ids.contains_key(&format!("Mail {number:03}")))
            .collect();
        if mine.is_empty() {
            return;
        }
        let number = mine[usize::try_from(dice.roll(mine.len() as u64)).unwrap()];
        let id = ids[&format!("Mail {number:03}")];
        let on = dice.roll(2) == 0;
        let (folder, flags) = self.messages.get_mut(&number).unwrap();
        let store = &open.store;
        let mut set = |flag: &str| {
            flags.remove(flag);
            flags.extend(on.then(|| flag.to_owned()));
        };
        match dice.roll(8) {
            0..=1 => {
                set("\\Flagged");
                store.mark(vec![id], FlagChange::flagged(on), NOW).await.unwrap();
            }
            2..=3 => {
                set("\\Seen");
                store.mark(vec![id], FlagChange::seen(on), NOW).await.unwrap();
            }
            4..=5 => {
                *folder = if on { "INBOX" } else { "Work" };
                store.move_to(vec![id], open.folder(folder).await, NOW).await.unwrap();
            }
            6 => {
                *folder = "Archive";
                store.archive(vec![id], NOW).await.unwrap();
            }
            _ => {
                store.delete(vec![id], NOW).await.unwrap();
                if *folder == "Trash" {
                    self.messages.remove(&number);
                } else {
                    *folder = "Trash";
                }
            }
        }
    }
}

/// The other client, and what arrives.
#[derive(Default)]
pub(crate) struct Server {
    delivered: u32,
}

impl Server {
    /// New mail.
    pub(crate) fn deliver(&mut self, rig: &Rig, model: &mut Model, folder: &'static str, count: u64) {
        for _ in 0..count {
            self.delivered += 1;
            rig.lab.append(&rig.user, folder, mail(self.delivered).as_bytes(), "").unwrap();
            model.messages.insert(self.delivered, (folder, BTreeSet::new()));
        }
    }

    /// One act of the other client.
    pub(crate) fn acts(&mut self, rig: &Rig, model: &mut Model, dice: &mut Dice) {
        let theirs: Vec<u32> =
            model.messages.keys().copied().filter(|number| number % 2 == 0 && *number < PUT).collect();
        let act = dice.roll(6);
        if act < 2 || theirs.is_empty() {
            self.deliver(rig, model, if act == 0 { "INBOX" } else { "Work" }, 1);
            return;
        }
        let number = theirs[usize::try_from(dice.roll(theirs.len() as u64)).unwrap()];
        let (folder, flags) = model.messages.get_mut(&number).unwrap();
        let mut imap = rig.lab.imap(&rig.user);
        let uid = imap.search(folder, &format!("HEADER Message-ID <{number}@example.test>"))[0];
        match act {
            2..=3 => {
                let flag = if act == 2 { "\\Answered" } else { "\\Flagged" };
                let change = if flags.insert(flag.to_owned()) { "+" } else { "-" };
                if change == "-" {
                    flags.remove(flag);
                }
                imap.store(folder, uid, &format!("{change}FLAGS ({flag})"));
            }
            4 => {
                let target = if *folder == "INBOX" { "Work" } else { "INBOX" };
                imap.move_to(folder, uid, target);
                *folder = target;
            }
            _ => {
                imap.expunge(folder, uid);
                model.messages.remove(&number);
            }
        }
    }
}
