//! Two of our clients and a third one of another kind on one mailbox of a real server: whatever they do, in any order and
//! on the same messages, the server and both stores end as the model says.
//!
//! The model is the written rule of conflicts: what is queued is applied when its client syncs, in order, to the message
//! where that client last saw it; who comes later wins; what the other has removed or moved away meanwhile stays so.
//! `POSTROOM_CLIENTS=500` tries so many histories. One that fails is made shorter, and kept by proptest beside this file.

use std::collections::{BTreeMap, BTreeSet};

use postroom_lab::Lab;
use postroom_net::Trust;
use postroom_store::Store;
use postroom_sync::{Engine, FolderLedger, VerifyRequest};
use postroom_types::{FlagChange, Flags};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tempfile::TempDir;

use crate::desk::{NOW, mail, profile};
use crate::rig::{ALL, Mailbox, Rig};

const CASES: u32 = 16;
const MAILS: u32 = 6;
const FOLDERS: [&str; 4] = ["INBOX", "Work", "Archive", "Trash"];

#[derive(Debug, Clone)]
enum Act {
    /// Of one of ours, on the message of a number.
    Mark(usize, u32, bool, bool),
    Move(usize, u32, usize),
    Delete(usize, u32),
    Sync(usize),
    /// Of the third.
    Flag(u32, bool),
    Elsewhere(u32, usize),
    Remove(u32),
    Deliver,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let (who, number) = (0..2_usize, 1..=MAILS);
    let one = prop_oneof![
        4 => (who.clone(), number.clone(), any::<bool>(), any::<bool>()).prop_map(|(a, b, c, d)| Act::Mark(a, b, c, d)),
        3 => (who.clone(), number.clone(), 0..3_usize).prop_map(|(a, b, c)| Act::Move(a, b, c)),
        2 => (who.clone(), number.clone()).prop_map(|(a, b)| Act::Delete(a, b)),
        4 => who.prop_map(Act::Sync),
        2 => (number.clone(), any::<bool>()).prop_map(|(a, b)| Act::Flag(a, b)),
        1 => (number.clone(), 0..4_usize).prop_map(|(a, b)| Act::Elsewhere(a, b)),
        1 => number.prop_map(Act::Remove),
        1 => Just(Act::Deliver),
    ];
    prop::collection::vec(one, 1..40)
}

#[derive(Debug, Clone, Eq)]
struct Place {
    folder: &'static str,
    flags: BTreeSet<&'static str>,
    /// How often it was moved: back in its folder it is another message, under another UID. No client can tell the number.
    moves: u32,
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.folder == other.folder && self.flags == other.flags
    }
}

impl Place {
    fn new(folder: &'static str, flags: impl IntoIterator<Item = &'static str>) -> Self {
        Self { folder, flags: flags.into_iter().collect(), moves: 0 }
    }

    fn move_to(&mut self, folder: &'static str) {
        self.moves += u32::from(self.folder != folder);
        self.folder = folder;
    }
}

type Places = BTreeMap<u32, Place>;

/// What a client of ours has queued for one message.
#[derive(Debug, Clone, Default)]
struct Queued {
    flags: BTreeMap<&'static str, bool>,
    moved: Option<&'static str>,
    removed: bool,
}

#[derive(Default)]
struct View {
    /// As the server was at the last sync.
    base: Places,
    queue: BTreeMap<u32, Queued>,
}

impl View {
    /// As this client shows it.
    fn shown(&self, number: u32) -> Option<Place> {
        let mut place = self.base.get(&number)?.clone();
        let Some(queued) = self.queue.get(&number) else { return Some(place) };
        place.folder = queued.moved.unwrap_or(place.folder);
        for (flag, on) in &queued.flags {
            place.flags.remove(flag);
            place.flags.extend(on.then_some(*flag));
        }
        (!queued.removed).then_some(place)
    }

    fn mark(&mut self, number: u32, flag: &'static str, on: bool) {
        let Some(shown) = self.shown(number) else { return };
        if shown.flags.contains(flag) == on {
            return;
        }
        let base = &self.base[&number].flags;
        let queued = self.queue.entry(number).or_default();
        queued.flags.insert(flag, on);
        // What leads back to what the server has is not sent.
        if queued.flags.iter().all(|(flag, on)| base.contains(flag) == *on) {
            queued.flags.clear();
        }
    }

