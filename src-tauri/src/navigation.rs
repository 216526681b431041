//! Where the web view may go: the app's own page and the message frame, nowhere else.

use tauri::plugin::{Builder, TauriPlugin};
use tauri::{Url, Wry};

/// Stops every navigation away from the app.
pub(crate) fn guard() -> TauriPlugin<Wry> {
    Builder::new("navigation").on_navigation(|_, url| allowed(url)).build()
}

fn allowed(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    match url.scheme() {
        "tauri" | "mail" => host == "localhost",
        // Windows serves both schemes so; vite serves the page while developing.
        "http" | "https" => {
            matches!(host, "tauri.localhost" | "mail.localhost") || (cfg!(debug_assertions) && host == "localhost")
        }
        "about" => url.path() == "blank",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::allowed;

    #[test]
    fn only_the_app_itself_may_be_shown() {
        let may = |url: &str| allowed(&url.parse().unwrap());
        assert!(may("tauri://localhost/index.html"));
        assert!(may("mail://localhost/00ff/body"));
        assert!(may("http://mail.localhost/00ff/body"));
        assert!(!may("https://example.com/"));
        assert!(!may("http://mail.localhost.example.com/"));
        assert!(!may("file:///etc/passwd"));
        assert!(!may("data:text/html,x"));
    }
}
