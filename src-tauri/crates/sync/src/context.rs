//! What every part of the engine works with.

use std::sync::Arc;

use postroom_store::{ParseMarkers, Store};
use postroom_types::{Clock, Event};
use tokio::sync::broadcast;

/// The store, the markers, the clock and where events go. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    /// Mail's tables.
    pub store: Store,
    /// What is being parsed.
    pub markers: ParseMarkers,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Whom to tell.
    pub events: Events,
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").finish_non_exhaustive()
    }
}

/// Tells whoever listens. A slow listener loses events, never delays the engine: events say "ask again", so none is missed for good.
#[derive(Debug, Clone)]
pub struct Events(broadcast::Sender<Event>);

impl Default for Events {
    fn default() -> Self {
        Self(broadcast::Sender::new(1024))
    }
}

impl Events {
    /// Begins to listen.
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.0.subscribe()
    }

    /// Tells.
    pub fn send(&self, event: Event) {
        // No listener is fine.
        drop(self.0.send(event));
    }
}
