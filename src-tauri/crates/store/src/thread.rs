//! Which messages are one conversation: those that name one another in Message-ID, References and In-Reply-To, directly or
//! through messages that are not here (RFC 5256, REFERENCES, as what belongs together; the order is by date). What names
//! nothing that is known is put together by its subject: an answer with what it may answer, mail of the same base subject
//! that the same people wrote to each other a few days before.
//!
//! Each rule says of two messages whether they belong together, whatever else is there, and a conversation is what such pairs
//! connect: so the order in which mail arrives does not matter. Where we differ from a server's THREAD on purpose: copies of
//! one message are one conversation, and so are messages that are joined by a later one which names both.

use std::collections::BTreeSet;
use std::io::Read as _;

use postroom_db::{OptionalExtension as _, Row, SqlResult, Tx, params};
use postroom_mime::{Envelope, base_subject, parse_envelope};
use postroom_types::{AccountId, Address, MessageId, UnixMillis};
use sha2::{Digest as _, Sha256};

use crate::{Store, StoreError};

/// Message-IDs of one message that are looked at: its own, the first it names and the last ones.
const NAMES: usize = 100;
/// How long before an answer the message may be that only its subject connects it with.
const SUBJECT_WINDOW_MS: i64 = 7 * 86_400_000;
/// Messages of one subject that are looked at.
const SAME_SUBJECT: u32 = 100;
/// Bytes of a message in which its header ends.
const HEADER: u64 = 1 << 20;
/// Rows in one transaction of [`Store::threads_fill`].
const BATCH: u32 = 200;

/// Where a message belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// The number of its thread.
    pub(crate) thread: i64,
    /// The hash of its base subject; 0 where there is none.
    pub(crate) subject_key: i64,
    /// Whether it is an answer: it may answer what was written before it with the same subject.
    pub(crate) seeks: bool,
}

/// Finds the thread of a message, which joins those that it connects. The row is written by whoever asks, with this number.
pub(crate) fn place(
    tx: &Tx<'_>,
    account: AccountId,
    message: MessageId,
    envelope: &Envelope,
    date: UnixMillis,
) -> Result<Place, StoreError> {
    let keys = keys(envelope);
    let subject = base_subject(&envelope.subject);
    let subject_key = if subject.text.is_empty() { 0 } else { hash(&subject.text) };
    let seeks = subject.is_answer && subject_key != 0;
    let mut threads = BTreeSet::new();
    let mut unknown = Vec::new();
    for key in keys {
        match thread_of(tx, account, key)? {
            Some(thread) => drop(threads.insert(thread)),
            None => unknown.push(key),
        }
    }
    if subject_key != 0 {
        threads.extend(by_subject(tx, account, message, envelope, date, (subject_key, seeks))?);
    }
    // The oldest number stays, so that repeating a batch changes nothing.
    let thread = threads.pop_first().unwrap_or(message.0);
    for merged in threads {
        merge(tx, merged, thread)?;
    }
    for key in unknown {
        tx.prepare_cached("INSERT OR IGNORE INTO thread_key (account_id, key, thread_id) VALUES (?1, ?2, ?3)")?
            .execute(params![account.0, key, thread])?;
    }
    Ok(Place { thread, subject_key, seeks })
}

/// What a message is known by and names, each once.
fn keys(envelope: &Envelope) -> BTreeSet<i64> {
    let named: Vec<&String> = envelope.references.iter().chain(&envelope.in_reply_to).collect();
    let last = named.len().saturating_sub(NAMES);
    let first = named.first().copied().filter(|_| last > 0);
    let own = (!envelope.message_id.is_empty()).then_some(&envelope.message_id);
    own.into_iter()
        .chain(first)
        .chain(named.into_iter().skip(last))
        .filter(|id| !id.is_empty())
        .map(|id| hash(id))
        .collect()
}

/// The first eight bytes of SHA-256; never 0.
fn hash(text: &str) -> i64 {
    let digest = Sha256::digest(text.as_bytes());
    let first: [u8; 8] = digest.first_chunk().copied().unwrap_or_default();
    i64::from_be_bytes(first) | 1
}

fn thread_of(tx: &Tx<'_>, account: AccountId, key: i64) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT coalesce(m.into_id, k.thread_id) FROM thread_key AS k LEFT JOIN thread_merged AS m
        ON m.id = k.thread_id WHERE k.account_id = ?1 AND k.key = ?2";
    Ok(tx.prepare_cached(sql)?.query_row(params![account.0, key], |row| row.get(0)).optional()?)
}

/// One thread takes in another.
fn merge(tx: &Tx<'_>, merged: i64, thread: i64) -> Result<(), StoreError> {
    for sql in [
        "UPDATE message SET thread_id = ?2 WHERE thread_id = ?1",
        "UPDATE thread_merged SET into_id = ?2 WHERE into_id = ?1",
        "INSERT OR REPLACE INTO thread_merged (id, into_id) VALUES (?1, ?2)",
    ] {
        tx.prepare_cached(sql)?.execute(params![merged, thread])?;
    }
    Ok(())
}

