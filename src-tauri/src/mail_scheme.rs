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
    tauri::async_runtime::spawn(async move {
        let FrameReply { status, headers, body } = postroom.frame(&path).await;
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(name, value);
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
