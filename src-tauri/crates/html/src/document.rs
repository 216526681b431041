//! The document of the frame that shows a message, and the policy that it is served with.

use crate::quotes::folded;

/// The script that tells the app what happens in the frame; the only one that runs there.
const AGENT: &str = include_str!("../../../../ui/agent/agent.js");

/// The look of a message, after the app's tokens.
const STYLE: &str = include_str!("document/frame.css");

/// Whether the body is a mail's HTML or a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentKind {
    /// [`crate::sanitise`] made it.
    Html,
    /// [`crate::text_to_html`] made it.
    Text,
}

/// The app's theme when the document is made; the agent changes it later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// Dark on light.
    #[default]
    Light,
    /// Light on dark.
    Dark,
}

/// What a frame's document is made of.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    /// Safe HTML; nothing else may stand here.
    pub body_html: &'a str,
    /// Fresh and random for each answer; the same in [`content_security_policy`].
    pub nonce: &'a str,
    /// The theme.
    pub theme: Theme,
    /// The app's language (BCP 47), which picks the fonts for Han characters.
    pub lang: &'a str,
    /// What the body is.
    pub kind: DocumentKind,
    /// The mail sets colours: in the dark theme the agent turns them.
    pub sets_colours: bool,
}

/// The whole document. What the message quotes at its end is folded.
pub fn document(document: &Document<'_>) -> String {
    let theme = match document.theme {
        Theme::Light => "light",
        Theme::Dark => "dark",
    };
    let kind = match document.kind {
        DocumentKind::Html => "html",
        DocumentKind::Text => "text",
    };
    let (nonce, lang) = (word(document.nonce), word(document.lang));
    let colours = if document.sets_colours { " data-colours" } else { "" };
    // The fonts differ: see the style.
    let system = if cfg!(target_os = "linux") { " data-os=\"linux\"" } else { "" };
    // The theme is what the agent starts from; it reads a mail's colours before it turns dark.
    format!(
        "<!doctype html><html lang=\"{lang}\" data-theme=\"{theme}\" data-kind=\"{kind}\"{system}{colours}><head><meta charset=\"utf-8\">\
         <script nonce=\"{nonce}\">{AGENT}</script><meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"referrer\" content=\"no-referrer\"><meta http-equiv=\"x-dns-prefetch-control\" content=\"off\">\
         <style>{STYLE}</style></head><body>{}</body></html>",
        folded(document.body_html)
    )
}

/// The Content-Security-Policy to serve a document with: nothing but the agent runs, nothing but the app's own scheme loads.
pub fn content_security_policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'nonce-{}'; img-src mail: http://mail.localhost data:; style-src 'unsafe-inline'; \
         font-src data:; form-action 'none'; base-uri 'none'; webrtc 'block'",
        word(nonce)
    )
}

/// A nonce or a language, without anything that could end an attribute or a directive.
fn word(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '/' | '=')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: Document<'_> = Document {
        body_html: "<p>x</p>",
        nonce: "abc+/=123",
        theme: Theme::Dark,
        lang: "zh-Hans",
        kind: DocumentKind::Text,
        sets_colours: true,
    };

    #[test]
    fn the_agent_comes_first_with_the_nonce() {
        let html = document(&DOCUMENT);
        assert!(
            html.starts_with("<!doctype html><html lang=\"zh-Hans\" data-theme=\"dark\" data-kind=\"text\""),
            "{html}"
        );
        assert!(html.contains(" data-colours><head><meta charset=\"utf-8\"><script nonce=\"abc+/=123\">"), "{html}");
        assert_eq!(html.matches("<script").count(), 1);
        assert_eq!(html.matches("</script").count(), 1, "the agent must not hold an end tag");
        assert_eq!(html.matches("</style").count(), 1);
        assert!(html.ends_with("<body><p>x</p></body></html>"));
    }

    #[test]
    fn a_nonce_cannot_break_out() {
        let html = document(&Document { nonce: "a\"><script>", lang: "\"x", ..DOCUMENT });
        assert_eq!(html.matches("<script").count(), 1);
        assert!(!content_security_policy("a'; script-src *").contains('*'));
    }
}
