//! A fuzzer of this adapter that needs no other compiler: it changes transcripts of real servers, keeps what makes the
//! adapter answer in a new way, and changes that again. What is looked for: a panic, an abort, and an answer that depends on
//! how the bytes were cut on their way.
//!
//! `FUZZ_SECONDS=3600` runs so long; otherwise it is a fixed number of cases from a fixed seed. What ever failed is made
//! small, kept in `tests/data/fuzz/responses`, and always run first. The present case stands in the temporary folder's
//! `postroom-fuzz-responses`, for an abort leaves no time to keep it.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::FileExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::Instant;

use super::*;

const CASES: u64 = 3_000;
/// Inputs that are kept for being new; beyond that, one takes the place of another.
const KEPT: usize = 4_096;
const LONGEST: usize = 16 << 10;

/// What responses are made of.
const WORDS: &[&[u8]] = &[
    b"* ",
    b"+ ",
    b"A0001 ",
    b"OK ",
    b"NO ",
    b"BAD ",
    b"BYE ",
    b"PREAUTH ",
    b"[",
    b"]",
    b"(",
    b")",
    b"\"",
    b"\\",
    b"\r\n",
    b"\n",
    b"\r",
    b" ",
    b"\0",
    b"\x01",
    b"\xff",
    b"{0}\r\n",
    b"{3}\r\n",
    b"{5+}\r\n",
    b"~{2}\r\n",
    b"{4294967296}\r\n",
    b"{18446744073709551616}\r\n",
    b"NIL",
    b"UID ",
    b"FETCH (",
    b"UIDFETCH (",
    b"FLAGS (",
    b"\\Seen",
    b"$Junk",
    b"BODY[]",
    b"BODY[HEADER]<0> ",
    b"BODY[HEADER.FIELDS (A)] ",
    b"BINARY[1] ",
    b"BODYSTRUCTURE (",
    b"ENVELOPE (",
    b"MODSEQ (",
    b"INTERNALDATE ",
    b"RFC822.SIZE ",
    b"X-GM-LABELS (",
    b"EMAILID (",
    b"PREVIEW ",
    b"LIST ",
    b"LSUB ",
    b"XLIST ",
    b"STATUS ",
    b"ESEARCH ",
    b"SEARCH ",
    b"SORT ",
    b"THREAD ",
    b"VANISHED ",
    b"(EARLIER) ",
    b"EXISTS",
    b"EXPUNGE",
    b"RECENT",
    b"NAMESPACE ((",
    b"CAPABILITY ",
    b"ENABLED ",
    b"QUOTA ",
    b"QUOTAROOT ",
    b"METADATA ",
    b"ACL ",
    b"ID (",
    b"COPYUID 1 1:2 3:4",
    b"APPENDUID 1 2",
    b"UIDVALIDITY ",
    b"UIDNEXT ",
    b"HIGHESTMODSEQ ",
    b"PERMANENTFLAGS (\\*)",
    b"MODIFIED ",
    b"1:4294967295",
    b"4294967295",
    b"4294967296",
    b"18446744073709551615",
    b"-1",
    b"9.3e+06",
    b",",
    b":",
    b"*",
    b"<",
    b">",
    b"&AA-",
    b"ALL ",
    b"TAG ",
    b"COUNT ",
    b"((((((((((((((((",
    b"))))))))))))))))",
];

struct Dice(u64);

impl Dice {
    fn roll(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) >> 1).unwrap() % end.max(1)
    }

    /// Within `length`, as often short as long.
    fn range(&mut self, length: usize, bits: usize) -> std::ops::Range<usize> {
        let (from, longest) = (self.roll(length + 1), 1 << self.roll(bits));
        from..(from + self.roll(longest) + 1).min(length).max(from)
    }
}

/// Hands its bytes out in pieces.
struct Pieces<'a> {
    bytes: &'a [u8],
    /// The pieces' lengths, over and over; none: all at once.
    cuts: &'a [u8],
    turn: usize,
}

