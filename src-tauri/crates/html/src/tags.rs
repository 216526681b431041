//! A forgiving scanner for tags: linear in the bytes, never wrong in a way that matters, since what it finds is written anew.

/// A piece of a page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// Text as it stands, entities included.
    Text(&'a str),
    /// `<name …>`; the name as written.
    Start { name: &'a str, attributes: Vec<(&'a str, &'a str)>, closed: bool },
    /// `</name>`.
    End { name: &'a str },
}

/// Most attributes of one element that are read; the rest is left out.
const ATTRIBUTES: usize = 100;

pub(crate) struct Tags<'a> {
    rest: &'a str,
    /// Inside `<style>` and its like: nothing ends it but this end tag.
    raw: Option<&'static str>,
}

/// Elements whose content is no markup.
const RAW: [&str; 8] = ["style", "script", "title", "textarea", "xmp", "iframe", "noembed", "noframes"];

impl<'a> Tags<'a> {
    pub(crate) fn new(html: &'a str) -> Self {
        Self { rest: html, raw: None }
    }

    fn take(&mut self, len: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(len).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// Everything up to the end tag of a raw element.
    fn raw_text(&mut self, name: &str) -> Token<'a> {
        let mut from = 0;
        while let Some(found) = self.rest.get(from..).and_then(|rest| rest.find("</")) {
            let at = from + found;
            let end = at + 2 + name.len();
            let named = self.rest.get(at + 2..end).is_some_and(|text| text.eq_ignore_ascii_case(name));
            let over = self.rest.get(end..).is_none_or(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()));
            if named && over {
                return Token::Text(self.take(at));
            }
            from = at + 2;
        }
        Token::Text(self.take(self.rest.len()))
    }

    fn tag(&mut self) -> Option<Token<'a>> {
        let bytes = self.rest.as_bytes();
        match (bytes.get(1), bytes.get(2)) {
            (Some(b'!'), _) if self.rest.starts_with("<!--") => {
                let body = self.rest.get(4..).unwrap_or_default();
                let empty = if body.starts_with('>') { Some(1) } else { body.starts_with("->").then_some(2) };
                let end = empty.or_else(|| body.find("-->").map(|end| end + 3)).unwrap_or(body.len());
                self.take(4 + end);
                None
            }
            (Some(b'!' | b'?'), _) => {
                let end = self.rest.find('>').map_or(self.rest.len(), |end| end + 1);
                self.take(end);
                None
            }
            (Some(b'/'), Some(c)) if c.is_ascii_alphabetic() => {
                self.take(2);
                let name = self.name();
                self.attributes();
                Some(Token::End { name })
            }
            (Some(c), _) if c.is_ascii_alphabetic() => {
                self.take(1);
                let name = self.name();
                let (attributes, closed) = self.attributes();
                self.raw = RAW.into_iter().find(|raw| raw.eq_ignore_ascii_case(name));
                Some(Token::Start { name, attributes, closed })
            }
            _ => Some(Token::Text(self.take(1))),
        }
    }

    fn name(&mut self) -> &'a str {
        let end =
            self.rest.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>')).unwrap_or(self.rest.len());
        self.take(end)
    }

    /// Reads up to and with the `>`.
    fn attributes(&mut self) -> (Vec<(&'a str, &'a str)>, bool) {
        let mut found: Vec<(&str, &str)> = Vec::new();
        let mut closed = false;
        loop {
            let blank = self.rest.len() - self.rest.trim_start_matches(|c: char| c.is_ascii_whitespace()).len();
            self.take(blank);
            match self.rest.as_bytes().first() {
                None => return (found, closed),
                Some(b'>') => {
                    self.take(1);
                    return (found, closed);
                }
                Some(b'/') => {
                    self.take(1);
                    closed = self.rest.starts_with('>');
                    continue;
                }
                Some(_) => {}
            }
            let (name, value) = self.attribute();
            if found.len() < ATTRIBUTES {
                found.push((name, value));
            }
        }
    }

    fn attribute(&mut self) -> (&'a str, &'a str) {
        let ends = |c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '=');
        // A name may begin with "=", by the standard.
        let first = self.rest.chars().next().map_or(0, char::len_utf8);
        let end = self.rest.get(first..).and_then(|rest| rest.find(ends)).map_or(self.rest.len(), |end| end + first);
        let name = self.take(end);
        let after = self.rest.trim_start_matches(|c: char| c.is_ascii_whitespace());
        let Some(value) = after.strip_prefix('=') else { return (name, "") };
        self.rest = value.trim_start_matches(|c: char| c.is_ascii_whitespace());
        let quote = self.rest.chars().next().filter(|c| matches!(c, '"' | '\''));
        if let Some(quote) = quote {
            self.take(1);
            let end = self.rest.find(quote).unwrap_or(self.rest.len());
            let value = self.take(end);
            self.take(1);
            return (name, value);
        }
        let end = self.rest.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(self.rest.len());
        (name, self.take(end))
    }
}

impl<'a> Iterator for Tags<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            if let Some(name) = self.raw.take() {
                return Some(self.raw_text(name));
            }
            let text = self.rest.find('<').unwrap_or(self.rest.len());
            if text > 0 {
                return Some(Token::Text(self.take(text)));
            }
            if let Some(token) = self.tag() {
                return Some(token);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found() {
        let tokens: Vec<_> = Tags::new("a<B c=\"d>\" e='f' g=h i/>j</b ><!-- <x> -->k<style><p></STYLE>").collect();
        assert_eq!(
            tokens,
            [
                Token::Text("a"),
                Token::Start {
                    name: "B",
                    attributes: vec![("c", "d>"), ("e", "f"), ("g", "h"), ("i", "")],
                    closed: true
                },
                Token::Text("j"),
                Token::End { name: "b" },
                Token::Text("k"),
                Token::Start { name: "style", attributes: vec![], closed: false },
                Token::Text("<p>"),
                Token::End { name: "STYLE" },
            ]
        );
    }

    #[test]
    fn broken_markup_ends() {
        for html in ["<", "<a", "<a b", "<a b=", "<a b=\"", "</", "</a", "<!", "<!--", "<style>", "<a =\"x\">", "a<1"] {
            assert!(Tags::new(html).count() <= 3, "{html}");
        }
    }
}
