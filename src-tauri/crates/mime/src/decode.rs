//! Transfer encodings (RFC 2045 §6): strict first, then as much as can be had.

use std::borrow::Cow;

use mail_parser::decoders::{base64::base64_decode, quoted_printable::quoted_printable_decode};

/// How a part's bytes are wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum TransferEncoding {
    /// 7bit, 8bit, binary, or nothing said.
    #[default]
    Identity,
    Base64,
    QuotedPrintable,
    Uuencode,
    /// A word that we do not know: the bytes are taken as they are.
    Unknown,
}

impl TransferEncoding {
    pub(crate) fn from_header(value: &[u8]) -> Self {
        let word: Vec<u8> = value
            .iter()
            .copied()
            .skip_while(|byte| matches!(byte, b' ' | b'"' | b'\''))
            .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
            .collect();
        match word.to_ascii_lowercase().as_slice() {
            b"" | b"7bit" | b"8bit" | b"binary" | b"7-bit" | b"8-bit" => Self::Identity,
            b"base64" => Self::Base64,
            b"quoted-printable" => Self::QuotedPrintable,
            b"x-uuencode" | b"uuencode" | b"x-uue" | b"uue" => Self::Uuencode,
            _ => Self::Unknown,
        }
    }
}

/// The decoded bytes, and whether the wrapping was broken.
pub(crate) fn decode(bytes: &[u8], encoding: TransferEncoding) -> (Cow<'_, [u8]>, bool) {
    match encoding {
        TransferEncoding::Identity => (bytes.into(), false),
        TransferEncoding::Unknown => (bytes.into(), true),
        TransferEncoding::Base64 if is_prose(bytes) => (bytes.into(), true),
        TransferEncoding::Base64 => match base64_decode(bytes).filter(|_| !has_footer(bytes)) {
            Some(decoded) => (decoded.into(), false),
            None => (lenient_base64(bytes).into(), true),
        },
        TransferEncoding::QuotedPrintable => match quoted_printable_decode(bytes) {
            Some(decoded) => (decoded.into(), false),
            None => (lenient_quoted_printable(bytes).into(), true),
        },
        TransferEncoding::Uuencode => match uudecode(bytes) {
            Some(decoded) => (decoded.into(), false),
            None => (bytes.into(), true),
        },
    }
}

/// How many bytes [`decode`] gives, and whether the wrapping is broken.
pub(crate) fn measure(bytes: &[u8], encoding: TransferEncoding) -> (u64, bool) {
    match encoding {
        TransferEncoding::Base64 => {
            let odd = |byte: &u8| {
                !byte.is_ascii_alphanumeric() && !matches!(byte, b'+' | b'/' | b'=' | b'\r' | b'\n' | b' ' | b'\t')
            };
            (decoded_len(bytes, encoding), is_prose(bytes) || bytes.iter().any(odd))
        }
        TransferEncoding::QuotedPrintable | TransferEncoding::Uuencode => {
            let (decoded, broken) = decode(bytes, encoding);
            (decoded.len() as u64, broken)
        }
        TransferEncoding::Identity => (bytes.len() as u64, false),
        TransferEncoding::Unknown => (bytes.len() as u64, true),
    }
}

/// How many bytes [`decode`] gives; exact for sound base64 without decoding it.
pub(crate) fn decoded_len(bytes: &[u8], encoding: TransferEncoding) -> u64 {
    let len = match encoding {
        TransferEncoding::Base64 if is_prose(bytes) => bytes.len(),
        TransferEncoding::Base64 => {
            let digits =
                bytes.iter().filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')).count();
            digits / 4 * 3 + (digits % 4).saturating_sub(1)
        }
        TransferEncoding::QuotedPrintable | TransferEncoding::Uuencode => decode(bytes, encoding).0.len(),
        TransferEncoding::Identity | TransferEncoding::Unknown => bytes.len(),
    };
    len as u64
}

/// Whether what is called base64 is words: base64 has no blanks inside its lines.
pub(crate) fn is_prose(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b' ', bytes).count() > bytes.len() / 40 + 8
}

