//! The `mail:` scheme: what the message frame loads. It holds no rights; the core knows what each token may see.

use postroom_core::{FrameReply, Postroom};
use tauri::http::{Request, Response};
use tauri::{AppHandle, Manager as _, UriSchemeResponder};

/// Answers one request of the frame.
pub(crate) fn answer(app: &AppHandle, request: &Request<Vec<u8>>, responder: UriSchemeResponder) {
    let Some(postroom) = app.try_state::<Postroom>().map(|state| state.inner().clone()) else {
        // No profile, no mail.
        return responder.respond(Response::new(Vec::new()));
    };
    let path = request.uri().path().to_owned();
    let origin = page_origin(request);
    tauri::async_runtime::spawn(async move {
        let FrameReply { status, headers, body } = postroom.frame(&path).await;
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(name, value);
        }
        if let Some(origin) = origin {
            response = response.header("access-control-allow-origin", origin).header("vary", "origin");
        }
        match response.body(body) {
            Ok(response) => responder.respond(response),
            Err(error) => {
                tracing::warn!(%error, "an answer to the frame is not HTTP");
                responder.respond(Response::new(Vec::new()));
            }
        }
    });
}

/// The app's own page, which may read what it asks for here (files that it shows). The message frame's origin is opaque, so
/// it is never told anything that it cannot show as a picture.
fn page_origin(request: &Request<Vec<u8>>) -> Option<&'static str> {
    let origin = request.headers().get("origin")?.to_str().ok()?;
    let development = cfg!(debug_assertions).then_some("http://localhost:1420");
    ["tauri://localhost", "http://tauri.localhost"].into_iter().chain(development).find(|page| *page == origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_page_may_read_answers() {
        let origin = |origin: &str| page_origin(&Request::builder().header("origin", origin).body(Vec::new()).unwrap());
        assert_eq!(origin("tauri://localhost"), Some("tauri://localhost"));
        for other in ["null", "mail://localhost", "tauri://localhost.example.com", "https://example.com", ""] {
            assert_eq!(origin(other), None, "{other:?}");
        }
        assert_eq!(page_origin(&Request::builder().body(Vec::new()).unwrap()), None);
    }
}
