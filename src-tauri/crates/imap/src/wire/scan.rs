//! Reads the bits of a response: words, numbers, strings, literals, lists of anything.

use std::borrow::Cow;

use crate::guard::OVERSIZE;

/// Parentheses may nest this deep; quoted strings and literals do not count.
pub(crate) const MAX_DEPTH: usize = 64;

/// Why a response could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("it ends too early")]
    End,
    #[error("nested too deep")]
    TooDeep,
    #[error("not an IMAP response")]
    NotAResponse,
    #[error("bad syntax in {0}")]
    Syntax(&'static str),
}

/// A string, a word or NIL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Nil,
    Text(Cow<'a, [u8]>),
    /// A literal that was larger than we keep.
    Oversize,
}

/// A cursor over one framed response. It never reads past the end and never goes back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scanner<'a> {
    rest: &'a [u8],
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Whether only the line's end is left.
    pub(crate) fn at_end(&self) -> bool {
        self.rest.iter().all(|byte| matches!(byte, b'\r' | b'\n' | b' '))
    }

    pub(crate) fn eat(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// Takes `byte`, or says that it is missing.
    pub(crate) fn expect(&mut self, byte: u8, what: &'static str) -> Result<(), Malformed> {
        if self.eat(byte) {
            Ok(())
        } else if self.at_end() {
            Err(Malformed::End)
        } else {
            Err(Malformed::Syntax(what))
        }
    }

    /// Skips spaces; some servers send none or several. Inside a response a line's end is white space too (MailKit#954).
    pub(crate) fn space(&mut self) {
        let more = self.rest.iter().take_while(|byte| **byte == b' ').count();
        self.advance(more);
    }

    /// Skips spaces and line ends.
    pub(crate) fn blank(&mut self) {
        let more = self.rest.iter().take_while(|byte| matches!(byte, b' ' | b'\r' | b'\n')).count();
        self.advance(more);
    }

    fn advance(&mut self, bytes: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, &[]));
        self.rest = rest;
        taken
    }

    fn take_while(&mut self, mut belongs: impl FnMut(u8) -> bool) -> &'a [u8] {
        let bytes = self.rest.iter().take_while(|byte| belongs(**byte)).count();
        self.advance(bytes)
    }

    /// Up to white space or a parenthesis; may be empty.
    pub(crate) fn word(&mut self) -> &'a [u8] {
        self.take_while(|byte| !matches!(byte, b' ' | b'(' | b')' | b'\r' | b'\n'))
    }

    /// Up to `end`, which is taken too; on one line.
    pub(crate) fn until(&mut self, end: u8, what: &'static str) -> Result<&'a [u8], Malformed> {
        let taken = self.take_while(|byte| byte != end && !matches!(byte, b'\r' | b'\n'));
        self.expect(end, what)?;
        Ok(taken)
    }

    /// All words up to the line's end, as text.
    pub(crate) fn words(&mut self) -> Vec<String> {
        self.rest_of_line()
            .split(|byte| *byte == b' ')
            .filter(|word| !word.is_empty())
            .map(|word| String::from_utf8_lossy(word).into_owned())
            .collect()
    }

    /// What is left, without the line's end.
    pub(crate) fn rest_of_line(&self) -> &'a [u8] {
        let line = self.rest.strip_suffix(b"\n").unwrap_or(self.rest);
        line.strip_suffix(b"\r").unwrap_or(line)
    }

    pub(crate) fn number_u32(&mut self) -> Result<u32, Malformed> {
        self.number_u64()?.try_into().map_err(|_| Malformed::Syntax("a number"))
    }

    pub(crate) fn number_u64(&mut self) -> Result<u64, Malformed> {
        let digits = self.take_while(|byte| byte.is_ascii_digit());
        std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).ok_or(Malformed::Syntax("a number"))
    }

    /// A number as servers in use write it: `9.3736e+06` (mail.ru), `-1` (Zoho); `None` where it is no number from 0 up.
    pub(crate) fn lenient_number(&mut self) -> Option<u64> {
        let word = std::str::from_utf8(self.word()).ok()?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to lie in 0..2^53")]
        word.parse().ok().or_else(|| {
            let float: f64 = word.parse().ok()?;
            (0.0..9.0e15).contains(&float).then_some(float as u64)
        })
    }

    /// A string, an atom or NIL (`nstring`, `astring`).
    pub(crate) fn value(&mut self) -> Result<Value<'a>, Malformed> {
        match self.peek() {
            None | Some(b'\r' | b'\n') => Err(Malformed::End),
            Some(b'"') => Ok(Value::Text(self.quoted()?)),
            Some(b'{' | b'~' | OVERSIZE) => self.literal(),
            Some(b'(' | b')' | b' ') => Err(Malformed::Syntax("a string")),
            Some(_) => {
                let word = self.word();
                if word.eq_ignore_ascii_case(b"NIL") { Ok(Value::Nil) } else { Ok(Value::Text(Cow::Borrowed(word))) }
            }
        }
    }

    fn quoted(&mut self) -> Result<Cow<'a, [u8]>, Malformed> {
        self.eat(b'"');
        let plain = self.take_while(|byte| !matches!(byte, b'"' | b'\\' | b'\n'));
        if self.eat(b'"') {
            return Ok(Cow::Borrowed(plain));
        }
        let mut text = plain.to_vec();
        loop {
            match self.rest.split_first() {
                Some((b'"', rest)) => {
                    self.rest = rest;
                    return Ok(Cow::Owned(text));
                }
                Some((b'\\', rest)) => {
                    let (escaped, rest) = rest.split_first().ok_or(Malformed::End)?;
                    text.push(*escaped);
                    self.rest = rest;
                }
                Some((b'\n', _)) | None => return Err(Malformed::Syntax("a quoted string")),
                Some((byte, rest)) => {
                    text.push(*byte);
                    self.rest = rest;
                }
            }
        }
    }

    fn literal(&mut self) -> Result<Value<'a>, Malformed> {
        const WHAT: Malformed = Malformed::Syntax("a literal");
        self.eat(b'~');
        let kept = self.peek() != Some(OVERSIZE);
        if !self.eat(OVERSIZE) && !self.eat(b'{') {
            return Err(WHAT);
        }
        let bytes = self.number_u64()?;
        self.eat(b'+');
        if !self.eat(b'}') {
            return Err(WHAT);
        }
        self.eat(b'\r');
        if !self.eat(b'\n') {
            return Err(WHAT);
        }
        if !kept {
            return Ok(Value::Oversize);
        }
        let bytes = usize::try_from(bytes).map_err(|_| WHAT)?;
        if bytes > self.rest.len() {
            return Err(WHAT);
        }
        Ok(Value::Text(Cow::Borrowed(self.advance(bytes))))
    }

    /// Skips one value of any shape, lists in lists as well, without recursion.
    pub(crate) fn skip_value(&mut self) -> Result<(), Malformed> {
        let mut depth = 0_usize;
        loop {
            self.space();
            match self.peek() {
                None | Some(b'\r' | b'\n') => return Err(Malformed::End),
                Some(b'(') => {
                    self.eat(b'(');
                    depth += 1;
                    // The list that the value stands in counts too.
                    if depth >= MAX_DEPTH {
                        return Err(Malformed::TooDeep);
                    }
                }
                Some(b')') => {
                    if depth == 0 {
                        return Err(Malformed::Syntax("a list"));
                    }
                    self.eat(b')');
                    depth -= 1;
                }
                Some(_) => {
                    self.value()?;
                }
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    /// The words of a parenthesised list, such as flags; strings in it are words too.
    pub(crate) fn list(&mut self, what: &'static str) -> Result<Vec<Cow<'a, [u8]>>, Malformed> {
        self.expect(b'(', what)?;
        let mut words = Vec::new();
        loop {
            self.space();
            if self.eat(b')') {
                return Ok(words);
            }
            match self.value()? {
                Value::Text(word) => words.push(word),
                Value::Nil | Value::Oversize => {}
            }
        }
    }
}
