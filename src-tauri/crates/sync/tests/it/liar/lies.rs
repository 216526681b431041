//! The lies, one a line or two.

use super::server::Lie;

/// What there is to do for the pass that is lied to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    None,
    /// Two new messages and a flag.
    News,
    Mark,
    Move,
    Delete,
}

/// Whether the user hears of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// With the server's name and this command.
    Command(&'static str),
    /// It may pass without a word.
    Silently,
}

#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) work: Work,
    pub(crate) told: Told,
    pub(crate) lie: Lie,
}

const fn case(name: &'static str, work: Work, told: Told, lie: Lie) -> Case {
    Case { name, work, told, lie }
}

use Told::{Command, Silently};

fn is(command: &str, begins: &str) -> bool {
    command.get(..begins.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(begins))
}

/// Lines before the honest reply.
fn before(begins: &str, command: &str, honest: String, lines: impl Into<Vec<u8>>) -> Vec<u8> {
    if is(command, begins) { [lines.into(), honest.into_bytes()].concat() } else { honest.into_bytes() }
}

/// Another reply.
fn instead(begins: &str, command: &str, honest: String, reply: impl Into<Vec<u8>>) -> Vec<u8> {
    if is(command, begins) { reply.into() } else { honest.into_bytes() }
}

/// Every number behind this word is another.
fn number(honest: &str, word: &str, number: &str) -> Vec<u8> {
    let mut parts = honest.split(word);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out += word;
        out += number;
        out += part.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    out.into_bytes()
}

/// One message's FETCH, in all its items.
fn nil(uid: &str) -> String {
    format!(
        "* 1 FETCH (UID {uid} FLAGS NIL MODSEQ NIL INTERNALDATE NIL RFC822.SIZE NIL BODY[HEADER] NIL BODY[] NIL)\r\n"
    )
}

fn exists(honest: &str, count: &str) -> String {
    let lines = honest.split_inclusive('\n');
    lines
        .map(|line| if line.ends_with("EXISTS\r\n") { format!("* {count} EXISTS\r\n") } else { line.to_owned() })
        .collect()
}

fn without_lines(honest: &str, with: &str) -> String {
    honest.split_inclusive('\n').filter(|line| !line.contains(with)).collect()
}

