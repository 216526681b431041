//! What is known of a server that it does not say itself: data, a row a provider, each with where it was learned.
//!
//! A server is recognised by its host name, its greeting, its capabilities and its answer to ID (RFC 2971). A row only
//! takes away what does not work there, or makes us more careful: a greeting sent in clear before STARTTLS may be anyone's,
//! and nothing here may loosen what the login or TLS demand. What any server may do is no quirk and stands where the
//! command is.

mod table;

use crate::capabilities::{Capabilities, Capability};
use crate::session::Session;

/// Whose server it is, where that makes a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// 163, 126, yeah.net, 188, their business mail, and every Coremail elsewhere.
    NetEase,
    /// QQ, Foxmail and Exmail.
    Tencent,
    /// Exchange on site, Microsoft 365 and Outlook.com.
    Exchange,
    /// Gmail and Google Workspace.
    Gmail,
    /// iCloud.
    ICloud,
    /// The Bridge of Proton Mail.
    Proton,
    /// Yahoo Japan, which is another program than Yahoo.
    YahooJapan,
    /// Yahoo and AOL.
    Yahoo,
    /// Yandex.
    Yandex,
    /// Zoho.
    Zoho,
    /// Courier, hosted by many.
    Courier,
    /// Strato.
    Strato,
    /// Cyrus, hosted by many.
    Cyrus,
}

/// How a server is to be treated.
#[expect(clippy::struct_excessive_bools, reason = "facts that do not depend on each other")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quirks {
    pub(crate) provider: Option<Provider>,
    /// Octets of a command's line; RFC 7162 §4 says 8,192.
    pub(crate) line: usize,
    /// UIDs that one command may name, and the widest range (of UID FETCH and the like, not of SEARCH).
    pub(crate) uids: u32,
    /// Connections at the same time that it bears from one program.
    pub(crate) connections: u32,
    /// Nothing is sent behind ID before its end has come, and it is sent before the login too.
    pub(crate) id_first: bool,
    /// A login may succeed and lead nowhere: it is tried, and made anew once.
    pub(crate) hollow_logins: bool,
    /// Whether SEARCH can be believed.
    pub(crate) searches: bool,
    /// Works although it is not listed.
    assumed: &'static [Capability],
    /// Listed, and does not work.
    hidden: &'static [Capability],
}

impl Default for Quirks {
    fn default() -> Self {
        table::PLAIN
    }
}

/// What a server was heard to say of itself, in lower case.
#[derive(Debug, Default)]
pub(crate) struct Clues {
    host: String,
    greeting: String,
    /// Its answer to ID.
    id: String,
}

impl Clues {
    pub(crate) fn new(host: &str, greeting: &str) -> Self {
        Self { host: host.to_ascii_lowercase(), greeting: greeting.to_ascii_lowercase(), id: String::new() }
    }

    /// The server says which program it is.
    pub(crate) fn hear_id(&mut self, text: &str) {
        self.id = text.to_ascii_lowercase();
    }

    /// The first row that knows the server, applied to what it lists.
    pub(crate) fn judge(&self, capabilities: &mut Capabilities) -> Quirks {
        let row = table::ROWS.iter().find(|row| row.fits(self, capabilities));
        let quirks = row.map_or_else(Quirks::default, |row| row.quirks);
        // An empty list was not told yet, and has to be asked for.
        if !capabilities.is_empty() {
            quirks.assumed.iter().for_each(|capability| capabilities.assume(*capability));
        }
        quirks.hidden.iter().for_each(|capability| capabilities.forget(*capability));
        quirks
    }
}

/// How a provider is recognised: any of these. All in lower case but the capabilities.
struct Row {
    /// Domains of its servers.
    hosts: &'static [&'static str],
    /// A part of its greeting.
    greetings: &'static [&'static str],
    /// A capability that no other server has.
    words: &'static [&'static str],
    /// A part of its answer to ID.
    ids: &'static [&'static str],
    quirks: Quirks,
}

impl Row {
    fn fits(&self, clues: &Clues, capabilities: &Capabilities) -> bool {
        let within =
            |domain: &str| clues.host.strip_suffix(domain).is_some_and(|sub| sub.is_empty() || sub.ends_with('.'));
        self.hosts.iter().any(|domain| within(domain))
            || self.greetings.iter().any(|part| clues.greeting.contains(part))
            || self.words.iter().any(|word| capabilities.words().any(|listed| listed == *word))
            || self.ids.iter().any(|part| clues.id.contains(part))
    }
}

impl Session {
    /// Whose server it is, as far as it is known: complete once the first command was answered.
    pub fn provider(&self) -> Option<Provider> {
        self.quirks.provider
    }

    /// How many connections at the same time the server bears from us, the interactive one among them; at least 2.
    pub fn most_connections(&self) -> u32 {
        self.quirks.connections
    }

    /// The server lists its capabilities anew.
    pub(crate) fn learn_capabilities(&mut self, words: &[String]) {
        let mut capabilities = Capabilities::from_words(words);
        self.quirks = self.clues.judge(&mut capabilities);
        self.capabilities = capabilities;
    }

    /// The server says which program it is.
    pub(crate) fn learn_id(&mut self, text: &str) {
        self.clues.hear_id(text);
        let before = self.quirks.provider;
        self.quirks = self.clues.judge(&mut self.capabilities);
        if self.quirks.provider != before {
            tracing::debug!(provider = ?self.quirks.provider, "recognised by ID");
        }
    }
}

#[cfg(test)]
mod tests;