/// A message that the subject may connect.
struct Candidate {
    thread: i64,
    from: Vec<Address>,
    to: Vec<Address>,
}

fn candidate(row: &Row<'_>) -> SqlResult<Candidate> {
    Ok(Candidate { thread: row.get(0)?, from: people(row, 1)?, to: people(row, 2)? })
}

/// The people of a column; what cannot be read names nobody.
fn people(row: &Row<'_>, column: usize) -> SqlResult<Vec<Address>> {
    Ok(serde_json::from_str(&row.get::<_, String>(column)?).unwrap_or_default())
}

/// Threads that the subject connects a message with: as the answer to what came before it, or as what was answered.
fn by_subject(
    tx: &Tx<'_>,
    account: AccountId,
    message: MessageId,
    envelope: &Envelope,
    date: UnixMillis,
    (key, seeks): (i64, bool),
) -> Result<Vec<i64>, StoreError> {
    // seeks and the span of dates, from ?4 to ?5.
    let sql = "SELECT thread_id, sender, recipient FROM message INDEXED BY message_by_subject
        WHERE account_id = ?1 AND subject_key = ?2 AND subject_key <> 0 AND seeks = ?3 AND date_at BETWEEN ?4 AND ?5
            AND thread_id <> 0 AND id <> ?6 ORDER BY date_at LIMIT ?7";
    let (before, after) = (date.0.saturating_sub(SUBJECT_WINDOW_MS), date.0.saturating_add(SUBJECT_WINDOW_MS));
    // An answer looks for what was before it, of both kinds; and every message may be what a later answer looks for.
    let spans: &[(bool, i64, i64)] =
        if seeks { &[(false, before, date.0), (true, before, after)] } else { &[(true, date.0, after)] };
    let mut found = Vec::new();
    for (kind, from, to) in spans {
        let mut statement = tx.prepare_cached(sql)?;
        let row = params![account.0, key, kind, from, to, message.0, SAME_SUBJECT];
        for other in statement.query_map(row, candidate)? {
            let other = other?;
            if answers(&envelope.from, &other.to) && answers(&other.from, &envelope.to) {
                found.push(other.thread);
            }
        }
    }
    Ok(found)
}

/// Whether one of these writers is among those who were written to.
fn answers(from: &[Address], to: &[Address]) -> bool {
    from.iter().any(|from| !from.email.is_empty() && to.iter().any(|to| to.email.eq_ignore_ascii_case(&from.email)))
}

impl Store {
    /// Looks for the threads of messages that came before threads were looked for, the newest first. Gives whether there
    /// may be more.
    pub async fn threads_fill(&self) -> Result<bool, StoreError> {
        let waiting = self.read(|read| {
            let sql =
                "SELECT id, account_id, date_at, body_state = 'stored', message_id_header, subject, sender, recipient
                FROM message WHERE thread_id = 0 ORDER BY id DESC LIMIT ?1";
            let mut statement = read.prepare_cached(sql)?;
            let rows = statement.query_map(params![BATCH], |row| {
                let envelope = Envelope {
                    message_id: row.get(4)?,
                    subject: row.get(5)?,
                    from: people(row, 6)?,
                    to: people(row, 7)?,
                    ..parse_envelope(b"")
                };
                let ids = (MessageId(row.get(0)?), AccountId(row.get(1)?), UnixMillis(row.get(2)?));
                Ok((ids, row.get::<_, bool>(3)?, envelope))
            })?;
            Ok(rows.collect::<SqlResult<Vec<_>>>()?)
        });
        let mut waiting = waiting.await?;
        let more = u32::try_from(waiting.len()).is_ok_and(|count| count == BATCH);
        for (ids, here, envelope) in &mut waiting {
            // What it names stands in its header alone. A body that cannot be read leaves what the row says.
            if *here && let Ok(body) = self.body(ids.0).await {
                let mut header = Vec::new();
                body.take(HEADER).read_to_end(&mut header)?;
                let whole = parse_envelope(&header);
                (envelope.references, envelope.in_reply_to) = (whole.references, whole.in_reply_to);
            }
        }
        self.write(move |tx| {
            for ((message, account, date), _, envelope) in &waiting {
                let place = place(tx, *account, *message, envelope, *date)?;
                tx.prepare_cached(
                    "UPDATE message SET thread_id = ?2, subject_key = ?3, seeks = ?4 WHERE id = ?1 AND thread_id = 0",
                )?
                .execute(params![message.0, place.thread, place.subject_key, place.seeks])?;
            }
            Ok(more)
        })
        .await
    }
}
