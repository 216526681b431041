//! The marks and words of RTF: cutting the bytes into them, and what those few mean that are read here.

/// A piece of a rich text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Open,
    Close,
    /// `\'hh`.
    Byte(u8),
    /// Characters as they stand, without line ends, which mean nothing.
    Text(&'a [u8]),
    /// `\` and a sign.
    Symbol(u8),
    /// `\` and letters, with the number behind them.
    Word(&'a [u8], Option<i32>),
}

/// Cuts bytes into tokens. Binary data (`\bin`) is passed over.
pub(super) struct Tokens<'a> {
    rest: &'a [u8],
}

impl<'a> Tokens<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at_checked(count).unwrap_or((self.rest, &[]));
        self.rest = rest;
        taken
    }

    fn control(&mut self) -> Token<'a> {
        let letters = self.rest.iter().take(40).take_while(|byte| byte.is_ascii_alphabetic()).count();
        if letters == 0 {
            let sign = self.take(1).first().copied().unwrap_or(b'\\');
            if sign == b'\''
                && let Some(byte) = self.rest.first_chunk::<2>().and_then(|[high, low]| super::hex_pair(*high, *low))
            {
                self.take(2);
                return Token::Byte(byte);
            }
            return Token::Symbol(sign);
        }
        let name = self.take(letters);
        let minus = usize::from(self.rest.first() == Some(&b'-'));
        let digits =
            self.rest.get(minus..).unwrap_or_default().iter().take(12).take_while(|byte| byte.is_ascii_digit()).count();
        let number = if digits == 0 { &[][..] } else { self.take(minus + digits) };
        let number = std::str::from_utf8(number).ok().and_then(|number| number.parse::<i64>().ok());
        let number = number.map(|number| i32::try_from(number).unwrap_or_default());
        if self.rest.first() == Some(&b' ') {
            self.take(1);
        }
        if name == b"bin" {
            let length = number.and_then(|number| usize::try_from(number).ok()).unwrap_or_default();
            self.take(length);
        }
        Token::Word(name, number)
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            match self.rest.first()? {
                b'{' => {
                    self.take(1);
                    return Some(Token::Open);
                }
                b'}' => {
                    self.take(1);
                    return Some(Token::Close);
                }
                b'\\' => {
                    self.take(1);
                    return Some(self.control());
                }
                b'\r' | b'\n' | b'\0' => {
                    self.take(1);
                }
                _ => {
                    let ends = |byte: &u8| matches!(byte, b'{' | b'}' | b'\\' | b'\r' | b'\n' | b'\0');
                    let end = self.rest.iter().position(ends).unwrap_or(self.rest.len());
                    return Some(Token::Text(self.take(end)));
                }
            }
        }
    }
}

/// Where the text of a group goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Destination {
    Body,
    /// A tag of the page that the text was made of.
    Tag,
    Fonts,
    Nowhere,
}

/// The destination that a word opens.
pub(super) fn destination(name: &[u8]) -> Option<Destination> {
    Some(match name {
        b"fonttbl" => Destination::Fonts,
        b"htmltag" => Destination::Tag,
        b"colortbl" | b"stylesheet" | b"info" | b"pict" | b"objdata" | b"header" | b"headerl" | b"headerr"
        | b"headerf" | b"footer" | b"footerl" | b"footerr" | b"footerf" | b"fldinst" | b"datafield" | b"themedata"
        | b"listtable" | b"listoverridetable" | b"rsidtbl" | b"generator" | b"bkmkstart" | b"bkmkend" | b"xmlnstbl"
        | b"mhtmltag" | b"pntxta" | b"pntxtb" | b"nonshppict" | b"panose" | b"falt" => Destination::Nowhere,
        _ => return None,
    })
}

/// Text that a word stands for.
pub(super) fn text_of(name: &[u8]) -> Option<&'static str> {
    Some(match name {
        b"par" | b"line" | b"sect" | b"page" | b"row" | b"nestrow" | b"softline" => "\n",
        b"tab" | b"cell" | b"nestcell" => "\t",
        b"emdash" => "\u{2014}",
        b"endash" => "\u{2013}",
        b"bullet" => "\u{2022}",
        b"lquote" => "\u{2018}",
        b"rquote" => "\u{2019}",
        b"ldblquote" => "\u{201c}",
        b"rdblquote" => "\u{201d}",
        b"emspace" => "\u{2003}",
        b"enspace" => "\u{2002}",
        b"qmspace" => "\u{2005}",
        b"zwj" => "\u{200d}",
        b"zwnj" => "\u{200c}",
        _ => return None,
    })
}

/// Text that `\` and a sign stand for.
pub(super) fn symbol(sign: u8) -> Option<&'static str> {
    Some(match sign {
        b'\\' => "\\",
        b'{' => "{",
        b'}' => "}",
        b'~' => "\u{a0}",
        b'_' => "\u{2011}",
        b'\n' | b'\r' => "\n",
        b'\t' => "\t",
        _ => return None,
    })
}

/// The code page of a font's charset number; 0: that of the document.
pub(super) fn codepage(charset: i32) -> Option<u32> {
    Some(match charset {
        0..=2 => 0,
        77 => 10_000,
        128 => 932,
        129 => 949,
        134 => 936,
        136 => 950,
        161 => 1253,
        162 => 1254,
        163 => 1258,
        177 => 1255,
        178 => 1256,
        186 => 1257,
        204 => 1251,
        222 => 874,
        238 => 1250,
        _ => return None,
    })
}
