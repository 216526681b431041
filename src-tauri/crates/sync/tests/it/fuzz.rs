//! A fuzzer of the queue: random acts of a user, of another client, answers of the server and crashes, in any order, against
//! a model. Whatever happens, no message is lost or doubled, and what was not reported as taken back has happened.
//!
//! A case is a string of bytes, read as one step after the other. `FUZZ_SECONDS=3600` tries new ones for so long; otherwise
//! it is a fixed number from a fixed seed. What failed is made shorter and kept in `tests/data/fuzz/queue`, which is always
//! run first.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use postroom_db::Fuse;
use postroom_lab::LabUser;
use postroom_net::Trust;
use postroom_store::{ParseMarkers, Store};
use postroom_sync::{Context, Engine, Events, Login, PassReport};
use postroom_types::{FixedClock, FlagChange, FolderId, MessageId, UnixMillis};
use tokio::task::JoinSet;

use crate::desk::{NOW, mail, profile};
use crate::liar::server::{Folder, Liar, Mailboxes, Mood};
use crate::rig::{ALL, Open};
use crate::simulation::Dice;

const CASES: u64 = 40;
const PARALLEL: usize = 4;
const LONGEST: u64 = 60;
const MAILS: u32 = 24;
/// Refusals are believed in the end; by then nothing may wait.
const ROUNDS: i64 = 14;
/// No case waits for anything but its server.
const PATIENCE: Duration = Duration::from_mins(2);
const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../tests/data/fuzz/queue");

/// Reads a case; at its end, nothing more happens.
struct Steps<'a>(&'a [u8]);

impl Steps<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::from(self.next().unwrap_or(0)) % end
    }

    fn mood(&mut self) -> Mood {
        match self.below(12) {
            0 => Mood::Refuses("NO not now"),
            1 => Mood::Refuses("NO [INUSE] later"),
            2 => Mood::Refuses("NO [NOPERM] not you"),
            3 => Mood::Refuses("BAD what"),
            4 => Mood::Denies,
            5 => Mood::HangsUpBefore,
            6 => Mood::HangsUpAfter,
            7 => Mood::HangsUpWithin,
            _ => Mood::Honest,
        }
    }
}

/// A message in the model: where it must be, and how it is flagged. The user's have odd numbers, the other client's even.
#[derive(Debug, Clone)]
struct Wanted {
    folder: &'static str,
    flags: BTreeSet<&'static str>,
    /// Removed for good.
    gone: bool,
    /// Something was taken back, and reported: it is there once, wherever.
    open: bool,
}

struct Case {
    liar: Liar,
    login: Login,
    dir: tempfile::TempDir,
    hours: i64,
    model: BTreeMap<u32, Wanted>,
    numbers: BTreeMap<MessageId, u32>,
}

impl Case {
    async fn new() -> Self {
        let mut boxes = Mailboxes::default();
        for (validity, name) in (7..).zip(["INBOX", "Work", "Trash", "Archive"]) {
            boxes.0.insert(name.to_owned(), Folder::new(validity));
        }
        let mut model = BTreeMap::new();
        for number in 1..=MAILS {
            let folder = if number % 3 == 0 { "Work" } else { "INBOX" };
            boxes.get(folder).append(mail(number));
            model.insert(number, Wanted { folder, flags: BTreeSet::new(), gone: false, open: false });
        }
        let liar = Liar::start(boxes);
        let user =
            LabUser { email: "ann@example.test".to_owned(), user: "ann".to_owned(), password: "secret".to_owned() };
        let (context, login, dir) = profile(liar.address(), &user, Trust::platform()).await;
        drop(context);
        let mut case = Self { liar, login, dir, hours: 0, model, numbers: BTreeMap::new() };
        let open = case.open(u64::MAX);
        open.sync("at first").await;
        for (subject, id) in open.ids().await {
            case.numbers.insert(id, subject.trim_start_matches("Mail ").parse().unwrap());
        }
        case
    }

    /// As the program does when it starts; it fails after so many commits.
    fn open(&self, commits: u64) -> Open {
        let store = Store::open_fused(self.dir.path(), &Fuse::after(commits)).unwrap();
        let (markers, _left) = ParseMarkers::open(self.dir.path()).unwrap();
        markers.clear().unwrap();
        let clock = Arc::new(FixedClock(UnixMillis(NOW.0 + self.hours * 3_600_000)));
        let context = Context { store: store.clone(), markers, clock, events: Events::default() };
        Open { store, engine: Engine::new(context, self.login.clone()) }
    }