/// Whether something stands behind the padding that is no base64 of its own: some programs pad every piece.
fn has_footer(bytes: &[u8]) -> bool {
    let Some(padding) = memchr::memchr(b'=', bytes) else { return false };
    let mut digits = 0_usize;
    for byte in bytes.get(padding..).unwrap_or_default() {
        match byte {
            b'=' if digits % 4 == 1 => return true,
            b'=' => digits = 0,
            byte if byte.is_ascii_whitespace() => {}
            _ => digits += 1,
        }
    }
    !digits.is_multiple_of(4)
}

/// Passes over everything that is no digit, as RFC 2045 §6.8 allows, and stops at the padding: lists add their footer behind it.
pub(crate) fn lenient_base64(bytes: &[u8]) -> Vec<u8> {
    let padding = bytes.iter().position(|&byte| byte == b'=').and_then(|at| {
        let signs = bytes.get(at..)?.iter().take_while(|&&byte| byte == b'=').count();
        bytes.get(..at + signs)
    });
    if let Some(decoded) = padding.and_then(base64_decode) {
        return decoded;
    }
    let digits: Vec<u8> = bytes
        .iter()
        .copied()
        .filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
        .collect();
    base64_decode(&digits).unwrap_or_default()
}

/// Leaves a broken `=` as it stands, as RFC 2045 §6.7 advises.
pub(crate) fn lenient_quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        if first != b'=' {
            out.push(first);
            continue;
        }
        match tail {
            [b'\r', b'\n', after @ ..] | [b'\n', after @ ..] => rest = after,
            [high, low, after @ ..] if let Some(byte) = hex_pair(*high, *low) => {
                out.push(byte);
                rest = after;
            }
            _ => out.push(first),
        }
    }
    out
}

/// Two hexadecimal digits.
pub(crate) fn hex_pair(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

/// The first file of a uuencoded text; `None` where there is no `begin` line.
fn uudecode(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut lines = bytes.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii_end);
    lines.find(|line| line.starts_with(b"begin "))?;
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3);
    for line in lines {
        if line == b"end" {
            break;
        }
        uudecode_line(line, &mut out);
    }
    Some(out)
}

/// One line between `begin` and `end`.
pub(crate) fn uudecode_line(line: &[u8], out: &mut Vec<u8>) {
    let Some((&length, digits)) = line.split_first() else { return };
    let end = out.len() + usize::from(length.wrapping_sub(32) & 63);
    for group in digits.chunks(4) {
        let value = |at: usize| u32::from(group.get(at).copied().unwrap_or(b' ').wrapping_sub(32) & 63);
        let word = value(0) << 18 | value(1) << 12 | value(2) << 6 | value(3);
        out.extend(word.to_be_bytes().into_iter().skip(1));
    }
    out.truncate(end);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_wrapping_gives_what_can_be_had() {
        use TransferEncoding::{Base64, QuotedPrintable};
        assert_eq!(decode(b"SGVs\r\nbG8=", Base64), (b"Hello".to_vec().into(), false));
        assert_eq!(decode(b"SGVs!\r\nbG8=", Base64), (b"Hello".to_vec().into(), true));
        assert_eq!(decode(b"SGVsbG8=\n-- \nfooter!", Base64).0.as_ref(), b"Hello");
        assert_eq!(decode(b"SGVsbA== ignored", Base64).0.as_ref(), b"Hell");
        let prose = b"these are the words of a text that says of itself that it is base64 ";
        assert_eq!(decode(prose, Base64), (prose.into(), true));
        assert_eq!(decode(b"a=3Db=\r\nc", QuotedPrintable).0.as_ref(), b"a=bc");
        assert_eq!(decode(b"a=ZZ=3D", QuotedPrintable), (b"a=ZZ=".to_vec().into(), true));
        assert_eq!(decoded_len(b"SGVs\r\nbG8=", Base64), 5);
    }

    #[test]
    fn uuencode_is_read() {
        let text = b"begin 644 cat.txt\n#0V%T\n`\nend\n";
        assert_eq!(decode(text, TransferEncoding::Uuencode).0.as_ref(), b"Cat");
    }
}
