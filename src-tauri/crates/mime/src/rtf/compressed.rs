//! The compression that Outlook puts around RTF (MS-OXRTFCP): in winmail.dat and .msg.

/// What the window holds at the beginning (§2.1.2.1).
const DICTIONARY: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \
\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
const WINDOW: usize = 4096;

/// The RTF, at most `max` bytes of it; `None` where the bytes are no such thing.
pub(crate) fn decompress(bytes: &[u8], max: usize) -> Option<Vec<u8>> {
    let (header, data) = bytes.split_at_checked(16)?;
    let word = |at: usize| header.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes);
    let (packed, whole) = (usize::try_from(word(0)?).ok()?, usize::try_from(word(4)?).ok()?);
    let data = data.get(..packed.saturating_sub(12)).unwrap_or(data);
    let max = max.min(whole);
    match header.get(8..12)? {
        b"LZFu" => Some(unpacked(data, max)),
        b"MELA" => Some(data.get(..max).unwrap_or(data).to_vec()),
        _ => None,
    }
}

fn unpacked(data: &[u8], max: usize) -> Vec<u8> {
    let mut window = [0_u8; WINDOW];
    for (slot, byte) in window.iter_mut().zip(DICTIONARY) {
        *slot = *byte;
    }
    let mut at = DICTIONARY.len();
    let mut out = Vec::new();
    let mut bytes = data.iter().copied();
    let put = |byte: u8, out: &mut Vec<u8>, at: &mut usize, window: &mut [u8; WINDOW]| {
        out.push(byte);
        if let Some(slot) = window.get_mut(*at) {
            *slot = byte;
        }
        *at = (*at + 1) % WINDOW;
    };
    while let Some(control) = bytes.next() {
        for bit in 0..8 {
            if out.len() >= max {
                return out;
            }
            let Some(byte) = bytes.next() else { return out };
            if control >> bit & 1 == 0 {
                put(byte, &mut out, &mut at, &mut window);
                continue;
            }
            let Some(low) = bytes.next() else { return out };
            let reference = usize::from(byte) << 8 | usize::from(low);
            let from = reference >> 4;
            // A reference to the place that is written next is the end.
            if from == at {
                return out;
            }
            for step in 0..(reference & 15) + 2 {
                let copied = window.get((from + step) % WINDOW).copied().unwrap_or_default();
                put(copied, &mut out, &mut at, &mut window);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_standard_are_read() {
        // MS-OXRTFCP §4.1.1 and §4.2.
        let packed = b"\x2d\0\0\0\x2b\0\0\0LZFu\xf1\xc5\xc7\xa7\x03\0\x0a\0rcpg125B2\x0a\xf3 hel\x09\0 bw\x05\xb0ld}\x0a\x80\x0f\xa0";
        assert_eq!(decompress(packed, 1_000).unwrap(), b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
        let crossing = b"\x1a\0\0\0\x1c\0\0\0LZFu\xe2\xd4KQA\0\x04 WXYZ\rn}\x01\x0e\xb0";
        assert_eq!(decompress(crossing, 1_000).unwrap(), b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}");
        assert_eq!(decompress(b"\x10\0\0\0\x04\0\0\0MELA\0\0\0\0abcdef", 1_000).unwrap(), b"abcd");
    }

    #[test]
    fn the_size_is_bounded() {
        assert_eq!(DICTIONARY.len(), 207);
        let bomb =
            [b"\xff\xff\xff\x7f\xff\xff\xff\x7fLZFu\0\0\0\0".as_slice(), &b"\xff\0\x0f".repeat(100_000)].concat();
        assert!(decompress(&bomb, 10_000).unwrap().len() < 10_000 + 17);
        assert_eq!(decompress(b"LZFu", 10), None);
    }
}