    async fn pass(&mut self, open: &Open) -> bool {
        let mut report = PassReport::default();
        let whole = open.engine.sync_into(&ALL, &mut report).await.is_ok();
        for undone in report.undone {
            if let Some(number) = self.numbers.get(&undone.message) {
                self.model.get_mut(number).unwrap().open = true;
            }
        }
        whole
    }

    async fn folder(open: &Open, path: &str) -> FolderId {
        open.folder(path).await
    }

    async fn user_acts(&mut self, open: &Open, steps: &mut Steps<'_>) {
        let number = u32::try_from(steps.below(12)).unwrap() * 2 + 1;
        let ids = open.ids().await;
        // One whose move is not understood may have another row by now.
        let Some(id) = ids.get(&format!("Mail {number:03}")).copied() else { return };
        self.numbers.insert(id, number);
        let wanted = self.model.get_mut(&number).unwrap();
        let (store, on) = (&open.store, steps.below(2) == 0);
        match steps.below(6) {
            0 | 1 => {
                let flag = if steps.below(2) == 0 { "\\Flagged" } else { "\\Seen" };
                let change = if flag == "\\Seen" { FlagChange::seen(on) } else { FlagChange::flagged(on) };
                store.mark(vec![id], change, NOW).await.unwrap();
                wanted.flags.remove(flag);
                wanted.flags.extend(on.then_some(flag));
            }
            2 | 3 => {
                let folder = ["INBOX", "Work", "Archive"][steps.below(3)];
                store.move_to(vec![id], Self::folder(open, folder).await, NOW).await.unwrap();
                wanted.folder = folder;
            }
            _ => {
                // Where it is shown counts, which is elsewhere only if something was taken back.
                store.delete(vec![id], NOW).await.unwrap();
                if wanted.folder == "Trash" { wanted.gone = true } else { wanted.folder = "Trash" }
            }
        }
    }

    fn other_acts(&mut self, steps: &mut Steps<'_>) {
        let number = u32::try_from(steps.below(12)).unwrap() * 2 + 2;
        let wanted = self.model.get_mut(&number).unwrap();
        if wanted.gone {
            return;
        }
        let mut boxes = self.liar.boxes();
        let id = format!("<{number}@example.test>");
        let place = boxes.get(wanted.folder).mails.iter().find(|(_, mail)| mail.raw.contains(&id));
        let uid = *place.unwrap().0;
        match steps.below(4) {
            0 | 1 => {
                let folder = boxes.get(wanted.folder);
                folder.modseq += 1;
                let modseq = folder.modseq;
                let mail = folder.mails.get_mut(&uid).unwrap();
                mail.modseq = modseq;
                if wanted.flags.insert("\\Answered") {
                    mail.flags.insert("\\Answered".to_owned());
                } else {
                    wanted.flags.remove("\\Answered");
                    mail.flags.remove("\\Answered");
                }
            }
            2 => {
                let mail = boxes.get(wanted.folder).remove(uid).unwrap();
                wanted.folder = if wanted.folder == "INBOX" { "Work" } else { "INBOX" };
                let target = boxes.get(wanted.folder);
                let new = target.append(mail.raw);
                target.mails.get_mut(&new).unwrap().flags = mail.flags;
            }
            _ => {
                boxes.get(wanted.folder).remove(uid).unwrap();
                wanted.gone = true;
            }
        }
    }

    fn assert_right(&self) {
        let boxes = self.liar.boxes();
        let mut found: BTreeMap<u32, Vec<(&str, BTreeSet<&str>)>> = BTreeMap::new();
        for (folder, mails) in &boxes.0 {
            for mail in mails.mails.values() {
                let (_, rest) = mail.raw.split_once("Message-ID: <").unwrap();
                let number = rest.split_once('@').unwrap().0.parse().unwrap();
                let flags = mail.flags.iter().map(String::as_str).collect();
                found.entry(number).or_default().push((folder, flags));
            }
        }
        for (number, wanted) in &self.model {
            let there = found.get(number).map_or(&[][..], Vec::as_slice);
            assert!(there.len() < 2, "{number} is doubled: {there:?}");
            if wanted.open {
                assert!(wanted.gone || there.len() == 1, "{number} is lost: {wanted:?}");
                continue;
            }
            let right = (!wanted.gone).then(|| (wanted.folder, wanted.flags.clone()));
            assert_eq!(there, right.as_slice(), "{number}: what came of it (left), and what was done (right)");
        }
    }
}

