//! Charsets that write two-byte characters in seven bits: HZ-GB-2312 (RFC 1843), ISO-2022-KR (RFC 1557) and the GB2312 half
//! of ISO-2022-CN (RFC 1922). The web's standard forbids them, so `encoding_rs` has none; old Chinese and Korean mail is
//! written in them. One pass; what comes out is never longer than three bytes a byte.

use encoding_rs::{EUC_KR, Encoding, GBK};

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SevenBit {
    Hz,
    Korean,
    Chinese,
}

impl SevenBit {
    /// By its label, in lower case.
    pub(super) fn from_label(label: &str) -> Option<Self> {
        match label {
            "hz-gb-2312" | "hz-gb2312" | "hz" => Some(Self::Hz),
            "iso-2022-kr" | "csiso2022kr" => Some(Self::Korean),
            "iso-2022-cn" | "iso-2022-cn-ext" | "csiso2022cn" => Some(Self::Chinese),
            _ => None,
        }
    }

    /// The text, and whether something in it was broken.
    pub(super) fn decode(self, bytes: &[u8]) -> (String, bool) {
        let mut reading =
            Reading { out: String::with_capacity(bytes.len()), set: Set::Ascii, broken: false, cns: false };
        let mut rest = bytes;
        while let Some((&first, tail)) = rest.split_first() {
            rest = match self {
                Self::Hz => reading.hz(first, tail),
                Self::Korean => reading.shifted(first, tail, EUC_KR),
                Self::Chinese => reading.shifted(first, tail, GBK),
            };
        }
        (reading.out, reading.broken)
    }
}

/// What bytes are taken for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Set {
    Ascii,
    /// Between the marks that begin and end two-byte characters.
    Double,
}

struct Reading {
    out: String,
    set: Set,
    /// Two-byte characters are of CNS 11643, which is not read.
    cns: bool,
    broken: bool,
}

impl Reading {
    /// `~{` begins and `~}` ends Chinese, `~~` is a tilde, `~` at the end of a line joins it to the next.
    fn hz<'a>(&mut self, first: u8, tail: &'a [u8]) -> &'a [u8] {
        match (first, tail) {
            (b'~', [b'{', after @ ..]) => {
                self.set = Set::Double;
                after
            }
            (b'~', [b'}', after @ ..]) => {
                self.set = Set::Ascii;
                after
            }
            (b'~', [b'~', after @ ..]) if self.set == Set::Ascii => {
                self.out.push('~');
                after
            }
            (b'~', [b'\r', b'\n', after @ ..] | [b'\n', after @ ..]) if self.set == Set::Ascii => after,
            _ => self.character(first, tail, GBK),
        }
    }

    /// Shift-out begins and shift-in ends two-byte characters; an escape sequence says which.
    fn shifted<'a>(&mut self, first: u8, tail: &'a [u8], encoding: &'static Encoding) -> &'a [u8] {
        match (first, tail) {
            (0x0e, _) => self.set = Set::Double,
            (0x0f, _) => self.set = Set::Ascii,
            (0x1b, [b'$', b')' | b'*' | b'+', set, after @ ..]) => {
                self.cns = encoding == GBK && *set != b'A' && *set != b'E';
                return after;
            }
            _ => return self.character(first, tail, encoding),
        }
        tail
    }

    fn character<'a>(&mut self, first: u8, tail: &'a [u8], encoding: &'static Encoding) -> &'a [u8] {
        if self.set == Set::Ascii || matches!(first, b'\n' | b'\r') {
            // A line ends both sets.
            if first == b'\n' {
                self.set = Set::Ascii;
            }
            if first.is_ascii() {
                self.out.push(char::from(first));
            } else {
                self.lost();
            }
            return tail;
        }
        let Some((&second, after)) = tail.split_first().filter(|(second, _)| **second != b'\n') else {
            self.lost();
            return tail;
        };
        if !matches!(first & 0x7f, 0x21..=0x7e) || !matches!(second & 0x7f, 0x21..=0x7e) {
            if first == b' ' {
                self.out.push(' ');
                return tail;
            }
            self.lost();
            return after;
        }
        match encoding.decode_without_bom_handling_and_without_replacement(&[first | 0x80, second | 0x80]) {
            Some(character) if !self.cns => self.out.push_str(&character),
            _ => self.lost(),
        }
        after
    }

    fn lost(&mut self) {
        self.out.push(char::REPLACEMENT_CHARACTER);
        self.broken = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_standards_are_read() {
        // RFC 1843 §3.
        let hz = b"The next sentence is in GB.~{<:Ky2;S{#,NpJ)l6HK!#~}Bye.";
        assert_eq!(SevenBit::Hz.decode(hz), ("The next sentence is in GB.己所不欲，勿施於人。Bye.".into(), false));
        assert_eq!(SevenBit::Hz.decode(b"a~~b~\nc"), ("a~bc".into(), false));
        let korean = b"\x1b$)C\n\x0eGQ19\x0f kim";
        assert_eq!(SevenBit::Korean.decode(korean), ("\n한국 kim".into(), false));
        let chinese = b"\x1b$)A\x0e=;;;\x0f ok\n";
        assert_eq!(SevenBit::Chinese.decode(chinese), ("交换 ok\n".into(), false));
    }

    #[test]
    fn broken_text_says_so_and_ends() {
        for (kind, bytes) in [
            (SevenBit::Hz, b"~{<:K".as_slice()),
            (SevenBit::Hz, b"~{\x01\x02"),
            (SevenBit::Hz, b"\xff"),
            (SevenBit::Korean, b"\x0e1"),
            (SevenBit::Chinese, b"\x1b$*H\x0e!!"),
        ] {
            let (text, broken) = kind.decode(bytes);
            assert!(broken && text.contains('\u{fffd}'), "{text:?}");
        }
        // A line end brings ASCII back.
        assert_eq!(SevenBit::Hz.decode(b"~{<:\nabc").0, "己\nabc");
    }
}
