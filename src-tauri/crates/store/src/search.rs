//! Search without full text: folded subjects and people.

use postroom_db::{SqlResult, Tx, params, params_from_iter, types::Value};
use postroom_mime::Envelope;
use postroom_search::{Query, fold};
use postroom_types::{MessageId, SearchResult};

use crate::list::{columns, message_row};
use crate::{Store, StoreError};

/// Writes what a message is found by.
pub(crate) fn index(tx: &Tx<'_>, message: MessageId, envelope: &Envelope) -> Result<(), StoreError> {
    let mut text = envelope.subject.clone();
    for address in envelope.from.iter().chain(envelope.to.iter().take(20)).chain(envelope.cc.iter().take(20)) {
        text.push('\n');
        text.push_str(&address.name);
        text.push(' ');
        text.push_str(&address.email);
    }
    tx.prepare_cached("INSERT OR REPLACE INTO message_find (message_id, folded) VALUES (?1, ?2)")?
        .execute(params![message.0, fold(&text)])?;
    Ok(())
}

impl Store {
    /// Messages whose subject or people hold every term, newest first, at most `limit`, and how many there are in all.
    pub async fn search(&self, query: &Query, limit: u32) -> Result<SearchResult, StoreError> {
        let terms = query.terms().to_vec();
        if terms.is_empty() {
            return Ok(SearchResult { messages: Vec::new(), total: 0 });
        }
        self.read(move |read| {
            let matching = vec!["instr(message_find.folded, ?) > 0"; terms.len()].join(" AND ");
            let from = "message_find CROSS JOIN message ON message.id = message_find.message_id AND message.hidden = 0";
            let values = || terms.iter().cloned().map(Value::Text);
            let total = read
                .prepare_cached(&format!("SELECT count(*) FROM {from} WHERE {matching}"))?
                .query_row(params_from_iter(values()), |row| row.get(0))?;
            let mut statement = read.prepare_cached(&format!(
                "SELECT {} FROM {from} WHERE {matching} ORDER BY message.date_at DESC, message.id DESC LIMIT ?",
                columns("message")
            ))?;
            let limit = std::iter::once(Value::Integer(i64::from(limit)));
            let rows = statement.query_map(params_from_iter(values().chain(limit)), message_row)?;
            Ok(SearchResult { messages: rows.collect::<SqlResult<_>>()?, total })
        })
        .await
    }
}