impl AsyncRead for Pieces<'_> {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let cut =
            if self.cuts.is_empty() { usize::MAX } else { usize::from(self.cuts[self.turn % self.cuts.len()]) + 1 };
        self.turn += 1;
        let (piece, rest) = self.bytes.split_at(cut.min(self.bytes.len()).min(buf.remaining()));
        buf.put_slice(piece);
        self.bytes = rest;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Pieces<'_> {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// All that the adapter says of the bytes, in words. The first byte of a case says under which limits.
fn answer(case: &[u8], cuts: &[u8]) -> Vec<String> {
    let (how, bytes) = case.split_first().map_or((0, case), |(how, bytes)| (*how, bytes));
    let limits = match how % 4 {
        0 | 1 => Limits::default(),
        2 => Limits { line: 300, keep: 40, refuse: 4_000 },
        _ => Limits { line: 60, keep: 4, refuse: 20 },
    };
    let mut guard = Guard::new(Pieces { bytes, cuts, turn: 0 }, Duration::from_hours(1));
    guard.allow(limits, 64 << 20);
    if how & 0x40 != 0 {
        guard.compress();
    }
    let mut said = Vec::new();
    let mut context = Context::from_waker(std::task::Waker::noop());
    loop {
        match guard.poll_event(&mut context) {
            Poll::Ready(Ok(event)) => said.push(format!("{event:?}")),
            Poll::Ready(Err(failure)) => {
                said.push(format!("{failure:?}"));
                return said;
            }
            Poll::Pending => panic!("it waits, though nothing more comes"),
        }
        assert!(guard.incoming.capacity() < (case.len() + 1) * 4 + (1 << 20), "memory grows");
    }
}

/// Panics if something is wrong; gives what was new about the answer.
fn check(case: &[u8], runtime: &tokio::runtime::Runtime) -> u64 {
    let _inside = runtime.enter();
    let whole = answer(case, &[]);
    // Compressed data may be long for its bytes.
    assert!(case.first().is_some_and(|how| how & 0x40 != 0) || whole.len() <= case.len() + 1, "more events than bytes");
    let odd = [u8::try_from(case.len() % 256).unwrap(), 0, 6, case.get(case.len() / 2).copied().unwrap_or(0)];
    for cuts in [&[0][..], &odd] {
        let cut = answer(case, cuts);
        if whole.iter().chain(&cut).any(|said| said.contains("compressed data")) {
            // How much comes out before the fault depends on how much goes in at once. It is over in any case.
            let least = whole.len().min(cut.len()) - 1;
            assert_eq!(whole[..least], cut[..least], "cut in pieces it says something else");
        } else {
            assert_eq!(cut, whole, "cut in pieces it says something else");
        }
    }
    let mut hasher = DefaultHasher::new();
    for said in whole.iter().take(12) {
        // Its form: words, not what stands in them.
        let form: String = said.chars().filter(|c| c.is_ascii_alphabetic() || "([{".contains(*c)).take(160).collect();
        form.hash(&mut hasher);
    }
    hasher.finish()
}

fn fails(case: &[u8], runtime: &tokio::runtime::Runtime) -> bool {
    catch_unwind(AssertUnwindSafe(|| check(case, runtime))).is_err()
}