async fn run(bytes: &[u8]) {
    let mut steps = Steps(bytes);
    let mut case = Case::new().await;
    let mut open = case.open(u64::MAX);
    while let Some(step) = steps.next() {
        match step % 10 {
            0..=3 => case.user_acts(&open, &mut steps).await,
            4 | 5 => case.other_acts(&mut steps),
            6 | 7 => {
                let honest = steps.below(14);
                let moods: Vec<_> = (0..steps.below(4)).map(|_| steps.mood()).collect();
                case.liar.moods(std::iter::repeat_n(Mood::Honest, honest).chain(moods));
                case.pass(&open).await;
                case.liar.moods([]);
            }
            8 => {
                drop(open);
                let dying = case.open(u64::try_from(steps.below(24)).unwrap());
                case.pass(&dying).await;
                drop(dying);
                open = case.open(u64::MAX);
            }
            _ => {
                case.hours += i64::try_from(steps.below(3)).unwrap();
                drop(open);
                open = case.open(u64::MAX);
            }
        }
    }
    drop(open);
    for _ in 0..ROUNDS {
        case.hours += 2;
        let open = case.open(u64::MAX);
        assert!(case.pass(&open).await, "a pass with an honest server fails");
        if open.store.pending().await.unwrap().is_empty() {
            break;
        }
    }
    let open = case.open(u64::MAX);
    case.pass(&open).await;
    open.assert_settled("at the end").await;
    case.assert_right();
}

/// Whether it goes well; what does not is told by its panic.
async fn goes_well(bytes: Vec<u8>) -> bool {
    let mut one = JoinSet::new();
    one.spawn(async move { assert!(tokio::time::timeout(PATIENCE, run(&bytes)).await.is_ok(), "it does not end") });
    one.join_next().await.is_some_and(|end| end.is_ok())
}

/// The same fault in fewer steps.
async fn shorter(mut bytes: Vec<u8>) -> Vec<u8> {
    let mut piece = bytes.len().div_ceil(2);
    while piece > 0 {
        let mut from = 0;
        while from < bytes.len() {
            let less = [&bytes[..from], bytes.get(from + piece..).unwrap_or_default()].concat();
            if goes_well(less.clone()).await { from += piece } else { bytes = less }
        }
        piece /= 2;
    }
    bytes
}

fn kept() -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(Path::new(KEPT)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_order_of_acts_answers_and_crashes_loses_or_doubles_anything() {
    for (path, bytes) in kept() {
        assert!(goes_well(bytes).await, "{} failed before", path.display());
    }
    let number = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let (seconds, begin) = (number("FUZZ_SECONDS"), Instant::now());
    let seed = number("FUZZ_SEED").unwrap_or_else(|| if seconds.is_some() { u64::from(std::process::id()) } else { 1 });
    let (mut dice, mut cases, mut running) = (Dice(seed), 0_u64, JoinSet::new());
    loop {
        let more = seconds.map_or(cases < CASES, |seconds| begin.elapsed().as_secs() < seconds);
        if more && running.len() < PARALLEL {
            let length = 4 + dice.roll(LONGEST);
            let bytes: Vec<u8> = (0..length).map(|_| u8::try_from(dice.roll(256)).unwrap()).collect();
            cases += 1;
            running.spawn(async move { (goes_well(bytes.clone()).await, bytes) });
            continue;
        }
        let Some(end) = running.join_next().await else { break };
        let (well, bytes) = end.unwrap();
        if !well {
            running.shutdown().await;
            let bytes = shorter(bytes).await;
            let path = Path::new(KEPT).join(format!("seed-{seed}-case-{cases}"));
            std::fs::write(&path, &bytes).unwrap();
            panic!("seed {seed}: kept as {}, {} bytes: {bytes:?}", path.display(), bytes.len());
        }
    }
    println!("{cases} cases from seed {seed}");
}
