//! Modified UTF-7, the encoding of folder names (RFC 3501 §5.1.3).
//!
//! Names from a server are decoded for people to read; the name as it came stays what commands use, so a name that decodes
//! badly is still usable. Where the wire has UTF-8 (`session/names.rs`) names are encoded as they come. Written by hand because the crate for it panics on odd input.

use base64::Engine as _;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const MUTF7: GeneralPurpose = GeneralPurpose::new(
    &IMAP_MUTF7,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// Decodes a name; `None` where it is not modified UTF-7: 8-bit characters, a shift that never ends, broken base64 or
/// UTF-16. Control characters may come out of it, which the caller judges.
pub(crate) fn decode(name: &str) -> Option<String> {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((plain, shifted)) = rest.split_once('&') {
        out.push_str(plain);
        let (encoded, after) = shifted.split_once('-')?;
        if encoded.is_empty() {
            out.push('&');
        } else {
            let bytes = MUTF7.decode(encoded).ok()?;
            let (pairs, odd) = bytes.as_chunks::<2>();
            if !odd.is_empty() || pairs.is_empty() {
                return None;
            }
            let units = pairs.iter().map(|pair| u16::from_be_bytes(*pair));
            for c in char::decode_utf16(units) {
                out.push(c.ok()?);
            }
        }
        rest = after;
    }
    out.push_str(rest);
    name.is_ascii().then_some(out)
}

/// Encodes a name that the user typed.
pub(crate) fn encode(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut shifted: Vec<u8> = Vec::new();
    for c in name.chars() {
        if matches!(c, ' '..='~') {
            unshift(&mut shifted, &mut out);
            out.push(c);
            if c == '&' {
                out.push('-');
            }
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                shifted.extend_from_slice(&unit.to_be_bytes());
            }
        }
    }
    unshift(&mut shifted, &mut out);
    out
}

fn unshift(shifted: &mut Vec<u8>, out: &mut String) {
    if !shifted.is_empty() {
        out.push('&');
        MUTF7.encode_string(&*shifted, out);
        out.push('-');
        shifted.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_in_use_decode() {
        assert_eq!(decode("&XfJT0ZAB-").as_deref(), Some("已发送"));
        assert_eq!(decode("~peter/mail/&U,BTFw-/&ZeVnLIqe-").as_deref(), Some("~peter/mail/台北/日本語"));
        assert_eq!(decode("R&-D").as_deref(), Some("R&D"));
        assert_eq!(decode("&2D3eAA-").as_deref(), Some("😀"));
        assert_eq!(encode("R&D/台北 😀"), "R&-D/&U,BTFw- &2D3eAA-");
    }

    #[test]
    fn what_is_not_modified_utf7_is_told() {
        for name in ["&", "a&b", "&XfJT0ZAB", "&!!!-", "&AA-", "&2D0-", "&X-", "已发送", "&Xf=J-"] {
            assert_eq!(decode(name), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_name_round_trips(name in ".{0,40}") {
            let wire = encode(&name);
            prop_assert!(wire.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
            prop_assert_eq!(decode(&wire), Some(name));
        }

        #[test]
        fn nothing_panics(name in "[&,+/A-Za-z0-9 -]{0,40}") {
            drop(decode(&name));
        }
    }
}
