//! The connections beside the one that the user feels: bodies come over theirs, and the rest of a large message that is
//! open over one of its own, so that neither the queue nor other mail waits for it.
//!
//! Where the server allows too few connections, the one that fetches bodies takes the open message first.

use std::time::Duration;

use postroom_store::{BodyWanted, StoreError};
use postroom_types::{MessageId, SyncPhase};
use tokio::sync::watch;

use super::{FIRST_WAIT, LONGEST_WAIT};
use crate::bodies::large::{Outcome, Outlines, Room, fetch};
use crate::{Engine, SyncError};

/// One for what the user feels, one for bodies, and one for the open message.
const CONNECTIONS: u32 = 3;

/// What they are told.
#[derive(Debug, Default)]
pub(super) struct Others {
    /// Counts when bodies may be missing.
    more: watch::Sender<u64>,
    /// The large message that is open: for whoever fetches bodies, before everything else.
    first: watch::Sender<Option<MessageId>>,
    /// Or for a connection of its own.
    alone: watch::Sender<Option<MessageId>>,
}

impl Others {
    /// New headers came, or something else that bodies may be missing for.
    pub(super) fn tell_more(&self) {
        self.more.send_modify(|round| *round += 1);
    }

    /// The user waits for a large message; the server allows so many connections.
    pub(super) fn is_opened(&self, message: MessageId, connections: u32) {
        let few = connections < CONNECTIONS;
        let way = if few { &self.first } else { &self.alone };
        if way.send_if_modified(|opened| opened.replace(message) != Some(message)) && few {
            self.tell_more();
        }
    }
}

/// Bodies over connections of their own, whenever a pass brought new headers.
pub(super) async fn background(engine: &Engine, others: &Others) -> SyncError {
    let mut news = others.more.subscribe();
    let mut wait = FIRST_WAIT;
    loop {
        if news.changed().await.is_err() {
            return SyncError::Stopped;
        }
        loop {
            match bodies_once(engine, &news, others).await {
                Ok(()) => {
                    wait = FIRST_WAIT;
                    break;
                }
                Err(error @ (SyncError::Store(_) | SyncError::Worker)) => return error,
                Err(error) => {
                    tracing::info!(account = engine.account().0, code = error.fault().code.as_str(), "bodies wait");
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
            }
        }
        engine.progress(SyncPhase::Done, "", 0, 0);
    }
}

async fn bodies_once(engine: &Engine, news: &watch::Receiver<u64>, others: &Others) -> Result<(), SyncError> {
    let first = *others.first.borrow();
    if let Some(message) = first {
        let outcome = one(engine, message, Room::opened(others.first.subscribe())).await;
        if !matches!(outcome, Ok(Outcome::MadeRoom)) {
            forget(&others.first, message);
        }
        outcome?;
    }
    let (store, now) = (&engine.context.store, engine.context.clock.now());
    let missing = store.bodies_missing(engine.account(), None, now).await?;
    if missing > 0 {
        let mut session = engine.login.connect().await?;
        store.offline_apply(engine.account(), now).await?;
        let room = Room::shared(news.clone(), others.first.subscribe());
        engine.fetch_bodies(&mut session, None, &room, missing).await?;
        session.logout().await;
    }
    store.vault_sweep().await?;
    Ok(())
}

/// Fetches the open message until it is dropped.
pub(super) async fn opened(engine: &Engine, others: &Others) {
    let mut asked = others.alone.subscribe();
    while asked.changed().await.is_ok() {
        let Some(message) = *asked.borrow_and_update() else { continue };
        let mut wait = FIRST_WAIT;
        while let Some(patience) = attempt(engine, others, message, wait).await {
            tokio::time::sleep(patience).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }
}

/// How long to wait before the next attempt; `None`: it is here, or something else is wanted.
async fn attempt(engine: &Engine, others: &Others, message: MessageId, wait: Duration) -> Option<Duration> {
    match one(engine, message, Room::opened(others.alone.subscribe())).await {
        Ok(Outcome::MadeRoom) => None,
        Ok(_) => {
            forget(&others.alone, message);
            None
        }
        Err(error) => {
            tracing::info!(message = message.0, code = error.fault().code.as_str(), "an open message waits");
            (*others.alone.borrow() == Some(message)).then_some(wait)
        }
    }
}

/// It may be asked for again.
fn forget(way: &watch::Sender<Option<MessageId>>, message: MessageId) {
    way.send_if_modified(|opened| {
        if *opened == Some(message) {
            *opened = None;
        }
        // Nobody needs to be told.
        false
    });
}

async fn one(engine: &Engine, message: MessageId, room: Room) -> Result<Outcome, SyncError> {
    let detail = match engine.context.store.message(message).await {
        Err(StoreError::NotFound(_)) => return Ok(Outcome::NotToBeHad),
        detail => detail?,
    };
    let (Some(folder), Some(uid)) = (engine.folder(detail.server_folder).await?, detail.row.uid) else {
        return Ok(Outcome::NotToBeHad);
    };
    let (size, quarantined) = (detail.row.size, detail.quarantined);
    let wanted = BodyWanted { message, folder: folder.id, uid, size, quarantined };
    let mut session = engine.login.connect().await?;
    let outcome = fetch(&engine.context, &mut session, &folder, &wanted, &mut Outlines::default(), &room).await?;
    session.logout().await;
    Ok(outcome)
}
