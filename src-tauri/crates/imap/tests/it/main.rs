//! The session against servers: scripted ones that misbehave, recorded transcripts, and real servers.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is what a test is for"
)]

mod append;
mod compress;
mod hostile;
mod items;
mod personalities;
mod quirks;
mod real;
mod resync;
mod script;
mod transcripts;
mod utf8;

/// Every command's future can be spawned on a runtime with several threads: this compiles, or it does not.
#[expect(dead_code, reason = "only its types are of interest")]
fn futures_are_send(session: &mut postroom_imap::Session, set: &postroom_imap::UidSet) {
    fn send<T: Send>(future: T) {
        drop(future);
    }
    let stop = tokio_util::sync::CancellationToken::new();
    send(session.fetch_headers(set, &mut Vec::new()));
    send(session.fetch_bodies([], &mut Vec::new()));
    send(session.list());
    send(session.idle(&stop, std::time::Duration::ZERO));
    send(session.move_to(set, ""));
}
