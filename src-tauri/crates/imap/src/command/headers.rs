//! UID FETCH of headers, flags, size and date (RFC 9051 §6.4.5).

use std::collections::BTreeSet;

use postroom_types::{Flags, ModSeq, Uid, UnixMillis};

use crate::capabilities::Capability;
use crate::command::fetch::{Batches, Plan, Take, is_temporary};
use crate::error::ImapError;
use crate::guard::{Limits, Violation};
use crate::quirks::Provider;
use crate::session::Session;
use crate::sink::ItemSink;
use crate::uid_set::UidSet;
use crate::wire::{Event, Fetch, SectionData, Untagged};

/// What a list shows of a message, unparsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderItem {
    /// Which message.
    pub uid: Uid,
    /// Its flags; `None` if the server left them out, which means nothing.
    pub flags: Option<Flags>,
    /// Its modification sequence, with CONDSTORE.
    pub modseq: Option<ModSeq>,
    /// RFC822.SIZE, bytes; 0 if the server left it out. Wrong on some servers.
    pub size: u64,
    /// When the server received it.
    pub internal_date: Option<UnixMillis>,
    /// The header as it is, with the empty line at its end; empty if the server has none.
    pub header: Vec<u8>,
    /// Whether `header` is only the first MiB.
    pub truncated: bool,
    /// The server's own number of the message, the same in whichever folder it is shown (X-GM-MSGID), in digits.
    pub email_id: Option<String>,
    /// How the text begins, by the server's word (PREVIEW, RFC 8970): cleaned, at most 200 characters. Only where it was
    /// asked for, and had at hand.
    pub preview: Option<String>,
}

const COMMAND: &str = "UID FETCH HEADER";
const HEADER: &str = "BODY.PEEK[HEADER]";
const BEGINNING: &str = "BODY.PEEK[HEADER]<0.1048576>";
/// A larger header is cut.
const MAX_HEADER: u64 = 1 << 20;
/// A larger one is not even read to be thrown away.
const MAX_SKIPPED: u64 = 64 << 20;
/// Messages a command asks for.
const BATCH: u32 = 500;

/// What came of a fetch of headers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HeadersDone {
    /// Messages that the server would not give, each asked for alone. The others that were not given are gone.
    pub refused: UidSet,
    /// Whether the sink asked to stop, so that nothing can be said about the rest.
    pub stopped: bool,
}

impl Session {
    /// The headers of these messages, in the server's order within a batch; batches go from the highest UIDs down, so that
    /// the newest come first. Previews only come to a sink that wants them.
    ///
    /// # Errors
    /// [`ImapError`]. What the sink has taken is good all the same.
    pub async fn fetch_headers<S: ItemSink<HeaderItem>>(
        &mut self,
        set: &UidSet,
        sink: &mut S,
    ) -> Result<HeadersDone, ImapError> {
        if sink.wants_previews() && self.capabilities.has(Capability::Preview) {
            match self.headers_of(set, true, sink).await {
                Err(error) if self.dislikes_previews(&error) => {}
                other => return other,
            }
        }
        self.headers_of(set, false, sink).await
    }

    async fn headers_of<S: ItemSink<HeaderItem>>(
        &mut self,
        set: &UidSet,
        previews: bool,
        sink: &mut S,
    ) -> Result<HeadersDone, ImapError> {
        let limits = Limits { keep: MAX_HEADER, refuse: MAX_SKIPPED, ..Limits::default() };
        let items = self.header_items(HEADER, previews).into();
        let plan = Plan { command: COMMAND, items, limits, bytes: MAX_SKIPPED, each: MAX_HEADER };
        let chunks = set.chunks(BATCH, self.quirks.line.saturating_sub(200));
        let read = |uid, fetch: &Fetch| take(uid, fetch, false);
        let mut left = self.pump(&plan, Chunks { chunks }, read, sink).await?;
        if previews {
            // Perhaps only its preview could not be had.
            left.again.extend(left.refused.drain(..).map(|(uid, _)| uid));
        }
        let mut refused: UidSet = left.refused.iter().map(|(uid, _)| *uid).collect();
        while let Some(uid) = left.again.pop().filter(|_| !left.stopped) {
            let items = self.header_items(BEGINNING, false).into();
            let cut = Plan { command: COMMAND, items, limits, bytes: MAX_SKIPPED * 2, each: 0 };
            let alone = Chunks { chunks: vec![UidSet::range(uid, uid)] };
            let more = self.pump(&cut, alone, |uid, fetch: &Fetch| take(uid, fetch, true), sink).await?;
            left.stopped |= more.stopped;
            refused.extend(&more.refused.iter().map(|(uid, _)| *uid).chain(more.again).collect());
        }
        Ok(HeadersDone { refused, stopped: left.stopped })
    }

    /// Whether a question with previews was refused for their sake, as far as anybody can tell: they are not asked for again.
    fn dislikes_previews(&mut self, error: &ImapError) -> bool {
        let dislikes = matches!(error, ImapError::Refused { .. }) && !is_temporary(error);
        if dislikes {
            self.capabilities.forget(Capability::Preview);
        }
        dislikes
    }

