//! A message on paper: a window that shows it as a page without a script, and asks the system to print.
//!
//! The system's own dialog prints to a PDF as well. The window has no rights: no capability names it, its page runs no script
//! (its policy is `sandbox`), and the page's token is due to the main window alone.

use postroom_core::Postroom;
use postroom_types::{Fault, FaultCode};
use tauri::webview::{NewWindowResponse, PageLoadEvent, WebviewWindowBuilder};
use tauri::{AppHandle, Manager as _, WebviewUrl, WindowEvent};

/// What the labels of windows that print begin with.
const PREFIX: &str = "print-";

/// Whether a window shows a message on paper, and so has no rights.
pub(crate) fn is_paper(label: &str) -> bool {
    label.starts_with(PREFIX)
}

/// Opens the page of an opening made for print.
pub(crate) fn show(app: &AppHandle, token: &str) -> Result<(), Fault> {
    let failed = |error: String| Fault::new(FaultCode::Internal, format!("the page cannot be printed: {error}"));
    let base = if cfg!(windows) { "http://mail.localhost" } else { "mail://localhost" };
    let address = format!("{base}/{token}/body").parse().map_err(|_error| failed("no address".to_owned()))?;
    let window = WebviewWindowBuilder::new(app, format!("{PREFIX}{token}"), WebviewUrl::CustomProtocol(address))
        .title("Postroom")
        .inner_size(860.0, 900.0)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_page_load(|window, load| {
            if load.event() == PageLoadEvent::Finished
                && let Err(error) = window.print()
            {
                tracing::warn!(%error, "the system does not print");
            }
        })
        .build()
        .map_err(|error| failed(error.to_string()))?;
    // The app ends with its main window, whatever else is open.
    if let Some(main) = app.get_webview_window("main") {
        let paper = window.clone();
        main.on_window_event(move |event| {
            if matches!(event, WindowEvent::Destroyed)
                && let Err(error) = paper.destroy()
            {
                tracing::debug!(%error, "the page was closed before");
            }
        });
    }
    let (app, token) = (app.clone(), token.to_owned());
    window.on_window_event(move |event| {
        if matches!(event, WindowEvent::Destroyed) {
            app.state::<Postroom>().message_close(&token);
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_paper;

    #[test]
    fn the_main_window_is_no_paper() {
        assert!(is_paper("print-00ff"));
        assert!(!is_paper("main") && !is_paper("print"));
    }
}