    fn move_to(&mut self, number: u32, folder: &'static str) {
        let Some(shown) = self.shown(number) else { return };
        if shown.folder != folder {
            let back = self.base[&number].folder == folder;
            self.queue.entry(number).or_default().moved = (!back).then_some(folder);
        }
    }

    fn delete(&mut self, number: u32) {
        let Some(shown) = self.shown(number) else { return };
        if shown.folder == "Trash" {
            self.queue.entry(number).or_default().removed = true;
        } else {
            self.move_to(number, "Trash");
        }
    }

    /// The queue is carried out on the server, and what the server has is taken over.
    fn sync(&mut self, server: &mut Places) {
        for (number, queued) in std::mem::take(&mut self.queue) {
            let Some(place) = server.get_mut(&number).filter(|place| place.moves == self.base[&number].moves) else {
                continue;
            };
            for (flag, on) in queued.flags {
                place.flags.remove(flag);
                place.flags.extend(on.then_some(flag));
            }
            place.move_to(queued.moved.unwrap_or(place.folder));
            if queued.removed {
                server.remove(&number);
            }
        }
        self.base.clone_from(server);
    }
}

struct Client {
    store: Store,
    engine: Engine,
    view: View,
    _dir: TempDir,
}

impl Client {
    async fn new(rig: &Rig) -> Self {
        let (context, login, dir) = profile(rig.lab.imap_plain(), &rig.user, Trust::platform()).await;
        Self { store: context.store.clone(), engine: Engine::new(context, login), view: View::default(), _dir: dir }
    }

    async fn sync(&mut self, server: &mut Places) {
        let report = self.engine.sync(&ALL).await.unwrap();
        assert!(report.folders.iter().all(|folder| folder.error.is_none()), "{report:?}");
        self.view.sync(server);
        assert_eq!(self.holds().await, self.view.base, "after a sync, here (left) and the model (right)");
    }

    /// What the store shows.
    async fn holds(&self) -> Places {
        let mut places = Places::new();
        for folder in self.store.folders().await.unwrap() {
            let Some(name) = FOLDERS.into_iter().find(|name| *name == folder.path) else { continue };
            for row in self.store.list_page(folder.id, 1000, None).await.unwrap().messages {
                let names = [(Flags::SEEN, "\\Seen"), (Flags::FLAGGED, "\\Flagged")];
                let flags = names.into_iter().filter(|(flag, _)| row.flags.contains(*flag)).map(|(_, name)| name);
                let number = row.subject.trim_start_matches("Mail ").parse().unwrap();
                let before = places.insert(number, Place::new(name, flags));
                assert_eq!(before, None, "{number} is here twice");
            }
        }
        places
    }

    /// The row of a message, where it is shown.
    async fn id(&self, number: u32) -> Option<postroom_types::MessageId> {
        let subject = format!("Mail {number:03}");
        for folder in self.store.folders().await.unwrap() {
            let rows = self.store.list_page(folder.id, 1000, None).await.unwrap().messages;
            if let Some(row) = rows.into_iter().find(|row| row.subject == subject) {
                return Some(row.id);
            }
        }
        None
    }

    async fn act(&mut self, act: &Act) {
        let (Act::Mark(_, number, ..) | Act::Move(_, number, _) | Act::Delete(_, number)) = act else { return };
        let Some(id) = self.id(*number).await else {
            assert_eq!(self.view.shown(*number), None, "{number} is not shown");
            return;
        };
        match act {
            Act::Mark(_, number, seen, on) => {
                let change = if *seen { FlagChange::seen(*on) } else { FlagChange::flagged(*on) };
                self.store.mark(vec![id], change, NOW).await.unwrap();
                self.view.mark(*number, if *seen { "\\Seen" } else { "\\Flagged" }, *on);
            }
            Act::Move(_, number, to) => {
                let folder = self.store.folder_find(None, FOLDERS[*to].to_owned()).await.unwrap();
                self.store.move_to(vec![id], folder.id, NOW).await.unwrap();
                self.view.move_to(*number, FOLDERS[*to]);
            }
            _ => {
                self.store.delete(vec![id], NOW).await.unwrap();
                self.view.delete(*number);
            }
        }
    }
}

