//! `postroomctl list`: a folder's messages, newest first, page by page.

use clap::Args;
use postroom_core::Postroom;
use postroom_types::{Fault, FaultCode, FolderId, ListBy, ListPage, MessageId, MessageRow};
use serde::Serialize;

use crate::failure::Failure;
use crate::profile::{self, Profile};
use crate::row::{Paths, Row, write_lines};
use crate::terminal;

/// Rows asked of the core at once; a larger limit is put together from several answers.
const PAGE: u32 = 200;

/// List a folder's messages, newest first
///
/// A line shows the message's id, its date, N if unread, * if starred, @ if it carries files, the sender and the
/// subject. Where there are more, the last line (in JSON: "next") is what --before takes for the next page.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  postroomctl list --folder INBOX --limit 20")]
pub(crate) struct List {
    /// The folder's path, as `postroomctl folders` shows it
    #[arg(long, value_name = "PATH")]
    folder: String,
    /// The account's address, where several have such a folder
    #[arg(long, value_name = "ADDRESS")]
    account: Option<String>,
    /// At most so many messages
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Each conversation once, at its newest message in the folder, with the number of its messages
    #[arg(long)]
    conversations: bool,
    /// Go on where an earlier list ended
    #[arg(long, value_name = "CURSOR")]
    before: Option<String>,
}

/// A page as JSON.
#[derive(Debug, Serialize)]
struct Document {
    messages: Vec<Row>,
    next: Option<String>,
}

impl List {
    pub(crate) async fn run(self, profile: &Profile) -> Result<(), Failure> {
        let (page, paths) = profile
            .with(async |postroom| {
                let account = profile::account(postroom, self.account.as_deref()).await?;
                let folder = postroom.folder_find(account, &self.folder).await?;
                let page = if self.conversations {
                    conversations(postroom, folder.id, self.limit, self.before.as_deref()).await?
                } else {
                    page(postroom, folder.id, self.limit, self.before).await?
                };
                Ok((page, Paths::load(postroom).await?))
            })
            .await?;
        let document = Document { messages: paths.rows(&page.messages), next: page.next };
        profile.output.print(&document, |out| {
            write_lines(out, &page.messages)?;
            match &document.next {
                Some(next) => writeln!(out, "more: --before {}", terminal::line(next)),
                None => Ok(()),
            }
        })
    }
}

/// A page by conversation; it goes on behind the row of this message.
async fn conversations(
    postroom: &Postroom,
    folder: FolderId,
    limit: u32,
    before: Option<&str>,
) -> Result<ListPage, Failure> {
    let ids = postroom.list_index(folder, ListBy::Conversation).await?.ids;
    let first = match before {
        None => 0,
        Some(before) => {
            let id = before.parse().ok().and_then(|before: MessageId| ids.iter().position(|id| *id == before));
            id.ok_or_else(|| {
                Fault::new(FaultCode::InvalidInput, "no conversation of this list ends there; begin again")
            })? + 1
        }
    };
    let page: Vec<MessageId> = ids.iter().skip(first).take(limit as usize).copied().collect();
    let next = page.last().filter(|last| ids.last() != Some(*last)).map(ToString::to_string);
    Ok(ListPage { messages: postroom.list_rows(page, ListBy::Conversation).await?, next })
}

/// A page of any size.
async fn page(postroom: &Postroom, folder: FolderId, limit: u32, before: Option<String>) -> Result<ListPage, Failure> {
    let mut messages: Vec<MessageRow> = Vec::new();
    let mut next = before;
    loop {
        let left = limit.saturating_sub(u32::try_from(messages.len()).unwrap_or(u32::MAX));
        let page = postroom.list_page(folder, left.min(PAGE), next.as_deref()).await?;
        let end = page.messages.is_empty() || page.next.is_none() || page.messages.len() >= left as usize;
        messages.extend(page.messages);
        next = page.next;
        if end {
            return Ok(ListPage { messages, next });
        }
    }
}