    /// The headers of the `count` newest messages, by their place in the folder and not by their UIDs, which need not be
    /// known for it: what a first screen shows, previews too. `exists` is what SELECT said. One that could not be had is left out.
    ///
    /// # Errors
    /// [`ImapError`]. What the sink has taken is good all the same.
    pub async fn fetch_newest_headers<S: ItemSink<HeaderItem>>(
        &mut self,
        exists: u32,
        count: u32,
        sink: &mut S,
    ) -> Result<(), ImapError> {
        if exists == 0 || count == 0 {
            return Ok(());
        }
        let low = exists.saturating_sub(count - 1).max(1);
        let what = format!("FETCH {low}:{exists}");
        self.fetch_range(&what, count.min(exists), Uid(1), true, sink).await
    }

    /// The headers of all messages from UID `low` up: what has come since. The upper end is a number and not `*`, for
    /// `low:*` brings the last message even if its UID is below. `expected` bounds what is read, roughly.
    ///
    /// # Errors
    /// [`ImapError`]. What the sink has taken is good all the same; only after `Ok` is it all.
    pub async fn fetch_headers_from<S: ItemSink<HeaderItem>>(
        &mut self,
        low: Uid,
        expected: u32,
        sink: &mut S,
    ) -> Result<(), ImapError> {
        // Where ranges may not be wide, what has come above it is missed, and the caller counts.
        let high = low.0.saturating_add(self.quirks.uids - 1);
        let what = format!("UID FETCH {}:{high}", low.0);
        let previews = sink.wants_previews();
        self.fetch_range(&what, expected, low, previews, sink).await
    }

    async fn fetch_range<S: ItemSink<HeaderItem>>(
        &mut self,
        what: &str,
        expected: u32,
        low: Uid,
        previews: bool,
        sink: &mut S,
    ) -> Result<(), ImapError> {
        if previews && self.capabilities.has(Capability::Preview) {
            let line = format!("{what} {}", self.header_items(HEADER, true));
            match self.fetch_span(&line, expected, low, sink).await {
                Err(error) if self.dislikes_previews(&error) => {}
                other => return other,
            }
        }
        let line = format!("{what} {}", self.header_items(HEADER, false));
        self.fetch_span(&line, expected, low, sink).await
    }

    async fn fetch_span<S: ItemSink<HeaderItem>>(
        &mut self,
        line: &str,
        expected: u32,
        low: Uid,
        sink: &mut S,
    ) -> Result<(), ImapError> {
        let limits = Limits { keep: MAX_HEADER, refuse: MAX_SKIPPED, ..Limits::default() };
        self.begin(limits, MAX_SKIPPED.saturating_add(u64::from(expected).saturating_mul(MAX_HEADER)))?;
        let tag = self.send(COMMAND, line).await?;
        let (mut seen, mut stopped) = (BTreeSet::new(), false);
        loop {
            match self.next(COMMAND).await? {
                Event::Untagged(Untagged::Fetch(mut fetch)) => {
                    let wanted = fetch.uid.filter(|uid| *uid >= low && !seen.contains(uid));
                    match wanted.map(|uid| take(uid, &fetch, false)) {
                        Some(Take::Item(item)) => {
                            seen.insert(item.uid);
                            stopped = stopped || sink.accept(item).await.is_break();
                        }
                        // Too large: whoever asks for it by its UID gets the beginning.
                        Some(Take::Again) => {}
                        Some(Take::News) | None => {
                            fetch.drop_sections();
                            self.note(Untagged::Fetch(fetch));
                        }
                    }
                }
                Event::Untagged(untagged) => self.note(untagged),
                Event::Tagged { tag: got, state } if got == tag.as_str() => {
                    return self.close(COMMAND, state).map(drop);
                }
                Event::Tagged { .. } => return Err(self.nonsense(COMMAND, &Violation::UnknownTag)),
                Event::Continue => return Err(self.nonsense(COMMAND, &Violation::UnexpectedContinuation)),
            }
        }
    }

    fn header_items(&self, header: &str, previews: bool) -> String {
        let mut items = "(UID FLAGS".to_owned();
        if self.capabilities.has(Capability::CondStore) {
            items += " MODSEQ";
        }
        items += " INTERNALDATE RFC822.SIZE";
        if self.quirks.provider == Some(Provider::Gmail) && self.capabilities.has(Capability::GmailExtensions) {
            items += " X-GM-MSGID";
        }
        if previews {
            // What is not at hand is NIL, and costs the server nothing (RFC 8970 §3.1).
            items += " PREVIEW (LAZY)";
        }
        items + " " + header + ")"
    }
}

fn take(uid: Uid, fetch: &Fetch, cut: bool) -> Take<HeaderItem> {
    let Some(section) = fetch.sections.iter().find(|section| section.name == b"HEADER") else { return Take::News };
    let header = match &section.data {
        SectionData::Bytes(bytes) => bytes.to_vec(),
        SectionData::Nil => Vec::new(),
        SectionData::Oversize => return Take::Again,
    };
    Take::Item(HeaderItem {
        uid,
        flags: fetch.flags,
        modseq: fetch.modseq,
        email_id: fetch.email_id.clone(),
        preview: fetch.preview.clone(),
        size: fetch.size.unwrap_or(0),
        internal_date: fetch.internal_date,
        truncated: cut && header.len() as u64 >= MAX_HEADER,
        header,
    })
}

/// Chunks taken from the end.
struct Chunks {
    chunks: Vec<UidSet>,
}

impl Batches for Chunks {
    fn next(&mut self, _bytes: u64) -> Option<Vec<u32>> {
        self.chunks.pop().map(|chunk| chunk.iter().map(|uid| uid.0).collect())
    }
}
