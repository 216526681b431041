//! A small blocking IMAP client that looks at the server from the other side: what a test did with Postroom is checked
//! with this one, which shares no code with it. It must not grow clever: one command, all its lines.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::{GeneralPurpose, general_purpose::NO_PAD};

use crate::system::must;
use crate::user::LabUser;

const MUTF7: GeneralPurpose = GeneralPurpose::new(&IMAP_MUTF7, NO_PAD);

/// A session without TLS to the lab's own server. Every method panics if the server refuses: the test ends, with the
/// server's words.
#[derive(Debug)]
pub struct LabImap {
    stream: BufReader<TcpStream>,
    tag: u32,
}

impl LabImap {
    /// Connects and logs in.
    pub(crate) fn login(port: u16, user: &LabUser) -> anyhow::Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).context("connecting to the lab's IMAP port")?;
        stream.set_read_timeout(Some(Duration::from_mins(1)))?;
        stream.set_nodelay(true)?;
        let mut imap = Self { stream: BufReader::new(stream), tag: 0 };
        let greeting = imap.line()?;
        if !greeting.starts_with("* OK") {
            bail!("greeting: {greeting}");
        }
        // The error must not show the command: the password is in it.
        imap.try_command(&format!("LOGIN {} {}", quoted(&user.user), quoted(&user.password)))
            .map_err(|_| anyhow::anyhow!("login of {} refused", user.email))?;
        Ok(imap)
    }

    /// Sends one command (without tag and line end) and returns every line of the answer, the tagged one last.
    /// Literals are put into their line, bytes outside UTF-8 replaced. Panics on NO and BAD.
    #[track_caller]
    pub fn command(&mut self, command: &str) -> Vec<String> {
        must(self.try_command(command))
    }

    /// As [`LabImap::command`], with NO and BAD as errors.
    pub fn try_command(&mut self, command: &str) -> anyhow::Result<Vec<String>> {
        self.send(command.as_bytes())
    }

    fn send(&mut self, command: &[u8]) -> anyhow::Result<Vec<String>> {
        self.tag += 1;
        let tag = format!("L{} ", self.tag);
        let wire = [tag.as_bytes(), command, b"\r\n"].concat();
        self.stream.get_mut().write_all(&wire)?;
        let mut lines = Vec::new();
        loop {
            let line = self.line()?;
            let last = line.starts_with(&tag);
            let ok = line.strip_prefix(&tag).is_some_and(|rest| rest.starts_with("OK"));
            lines.push(line);
            if last && ok {
                return Ok(lines);
            }
            if last {
                bail!("the server refused: {}", lines.last().map_or("", String::as_str));
            }
        }
    }

    /// One line with its literals, without the line end.
    fn line(&mut self) -> anyhow::Result<String> {
        let mut bytes = Vec::new();
        loop {
            if self.stream.read_until(b'\n', &mut bytes)? == 0 {
                bail!("the server closed the connection after {:?}", String::from_utf8_lossy(&bytes));
            }
            while bytes.last().is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
                bytes.pop();
            }
            let Some(size) = literal_size(&bytes) else {
                return Ok(String::from_utf8_lossy(&bytes).into_owned());
            };
            bytes.extend_from_slice(b"\r\n");
            self.stream.by_ref().take(size).read_to_end(&mut bytes)?;
        }
    }

    /// Selects `folder` afresh: a folder selected twice would not report what happened in between.
    #[track_caller]
    pub fn select(&mut self, folder: &str) -> Vec<String> {
        self.command(&format!("SELECT {}", mailbox(folder)))
    }

    /// The UIDs of all messages in `folder`, ascending.
    #[track_caller]
    pub fn uids(&mut self, folder: &str) -> Vec<u32> {
        self.search(folder, "ALL")
    }

    /// The UIDs in `folder` that match `criteria` (RFC 9051, section 6.4.4), ascending.
    #[track_caller]
    pub fn search(&mut self, folder: &str, criteria: &str) -> Vec<u32> {
        self.select(folder);
        let lines = self.command(&format!("UID SEARCH {criteria}"));
        let words = lines.iter().filter_map(|line| line.strip_prefix("* SEARCH")).flat_map(str::split_whitespace);
        let mut uids: Vec<u32> = words.filter_map(|word| word.parse().ok()).collect();
        uids.sort_unstable();
        uids
    }

    /// The flags and keywords of one message, without `\Recent`, sorted; empty if there is no such message.
    #[track_caller]
    pub fn flags(&mut self, folder: &str, uid: u32) -> Vec<String> {
        self.select(folder);
        let lines = self.command(&format!("UID FETCH {uid} (FLAGS)"));
        let list = lines
            .iter()
            .filter(|line| line.contains(&format!("UID {uid} ")) || line.contains(&format!("UID {uid})")))
            .filter_map(|line| Some(line.split_once("FLAGS (")?.1.split_once(')')?.0))
            .next_back()
            .unwrap_or_default();
        let mut flags: Vec<String> =
            list.split_whitespace().filter(|flag| *flag != "\\Recent").map(str::to_owned).collect();
        flags.sort();
        flags
    }

    /// The whole message as the server has it, bytes outside UTF-8 replaced; `None` if there is none.
    #[track_caller]
    pub fn message(&mut self, folder: &str, uid: u32) -> Option<String> {
        self.select(folder);
        let lines = self.command(&format!("UID FETCH {uid} (BODY.PEEK[])"));
        let line = lines.iter().find(|line| line.contains("BODY[]"))?;
        let text = line.split_once("\r\n").map_or("", |(_, text)| text);
        Some(text.strip_suffix(')').unwrap_or(text).to_owned())
    }

    /// The names of all folders that this user sees, in the server's order, as Unicode.
    #[track_caller]
    pub fn folders(&mut self) -> Vec<String> {
        let lines = self.command("LIST \"\" *");
        lines.iter().filter_map(|line| listed_name(line)).collect()
    }

    /// Changes flags: `change` is as in `+FLAGS (\Seen)`.
    #[track_caller]
    pub fn store(&mut self, folder: &str, uid: u32, change: &str) {
        self.select(folder);
        self.command(&format!("UID STORE {uid} {change}"));
    }

    /// Removes one message for good.
    #[track_caller]
    pub fn expunge(&mut self, folder: &str, uid: u32) {
        self.store(folder, uid, "+FLAGS (\\Deleted)");
        self.command(&format!("UID EXPUNGE {uid}"));
    }

    /// Moves one message (RFC 6851).
    #[track_caller]
    pub fn move_to(&mut self, folder: &str, uid: u32, target: &str) {
        self.select(folder);
        self.command(&format!("UID MOVE {uid} {}", mailbox(target)));
    }

    /// Puts a message into a folder. `flags` as in `\Seen $Label1`, may be empty. The bytes go as they are.
    pub fn append(&mut self, folder: &str, flags: &str, message: &[u8]) -> anyhow::Result<()> {
        let head = format!("APPEND {} ({flags}) {{{}+}}\r\n", mailbox(folder), message.len());
        self.send(&[head.as_bytes(), message].concat()).map(drop)
    }
}

