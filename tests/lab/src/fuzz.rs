//! A fuzzer of functions that read bytes, which needs no other compiler: it changes inputs, keeps those that are answered in a
//! new way, and changes them again. What is looked for: a panic, an overflow of a small stack, and whatever the target's own
//! check refuses.
//!
//! `FUZZ_SECONDS=3600` runs so long, `FUZZ_SEED` repeats a run; otherwise it is a fixed number of cases from a fixed seed.
//! What failed is made smaller and kept in `tests/data/fuzz/<name>`, which is always run first. The present case stands in the
//! temporary folder's `postroom-fuzz-<name>`, for an abort leaves no time to keep it.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a fuzzer fails its test by panicking, and says what it did"
)]

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hasher as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

/// Inputs that are kept for being new; beyond that, one takes the place of another.
const KEPT: usize = 4_096;
/// The stack that every input must do with: 512 KiB, as the smallest thread of the program has.
const STACK: usize = 512 << 10;

/// What is fuzzed.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its folder in `tests/data/fuzz`.
    pub name: &'static str,
    /// What its inputs are made of.
    pub words: &'static [&'static [u8]],
    /// Cases where no time is given.
    pub cases: u64,
    /// The longest input, bytes.
    pub longest: usize,
    /// Reads an input and panics if the answer is wrong; gives the answer's form, of which only newness matters.
    pub check: fn(&[u8]) -> u64,
}

/// Runs a target from these inputs.
///
/// # Panics
/// If an input fails, or a kept one still does.
pub fn run(target: &'static Target, seeds: Vec<Vec<u8>>) {
    let run = thread::Builder::new().name(target.name.to_owned()).stack_size(STACK).spawn(move || all(target, seeds));
    if let Err(panic) = run.expect("a thread").join() {
        std::panic::resume_unwind(panic);
    }
}

/// A hash, for forms.
pub fn form(of: impl std::hash::Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

fn all(target: &Target, seeds: Vec<Vec<u8>>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/fuzz").join(target.name);
    let mut kept = regressions(&folder);
    for case in &kept {
        (target.check)(case);
    }
    kept.extend(seeds);
    assert!(!kept.is_empty(), "nothing to begin with");
    let number = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let (seconds, begin) = (number("FUZZ_SECONDS"), Instant::now());
    let seed = number("FUZZ_SEED").unwrap_or_else(|| if seconds.is_some() { u64::from(std::process::id()) } else { 1 });
    let mut seen: BTreeSet<u64> = kept.iter().map(|case| (target.check)(case)).collect();
    let last = std::env::temp_dir().join(format!("postroom-fuzz-{}", target.name));
    let (mut dice, mut cases) = (Dice(seed), 0_u64);
    while seconds.map_or(cases < target.cases, |seconds| begin.elapsed().as_secs() < seconds) {
        let case = dice.changed(target, &kept);
        std::fs::write(&last, &case).expect("the present case");
        cases += 1;
        match catch_unwind(AssertUnwindSafe(|| (target.check)(&case))) {
            Ok(form) if seen.insert(form) => {
                if kept.len() < KEPT {
                    kept.push(case);
                } else {
                    let place = dice.roll(KEPT);
                    kept[place] = case;
                }
            }
            Ok(_) => {}
            Err(_told_already) => {
                let small = smaller(target, case);
                std::fs::create_dir_all(&folder).expect("the folder of regressions");
                let path = folder.join(format!("{:016x}", form(&small)));
                std::fs::write(&path, &small).expect("the case is kept");
                panic!("seed {seed}, case {cases}: kept as {}", path.display());
            }
        }
    }
    eprintln!("{}: {cases} cases from seed {seed}, {} forms of answers", target.name, seen.len());
}

fn regressions(folder: &Path) -> Vec<Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    files.iter().map(|path| std::fs::read(path).expect("a regression")).collect()
}

/// The same fault in fewer bytes.
fn smaller(target: &Target, mut case: Vec<u8>) -> Vec<u8> {
    let mut piece = case.len() / 2;
    while piece > 0 {
        let mut from = 0;
        while from < case.len() {
            let shorter = [&case[..from], case.get(from + piece..).unwrap_or_default()].concat();
            let fails = catch_unwind(AssertUnwindSafe(|| (target.check)(&shorter))).is_err();
            if fails { case = shorter } else { from += piece }
        }
        piece /= 2;
    }
    case
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) >> 1).expect("63 bits") % end.max(1)
    }

    /// Within `length`, as often short as long.
    fn range(&mut self, length: usize, bits: usize) -> std::ops::Range<usize> {
        let (from, longest) = (self.roll(length + 1), 1 << self.roll(bits));
        from..(from + self.roll(longest) + 1).min(length).max(from)
    }

    fn byte(&mut self) -> u8 {
        const ODD: [u8; 12] = [0, 1, 0x7f, 0x80, 0xff, 0xfe, b'\n', b'\r', b' ', b'"', b'\\', 4];
        match self.roll(2) {
            0 => ODD[self.roll(ODD.len())],
            _ => u8::try_from(self.roll(256)).expect("a byte"),
        }
    }

    fn changed(&mut self, target: &Target, kept: &[Vec<u8>]) -> Vec<u8> {
        let mut case = kept[self.roll(kept.len())].clone();
        for _ in 0..1 << self.roll(5) {
            self.change(&mut case, target, kept);
        }
        case.truncate(target.longest);
        case
    }

    fn change(&mut self, case: &mut Vec<u8>, target: &Target, kept: &[Vec<u8>]) {
        let length = case.len();
        match self.roll(9) {
            0 if length > 0 => {
                let at = self.roll(length);
                case[at] ^= 1 << self.roll(8);
            }
            1 => drop(case.drain(self.range(length, 9))),
            2 => {
                let again = case[self.range(length, 9)].to_vec();
                let at = self.roll(length + 1);
                drop(case.splice(at..at, again));
            }
            3 => {
                let other = &kept[self.roll(kept.len())];
                let piece = other[self.range(other.len(), 10)].to_vec();
                let place = self.range(length, 6);
                drop(case.splice(place, piece));
            }
            4 if length > 0 => {
                let at = self.roll(length);
                case[at] = self.byte();
            }
            5 => case.truncate(self.roll(length + 1)),
            6 if length > 4 => {
                // A number of four bytes becomes another.
                let at = self.roll(length - 3);
                let number = [0_u32, 1, 0x7fff_ffff, 0xffff_ffff, 0x1000, 0xffff_fffe][self.roll(6)];
                drop(case.splice(at..at + 4, number.to_le_bytes()));
            }
            _ if target.words.is_empty() => {}
            _ => {
                let word = target.words[self.roll(target.words.len())];
                let at = self.roll(length + 1);
                // Put in, or put over what is there.
                let over = if self.roll(2) == 0 { word.len().min(length - at) } else { 0 };
                drop(case.splice(at..at + over, word.iter().copied()));
            }
        }
    }
}
