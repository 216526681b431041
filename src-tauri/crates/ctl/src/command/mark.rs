//! `postroomctl mark`: read, unread, starred, not starred.

use clap::Args;
use postroom_types::{Mark as Wanted, MessageId};

use super::changed::{Changed, rows};
use crate::failure::Failure;
use crate::profile::Profile;

/// Mark messages as read, unread, starred or not starred
///
/// It shows at once and reaches the server with the next sync.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  postroomctl mark 42 43 --seen --flagged")]
pub(crate) struct Mark {
    /// The messages' ids
    #[arg(value_name = "ID", required = true)]
    ids: Vec<MessageId>,
    #[command(flatten)]
    marks: Marks,
}

/// At least one mark, and none with its opposite.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
#[expect(clippy::struct_excessive_bools, reason = "clap's flags; `Marks::wanted` makes one value of them")]
struct Marks {
    /// Read
    #[arg(long, conflicts_with = "unseen")]
    seen: bool,
    /// Unread
    #[arg(long)]
    unseen: bool,
    /// Starred
    #[arg(long, conflicts_with = "unflagged")]
    flagged: bool,
    /// Not starred
    #[arg(long)]
    unflagged: bool,
}

impl Marks {
    fn wanted(&self) -> Wanted {
        let either = |on: bool, off: bool| if on { Some(true) } else { off.then_some(false) };
        Wanted { seen: either(self.seen, self.unseen), flagged: either(self.flagged, self.unflagged) }
    }
}

impl Mark {
    pub(crate) async fn run(self, profile: &Profile) -> Result<(), Failure> {
        let changed = profile
            .with(async |postroom| {
                rows(postroom, &self.ids).await?;
                postroom.mark(self.ids.clone(), self.marks.wanted()).await?;
                Changed::of(self.ids, postroom).await
            })
            .await?;
        changed.print("marked", profile.output)
    }
}
