//! Which addresses a link may have.

/// The address of a link as it is written into the page: http, https and mailto only.
/// `\\host\share`, `//host` and paths lead nowhere that the reader means, and are dropped.
pub(crate) fn safe_link(href: &str) -> Option<String> {
    // Browsers pass over controls and white space inside of addresses.
    let clean: String = href.chars().filter(|c| !c.is_control() && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')).collect();
    let clean = clean.trim();
    let scheme = clean.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    let safe = match scheme.as_deref() {
        Some("http" | "https") => {
            let rest = clean.split_once(':').map_or("", |(_, rest)| rest);
            rest.starts_with("//") && !rest.contains('\\')
        }
        Some("mailto") => true,
        _ => false,
    };
    (safe && clean.len() <= MAX_BYTES).then(|| clean.to_owned())
}

/// The name of a place in the mail, for ids and for links to them: with a beginning that no name of a document or a
/// script has, so that a mail's names never stand in the place of others.
pub(crate) fn anchor(name: &str) -> Option<String> {
    let name = name.trim();
    let plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':'));
    (!name.is_empty() && name.len() <= 100 && plain).then(|| format!("m-{name}"))
}

/// Longest address: longer than any browser takes.
const MAX_BYTES: usize = 8_192;

/// What a picture's address is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A part of the mail, by Content-ID or Content-Location.
    Part(String),
    /// Somewhere else.
    Remote(String),
    /// In the page itself.
    Data(String),
}

/// Largest picture inside a page.
const MAX_DATA_BYTES: usize = 1024 * 1024;

/// Sorts out where a picture comes from; `None` where it must not be shown.
pub(crate) fn source(src: &str) -> Option<Source> {
    let clean: String = src.chars().filter(|c| !c.is_control()).collect();
    let clean = clean.trim();
    let lower: String = clean.chars().take(24).collect::<String>().to_ascii_lowercase();
    if let Some(id) = lower.starts_with("cid:").then(|| clean.get(4..)).flatten() {
        return Some(Source::Part(percent_decoded(id)));
    }
    if lower.starts_with("http://") || lower.starts_with("https://") {
        return (clean.len() <= MAX_BYTES && !clean.contains('\\')).then(|| Source::Remote(clean.to_owned()));
    }
    // "//host/x" means https in a page that came by https; a mail did not, but its writer meant it.
    if let Some(rest) = clean.strip_prefix("//").filter(|rest| !rest.starts_with(['/', '\\']) && !rest.contains('\\')) {
        return (rest.len() <= MAX_BYTES).then(|| Source::Remote(format!("https://{rest}")));
    }
    let pictures = [
        "data:image/png;base64,",
        "data:image/gif;base64,",
        "data:image/jpeg;base64,",
        "data:image/jpg;base64,",
        "data:image/webp;base64,",
    ];
    if let Some(prefix) = pictures.into_iter().find(|prefix| lower.starts_with(*prefix)) {
        let data: String = clean.get(prefix.len()..)?.chars().filter(|c| !c.is_whitespace()).collect();
        let sound = data.len() <= MAX_DATA_BYTES
            && data.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='));
        return sound.then(|| Source::Data(format!("{prefix}{data}")));
    }
    // A name without a scheme may be a Content-Location; the mail's parts are asked, nobody else.
    let plain = !clean.is_empty() && clean.len() <= 1_000 && !clean.contains([':', '\\']) && !clean.starts_with('/');
    plain.then(|| Source::Part(clean.to_owned()))
}

fn percent_decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        match tail {
            [high, low, after @ ..]
                if first == b'%'
                    && let (Some(high), Some(low)) = (digit(*high), digit(*low)) =>
            {
                out.push(high << 4 | low);
                rest = after;
            }
            _ => out.push(first),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_and_mail_links_stay() {
        for (href, safe) in [
            ("https://example.com/a?b#c", true),
            (" HTTP://example.com", true),
            ("mailto:a@b.example", true),
            ("java\nscript:alert(1)", false),
            ("javascript:alert(1)", false),
            ("data:text/html,x", false),
            ("vbscript:x", false),
            ("file:///etc/passwd", false),
            ("\\\\host\\share", false),
            ("//host/x", false),
            ("https:\\\\host", false),
            ("http:relative", false),
            ("x", false),
            ("#top", false),
            ("", false),
        ] {
            assert_eq!(safe_link(href).is_some(), safe, "{href:?}");
        }
    }

    #[test]
    fn picture_sources_are_told_apart() {
        assert_eq!(source("cid:a%40b"), Some(Source::Part("a@b".into())));
        assert_eq!(source("CID:x"), Some(Source::Part("x".into())));
        assert_eq!(source("https://e.example/x.png"), Some(Source::Remote("https://e.example/x.png".into())));
        assert_eq!(source("//e.example/x.png"), Some(Source::Remote("https://e.example/x.png".into())));
        assert_eq!(source("data:image/png;base64,AA=="), Some(Source::Data("data:image/png;base64,AA==".into())));
        assert_eq!(source("logo.png"), Some(Source::Part("logo.png".into())));
        for bad in [
            "data:image/svg+xml;base64,AA==",
            "data:text/html,x",
            "\\\\host\\x.png",
            "/etc/x",
            "file:x",
            "javascript:x",
            "",
            "ftp://x/y",
        ] {
            assert_eq!(source(bad), None, "{bad}");
        }
    }
}
