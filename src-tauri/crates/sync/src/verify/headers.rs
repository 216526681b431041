//! Headers fetched again, each compared with what is held of it as it comes in.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use postroom_imap::{HeaderItem, ItemSink};
use postroom_mime::parse_envelope;
use postroom_store::{LedgerRow, Store, StoreError};
use postroom_types::Uid;

use crate::SyncError;

/// A stored message above this size is compared by its row: the whole of it would have to be unpacked.
const LARGE: u64 = 32 << 20;

/// Takes headers and keeps the UIDs of those that differ.
pub(crate) struct HeaderCheck<'a> {
    store: &'a Store,
    /// What was not compared yet.
    rows: BTreeMap<Uid, LedgerRow>,
    differ: BTreeSet<Uid>,
    failed: Option<StoreError>,
}

impl<'a> HeaderCheck<'a> {
    /// Expects the header of each of these rows.
    pub(crate) fn new(store: &'a Store, rows: BTreeMap<Uid, LedgerRow>) -> Self {
        Self { store, rows, differ: BTreeSet::new(), failed: None }
    }

    /// What differs, and what the server did not give.
    pub(crate) fn finish(self) -> Result<BTreeSet<Uid>, SyncError> {
        let Self { rows, mut differ, failed, .. } = self;
        if let Some(error) = failed {
            return Err(error.into());
        }
        differ.extend(rows.into_keys());
        Ok(differ)
    }

    async fn same(&self, row: &LedgerRow, item: HeaderItem) -> Result<bool, StoreError> {
        if row.has_body && row.size <= LARGE {
            return match self.store.raw(row.message).await {
                Ok(raw) => Ok(begins_with(&raw, &item)),
                // A damaged or missing original is a difference, not the end of the comparison.
                Err(StoreError::Damaged(_) | StoreError::BodyMissing | StoreError::Io(_)) => Ok(false),
                Err(error) => Err(error),
            };
        }
        if row.quarantined {
            return Ok(true);
        }
        // The same header was read when the row was made, and that went well.
        let envelope = tokio::task::spawn_blocking(move || parse_envelope(&item.header)).await;
        Ok(envelope
            .is_ok_and(|envelope| envelope.message_id == row.message_id_header && envelope.subject == row.subject))
    }
}

impl ItemSink<HeaderItem> for HeaderCheck<'_> {
    async fn accept(&mut self, item: HeaderItem) -> ControlFlow<()> {
        let Some(row) = self.rows.remove(&item.uid) else { return ControlFlow::Continue(()) };
        match self.same(&row, item).await {
            Ok(true) => {}
            Ok(false) => drop(self.differ.insert(row.uid)),
            Err(error) => {
                self.failed = Some(error);
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }
}

/// Whether a message begins with this header. The empty line at its end is there or not, as servers like it.
fn begins_with(raw: &[u8], item: &HeaderItem) -> bool {
    let header = item.header.trim_ascii_end();
    let Some(rest) = raw.strip_prefix(header) else { return false };
    let ends = |ends: &[&[u8]]| ends.iter().any(|end| rest.starts_with(end));
    // Otherwise a header of the server's that lost its last lines would pass.
    item.truncated
        || rest.trim_ascii().is_empty()
        || ends(&[b"\r\n\r\n", b"\n\n"])
        || (header.is_empty() && ends(&[b"\r\n", b"\n"]))
}
