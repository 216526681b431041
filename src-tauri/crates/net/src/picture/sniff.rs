//! What a picture is by its first bytes. SVG is not among the kinds: it is a document that can hold scripts and links.

/// The MIME type of a picture, or `None` for anything else.
pub(super) fn kind(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', b'f' | b's', ..] => Some("image/avif"),
        // Two letters are thin evidence; the four reserved bytes are always 0.
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Some("image/bmp"),
        _ => None,
    }
}

/// Whether what a server calls its answer leaves room for a picture. Many stores call everything a stream of octets.
pub(super) fn may_be_picture(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.strip_prefix("image/") {
        Some(subtype) => !subtype.starts_with("svg"),
        None => matches!(kind.as_str(), "" | "application/octet-stream" | "binary/octet-stream"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_known_by_their_first_bytes() {
        assert_eq!(kind(b"\x89PNG\r\n\x1a\nrest"), Some("image/png"));
        assert_eq!(kind(b"\xff\xd8\xff\xe0"), Some("image/jpeg"));
        assert_eq!(kind(b"GIF89a"), Some("image/gif"));
        assert_eq!(kind(b"RIFF\x01\0\0\0WEBPVP8 "), Some("image/webp"));
        assert_eq!(kind(b"\0\0\0\x1cftypavif"), Some("image/avif"));
        assert_eq!(kind(b"BM\x10\0\0\0\0\0\0\0\x36"), Some("image/bmp"));
        for other in [&b""[..], b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>", b"BMW for sale", b"GIF"] {
            assert_eq!(kind(other), None);
        }
    }

    #[test]
    fn documents_are_not_pictures_whatever_they_hold() {
        assert!(
            may_be_picture("image/png") && may_be_picture("IMAGE/JPEG; q=1") && may_be_picture("binary/octet-stream")
        );
        assert!(!may_be_picture("image/svg+xml") && !may_be_picture("text/html; charset=utf-8"));
    }
}
