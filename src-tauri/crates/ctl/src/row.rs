//! A message in a list: its JSON and its line.

use std::collections::BTreeMap;
use std::io::{self, Write};

use postroom_core::Postroom;
use postroom_types::{AccountId, Address, Conversation, Flags, FolderId, MessageId, MessageRow, ThreadId, Uid};
use serde::Serialize;

use crate::failure::Failure;
use crate::terminal;

/// Columns that a sender gets.
const SENDER: usize = 24;

/// A message as JSON. Keys are only ever added.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) id: MessageId,
    /// The account's address.
    account: String,
    /// The folder's path.
    folder: String,
    uid: Option<Uid>,
    /// UTC, RFC 3339.
    date: String,
    from: Vec<Address>,
    to: Vec<Address>,
    subject: String,
    preview: String,
    flags: Flags,
    size: u64,
    has_attachments: bool,
    /// The conversation that it is part of.
    thread: ThreadId,
    /// The conversation, in a list by conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation: Option<Conversation>,
}

/// Every folder's path, and every account's address.
#[derive(Debug)]
pub(crate) struct Paths {
    folders: BTreeMap<FolderId, String>,
    accounts: BTreeMap<AccountId, String>,
}

impl Paths {
    /// Asks the core for all folders and accounts.
    pub(crate) async fn load(postroom: &Postroom) -> Result<Self, Failure> {
        let folders = postroom.folders().await?.into_iter().map(|folder| (folder.id, folder.path)).collect();
        let accounts = postroom.accounts().await?.into_iter().map(|account| (account.id, account.email)).collect();
        Ok(Self { folders, accounts })
    }

    /// The path; empty for a folder that was removed meanwhile.
    pub(crate) fn of(&self, folder: FolderId) -> &str {
        self.folders.get(&folder).map(String::as_str).unwrap_or_default()
    }

    /// Messages as JSON.
    pub(crate) fn rows(&self, messages: &[MessageRow]) -> Vec<Row> {
        messages.iter().map(|message| self.row(message)).collect()
    }

    /// A message as JSON.
    pub(crate) fn row(&self, message: &MessageRow) -> Row {
        Row {
            id: message.id,
            account: self.accounts.get(&message.account).cloned().unwrap_or_default(),
            folder: self.of(message.folder).to_owned(),
            uid: message.uid,
            date: terminal::rfc3339(message.date),
            from: message.from.clone(),
            to: message.to.clone(),
            subject: message.subject.clone(),
            preview: message.preview.clone(),
            flags: message.flags,
            size: message.size,
            has_attachments: message.has_attachments,
            thread: message.thread,
            conversation: message.conversation.clone(),
        }
    }
}

/// Writes a line a message: id, date, N for unread, * for starred, @ for attachments, sender, subject.
pub(crate) fn write_lines(out: &mut dyn Write, messages: &[MessageRow]) -> io::Result<()> {
    for message in messages {
        let mark = |on: bool, mark: char| if on { mark } else { ' ' };
        let count = message.conversation.as_ref().map(|conversation| conversation.messages);
        let unread = message.conversation.as_ref().map_or(!message.flags.contains(Flags::SEEN), |all| all.unread > 0);
        writeln!(
            out,
            "{:>7}  {}  {}{}{}  {}  {}{}",
            message.id.0,
            terminal::local(message.date),
            mark(unread, 'N'),
            mark(message.flags.contains(Flags::FLAGGED), '*'),
            mark(message.has_attachments, '@'),
            terminal::fit(message.from.first().map(Address::label).unwrap_or_default(), SENDER),
            count.filter(|count| *count > 1).map(|count| format!("({count}) ")).unwrap_or_default(),
            terminal::line(&message.subject),
        )?;
    }
    Ok(())
}
