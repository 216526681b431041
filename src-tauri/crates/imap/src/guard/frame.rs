//! Cuts the bytes from a server into responses: a line, and after `{n}` at its end n bytes and another line (RFC 9051 §4.3).
//!
//! It decides how much may be held in memory before anything is parsed, and looks at each byte once.

/// What a server may send, set before each command.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// All the lines of one response together, literals not counted.
    pub(crate) line: usize,
    /// A literal up to here is kept.
    pub(crate) keep: u64,
    /// A literal up to here is read and thrown away; what is larger ends the connection.
    pub(crate) refuse: u64,
}

/// Lines of a response: 1 MiB, as much as 90,000 UIDs take.
pub(crate) const MAX_LINE: usize = 1 << 20;
/// A literal where nothing else was asked for: 8 MiB.
pub(crate) const MAX_LITERAL: u64 = 8 << 20;

impl Default for Limits {
    fn default() -> Self {
        Self { line: MAX_LINE, keep: MAX_LITERAL, refuse: MAX_LITERAL }
    }
}

/// Stands in the buffer where the `{` of a literal stood that was thrown away. A server that sends this byte itself only
/// declares its own literal missing.
pub(crate) const OVERSIZE: u8 = 0x01;

/// How a server left what the protocol, or we, allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Violation {
    #[error("a line of more than {0} bytes")]
    LineTooLong(usize),
    #[error("a literal of {0} bytes, more than was asked for")]
    LiteralTooLarge(u64),
    #[error("parentheses nested more than {0} deep")]
    TooDeep(usize),
    #[error("more than {0} bytes in answer to one command")]
    TooMuch(u64),
    #[error("a NUL byte in a line")]
    Nul,
    #[error("not well-formed: {0}")]
    Malformed(&'static str),
    #[error("a line that is no IMAP response")]
    NotAResponse,
    #[error("an answer to a command that was not sent")]
    UnknownTag,
    #[error("a continuation that nothing asked for")]
    UnexpectedContinuation,
    #[error("a greeting that says we are logged in already")]
    PreAuth,
    #[error("bytes sent before TLS began")]
    BytesBeforeTls,
    #[error("no greeting")]
    NoGreeting,
}

/// What the next bytes are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// More bytes are needed; how many is known inside a literal.
    Need(usize),
    /// The first so many bytes are one response.
    Frame(usize),
    /// The `bytes` bytes from `at` on belong to a literal that is not kept; its brace is at `brace`.
    Discard { brace: usize, at: usize, bytes: u64 },
}

/// Where we are in the response that begins at the buffer's first byte.
#[derive(Debug, Default)]
pub(crate) struct Framer {
    scanned: usize,
    line_from: usize,
    line_bytes: usize,
    literal_bytes: u64,
    literal_end: Option<usize>,
}

impl Framer {
    /// Whether nothing of a response has been looked at yet.
    pub(crate) fn is_fresh(&self) -> bool {
        self.scanned == 0
    }

    /// Goes on behind the first `at` bytes: the response turned out to have one more line.
    pub(crate) fn resume(&mut self, at: usize) {
        *self = Self { scanned: at, line_from: at, ..Self::default() };
    }

    /// Looks at what is new in `buffer`.
    pub(crate) fn step(&mut self, buffer: &[u8], limits: Limits) -> Result<Step, Violation> {
        loop {
            if let Some(end) = self.literal_end {
                if buffer.len() < end {
                    return Ok(Step::Need(end - buffer.len()));
                }
                self.literal_end = None;
                self.scanned = end;
                self.line_from = end;
            }
            let new = buffer.get(self.scanned..).unwrap_or_default();
            let Some(newline) = new.iter().position(|byte| *byte == b'\n') else {
                self.scanned = buffer.len();
                self.check_line(buffer.len().saturating_sub(self.line_from), limits)?;
                return Ok(Step::Need(1));
            };
            let end = self.scanned + newline + 1;
            let line = buffer.get(self.line_from..end).unwrap_or_default();
            self.check_line(line.len(), limits)?;
            self.line_bytes += line.len();
            if line.contains(&0) && !may_hold_nul(buffer) {
                return Err(Violation::Nul);
            }
            let literal = if is_text(buffer) { None } else { trailing_literal(line) };
            let Some((brace, bytes)) = literal else {
                *self = Self::default();
                return Ok(Step::Frame(end));
            };
            let brace = self.line_from + brace;
            (self.scanned, self.line_from) = (end, end);
            if bytes > limits.refuse {
                return Err(Violation::LiteralTooLarge(bytes));
            }
            if bytes > limits.keep {
                return Ok(Step::Discard { brace, at: end, bytes });
            }
            // Several literals in one response: together no more than twice what one may have.
            self.literal_bytes += bytes;
            let most = limits.keep.saturating_mul(2);
            if self.literal_bytes > most {
                return Err(Violation::TooMuch(most));
            }
            let bytes = usize::try_from(bytes).map_err(|_| Violation::LiteralTooLarge(bytes))?;
            self.literal_end = Some(end.saturating_add(bytes));
        }
    }

    fn check_line(&self, more: usize, limits: Limits) -> Result<(), Violation> {
        // The line's own CRLF does not count.
        if self.line_bytes + more > limits.line + 2 { Err(Violation::LineTooLong(limits.line)) } else { Ok(()) }
    }
}

/// Responses that end in text for people, where `{5}` is no literal: states, continuations and tagged answers.
fn is_text(response: &[u8]) -> bool {
    let Some(after) = response.strip_prefix(b"* ") else { return response.first() != Some(&b'*') };
    let word = after.split(|byte| matches!(byte, b' ' | b'\r' | b'\n')).next().unwrap_or_default();
    [b"OK".as_slice(), b"NO", b"BAD", b"BYE", b"PREAUTH"].iter().any(|state| word.eq_ignore_ascii_case(state))
}

/// A NUL in a folder's name rejects that folder, one in a text is cleaned away; anywhere else the connection ends.
fn may_hold_nul(response: &[u8]) -> bool {
    let names = [b"* LIST ".as_slice(), b"* LSUB ", b"* XLIST ", b"* STATUS "];
    let is_name = |start: &&[u8]| response.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start));
    is_text(response) || names.iter().any(is_name)
}

/// The literal that a line announces at its end: where its brace is, and how many bytes follow. A number beyond 64 bits is
/// as large as can be, so that it is refused and not read as text.
fn trailing_literal(line: &[u8]) -> Option<(usize, u64)> {
    let line = line.strip_suffix(b"\n")?;
    let line = line.strip_suffix(b"\r").unwrap_or(line).strip_suffix(b"}")?;
    let line = line.strip_suffix(b"+").unwrap_or(line);
    let digits = line.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (before, number) = line.split_at_checked(line.len() - digits)?;
    if digits == 0 || before.last() != Some(&b'{') {
        return None;
    }
    let bytes = number.iter().fold(0_u64, |sum, digit| sum.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
    Some((before.len() - 1, bytes))
}

#[cfg(test)]
mod tests;