/// The size of the literal that `line` ends with: `{12}`.
fn literal_size(line: &[u8]) -> Option<u64> {
    let line = std::str::from_utf8(line.strip_suffix(b"}")?.rsplit(|byte| *byte == b'{').next()?).ok()?;
    line.parse().ok()
}

/// The name in `* LIST (flags) "/" name`.
fn listed_name(line: &str) -> Option<String> {
    let rest = line.strip_prefix("* LIST (")?.split_once(") ")?.1;
    let name = rest.split_once(' ')?.1;
    let name = match name.split_once("}\r\n") {
        Some((_, literal)) => literal.to_owned(),
        None => unquoted(name),
    };
    Some(from_mutf7(&name))
}

/// A quoted string (RFC 3501, section 4.3).
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The text of a quoted string or an atom.
fn unquoted(word: &str) -> String {
    let Some(inner) = word.strip_prefix('"').and_then(|word| word.strip_suffix('"')) else {
        return word.to_owned();
    };
    let mut text = String::new();
    let mut chars = inner.chars();
    while let Some(char) = chars.next() {
        text.extend(if char == '\\' { chars.next() } else { Some(char) });
    }
    text
}

/// A mailbox name on the wire: modified UTF-7, quoted.
pub(crate) fn mailbox(folder: &str) -> String {
    quoted(&to_mutf7(folder))
}

/// Modified UTF-7 (RFC 3501, section 5.1.3).
pub(crate) fn to_mutf7(text: &str) -> String {
    let mut out = String::new();
    let mut run = String::new();
    let flush = |run: &mut String, out: &mut String| {
        if !run.is_empty() {
            let units: Vec<u8> = run.encode_utf16().flat_map(u16::to_be_bytes).collect();
            out.extend(["&", &MUTF7.encode(units), "-"]);
            run.clear();
        }
    };
    for char in text.chars() {
        if matches!(char, ' '..='~') {
            flush(&mut run, &mut out);
            out.push(char);
            if char == '&' {
                out.push('-');
            }
        } else {
            run.push(char);
        }
    }
    flush(&mut run, &mut out);
    out
}

/// The Unicode of a name in modified UTF-7; what cannot be decoded stays as it is.
pub(crate) fn from_mutf7(name: &str) -> String {
    let mut out = String::new();
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let Some((word, tail)) = after.split_once('-') else {
            rest = after;
            out.push('&');
            continue;
        };
        match MUTF7.decode(word) {
            _ if word.is_empty() => out.push('&'),
            Ok(bytes) => {
                let units: Vec<u16> =
                    bytes.chunks(2).filter_map(|pair| Some(u16::from_be_bytes(pair.try_into().ok()?))).collect();
                out.push_str(&String::from_utf16_lossy(&units));
            }
            Err(_) => out.extend(["&", word, "-"]),
        }
        rest = tail;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modified_utf7_goes_there_and_back() {
        for (text, wire) in [
            ("INBOX", "INBOX"),
            ("客户/报价", "&W6JiNw-/&YqVO9w-"),
            ("R&D", "R&-D"),
            ("Entwürfe", "Entw&APw-rfe"),
            ("😀", "&2D3eAA-"),
        ] {
            assert_eq!(to_mutf7(text), wire);
            assert_eq!(from_mutf7(wire), text);
        }
    }

    #[test]
    fn names_are_read_from_list() {
        assert_eq!(listed_name("* LIST (\\HasNoChildren) \"/\" Sent").as_deref(), Some("Sent"));
        assert_eq!(listed_name(r#"* LIST () "/" "a \"b\"""#).as_deref(), Some(r#"a "b""#));
        assert_eq!(listed_name("* LIST () \"/\" {3}\r\na\"b").as_deref(), Some("a\"b"));
    }
}
