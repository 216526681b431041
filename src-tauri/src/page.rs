//! The app's own page, the one caller of the commands: the secret that proves a call to be its own, and its two ears.
//!
//! Tauri takes every scheme of ours for local, and on `WebKitGTK` it names the top page as the sender of whatever a frame
//! sends: a message's frame that came by the invoke key could call. So every command also asks for a token, which a page
//! is given once. The frame cannot have it: no frame exists before the page has asked, and none can ask again.

use std::sync::{Mutex, MutexGuard, PoisonError};

use postroom_types::{Event, Fault, FaultCode};
use tauri::http::HeaderValue;
use tauri::ipc::{Channel, Invoke};
use tauri::webview::PageLoadEvent;
use tauri::{Manager as _, Webview, Wry};

use crate::print;

/// The header that carries the token; `ui/src/ipc/invoke.ts` sends it.
const HEADER: &str = "postroom-token";
/// The one call that needs no token: it is answered here, with the token.
const FIRST: &str = "page_token";

/// What the shell knows of its page.
#[derive(Default)]
pub(crate) struct Page {
    token: Mutex<Token>,
    ears: Mutex<Option<Ears>>,
}

#[derive(Debug, Default)]
struct Token {
    /// A page has begun and has not asked yet.
    due: bool,
    /// What the last page was given.
    given: Option<String>,
}

/// Where the page hears of what it did not ask for.
struct Ears {
    changes: Channel<Event>,
    asks: Channel<()>,
}

impl Page {
    /// A page has begun: one token is due. The one before it is void only once this one is asked for, since that is when
    /// the new page is known to run.
    fn begun(&self) {
        self.token().due = true;
    }

    /// The token, to the first who asks after a page began.
    fn token_once(&self) -> Result<String, Fault> {
        let mut token = self.token();
        if !token.due {
            return Err(refusal());
        }
        let fresh = postroom_core::random_token()?;
        token.given = Some(fresh.clone());
        token.due = false;
        Ok(fresh)
    }

    /// Whether a call carries the page's token.
    fn knows(&self, said: Option<&[u8]>) -> bool {
        match (&self.token().given, said) {
            (Some(given), Some(said)) => alike(given.as_bytes(), said),
            _ => false,
        }
    }

    /// From now on this page hears; one that was there before does not.
    pub(crate) fn hear(&self, changes: Channel<Event>, asks: Channel<()>) {
        *self.ears.lock().unwrap_or_else(PoisonError::into_inner) = Some(Ears { changes, asks });
    }

    /// Tells the page of a change.
    pub(crate) fn changed(&self, event: &Event) {
        self.tell(|ears| ears.changes.send(event.clone()));
    }

    /// Tells the page that there is something to take from [`crate::asks::Asks`].
    pub(crate) fn asked(&self) {
        self.tell(|ears| ears.asks.send(()));
    }

    fn tell(&self, send: impl FnOnce(&Ears) -> tauri::Result<()>) {
        let ears = self.ears.lock().unwrap_or_else(PoisonError::into_inner);
        // A page that is not there yet asks for everything when it comes.
        if let Some(Err(error)) = ears.as_ref().map(send) {
            tracing::warn!(%error, "an event did not reach the page");
        }
    }

    fn token(&self) -> MutexGuard<'_, Token> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Compares in a time that does not tell where two differ.
fn alike(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

fn refusal() -> Fault {
    Fault::new(FaultCode::InvalidInput, "only the app's own page may ask for this").with("field", "token")
}

/// Watches pages begin: only the top page of the window counts, which is what Tauri tells of. A message that is printed is
/// no page of ours, though it has a window.
pub(crate) fn watch(webview: &Webview<Wry>, event: PageLoadEvent) {
    if event == PageLoadEvent::Started && !print::is_paper(webview.label()) {
        webview.state::<Page>().begun();
    }
}

/// Puts the check of the token before every command.
pub(crate) fn guarded(
    handler: impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static,
) -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    move |invoke| {
        let message = &invoke.message;
        let page = message.webview_ref().state::<Page>();
        if message.command() == FIRST {
            match page.token_once() {
                Ok(token) => invoke.resolver.resolve(token),
                Err(fault) => invoke.resolver.reject(fault),
            }
            return true;
        }
        if !page.knows(message.headers().get(HEADER).map(HeaderValue::as_bytes)) {
            // What was called is a stranger's word, and stays out of the log.
            tracing::warn!("a call without the page's token is refused");
            invoke.resolver.reject(refusal());
            return true;
        }
        handler(invoke)
    }
}

#[cfg(test)]
mod tests {
    use super::Page;

    #[test]
    fn the_token_is_given_once_for_each_page() {
        let page = Page::default();
        assert!(page.token_once().is_err(), "no page has begun");
        assert!(!page.knows(None) && !page.knows(Some(b"")));
        page.begun();
        let first = page.token_once().unwrap();
        assert!(page.token_once().is_err() && page.token_once().is_err());
        assert!(page.knows(Some(first.as_bytes())));
        let half = first.get(..16).unwrap();
        for wrong in ["", "0", half, &first.to_uppercase().replace(['0', '1', '2'], "G"), &format!("{first}0")] {
            assert!(!page.knows(Some(wrong.as_bytes())), "{wrong}");
        }
        assert!(!page.knows(None));
        // Loaded anew, it gets another, and the old one is void.
        page.begun();
        assert!(page.knows(Some(first.as_bytes())));
        let second = page.token_once().unwrap();
        assert_ne!(first, second);
        assert!(page.knows(Some(second.as_bytes())) && !page.knows(Some(first.as_bytes())));
        assert!(page.token_once().is_err());
    }
}
