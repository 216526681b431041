//! The commands, and how they end.

use std::fmt::Write as _;
use std::sync::atomic::Ordering;

use super::super::mailbox::{Mailbox, chosen};
use super::super::table::Odd;
use super::{Shared, Visit, lock};

/// What comes before the end, and the end: empty if there is none yet.
type Reply = (Vec<u8>, String);

fn ok(data: impl Into<Vec<u8>>) -> Reply {
    (data.into(), "OK done".to_owned())
}

fn refusal(why: &str) -> Reply {
    (Vec::new(), why.to_owned())
}

/// A command's words; a quoted string, or a list in parentheses, is one.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut depth) = (Vec::new(), String::new(), false, 0_u32);
    for c in command.chars() {
        match c {
            '"' if depth == 0 => quoted = !quoted,
            ' ' if !quoted && depth == 0 => words.push(std::mem::take(&mut word)),
            _ => {
                depth += u32::from(c == '(');
                depth -= u32::from(c == ')');
                word.push(c);
            }
        }
    }
    words.push(word);
    words
}

impl Shared {
    pub(super) fn reply(&self, tag: &str, command: &str, visit: &mut Visit) -> Reply {
        if self.is(Odd::ShortLines) && command.len() > 1000 {
            return refusal("BAD [CLIENTBUG] line too long");
        }
        if !command.is_ascii() && !visit.utf8 {
            return refusal("BAD only ASCII in strings");
        }
        let words = words(command);
        let verb = words[0].to_ascii_uppercase();
        let second = words.get(1).map(|word| word.to_ascii_uppercase()).unwrap_or_default();
        let all = self.personality.after;
        let listed = |word: &str| all.split(' ').any(|one| one == word);
        // Nothing that is not offered.
        let needs = match (verb.as_str(), second.as_str()) {
            ("ENABLE" | "IDLE" | "NAMESPACE" | "XLIST" | "UNSELECT", _) => verb.clone(),
            ("GETQUOTAROOT", _) => "QUOTA".to_owned(),
            ("COMPRESS", _) => "COMPRESS=DEFLATE".to_owned(),
            _ if command.contains("APPENDLIMIT)") => "APPENDLIMIT".to_owned(),
            _ if command.contains("X-GM-MSGID") => "X-GM-EXT-1".to_owned(),
            _ if command.contains("PREVIEW") => "PREVIEW".to_owned(),
            _ if command.contains("MAILBOXID") => "OBJECTID".to_owned(),
            ("UID", "MOVE") => "MOVE".to_owned(),
            ("UID", "EXPUNGE") => "UIDPLUS".to_owned(),
            ("UID", "SEARCH") if command.contains("RETURN") => "ESEARCH".to_owned(),
            ("LIST", _) if command.contains("RETURN") && !listed("LIST-STATUS") => "LIST-EXTENDED".to_owned(),
            _ if command.contains("QRESYNC (") => "QRESYNC".to_owned(),
            _ if ["(CONDSTORE)", "MODSEQ", "CHANGEDSINCE"].iter().any(|word| command.contains(word)) => {
                "CONDSTORE".to_owned()
            }
            _ => String::new(),
        };
        if !needs.is_empty() && !listed(&needs) {
            return refusal(&format!("BAD {needs} is not offered"));
        }
        match verb.as_str() {
            "CAPABILITY" => {
                let words = if visit.logged_in { all } else { self.personality.before };
                ok(format!("* CAPABILITY {words}\r\n"))
            }
            "ID" => {
                visit.introduced |= ["\"name\"", "\"version\"", "\"vendor\""].iter().all(|key| command.contains(key));
                ok(format!("* ID {}\r\n", self.personality.id))
            }
            "LOGOUT" => ok("* BYE\r\n"),
            "LOGIN" | "AUTHENTICATE" => self.login(visit),
            _ if !visit.logged_in => refusal("BAD log in first"),
            _ if visit.hollow => refusal("BAD User is authenticated but not connected."),
            "IDLE" => {
                visit.idling = Some(tag.to_owned());
                (b"+ idling\r\n".to_vec(), String::new())
            }
            "ENABLE" if self.is(Odd::SilentEnable) => ok(""),
            "ENABLE" => {
                visit.utf8 |= words[1..].iter().any(|word| word == "UTF8=ACCEPT") && listed("UTF8=ACCEPT");
                ok(format!("* ENABLED {}\r\n", words[1..].join(" ")))
            }
            "NAMESPACE" => {
                ok(format!("* NAMESPACE ((\"{}\" \"{}\")) NIL NIL\r\n", self.prefix(), self.personality.delimiter))
            }
            "LIST" | "XLIST" => self.list(&verb, command, visit),
            "SELECT" => self.select(&words, command, visit),
            "GETQUOTAROOT" => ok("* QUOTAROOT INBOX \"\"\r\n* QUOTA \"\" (STORAGE 100 15728640)\r\n"),
            "NOOP" | "SUBSCRIBE" | "UNSELECT" => ok(""),
            "CREATE" => refusal("NO cannot create"),
            _ if visit.selected.is_empty() => refusal("BAD nothing is selected"),
            "FETCH" => self.fetch(&words[1], command, false, visit),
            "UID" if second == "FETCH" => self.fetch(&words[2], command, true, visit),
            "UID" if second == "SEARCH" => self.search(tag, command, visit),
            "UID" => self.change(&second, &words[2..], command, visit),
            _ => refusal("BAD what is that"),
        }
    }

