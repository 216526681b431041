//! Where fetched items go, one at a time, as fast as the receiver takes them.

use std::ops::ControlFlow;

use tokio::sync::mpsc;

/// Takes items as they come. While [`accept`](Self::accept) waits nothing more is read from the server, so a receiver that
/// counts bytes (a semaphore) bounds memory.
pub trait ItemSink<T>: Send {
    /// Takes one item; `Break` asks for no more. What is on its way is then read and dropped, so the session stays usable.
    fn accept(&mut self, item: T) -> impl Future<Output = ControlFlow<()>> + Send;

    /// Whether previews of messages are wanted with their headers, where the server has them at hand.
    fn wants_previews(&self) -> bool {
        false
    }
}

/// A bounded channel; `Break` once the receiver is gone.
impl<T: Send> ItemSink<T> for mpsc::Sender<T> {
    async fn accept(&mut self, item: T) -> ControlFlow<()> {
        match self.send(item).await {
            Ok(()) => ControlFlow::Continue(()),
            Err(_gone) => ControlFlow::Break(()),
        }
    }
}

/// Collects everything: for short answers and tests.
impl<T: Send> ItemSink<T> for Vec<T> {
    async fn accept(&mut self, item: T) -> ControlFlow<()> {
        self.push(item);
        ControlFlow::Continue(())
    }
}