/// The third: it does at once what it does.
fn third_acts(rig: &Rig, server: &mut Places, act: &Act, delivered: &mut u32) {
    let mut imap = rig.lab.imap(&rig.user);
    if let Act::Deliver = act {
        *delivered += 1;
        rig.lab.append(&rig.user, "INBOX", mail(*delivered).as_bytes(), "").unwrap();
        server.insert(*delivered, Place::new("INBOX", []));
        return;
    }
    let (Act::Flag(number, _) | Act::Elsewhere(number, _) | Act::Remove(number)) = act else { return };
    let Some(place) = server.get_mut(number) else { return };
    let uid = imap.search(place.folder, &format!("HEADER Message-ID <{number}@example.test>"))[0];
    match act {
        Act::Flag(_, on) => {
            imap.store(place.folder, uid, if *on { "+FLAGS (\\Flagged)" } else { "-FLAGS (\\Flagged)" });
            place.flags.remove("\\Flagged");
            place.flags.extend(on.then_some("\\Flagged"));
        }
        Act::Elsewhere(_, to) if FOLDERS[*to] != place.folder => {
            imap.move_to(place.folder, uid, FOLDERS[*to]);
            place.move_to(FOLDERS[*to]);
        }
        Act::Elsewhere(..) => {}
        _ => {
            imap.expunge(place.folder, uid);
            server.remove(number);
        }
    }
}

/// As [`Rig::mailbox`] shows it.
fn mailbox(server: &Places) -> Mailbox {
    let mut mailbox: Mailbox = FOLDERS.iter().map(|folder| ((*folder).to_owned(), Vec::new())).collect();
    for (number, place) in server {
        let flags = place.flags.iter().map(|flag| (*flag).to_owned()).collect();
        mailbox.get_mut(place.folder).unwrap().push((format!("{number}@example.test"), flags));
    }
    for messages in mailbox.values_mut() {
        messages.sort();
    }
    mailbox
}

async fn history(rig: &Rig, acts: &[Act]) {
    let mut imap = rig.lab.imap(&rig.user);
    for folder in FOLDERS {
        imap.select(folder);
        imap.command("UID STORE 1:* +FLAGS.SILENT (\\Deleted)");
        imap.command("EXPUNGE");
    }
    let (mut server, mut delivered) = (Places::new(), 0);
    for _ in 0..MAILS {
        third_acts(rig, &mut server, &Act::Deliver, &mut delivered);
    }
    let mut ours = [Client::new(rig).await, Client::new(rig).await];
    for client in &mut ours {
        client.sync(&mut server).await;
    }
    for act in acts {
        match act {
            Act::Mark(who, ..) | Act::Move(who, ..) | Act::Delete(who, _) => ours[*who].act(act).await,
            Act::Sync(who) => ours[*who].sync(&mut server).await,
            _ => third_acts(rig, &mut server, act, &mut delivered),
        }
    }
    for who in [0, 1, 0, 1] {
        ours[who].sync(&mut server).await;
    }
    let mut there = rig.mailbox();
    there.retain(|folder, _| FOLDERS.contains(&folder.as_str()));
    assert_eq!(there, mailbox(&server), "the server (left) and the model (right)");
    for client in &ours {
        assert_eq!(client.store.pending().await.unwrap(), []);
        let ledgers = client.engine.verify(&VerifyRequest { folder: None, deep: true }).await.unwrap();
        assert!(ledgers.iter().all(FolderLedger::is_clean), "{ledgers:?}");
    }
}

#[test]
fn two_clients_and_a_third_end_as_the_model_says() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let rig = runtime.block_on(Rig::new("three", Lab::shared().imap_plain()));
    for folder in ["Work", "Archive"] {
        // Some are there from the start.
        drop(rig.lab.create_folder(&rig.user, folder));
    }
    let cases = std::env::var("POSTROOM_CLIENTS").ok().and_then(|number| number.parse().ok()).unwrap_or(CASES);
    let config =
        ProptestConfig { cases, max_shrink_iters: 400, source_file: Some(file!()), ..ProptestConfig::default() };
    let result = TestRunner::new(config).run(&acts(), |acts| {
        runtime.block_on(history(&rig, &acts));
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
}