    pub(super) fn is(&self, odd: Odd) -> bool {
        self.personality.odd.contains(&odd)
    }

    /// The name by which a folder is kept; empty for one in the wrong encoding.
    fn kept_name(&self, name: &str, visit: &Visit) -> String {
        let specs = self.personality.folders;
        match specs.iter().find(|(_, path, _)| *path == name).filter(|_| visit.utf8) {
            Some((raw, _, _)) => (*raw).to_owned(),
            None if visit.utf8 && name.contains('&') => String::new(),
            None => name.to_owned(),
        }
    }

    fn shown_name<'a>(&self, raw: &'a str, visit: &Visit) -> &'a str {
        let specs = self.personality.folders;
        specs.iter().find(|(kept, _, _)| *kept == raw).filter(|_| visit.utf8).map_or(raw, |(_, path, _)| path)
    }

    pub(super) fn append(&self, command: &str, message: &[u8], visit: &Visit) -> Reply {
        let mut words = words(command);
        words[1] = self.kept_name(&words[1], visit);
        let header = message.split(|byte| *byte == b'\n').take_while(|line| line.len() > 1);
        let is_wide = header.clone().any(|line| !line.is_ascii());
        if command.contains("UTF8 (~{") != (is_wide && visit.utf8) {
            return refusal("NO [CANNOT] a header in UTF-8 is announced, and no other");
        }
        let all = self.personality.after;
        let at_once = all.contains("LITERAL+") || (all.contains("LITERAL-") && message.len() <= 4096);
        if command.ends_with("+}") && !at_once {
            return refusal("BAD LITERAL+ is not offered");
        }
        let mut mailbox = lock(&self.mailbox);
        if !mailbox.folders.contains_key(&words[1]) {
            return refusal("NO [TRYCREATE] no such folder");
        }
        let uid = mailbox.deliver(&words[1], message, 0);
        let flags: Vec<&str> = words[2].trim_matches(['(', ')']).split(' ').collect();
        mailbox.flag(&words[1], uid, &flags, true);
        let validity = mailbox.folders[&words[1]].validity;
        let told = self.personality.after.contains("UIDPLUS") && !self.is(Odd::NoCopyUid);
        let code = if told { format!("[APPENDUID {validity} {uid}] ") } else { String::new() };
        (Vec::new(), format!("OK {code}done"))
    }

    fn prefix(&self) -> &'static str {
        if self.personality.folders.iter().any(|(name, _, _)| name.starts_with("INBOX.")) { "INBOX." } else { "" }
    }

    fn login(&self, visit: &mut Visit) -> Reply {
        if self.is(Odd::FewLogins) && self.logged_in.load(Ordering::SeqCst) >= 2 {
            return refusal("NO [LIMIT] Rate limit hit.");
        }
        visit.logged_in = true;
        let now = self.logged_in.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_logged_in.fetch_max(now, Ordering::SeqCst);
        visit.hollow = self.is(Odd::HollowLogin) && !self.was_hollow.swap(true, Ordering::SeqCst);
        ok("")
    }

    fn list(&self, verb: &str, command: &str, visit: &Visit) -> Reply {
        let extended = command.contains("RETURN");
        if extended && self.is(Odd::ListReturnsNothing) {
            return ok("");
        }
        let mailbox = lock(&self.mailbox);
        let mut out = String::new();
        for (name, folder) in &mailbox.folders {
            let hidden = verb == "LIST" && self.is(Odd::RolesByXlist);
            let role = if hidden && folder.selectable { "" } else { folder.role };
            let name = self.shown_name(name, visit);
            let line = format!("* {verb} ({role}) \"{}\" \"{name}\"\r\n", self.personality.delimiter);
            out += &line;
            if self.is(Odd::ListsTwice) {
                out += &line;
            }
            if extended && command.contains("STATUS (") && folder.selectable {
                let highest = if command.contains("HIGHESTMODSEQ") {
                    format!(" HIGHESTMODSEQ {}", folder.modseq)
                } else {
                    String::new()
                };
                let (count, next, validity) = (folder.places.len(), folder.next, folder.validity);
                writeln!(
                    out,
                    "* STATUS \"{name}\" (MESSAGES {count} UIDNEXT {next} UIDVALIDITY {validity}{highest})\r"
                )
                .unwrap();
            }
        }
        ok(out)
    }

    fn select(&self, words: &[String], command: &str, visit: &mut Visit) -> Reply {
        visit.selected.clear();
        if self.is(Odd::UnsafeLogin) && !visit.introduced {
            return refusal("NO SELECT Unsafe Login. Please contact kefu@188.com for help");
        }
        let mailbox = lock(&self.mailbox);
        let name = self.kept_name(&words[1], visit);
        let name = if name.eq_ignore_ascii_case("INBOX") { "INBOX" } else { &name };
        let Some(folder) = mailbox.folders.get(name).filter(|folder| folder.selectable) else {
            return refusal("NO [NONEXISTENT] no such folder");
        };
        let keywords = if self.is(Odd::NoKeywords) { "" } else { " \\*" };
        let odd = if self.is(Odd::BracketInFlags) { " [Imap]/Sent" } else { "" };
        let mut out = format!(
            "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft{odd})\r\n* {} EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY {}] x\r\n\
             * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft{odd}{keywords})] x\r\n",
            folder.places.len(),
            folder.validity,
        );
        if !self.is(Odd::NoUidNext) {
            writeln!(out, "* OK [UIDNEXT {}] x\r", folder.next).unwrap();
        }
        if self.is(Odd::DeafModSeq) {
            out += "* OK [HIGHESTMODSEQ 10] x\r\n";
        } else if self.is(Odd::UnlistedModSeq) || command.contains("CONDSTORE") || command.contains("QRESYNC") {
            writeln!(out, "* OK [HIGHESTMODSEQ {}] x\r", folder.modseq).unwrap();
        }
        if command.contains("(QRESYNC (") && self.is(Odd::BrokenVanished) {
            out += "* VANISHED (EARLIER) 1:*\r\n";
        }
        name.clone_into(&mut visit.selected);
        visit.snapshot = copy_of(&mailbox);
        (out.into_bytes(), "OK [READ-WRITE] selected".to_owned())
    }

    fn search(&self, tag: &str, command: &str, visit: &Visit) -> Reply {
        if self.is(Odd::SearchRefused) && command.contains("HEADER") {
            return refusal("BAD UID SEARCH invalid argument");
        }
        let mailbox = lock(&self.mailbox);
        let folder = &mailbox.folders[&visit.selected];
        let all: Vec<u32> = folder.places.keys().copied().collect();
        let found: Vec<u32> = if self.is(Odd::SearchFindsAll) {
            all
        } else if let Some((_, id)) = command.split_once("HEADER Message-ID ") {
            let id = id.trim_matches('"');
            let holds = |uid: &u32| super::super::mailbox::holds(&mailbox.mail(&visit.selected, *uid).unwrap().raw, id);
            all.into_iter().filter(holds).collect()
        } else if let Some((_, set)) = command.split_once(" UID ") {
            chosen(set.rsplit(' ').next().unwrap_or_default(), &all)
        } else {
            all
        };
        let found: Vec<String> = found.iter().map(u32::to_string).collect();
        match (command.contains("RETURN"), found.is_empty()) {
            (true, true) => ok(format!("* ESEARCH (TAG \"{tag}\") UID\r\n")),
            (true, false) => ok(format!("* ESEARCH (TAG \"{tag}\") UID ALL {}\r\n", found.join(","))),
            (false, _) => ok(format!("* SEARCH {}\r\n", found.join(" "))),
        }
    }

    fn change(&self, verb: &str, words: &[String], command: &str, visit: &mut Visit) -> Reply {
        let mut mailbox = lock(&self.mailbox);
        let mut words = words.to_vec();
        if let ("MOVE" | "COPY", Some(target)) = (verb, words.get_mut(1)) {
            *target = self.kept_name(target, visit);
        }
        let name = visit.selected.clone();
        let all: Vec<u32> = mailbox.folders[&name].places.keys().copied().collect();
        let uids = chosen(&words[0], &all);
        let mut out = String::new();
        let mut to = Vec::new();
        match verb {
            "STORE" => {
                let flags: Vec<&str> = words[2].trim_matches(['(', ')']).split(' ').collect();
                if self.is(Odd::NoKeywords) && flags.iter().any(|flag| !flag.starts_with('\\')) {
                    return refusal("BAD keywords are not supported");
                }
                for uid in &uids {
                    mailbox.flag(&name, *uid, &flags, command.contains("+FLAGS"));
                    visit.snapshot.flag(&name, *uid, &flags, command.contains("+FLAGS"));
                    if self.is(Odd::PlaceZero) {
                        writeln!(out, "* 0 FETCH (UID {uid} FLAGS ())\r").unwrap();
                    }
                }
                return ok(out);
            }
            "EXPUNGE" => {
                for uid in uids {
                    if mailbox.mail(&name, uid).is_some_and(|mail| mail.flags.contains("\\Deleted")) {
                        mailbox.expunge(&name, uid);
                    }
                }
                return ok(out);
            }
            "MOVE" if self.is(Odd::MoveRefused) => return refusal("NO [CANNOT] MOVE is not possible"),
            _ if !mailbox.folders.contains_key(&words[1]) => return refusal("NO [TRYCREATE] no such folder"),
            "MOVE" => uids.iter().for_each(|uid| to.extend(mailbox.move_to(&name, *uid, &words[1]))),
            "COPY" => uids.iter().for_each(|uid| to.extend(mailbox.copy(&name, *uid, &words[1]))),
            _ => return refusal("BAD what is that"),
        }
        let validity = mailbox.folders[&words[1]].validity;
        let set = |uids: &[u32]| uids.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        let code = match () {
            () if self.is(Odd::NoCopyUid) || !self.personality.after.contains("UIDPLUS") => String::new(),
            () if self.is(Odd::EmptyCopyUid) => format!("[COPYUID {validity}  ] "),
            () => format!("[COPYUID {validity} {} {}] ", set(&uids), set(&to)),
        };
        (Vec::new(), format!("OK {code}done"))
    }
}

fn copy_of(mailbox: &Mailbox) -> Mailbox {
    let mut copy = Mailbox::default();
    copy.folders.clone_from(&mailbox.folders);
    copy.mails.clone_from(&mailbox.mails);
    copy
}
