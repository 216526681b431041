//! The `mail:` scheme: what the message frame loads. It holds no rights; the core knows what each token may see.

use postroom_core::{FrameReply, Postroom};
use tauri::UriSchemeResponder;
use tauri::http::{Request, Response};

/// Answers one request of the frame.
pub(crate) fn answer(postroom: Postroom, request: &Request<Vec<u8>>, responder: UriSchemeResponder) {
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
