//! Finds the literals (RFC 9051, section 4.3) in what an IMAP server says.

/// Where in the server's stream we are; one a connection.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Literals {
    #[default]
    Text,
    /// After `{`, with the digits so far.
    Size(u64),
    /// After `{12}`.
    Closed(u64),
    /// After `{12}` and CR.
    Return(u64),
    /// Inside, with what has passed and what is still to come.
    Inside { passed: u64, left: u64 },
}

impl Literals {
    /// Takes the next bytes of the stream. Returns how many of them to let through so that the stream ends `after` bytes
    /// into a literal that is longer; `None` if there is none among them.
    pub(super) fn position(&mut self, bytes: &[u8], after: u64) -> Option<usize> {
        let mut at = 0;
        let mut found = None;
        while let Some(byte) = bytes.get(at) {
            if let Self::Inside { passed, left } = *self {
                let here = left.min((bytes.len() - at) as u64);
                if found.is_none() && passed <= after && after < passed.saturating_add(here) {
                    found = usize::try_from(after - passed).ok().map(|more| at + more);
                }
                at += usize::try_from(here).unwrap_or(usize::MAX);
                *self =
                    if here == left { Self::Text } else { Self::Inside { passed: passed + here, left: left - here } };
                continue;
            }
            *self = self.text(*byte);
            at += 1;
        }
        found
    }

    fn text(self, byte: u8) -> Self {
        match (self, byte) {
            (_, b'{') => Self::Size(0),
            (Self::Size(size), b'0'..=b'9') => {
                Self::Size(size.saturating_mul(10).saturating_add(u64::from(byte - b'0')))
            }
            (Self::Size(size), b'}') => Self::Closed(size),
            (Self::Closed(size), b'\r') => Self::Return(size),
            (Self::Return(left @ 1..), b'\n') => Self::Inside { passed: 0, left },
            _ => Self::Text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &[u8] = b"* 1 FETCH (X {2}\r\n{9 BODY[] {10}\r\n{30}\r\n7890) {4} {3}\r\nabc\r\n";

    #[test]
    fn a_place_in_a_literal_is_found_however_the_stream_is_chopped() {
        let long = SAID.windows(5).position(|bytes| bytes == b"{30}\r").unwrap();
        for (after, wanted) in [(0, Some(18)), (2, Some(long + 2)), (9, Some(long + 9)), (10, None)] {
            for size in 1..SAID.len() {
                let mut literals = Literals::default();
                let mut passed = 0;
                let mut found = None;
                for bytes in SAID.chunks(size) {
                    found = found.or(literals.position(bytes, after).map(|at| passed + at));
                    passed += bytes.len();
                }
                assert_eq!((found, literals), (wanted, Literals::Text), "{after} in pieces of {size}");
            }
        }
    }
}