pub(crate) const CASES: &[Case] = &[
    case("EXISTS falls to 0", Work::News, Silently, |_, h| exists(&h, "0").into_bytes()),
    case("EXISTS is four billion", Work::News, Silently, |_, h| exists(&h, "4294967295").into_bytes()),
    case("EXISTS is negative", Work::News, Silently, |_, h| exists(&h, "-5").into_bytes()),
    case("SEARCH finds nothing", Work::News, Silently, |c, h| {
        instead("UID SEARCH", c, h, "* ESEARCH (TAG \"$TAG\") UID\r\n$TAG OK\r\n")
    }),
    case("SEARCH says OK and nothing else", Work::News, Silently, |c, h| instead("UID SEARCH", c, h, "$TAG OK\r\n")),
    case("SEARCH finds one of thirty", Work::News, Silently, |c, h| {
        instead("UID SEARCH", c, h, "* ESEARCH (TAG \"$TAG\") UID ALL 30\r\n$TAG OK\r\n")
    }),
    case("SEARCH finds every number there is", Work::News, Command("UID SEARCH"), |c, h| {
        instead("UID SEARCH", c, h, "* ESEARCH (TAG \"$TAG\") UID ALL 1:4294967295\r\n$TAG OK\r\n")
    }),
    case("the whole folder is empty, and consistently so", Work::News, Silently, |c, h| {
        let h = String::from_utf8(number(&h, "MESSAGES ", "0")).unwrap_or_default();
        let h = if is(c, "SELECT") { exists(&h, "0") } else { h };
        if is(c, "UID SEARCH") {
            return b"* ESEARCH (TAG \"$TAG\") UID\r\n$TAG OK\r\n".to_vec();
        }
        instead("UID FETCH", c, h, "$TAG OK\r\n")
    }),
    case("the folder is renumbered, and empty", Work::News, Silently, |c, h| {
        let h = String::from_utf8(number(&h, "UIDVALIDITY ", "99")).unwrap_or_default();
        let h = if is(c, "SELECT") { exists(&h, "0") } else { h };
        if is(c, "UID SEARCH") {
            return b"* ESEARCH (TAG \"$TAG\") UID\r\n$TAG OK\r\n".to_vec();
        }
        instead("UID FETCH", c, h, "$TAG OK\r\n")
    }),
    case("STATUS says that a folder is empty", Work::News, Silently, |_, h| number(&h, "MESSAGES ", "0")),
    case("HIGHESTMODSEQ goes back", Work::News, Silently, |_, h| number(&h, "HIGHESTMODSEQ ", "2")),
    case("HIGHESTMODSEQ is the highest there is", Work::News, Silently, |_, h| {
        number(&h, "HIGHESTMODSEQ ", "9223372036854775807")
    }),
    case("HIGHESTMODSEQ is 0", Work::News, Silently, |_, h| number(&h, "HIGHESTMODSEQ ", "0")),
    case("MODSEQ is negative", Work::News, Silently, |_, h| number(&h, "MODSEQ (", "-1")),
    case("UIDNEXT falls to 1", Work::News, Silently, |_, h| number(&h, "UIDNEXT ", "1")),
    case("UIDNEXT is negative", Work::News, Silently, |_, h| number(&h, "UIDNEXT ", "-1")),
    case("UIDVALIDITY is another each time", Work::News, Silently, |c, h| {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(1000);
        if !is(c, "SELECT") {
            return h.into_bytes();
        }
        number(&h, "UIDVALIDITY ", &NEXT.fetch_add(1, Ordering::Relaxed).to_string())
    }),
    case("UIDVALIDITY is 0", Work::News, Silently, |_, h| number(&h, "UIDVALIDITY ", "0")),
    case("UIDVALIDITY is another for a while", Work::News, Silently, |_, h| number(&h, "UIDVALIDITY ", "99")),
    case("a literal is longer than all memory", Work::News, Command("UID FETCH"), |c, h| {
        if is(c, "UID FETCH") { number(&h, "{", "99999999999999") } else { h.into_bytes() }
    }),
    case("a literal is announced with more digits than a number has", Work::News, Command("UID FETCH"), |c, h| {
        if is(c, "UID FETCH") { number(&h, "{", &"9".repeat(40)) } else { h.into_bytes() }
    }),
    case("a literal is shorter than its text", Work::News, Command("UID FETCH"), |c, h| {
        if is(c, "UID FETCH") { number(&h, "{", "5") } else { h.into_bytes() }
    }),
    case("FETCH without UID", Work::News, Silently, |c, h| {
        if is(c, "UID FETCH") { h.replace("UID ", "X-UID ").into_bytes() } else { h.into_bytes() }
    }),
    case("FETCH answers for another message", Work::News, Silently, |c, h| {
        if is(c, "UID FETCH") { number(&h, "UID ", "3") } else { h.into_bytes() }
    }),
    case("FETCH answers every message twice", Work::News, Silently, |c, h| {
        let data = without_lines(&h, "$TAG");
        before("UID FETCH", c, h, data)
    }),
    case("FETCH says OK and nothing else", Work::News, Silently, |c, h| instead("UID FETCH", c, h, "$TAG OK\r\n")),
    case("NIL everywhere", Work::News, Silently, |c, h| {
        instead("UID FETCH", c, h, format!("{}{}{}$TAG OK\r\n", nil("31"), nil("32"), nil("NIL")))
    }),
    case("EXPUNGE under QRESYNC", Work::News, Silently, |c, h| before("UID FETCH", c, h, "* 1 EXPUNGE\r\n".repeat(30))),
    case("everything has VANISHED earlier", Work::News, Silently, |c, h| {
        before("SELECT", c, h, "* VANISHED (EARLIER) 1:4294967295\r\n")
    }),
    case("everything VANISHES", Work::News, Silently, |c, h| before("UID FETCH", c, h, "* VANISHED 1:4294967295\r\n")),
    case("a million ranges VANISHED", Work::News, Silently, |c, h| {
        before("SELECT", c, h, "* VANISHED (EARLIER) 1:4294967295,7,9\r\n".repeat(40_000))
    }),
    case("parentheses nested a hundred thousand deep", Work::News, Command("UID FETCH"), |c, h| {
        before("UID FETCH", c, h, format!("* 1 FETCH (UID 1 BODYSTRUCTURE {}\r\n", "(".repeat(100_000)))
    }),
    case("a line of 8 MB", Work::News, Silently, |c, h| {
        before("SELECT", c, h, format!("* OK {}\r\n", "x".repeat(8 << 20)))
    }),
    case("a line of 40 MB", Work::News, Command("SELECT"), |c, h| {
        before("SELECT", c, h, format!("* OK {}\r\n", "x".repeat(40 << 20)))
    }),
    case("lines without end", Work::News, Command("SELECT"), |c, h| {
        before("SELECT", c, h, "* 7 RECENT\r\n".repeat(10 << 20))
    }),
    case("another folder's data", Work::News, Silently, |c, h| {
        instead("SELECT \"Work\"", &c.replace("SELECT Work", "SELECT \"Work\""), h, {
            "* 32 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 33] x\r\n* OK [HIGHESTMODSEQ 34] x\r\n$TAG OK\r\n"
        })
    }),
    case("no folder is listed", Work::News, Silently, |c, h| instead("LIST", c, h, "$TAG OK\r\n")),
    case("only another folder is listed", Work::News, Silently, |c, h| {
        instead("LIST", c, h, "* LIST () \"/\" Elsewhere\r\n$TAG OK\r\n")
    }),
    case("no folder can be opened", Work::News, Silently, |c, h| {
        instead("LIST", c, h, "* LIST (\\Noselect) \"/\" INBOX\r\n* LIST (\\NonExistent) \"/\" Work\r\n$TAG OK\r\n")
    }),
    case("BAD to every SELECT", Work::News, Command("SELECT"), |c, h| instead("SELECT", c, h, "$TAG BAD what\r\n")),
    case("BYE in the middle of a FETCH", Work::News, Command("UID FETCH"), |c, h| {
        before("UID FETCH", c, h, "* BYE so long\r\n")
    }),
    case("the end of a command that was not sent", Work::News, Command("UID FETCH"), |c, h| {
        before("UID FETCH", c, h, "A9999 OK done\r\n")
    }),
    case("a continuation that nothing asked for", Work::News, Command("UID FETCH"), |c, h| {
        before("UID FETCH", c, h, "+ go on\r\n")
    }),
    case("no words at all", Work::News, Command("SELECT"), |c, h| {
        instead("SELECT", c, h, vec![0xff, 0, 0xfe, b'\r', b'\n'])
    }),
    case("an empty greeting", Work::None, Command("greeting"), |c, h| instead("greeting", c, h, "* \r\n")),
    case("logged in before anyone asked", Work::None, Command("greeting"), |c, h| {
        instead("greeting", c, h, "* PREAUTH welcome\r\n")
    }),
    case("RFC822.SIZE is more than a disk", Work::News, Silently, |c, h| {
        if is(c, "UID FETCH 3") { h.into_bytes() } else { h.replace("RFC822.SIZE -", "RFC822.SIZE ").into_bytes() }
    }),
];