fn change(dice: &mut Dice, kept: &[Vec<u8>]) -> Vec<u8> {
    let mut case = kept[dice.roll(kept.len())].clone();
    for _ in 0..1 << dice.roll(5) {
        let length = case.len();
        match dice.roll(9) {
            0 if length > 0 => {
                let at = dice.roll(length);
                case[at] ^= 1 << dice.roll(8);
            }
            1 => drop(case.drain(dice.range(length, 9))),
            2 => {
                let again = case[dice.range(length, 9)].to_vec();
                let at = dice.roll(length + 1);
                drop(case.splice(at..at, again));
            }
            3 => {
                let other = &kept[dice.roll(kept.len())];
                let piece = other[dice.range(other.len(), 10)].to_vec();
                let place = dice.range(length, 6);
                drop(case.splice(place, piece));
            }
            4 => {
                // A number becomes another.
                let digits: Vec<_> = (0..length).filter(|at| case[*at].is_ascii_digit()).collect();
                if let Some(at) = digits.get(dice.roll(digits.len())) {
                    case[*at] = b'0' + u8::try_from(dice.roll(10)).unwrap();
                }
            }
            5 => case.truncate(dice.roll(length + 1)),
            6 if length > 0 => case[0] = u8::try_from(dice.roll(128)).unwrap(),
            _ => {
                let word = WORDS[dice.roll(WORDS.len())];
                let at = dice.roll(length + 1);
                // Put in, or put over what is there.
                let over = if dice.roll(2) == 0 { word.len().min(length - at) } else { 0 };
                drop(case.splice(at..at + over, word.iter().copied()));
            }
        }
    }
    case.truncate(LONGEST);
    case
}

/// The same fault in fewer bytes.
fn smaller(mut case: Vec<u8>, runtime: &tokio::runtime::Runtime) -> Vec<u8> {
    let mut piece = case.len() / 2;
    while piece > 0 {
        let mut from = 1;
        while from < case.len() {
            let shorter = [&case[..from], case.get(from + piece..).unwrap_or_default()].concat();
            if fails(&shorter, runtime) { case = shorter } else { from += piece }
        }
        piece /= 2;
    }
    case
}

fn folder(path: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let Ok(entries) = std::fs::read_dir(path) else { return Vec::new() };
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    files.sort();
    files.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../tests/data/fuzz/responses");
const TRANSCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/imap");

#[test]
fn what_once_failed_is_well() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let cases = folder(REGRESSIONS);
    assert!(!cases.is_empty());
    for (path, case) in cases {
        assert!(!fails(&case, &runtime), "{}", path.display());
    }
}

#[test]
fn no_bytes_bring_it_down_and_no_cut_changes_what_they_mean() {
    let number = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (seconds, begin) = (number("FUZZ_SECONDS"), Instant::now());
    let seed = number("FUZZ_SEED").unwrap_or_else(|| if seconds.is_some() { u64::from(std::process::id()) } else { 1 });
    let transcripts = folder(TRANSCRIPTS);
    assert!(transcripts.len() > 20, "the transcripts are not there");
    let with_limits = |(_, text): (PathBuf, Vec<u8>)| [b"\0".as_slice(), &text].concat();
    let mut kept: Vec<_> = transcripts.into_iter().map(with_limits).collect();
    kept.extend(folder(REGRESSIONS).into_iter().map(|(_, case)| case));
    let mut seen: BTreeSet<u64> = kept.iter().map(|case| check(case, &runtime)).collect();
    let last = std::env::temp_dir().join("postroom-fuzz-responses");
    let last = std::fs::File::create(last).unwrap();
    let (mut dice, mut cases) = (Dice(seed), 0_u64);
    let more = |cases| seconds.map_or(cases < CASES, |seconds| begin.elapsed().as_secs() < seconds);
    while more(cases) {
        let case = change(&mut dice, &kept);
        last.set_len(case.len() as u64).unwrap();
        last.write_all_at(&case, 0).unwrap();
        cases += 1;
        match catch_unwind(AssertUnwindSafe(|| check(&case, &runtime))) {
            Ok(form) if seen.insert(form) => {
                if kept.len() < KEPT {
                    kept.push(case);
                } else {
                    kept[dice.roll(KEPT)] = case;
                }
            }
            Ok(_) => {}
            Err(_told_already) => {
                let small = smaller(case, &runtime);
                let mut hasher = DefaultHasher::new();
                small.hash(&mut hasher);
                let name = format!("{REGRESSIONS}/{:016x}", hasher.finish());
                std::fs::write(&name, &small).unwrap();
                panic!("seed {seed}, case {cases}: kept as {name}");
            }
        }
    }
    assert!(seen.len() > 100, "only {} forms", seen.len());
    eprintln!("{cases} cases from seed {seed}, {} forms of answers", seen.len());
}
