//! Links of messages, opened outside by the system, never in the app.

use postroom_types::{Fault, FaultCode};
use tauri::AppHandle;
use tauri_plugin_opener::OpenerExt as _;
use url::Url;

use super::Answer;

#[tauri::command]
#[specta::specta]
pub(crate) async fn open_link(app: AppHandle, url: String) -> Answer<()> {
    let url = checked(&url)?;
    app.opener()
        .open_url(url.as_str(), None::<&str>)
        .map_err(|error| Fault::new(FaultCode::Internal, format!("no program opens the link: {error}")))
}

/// Only what a browser or a mail program opens; `file:`, `smb:` and the like reach other programs.
pub(super) fn checked(url: &str) -> Answer<Url> {
    Url::parse(url)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https" | "mailto"))
        .ok_or_else(|| Fault::new(FaultCode::InvalidInput, "only web and mail links are opened").with("field", "link"))
}

#[cfg(test)]
mod tests {
    use super::checked;

    #[test]
    fn only_web_and_mail_links_are_opened() {
        for url in ["https://example.com/a?b=c", "http://例子.example/", "mailto:a@example.com"] {
            assert!(checked(url).is_ok(), "{url}");
        }
        for url in
            ["file:///etc/passwd", "javascript:alert(1)", "smb://host/share", "\\\\host\\share", "//host/share", "x"]
        {
            assert!(checked(url).is_err(), "{url}");
        }
    }
}