pub(crate) const ABOUT_OPERATIONS: &[Case] = &[
    case("MOVE says OK without a word of where to", Work::Move, Silently, |c, h| {
        instead("UID MOVE", c, h, "$TAG OK\r\n")
    }),
    case("COPYUID names messages that are there already", Work::Move, Silently, |c, h| {
        if is(c, "UID MOVE") { h.replace("1,2 26,27]", "1,2 1,2]").into_bytes() } else { h.into_bytes() }
    }),
    case("COPYUID names messages that will never be", Work::Move, Silently, |c, h| {
        if is(c, "UID MOVE") {
            h.replace("1,2 26,27]", "1,2 4000000000,4000000001]").into_bytes()
        } else {
            h.into_bytes()
        }
    }),
    case("COPYUID is of another generation", Work::Move, Silently, |c, h| {
        if is(c, "UID MOVE") { h.replace("COPYUID 8", "COPYUID 88").into_bytes() } else { h.into_bytes() }
    }),
    case("all of the folder VANISHES with a MOVE", Work::Move, Silently, |c, h| {
        before("UID MOVE", c, h, "* VANISHED 1:4294967295\r\n")
    }),
    case("the answer to a MOVE is lost", Work::Move, Command("MOVE"), |c, h| instead("UID MOVE", c, h, "* BYE\r\n")),
    case("STORE answers with another message's flags", Work::Mark, Silently, |c, h| {
        before("UID STORE", c, h, "* 9 FETCH (UID 9 FLAGS (\\Deleted))\r\n")
    }),
    case("EXPUNGE takes all, it says", Work::Delete, Silently, |c, h| {
        before("UID EXPUNGE", c, h, "* VANISHED 1:4294967295\r\n")
    }),
];
